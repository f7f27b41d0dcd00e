"""A refund takes back what was transferred to its payees before the shopper is refunded; who has too little there owes it (R14, R18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.ports import Transactions
from app.domain.ledger.actions import Entry, post
from app.domain.orders.models import Order, Refund
from app.domain.provider.models import Transfer, TransferReversal
from app.domain.provider.ports import Declined, Misused, OnlineProvider, ReversalFacts
from app.domain.provider.routing import id_of
from app.flows.prepare_reversals import UNDECIDED, prepare_reversals
from app.kernel.queue import defer

log = structlog.get_logger()

JOB = "send_refund"
LOOK_FIRST = timedelta(hours=1)
"""A key without an answer for so long may have stored an error: what came of it is looked up before anything is asked again."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """One reversal as it is asked for; `since` is when its key was first used, None for never."""

    id: UUID
    transfer_ref: str
    settled_minor: int
    attempt: int
    since: datetime | None

    @property
    def key(self) -> str:
        return f"reverse:{self.id}:{self.attempt}"


def queue_reversals(session: Session, *, refund: Refund, now: datetime) -> None:
    """Prepares what a booked refund takes back and queues its sending: for a chargeback that was lost, too, where no refund is sent.

    Call it in the transaction that books the refund; again it adds nothing.
    """
    prepare_reversals(session, refund=refund, now=now)
    defer(session, JOB, brand_id=refund.brand_id, refund_id=str(refund.id))


def send_reversals(database: Transactions, *, brand_id: int, refund_id: UUID, provider: OnlineProvider, now: datetime) -> None:
    """Asks for each that has no outcome yet. Unsure and Later pass through: the refund waits for them."""
    with database.transaction(brand_id) as session:
        waiting = list(session.scalars(select(TransferReversal.id).where(TransferReversal.refund_id == refund_id, TransferReversal.state.in_(UNDECIDED))
                                       .order_by(TransferReversal.id)))
    for reversal_id in waiting:
        _send(database, brand_id, reversal_id, provider, now)


def _send(database: Transactions, brand_id: int, reversal_id: UUID, provider: OnlineProvider, now: datetime) -> None:
    ask, facts = _asking(database, brand_id, reversal_id, now), None
    if ask and ask.since and now - ask.since >= LOOK_FIRST:
        facts = _found(provider, ask)
        ask = ask if facts else _asking(database, brand_id, reversal_id, now, lost=ask.attempt)
    if ask is None:
        return
    try:
        facts = facts or provider.reverse(ask.transfer_ref, amount_minor=ask.settled_minor, key=ask.key,
                                          marks={"brand_id": str(brand_id), "reversal_id": str(ask.id)})
    except Declined as refused:
        with database.transaction(brand_id) as session:
            _short(session, ask, refused)
    except Misused as wrong:
        with database.transaction(brand_id) as session:
            _locked(session, reversal_id).problem = wrong.code[:200]
        raise
    else:
        with database.transaction(brand_id) as session:
            _done(session, reversal_id, facts, now)


def _locked(session: Session, reversal_id: UUID) -> TransferReversal:
    return session.scalars(select(TransferReversal).where(TransferReversal.id == reversal_id).with_for_update().execution_options(populate_existing=True)).one()


def _asking(database: Transactions, brand_id: int, reversal_id: UUID, now: datetime, *, lost: int = 0) -> _Ask | None:
    """Notes that it is being asked for. `lost` is an attempt that came to nothing: two who find so take the same next one."""
    with database.transaction(brand_id) as session:
        row = _locked(session, reversal_id)
        if row.state not in UNDECIDED:
            return None
        if row.attempt == lost:
            row.attempt, row.asked_at = lost + 1, None
        since = row.asked_at
        row.state, row.asked_at = "sending", since or now
        transfer = session.scalars(select(Transfer).where(Transfer.id == row.transfer_id)).one()
        return _Ask(row.id, transfer.provider_ref, row.settled_minor, row.attempt, since)


def _found(provider: OnlineProvider, ask: _Ask) -> ReversalFacts | None:
    return next((one for one in provider.reversals_of(ask.transfer_ref) if id_of(one.marks, "reversal_id") == ask.id), None)


def _short(session: Session, ask: _Ask, refused: Declined) -> None:
    """Nothing is posted: the payee's negative available is the debt, netted from what comes next (R14)."""
    row = _locked(session, ask.id)
    if row.state == "sending" and row.attempt == ask.attempt:
        row.state, row.problem = "short", refused.code[:200]
        log.info("a transfer was not taken back", reversal_id=str(row.id), code=refused.code)


def _done(session: Session, reversal_id: UUID, facts: ReversalFacts, now: datetime) -> None:
    """What was paid is available again, where the refund had taken it: together nothing is owed. It stands on no order, as payouts do."""
    row = _locked(session, reversal_id)
    if row.state == "done":
        return
    row.state, row.provider_ref, row.problem = "done", facts.ref, ""
    transfer = session.scalars(select(Transfer).where(Transfer.id == row.transfer_id).with_for_update().execution_options(populate_existing=True)).one()
    transfer.reversed_minor += row.amount_minor
    transfer.reversed_settled_minor += row.settled_minor
    of_refund = select(Refund.order_id).where(Refund.id == row.refund_id).scalar_subquery()
    order = session.scalars(select(Order).where(Order.id == of_refund)).one()
    post(session, brand_id=row.brand_id, cause=f"reversal:{row.id}", kind="transfer_back", now=now,
         entries=[Entry(transfer.payee_id, "reversal", "paid", -row.amount_minor), Entry(transfer.payee_id, "reversal", "available", row.amount_minor)],
         note={"refund_id": str(row.refund_id), "transfer_id": str(transfer.id), "order_id": str(order.id), "order_number": order.number})
