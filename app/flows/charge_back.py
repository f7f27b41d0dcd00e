"""The shopper's bank asks for the payment back: the order's money waits, and if the bank rules for her it is reversed (R12, R14)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.domain.aftersales.evidence import UNDECIDED
from app.domain.aftersales.models import Chargeback
from app.domain.aftersales.queries import locked_chargeback
from app.domain.ledger.actions import Entry, post
from app.domain.ledger.models import LedgerEntry, LedgerTransaction
from app.domain.ledger.queries import house_payees
from app.domain.orders.models import Order, Payment, Refund
from app.domain.orders.queries import lines_of, locked_order
from app.domain.orders.rules import REFUNDABLE, travels
from app.domain.people.audit import acting
from app.flows.announce import announce
from app.flows.answer_after_sale import overrule_after_sales
from app.flows.follow_refunds import arrived_otherwise
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.take_back_transfers import queue_reversals
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_id
from app.kernel.money import MAX_MINOR, apportion
from app.kernel.texts import optional, required

RULED = "chargeback"
"""The reason of the refund and the answer to open cases; pages have the words for it."""
FEE_TIMES = 9
"""How often a provider may tell another fee."""


def open_chargeback(session: Session, *, brand_id: int, order_id: UUID, provider_ref: str, amount_minor: int, fee_minor: int = 0, reason: str = "",
                    answer_by: datetime | None = None, now: datetime) -> Chargeback:
    """Freezes the order's money. Refuses more than the shopper has in it, the same reference twice, and a second open one."""
    ref = required(provider_ref, field="provider_ref", most=120)
    reason = optional(reason, field="reason", most=200)
    order = locked_order(session, brand_id=brand_id, order_id=order_id)
    payment = session.scalar(select(Payment).where(Payment.order_id == order_id, Payment.state == "succeeded", Payment.refunded_minor < Payment.amount_minor))
    if payment is None or order.state not in REFUNDABLE:
        raise Conflict("not_paid", "这张订单没有可以拒付的付款", state=order.state)
    if session.scalar(select(Chargeback.id).where(Chargeback.payment_id == payment.id, Chargeback.provider_ref == ref)):
        raise Conflict("chargeback_known", "这个拒付编号已经登记过了", field="provider_ref")
    if session.scalar(select(Chargeback.id).where(Chargeback.order_id == order_id, Chargeback.state == "open")):
        raise Conflict("chargeback_open", "这张订单已有拒付在处理", field="provider_ref")
    left = payment.amount_minor - payment.refunded_minor
    if not 0 < amount_minor <= left:
        raise Refused("amount_invalid", "拒付金额最多 %(left)s", field="amount", left_minor=left)
    if not 0 <= fee_minor < MAX_MINOR:
        raise Refused("amount_out_of_range", "金额超出范围", field="fee")
    row = Chargeback(brand_id=brand_id, id=new_id(), order_id=order_id, payment_id=payment.id, provider_ref=ref, amount_minor=amount_minor,
                     fee_minor=fee_minor, reason=reason, state="open", opened_by=acting(session).name, opened_at=now, answer_by=answer_by)
    session.add(row)
    session.flush()
    return tell_chargeback(session, order, row, "chargeback.opened", now)


def win_chargeback(session: Session, *, brand_id: int, chargeback_id: UUID, told: bool = False, now: datetime) -> Chargeback:
    """The bank rules for the brand: the money stays, and what waited settles with the next run. `told`: by the provider, which may keep its fee."""
    order, row = _decide(session, brand_id, chargeback_id, "won", told, now)
    if told:
        charge_fee(session, order=order, row=row, fee_minor=row.fee_minor, now=now)
    return tell_chargeback(session, order, row, "chargeback.closed", now)


def lose_chargeback(session: Session, *, brand_id: int, chargeback_id: UUID, told: bool = False, now: datetime) -> Chargeback:
    """The bank takes the money: every share gives back its part as in a refund, the bank's fee is the brand's alone.

    What is taken is laid on lines and shipping in proportion to what is left of them, by largest remainder; a line taken
    whole gives its unsent pieces back to the shelf. After-sale cases still open are over. `told`: by the provider, whose word is
    the only one about what it follows, and which may have taken more than was left.
    """
    order, row = _decide(session, brand_id, chargeback_id, "lost", told, now)
    _take(session, order, row, now)
    charge_fee(session, order=order, row=row, fee_minor=row.fee_minor, now=now)
    overrule_after_sales(session, order=order, answer=RULED, now=now)
    return tell_chargeback(session, order, row, "chargeback.closed", now)


def _decide(session: Session, brand_id: int, chargeback_id: UUID, state: str, told: bool, now: datetime) -> tuple[Order, Chargeback]:
    order, row = locked_chargeback(session, brand_id=brand_id, chargeback_id=chargeback_id)
    if row.state not in UNDECIDED:
        raise Conflict("chargeback_state", "这笔拒付已经有结果了", state=row.state)
    if row.provider and not told:
        raise Conflict("chargeback_followed", "这笔拒付的结果由支付渠道通知，不用登记")
    row.state, row.decided_by, row.decided_at = state, acting(session).name, now
    session.flush()
    return order, row


def _take(session: Session, order: Order, row: Chargeback, now: datetime) -> None:
    """As in a refund. Told by a provider it has happened, and more than was left may be gone: what refunds under way could not bring her, or a loss."""
    payment = session.scalars(select(Payment).where(Payment.id == row.payment_id).with_for_update().execution_options(populate_existing=True)).one()
    left = min(row.amount_minor, payment.amount_minor - payment.refunded_minor) if row.provider else row.amount_minor
    if left:
        asks, shipping = _laid_on(session, order, left)
        refund = refund_order(session, brand_id=order.brand_id, order_id=order.id, lines=asks, shipping_minor=shipping, reason=RULED,
                              kind="chargeback", now=now)
        row.refund_id = refund.id
        if travels(payment.provider, left):
            queue_reversals(session, refund=refund, now=now)
    _post(session, order, row, cause=f"chargeback:{row.id}:beyond", amount_minor=_beyond(session, order, row, left, now), now=now)


def _beyond(session: Session, order: Order, row: Chargeback, left: int, now: datetime) -> int:
    """After the bank has ruled nothing is refunded any more: refunds that never left are taken to be paid by it, as far as it took enough."""
    beyond = row.amount_minor - left
    unasked = (Refund.state == "pending") & (Refund.provider_ref == "") & Refund.asked_at.is_(None)
    stuck = select(Refund).where(Refund.payment_id == row.payment_id, or_(Refund.state == "failed", unasked))
    for refund in session.scalars(stuck.order_by(Refund.id).with_for_update()) if beyond else ():
        if 0 < refund.amount_minor <= beyond:
            beyond -= refund.amount_minor
            arrived_otherwise(session, order=order, refund=refund, reference=row.provider_ref, now=now)
    return beyond


def _laid_on(session: Session, order: Order, amount_minor: int) -> tuple[list[RefundAsk], int]:
    lines = lines_of(session, brand_id=order.brand_id, order_id=order.id)
    left = [*(line.paid_minor - line.refunded_minor for line in lines), order.shipping_minor - order.shipping_refunded_minor]
    *parts, shipping = apportion(amount_minor, left)
    asks = []
    for line, had, part in zip(lines, left, parts, strict=False):
        pieces = line.quantity - line.refunded_quantity if part == had else 0
        if part or (pieces and line.paid_minor == 0 and amount_minor == sum(left)):
            asks.append(RefundAsk(line.id, pieces or None, part))
    return asks, shipping


def charge_fee(session: Session, *, order: Order, row: Chargeback, fee_minor: int, now: datetime) -> None:
    """The bank keeps it from the account that holds shoppers' money. It is no shopper's, so it stands on no order. Told again, the difference is booked."""
    causes = [f"chargeback:{row.id}:fee", *(f"chargeback:{row.id}:fee:{time}" for time in range(2, FEE_TIMES + 1))]
    times, booked = session.execute(
        select(func.count(), func.coalesce(func.sum(LedgerEntry.amount_minor), 0)).select_from(LedgerTransaction)
        .join(LedgerEntry, (LedgerTransaction.brand_id == LedgerEntry.brand_id) & (LedgerTransaction.id == LedgerEntry.transaction_id))
        .where(LedgerTransaction.brand_id == row.brand_id, LedgerTransaction.cause.in_(causes), LedgerEntry.phase == "received")).one()
    row.fee_minor = fee_minor
    _post(session, order, row, cause=causes[min(times, FEE_TIMES - 1)], amount_minor=fee_minor - int(booked), now=now)


def _post(session: Session, order: Order, row: Chargeback, *, cause: str, amount_minor: int, now: datetime) -> None:
    if not amount_minor:
        return
    house = house_payees(session, brand_id=order.brand_id)
    post(session, brand_id=order.brand_id, cause=cause, kind="chargeback_fee", now=now,
         entries=[Entry(house["brand"], "chargeback_fee", "available", -amount_minor),
                  Entry(house["clearing"], "chargeback_fee", "received", amount_minor)],
         note={"chargeback_id": str(row.id), "order_id": str(order.id), "order_number": order.number})


def tell_chargeback(session: Session, order: Order, row: Chargeback, event: str, now: datetime) -> Chargeback:
    announce(session, brand_id=order.brand_id, event=event, now=now, payload={
        "chargeback_id": str(row.id), "provider_ref": row.provider_ref, "state": row.state, "order_id": str(order.id), "order_number": order.number,
        "amount": row.amount_minor, "fee": row.fee_minor, "currency": order.currency})
    return row
