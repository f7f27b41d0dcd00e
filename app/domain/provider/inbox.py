"""The inbox: an event is written down once and answered at once; a job that waits works it (R18).

Taken up (`next_try_at` is the end of the lease) a row has tries and no problem; put back it has a problem. Rows about one subject, the
connected account or else the object, are taken up together: its state is read once for all of them, and never by two at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, delete, select, update
from sqlalchemy.orm import Session

from app.kernel.db import dump_json, gather, insert_rows
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time
from app.kernel.queue import waiting

from .event_rules import keepable, next_try
from .models import InboxEvent, ProviderEvent
from .ports import EventFacts
from .routing import Told

JOB = "work_provider_inbox"
OTHER_MODE, NOT_OURS, NOT_FOLLOWED, NOT_THERE = "other_mode", "not_ours", "not_followed", "not_there"
LEASE = timedelta(minutes=10)
"""Longer than a batch of subjects takes at a provider that answers as slowly as it may."""
LONGEST_PROBLEM = 200
MOST_ID = 2**63 - 1
KEPT = timedelta(days=30)
ONCE = "ON CONFLICT (provider, event_id) DO NOTHING RETURNING id"

SUBJECT = "CASE WHEN {0}.account_ref <> '' THEN {0}.account_ref ELSE {0}.object_ref END"
TAKE_UP = f"""
WITH waiting AS (
  SELECT id, {SUBJECT.format("i")} AS subject, next_try_at, tries > 0 AND problem = '' AND next_try_at > %(now)s AS in_hand
  FROM provider_inbox i WHERE provider = %(provider)s AND done_at IS NULL),
subjects AS (
  SELECT subject FROM waiting GROUP BY subject
  HAVING NOT bool_or(in_hand) AND bool_or(next_try_at <= %(now)s) ORDER BY min(id) FILTER (WHERE next_try_at <= %(now)s) LIMIT %(most)s)
UPDATE provider_inbox i SET tries = tries + 1, problem = '', next_try_at = %(lease)s
FROM waiting w JOIN subjects USING (subject) WHERE i.id = w.id
RETURNING i.id, i.event_id, i.type, i.object_ref, i.account_ref, i.payload, i.received_at, i.tries"""  # noqa: S608 (our own columns)


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that was taken up."""

    id: int
    event_id: str
    type: str
    object_ref: str
    account_ref: str
    payload: Mapping[str, Any] | None
    received_at: datetime
    tries: int


def take_in(session: Session, *, provider: str, live: bool, source: str, events: Iterable[EventFacts], now: datetime) -> int:
    """Writes down each event once, in one round trip with the job that works them; how many were new.

    What is not of our kind of money is kept and not followed.
    """
    rows = [{"provider": provider, "event_id": one.id, "source": source, "type": one.type, "object_ref": one.object_ref,
             "account_ref": one.account_ref, "payload": _kept(one.payload), "received_at": now, "tries": 0, "next_try_at": now,
             "done_at": None if one.live is live else now, "problem": "" if one.live is live else OTHER_MODE}
            for one in events if keepable(one)]
    if not rows:
        return 0
    return len(gather(session, insert_rows(InboxEvent.__tablename__, rows, then=ONCE), waiting(JOB))[0])


def _kept(payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """None for what no column holds (a NUL, a lone surrogate)."""
    try:
        return None if "\\u0000" in dump_json(payload) else payload
    except Refused:
        return None


def has_due(session: Session, *, now: datetime) -> bool:
    return session.scalar(select(InboxEvent.id).where(InboxEvent.done_at.is_(None), InboxEvent.next_try_at <= now).limit(1)) is not None


def take_up(session: Session, *, provider: str, most: int, now: datetime) -> list[Taken]:
    """Everything that waits about the subjects that are due longest; they are the caller's until the lease ends."""
    one_at_a_time(session, "provider_inbox")
    rows = gather(session, (TAKE_UP, {"provider": provider, "now": now, "lease": now + LEASE, "most": most}))[0]
    return sorted((Taken(*row) for row in rows), key=lambda taken: taken.id)


def set_aside(session: Session, events: Sequence[Taken], *, problem: str, now: datetime) -> None:
    """Done with, and nobody's: the payload stays for whoever looks."""
    session.execute(_still_waiting(events).values(done_at=now, problem=problem[:LONGEST_PROBLEM]))


def put_back(session: Session, events: Sequence[Taken], *, problem: str, now: datetime, seconds: float = 0.0) -> None:
    """To be tried again, later each time."""
    for one in events:
        session.execute(_still_waiting([one]).values(problem=problem[:LONGEST_PROBLEM], next_try_at=next_try(one.tries, now=now, seconds=seconds)))


def _still_waiting(events: Sequence[Taken]) -> Update:
    ids = [one.id for one in events]
    return update(InboxEvent).where(InboxEvent.id.in_(ids), InboxEvent.done_at.is_(None)).execution_options(synchronize_session=False)


def hand_over(session: Session, events: Sequence[Taken], *, provider: str, told: Told, now: datetime) -> None:
    """Into the brand's own events, once; the session serves that brand."""
    rows = [{"brand_id": told.brand_id, "id": new_id(), "provider": provider, "event_id": one.event_id, "type": one.type, "object_ref": one.object_ref,
             "payment_id": told.payment_id, "payload": one.payload or {}, "received_at": one.received_at, "applied_at": now} for one in events]
    gather(session, insert_rows(ProviderEvent.__tablename__, rows, then="ON CONFLICT (brand_id, provider, event_id) DO NOTHING"),
           ("UPDATE provider_inbox SET done_at = %(now)s, problem = '', payload = NULL WHERE id = ANY(%(ids)s) AND done_at IS NULL",
            {"now": now, "ids": [one.id for one in events]}))


def may_retry(event: InboxEvent) -> bool:
    """What waits after a try, and what was nobody's then; not what nobody follows, or what is of the other kind of money."""
    return event.problem not in ("", NOT_FOLLOWED, OTHER_MODE)


def retry(session: Session, *, event_id: int, now: datetime) -> None:
    """At once, and as if it were the first time. Refuses what is in hand or done."""
    row = session.scalar(select(InboxEvent).where(InboxEvent.id == min(event_id, MOST_ID)).with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound("provider_event", event_id)
    if not may_retry(row):
        raise Conflict("not_retryable", "这条消息正在处理或已经处理")
    row.done_at, row.problem, row.tries, row.next_try_at = None, "", 0, now
    session.flush()
    gather(session, waiting(JOB))


def retry_waiting(session: Session, *, now: datetime) -> int:
    """Everything that waits for its next try; how many."""
    found = session.execute(update(InboxEvent).where(InboxEvent.done_at.is_(None), InboxEvent.problem != "").values(
        problem="", tries=0, next_try_at=now).returning(InboxEvent.id).execution_options(synchronize_session=False)).all()
    gather(session, waiting(JOB))
    return len(found)


def forget_done(session: Session, *, now: datetime) -> int:
    """What was done a month ago; how many."""
    old = delete(InboxEvent).where(InboxEvent.done_at < now - KEPT).execution_options(synchronize_session=False)
    return session.connection().execute(old).rowcount
