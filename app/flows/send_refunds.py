"""A booked refund leaves: first what was transferred comes back, then the shopper gets her money, exactly once (R18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.ports import Transactions
from app.domain.orders.models import Refund
from app.domain.provider.health import note_down
from app.domain.provider.models import Charge
from app.domain.provider.ports import Declined, Misused, OnlineProvider, RefundFacts
from app.domain.provider.routing import id_of
from app.flows.follow_refunds import apply_refund, book_answer, locked_refund, refuse_refund
from app.flows.prepare_reversals import prepare_reversals
from app.flows.take_back_transfers import JOB, LOOK_FIRST, send_reversals
from app.kernel.queue import defer

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Ask:
    """The refund as it is asked for; `since` is when its key was first used, None for never."""

    refund_id: UUID
    intent_ref: str
    amount_minor: int
    attempt: int
    since: datetime | None

    @property
    def key(self) -> str:
        return f"refund:{self.refund_id}:{self.attempt}"


def queue_refund(session: Session, *, refund: Refund) -> None:
    """In the transaction that books it: it leaves once that commits, and never if it does not."""
    defer(session, JOB, brand_id=refund.brand_id, refund_id=str(refund.id))


def send_refund(database: Transactions, *, brand_id: int, refund_id: UUID, provider: OnlineProvider, now: datetime) -> None:
    """Takes back, then refunds. Unsure and Later pass through and it is called again; a worker killed anywhere in between leaves
    rows from which the next call goes on with the same keys. A chargeback's refund only takes back: her bank has paid her."""
    try:
        if _prepare(database, brand_id, refund_id, now):
            send_reversals(database, brand_id=brand_id, refund_id=refund_id, provider=provider, now=now)
            _send(database, brand_id, refund_id, provider, now)
    except Misused as wrong:
        log.error("a refund could not be sent", brand_id=brand_id, refund_id=str(refund_id), code=wrong.code, message=wrong.message)
        with database.transaction(brand_id) as session:
            _, refund = locked_refund(session, brand_id=brand_id, refund_id=refund_id)
            refund.problem = wrong.code[:200] if refund.state == "pending" else refund.problem
            note_down(session, provider.name, wrong.code, now)


def _prepare(database: Transactions, brand_id: int, refund_id: UUID, now: datetime) -> bool:
    """Until the refund itself was asked for, what has been transferred meanwhile is taken back too."""
    with database.transaction(brand_id) as session:
        _, refund = locked_refund(session, brand_id=brand_id, refund_id=refund_id)
        if refund.state == "failed":
            return False
        if refund.asked_at is None:
            prepare_reversals(session, refund=refund, now=now)
        return True


def _send(database: Transactions, brand_id: int, refund_id: UUID, provider: OnlineProvider, now: datetime) -> None:
    ask, facts = _asking(database, brand_id, refund_id, now), None
    if ask and ask.since and now - ask.since >= LOOK_FIRST:
        facts = _found(provider, ask)
        ask = ask if facts else _asking(database, brand_id, refund_id, now, lost=ask.attempt)
    if ask is None:
        return
    try:
        facts = facts or _asked(provider, brand_id, ask)
    except Declined as refused:
        with database.transaction(brand_id) as session:
            order, refund = locked_refund(session, brand_id=brand_id, refund_id=refund_id)
            if refund.attempt == ask.attempt:
                refuse_refund(session, order=order, refund=refund, problem=refused.code, now=now)
    else:
        _book(database, brand_id, ask, facts, provider, now)


def _book(database: Transactions, brand_id: int, ask: _Ask, facts: RefundFacts, provider: OnlineProvider, now: datetime) -> None:
    """An answer that comes when another attempt is under way already is old: it is read again."""
    with database.transaction(brand_id) as session:
        order, refund = locked_refund(session, brand_id=brand_id, refund_id=ask.refund_id)
        current = refund.attempt == ask.attempt
        if current:
            book_answer(session, order=order, refund=refund, facts=facts, now=now)
    if not current:
        apply_refund(database, provider=provider, ref=facts.ref, now=now)


def _asking(database: Transactions, brand_id: int, refund_id: UUID, now: datetime, *, lost: int = 0) -> _Ask | None:
    """Notes that it is being asked for; None where there is nothing to ask. `lost` is an attempt that came to nothing: two who find
    so take the same next one."""
    with database.transaction(brand_id) as session:
        _, refund = locked_refund(session, brand_id=brand_id, refund_id=refund_id)
        if refund.state != "pending" or refund.provider_ref:
            return None
        intent_ref = session.scalar(select(Charge.intent_ref).where(Charge.payment_id == refund.payment_id))
        if not intent_ref:
            log.error("a refund has no charge to be taken from", brand_id=brand_id, refund_id=str(refund_id))
            refund.problem = "no_charge"
            return None
        if refund.attempt == lost:
            refund.attempt, refund.asked_at = lost + 1, None
        since = refund.asked_at
        refund.asked_at = since or now
        return _Ask(refund.id, intent_ref, refund.amount_minor, refund.attempt, since)


def _asked(provider: OnlineProvider, brand_id: int, ask: _Ask) -> RefundFacts:
    """An answer that is stored under the key is as old as the key: it is read again where it was asked for before."""
    marks = {"brand_id": str(brand_id), "refund_id": str(ask.refund_id), "attempt": str(ask.attempt)}
    facts = provider.refund(intent_ref=ask.intent_ref, amount_minor=ask.amount_minor, marks=marks, key=ask.key)
    return provider.read_refund(facts.ref) if ask.since else facts


def _found(provider: OnlineProvider, ask: _Ask) -> RefundFacts | None:
    """What came of the key, or of an earlier one; a failed earlier one is not it."""
    found = [one for one in provider.refunds_of(ask.intent_ref) if id_of(one.marks, "refund_id") == ask.refund_id]
    return next((one for one in found if one.state != "failed" or one.marks.get("attempt") == str(ask.attempt)), None)
