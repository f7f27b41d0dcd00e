"""Four ways compared and written down: a run with its totals and one row per mismatch, so that finance can follow them up (R34)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.insights.four_way import MOST, four_way
from app.domain.people.audit import acting
from app.domain.settlement.models import ReconciliationRun
from app.kernel.db import gather, insert_rows
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time

LONGEST = timedelta(days=400)
AT_ONCE = 2_000


def reconcile(session: Session, *, brand_id: int, from_: datetime, to: datetime, now: datetime) -> ReconciliationRun:
    """Compares orders, payments, ledger and payouts of [from_, to) as they stand now. Repeatable: it changes nothing but its own rows."""
    if not timedelta() < to - from_ <= LONGEST:
        raise Refused("period_invalid", "时间段须在 1 到 400 天之间", field="to")
    one_at_a_time(session, f"reconcile:{brand_id}")
    totals, found = four_way(session, brand_id=brand_id, from_=from_, to=to, now=now)
    number = (session.scalar(select(func.max(ReconciliationRun.number))) or 0) + 1
    run = ReconciliationRun(
        brand_id=brand_id, id=new_id(), number=number, from_at=from_, to_at=to, ran_at=now, run_by=acting(session).name, order_count=totals.order_count,
        payout_count=totals.payout_count, exception_count=len(found), totals={**asdict(totals), "cut": len(found) == MOST})
    session.add(run)
    session.flush()
    rows = [{"brand_id": brand_id, "id": new_id(), "run_id": run.id, "kind": one.kind, "order_id": one.order_id, "payout_id": one.payout_id,
             "expected_minor": one.expected_minor, "actual_minor": one.actual_minor, "detail": {"name": one.name, "more": one.more}} for one in found]
    for start in range(0, len(rows), AT_ONCE):
        gather(session, insert_rows("reconciliation_exceptions", rows[start:start + AT_ONCE]))
    return run
