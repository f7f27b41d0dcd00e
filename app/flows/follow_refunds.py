"""What the provider says of a refund is booked: it arrived, it waits, or it came back; and the two ways on from one that failed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.aftersales.actions import move_case, reopen_case
from app.domain.aftersales.models import AfterSale
from app.domain.aftersales.rules import OPEN
from app.domain.catalog.ports import Transactions
from app.domain.orders.models import Order, Refund
from app.domain.orders.queries import locked_order
from app.domain.provider.ports import OnlineProvider, RefundFacts
from app.domain.provider.routing import Told, brand_of, id_of
from app.flows.announce import announce
from app.flows.ask_after_sale import tell
from app.flows.take_back_transfers import JOB
from app.kernel.errors import Conflict, NotFound
from app.kernel.queue import defer
from app.kernel.texts import required

log = structlog.get_logger()

AFTER = {"pending": 0, "succeeded": 1, "failed": 2}
"""One refund at the provider only moves on: what arrived may still come back, what came back does not arrive."""


def apply_refund(database: Transactions, *, provider: OnlineProvider, ref: str, now: datetime) -> Told | None:
    """Reads a refund at the provider as it is now and books it; None if it is none of ours."""
    facts = provider.read_refund(ref)
    brand_id, refund_id = brand_of(facts.marks), id_of(facts.marks, "refund_id")
    if brand_id is None or refund_id is None:
        return None
    with database.transaction(brand_id) as session:
        try:
            order, refund = locked_refund(session, brand_id=brand_id, refund_id=refund_id)
        except NotFound:
            return None
        book_answer(session, order=order, refund=refund, facts=facts, now=now)
        return Told(brand_id, refund.payment_id)


def locked_refund(session: Session, *, brand_id: int, refund_id: UUID) -> tuple[Order, Refund]:
    """Behind its order's lock, read again once that is held."""
    named = select(Refund).where(Refund.brand_id == brand_id, Refund.id == refund_id)
    found = session.scalar(named)
    if found is None:
        raise NotFound("refund", refund_id)
    order = locked_order(session, brand_id=brand_id, order_id=found.order_id)
    return order, session.scalars(named.with_for_update().execution_options(populate_existing=True)).one()


def book_answer(session: Session, *, order: Order, refund: Refund, facts: RefundFacts, now: datetime) -> None:
    """Repeatable, in any order: late word of an earlier attempt, and of one that was paid otherwise, changes nothing."""
    if refund.outside_ref or not _is_it(refund, facts):
        return
    before, refund.provider_ref = refund.state, facts.ref
    if facts.state == "pending":
        refund.problem = refund.problem if before != "pending" else facts.problem[:200]
    elif AFTER[facts.state] > AFTER[before]:
        (_arrived if facts.state == "succeeded" else _came_back)(session, order, refund, facts.problem, now)
    session.flush()


def _is_it(refund: Refund, facts: RefundFacts) -> bool:
    """Whether this is what the refund stands for now. Money that left under an earlier attempt is it too, as long as no other did."""
    if refund.provider_ref:
        if refund.provider_ref != facts.ref and facts.state != "failed":
            log.error("a refund left twice", refund_id=str(refund.id), refs=[refund.provider_ref, facts.ref])
        return refund.provider_ref == facts.ref
    return facts.state != "failed" or facts.marks.get("attempt") == str(refund.attempt)


def _arrived(session: Session, order: Order, refund: Refund, _problem: str, now: datetime) -> None:
    refund.state, refund.settled_at, refund.problem = "succeeded", now, ""
    for case in _cases(session, refund):
        if case.state in OPEN:
            move_case(session, case, "refund", now=now)
            tell(session, order, case, "after_sale.closed", now)


def _came_back(session: Session, order: Order, refund: Refund, problem: str, now: datetime) -> None:
    """The books stay as they are: the shopper is owed what was refunded, and headquarters has to see to it."""
    refund.state, refund.settled_at, refund.problem = "failed", None, (problem or "failed")[:200]
    for case in _cases(session, refund):
        if case.state == "refunded":
            reopen_case(session, case)
    announce(session, brand_id=refund.brand_id, event="refund.failed", now=now, payload={
        "refund_id": str(refund.id), "order_id": str(order.id), "order_number": order.number, "amount": refund.amount_minor,
        "currency": order.currency, "problem": refund.problem})


def refuse_refund(session: Session, *, order: Order, refund: Refund, problem: str, now: datetime) -> None:
    """The provider would not even take it."""
    if refund.state == "pending" and not refund.provider_ref:
        _came_back(session, order, refund, problem, now)


def _cases(session: Session, refund: Refund) -> list[AfterSale]:
    return list(session.scalars(select(AfterSale).where(AfterSale.refund_id == refund.id).execution_options(populate_existing=True)))


def retry_refund(session: Session, *, brand_id: int, refund_id: UUID) -> Refund:
    """A failed refund is sent once more: another attempt, under a key of its own. What was taken back of transfers is not taken twice."""
    _, refund = locked_refund(session, brand_id=brand_id, refund_id=refund_id)
    _require_failed(refund)
    refund.attempt, refund.state = refund.attempt + 1, "pending"
    refund.provider_ref, refund.problem, refund.asked_at = "", "", None
    session.flush()
    defer(session, JOB, brand_id=brand_id, refund_id=str(refund.id))
    return refund


def settle_refund_otherwise(session: Session, *, brand_id: int, refund_id: UUID, reference: str, now: datetime) -> Refund:
    """The shopper got her money on another way; `reference` says which transfer or receipt proves it. The books do not move again."""
    outside_ref = required(reference, field="reference", most=120)
    order, refund = locked_refund(session, brand_id=brand_id, refund_id=refund_id)
    _require_failed(refund)
    arrived_otherwise(session, order=order, refund=refund, reference=outside_ref, now=now)
    return refund


def arrived_otherwise(session: Session, *, order: Order, refund: Refund, reference: str, now: datetime) -> None:
    """Of a refund that never left: people paid her, or her bank took it."""
    refund.outside_ref = reference
    _arrived(session, order, refund, "", now)
    session.flush()


def _require_failed(refund: Refund) -> None:
    if refund.state != "failed":
        raise Conflict("refund_state", "这笔退款现在不是“退款失败”，刷新后再看", state=refund.state)
