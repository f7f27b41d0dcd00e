"""A brand's movements of a day held against its rows; what is found takes the place of what was found before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.insights.provider_day import ours_of, ours_of_day
from app.domain.people.audit import note
from app.domain.provider.day_rules import DIFFERENCES, Line, Theirs, compared, is_it, not_theirs
from app.domain.provider.models import ProviderDay, ProviderDayLine
from app.kernel.db import gather, insert_rows
from app.kernel.ids import new_id

from .spools import Spool

AT_ONCE = 500
TOTALS = """
SELECT kind, currency, count(*), coalesce(sum(theirs_minor), 0)::bigint, coalesce(sum(ours_minor), 0)::bigint
FROM provider_day_lines WHERE brand_id = %(brand_id)s AND day_id = %(day_id)s GROUP BY 1, 2 ORDER BY 2, 1"""
NEVER_CAME_BACK = """
UPDATE provider_day_lines l SET cause = 'missing_here'
WHERE l.brand_id = %(brand_id)s AND l.day_id = %(day_id)s AND l.cause = 'refund_returned' AND l.theirs_minor < 0
  AND NOT EXISTS (SELECT FROM provider_day_lines b WHERE b.brand_id = l.brand_id AND b.source_ref = l.source_ref AND b.theirs_minor = -l.theirs_minor)"""
"""An earlier attempt at a refund that did not fail: she has the money twice."""
COUNTS = """
SELECT count(*), count(*) FILTER (WHERE cause = ANY(%(differences)s)) FROM provider_day_lines WHERE brand_id = %(brand_id)s AND day_id = %(day_id)s"""


def take_place(session: Session, *, brand_id: int, day_id: UUID, spool: Spool, since: datetime, until: datetime, now: datetime) -> str:
    """The day's new state. Its old lines go and the new ones come in this transaction."""
    day = session.scalars(select(ProviderDay).where(ProviderDay.brand_id == brand_id, ProviderDay.id == day_id).with_for_update()).one()
    session.execute(delete(ProviderDayLine).where(ProviderDayLine.brand_id == brand_id, ProviderDayLine.day_id == day_id))
    named: set[UUID | str] = {*spool.beside}
    for batch in spool.batches(AT_ONCE):
        _write(session, brand_id, list(_theirs(session, day, batch, named)))
    rows: list[dict[str, Any]] = []
    for kind, at, ours in ours_of_day(session, brand_id=brand_id, provider=day.provider, from_=since, to=until, besides=named):
        rows += [_row(day, line, ours.settled_currency or ours.currency, at, source_ref=ours.ref, payment_id=ours.payment_id, payout_id=ours.payout_id)
                 for line in not_theirs(kind, ours)]
        if len(rows) >= AT_ONCE:
            _write(session, brand_id, rows)
            rows = []
    _write(session, brand_id, rows)
    return _sum_up(session, day, now)


def _theirs(session: Session, day: ProviderDay, batch: list[Theirs], named: set[UUID | str]) -> Iterator[dict[str, Any]]:
    found = ours_of(session, brand_id=day.brand_id, provider=day.provider, lines=batch)
    for theirs in batch:
        ours, payment_id = found[theirs.ref]
        if ours and not ours.ref and is_it(theirs, ours):
            named.add(ours.id)
        for line in compared(theirs, ours):
            yield _row(day, line, theirs.currency, theirs.at, balance_ref=theirs.ref, source_ref=theirs.source_ref, payment_id=payment_id,
                       payout_id=ours.payout_id if ours else None)


def _row(day: ProviderDay, line: Line, currency: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {"brand_id": day.brand_id, "id": new_id(), "day_id": day.id, "kind": line.kind, "theirs_minor": line.theirs_minor, "ours_minor": line.ours_minor,
            "currency": currency, "cause": line.cause, "at": at, "balance_ref": "", **more}


def _write(session: Session, brand_id: int, rows: list[dict[str, Any]]) -> None:
    if rows:
        gather(session, insert_rows("provider_day_lines", rows))


def _sum_up(session: Session, day: ProviderDay, now: datetime) -> str:
    asked = {"brand_id": day.brand_id, "day_id": day.id, "differences": list(DIFFERENCES)}
    _, totals, [(lines, differences)] = gather(session, (NEVER_CAME_BACK, asked), (TOTALS, asked), (COUNTS, asked))
    day.totals = {"sums": [{"kind": kind, "currency": currency, "count": count, "theirs": theirs, "ours": ours}
                           for kind, currency, count, theirs, ours in totals]}
    day.line_count, day.difference_count, day.read_at, day.problem = lines, differences, now, ""
    day.state = "differs" if differences else "matched"
    note(session, action="reconciled", subject_kind="provider_days", subject_id=day.id, subject_name=day.day.isoformat(),
         after={"lines": lines, "differences": differences})
    return day.state
