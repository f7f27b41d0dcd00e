"""The shopper's bank asks for the payment back: the order's money waits, and if the bank rules for her it is reversed (R12, R14)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.aftersales.models import Chargeback
from app.domain.aftersales.queries import locked_chargeback
from app.domain.ledger.actions import Entry, post
from app.domain.ledger.queries import house_payees
from app.domain.orders.models import Order, Payment
from app.domain.orders.queries import lines_of, locked_order
from app.domain.orders.rules import REFUNDABLE
from app.domain.people.audit import acting
from app.flows.announce import announce
from app.flows.answer_after_sale import overrule_after_sales
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_id
from app.kernel.money import MAX_MINOR, apportion
from app.kernel.texts import optional, required

RULED = "chargeback"
"""The reason of the refund and the answer to open cases; pages have the words for it."""


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
    return _tell(session, order, row, "chargeback.opened", now)


def win_chargeback(session: Session, *, brand_id: int, chargeback_id: UUID, now: datetime) -> Chargeback:
    """The bank rules for the brand: the money stays, and what waited settles with the next run."""
    order, row = _decide(session, brand_id, chargeback_id, "won", now)
    return _tell(session, order, row, "chargeback.closed", now)


def lose_chargeback(session: Session, *, brand_id: int, chargeback_id: UUID, now: datetime) -> Chargeback:
    """The bank takes the money: every share gives back its part as in a refund, the bank's fee is the brand's alone.

    What is taken is laid on lines and shipping in proportion to what is left of them, by largest remainder; a line taken
    whole gives its unsent pieces back to the shelf. After-sale cases still open are over.
    """
    order, row = _decide(session, brand_id, chargeback_id, "lost", now)
    asks, shipping = _laid_on(session, order, row.amount_minor)
    refund = refund_order(session, brand_id=brand_id, order_id=order.id, lines=asks, shipping_minor=shipping, reason=RULED, kind="chargeback", now=now)
    row.refund_id = refund.id
    _charge_fee(session, order, row, now)
    overrule_after_sales(session, order=order, answer=RULED, now=now)
    return _tell(session, order, row, "chargeback.closed", now)


def _decide(session: Session, brand_id: int, chargeback_id: UUID, state: str, now: datetime) -> tuple[Order, Chargeback]:
    order, row = locked_chargeback(session, brand_id=brand_id, chargeback_id=chargeback_id)
    if row.state != "open":
        raise Conflict("chargeback_state", "这笔拒付已经有结果了", state=row.state)
    row.state, row.decided_by, row.decided_at = state, acting(session).name, now
    session.flush()
    return order, row


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


def _charge_fee(session: Session, order: Order, row: Chargeback, now: datetime) -> None:
    """The bank keeps it from the account that holds shoppers' money. It is no shopper's, so it stands on no order."""
    if not row.fee_minor:
        return
    house = house_payees(session, brand_id=order.brand_id)
    post(session, brand_id=order.brand_id, cause=f"chargeback:{row.id}:fee", kind="chargeback_fee", now=now,
         entries=[Entry(house["brand"], "chargeback_fee", "available", -row.fee_minor),
                  Entry(house["clearing"], "chargeback_fee", "received", row.fee_minor)],
         note={"chargeback_id": str(row.id), "order_id": str(order.id), "order_number": order.number})


def _tell(session: Session, order: Order, row: Chargeback, event: str, now: datetime) -> Chargeback:
    announce(session, brand_id=order.brand_id, event=event, now=now, payload={
        "chargeback_id": str(row.id), "provider_ref": row.provider_ref, "state": row.state, "order_id": str(order.id), "order_number": order.number,
        "amount": row.amount_minor, "fee": row.fee_minor, "currency": order.currency})
    return row
