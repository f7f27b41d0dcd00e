"""Money goes back to the shopper, and every share gives back its part of it (R11, R13, R14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.aftersales.room import require_room
from app.domain.catalog.models import Variant
from app.domain.ledger.actions import post
from app.domain.orders.models import Order, OrderLine, Payment, Refund, RefundLine
from app.domain.orders.queries import lines_of, locked_order
from app.domain.orders.rules import REFUNDABLE, part_of_paid, travels
from app.domain.people.audit import acting
from app.domain.promotions.actions import return_coupons
from app.flows.announce import announce
from app.flows.deliver_order import close_books, take_stock
from app.flows.push_orders import take_back
from app.flows.reverse_shares import Back, reversing_entries
from app.flows.send_refunds import queue_refund
from app.flows.tell_people import tell_refunded
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.texts import clean


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """Either pieces (their part of what was paid) or an amount in minor units; both may be given."""

    line_id: UUID
    quantity: int | None = None
    amount_minor: int | None = None


def refund_order(session: Session, *, brand_id: int, order_id: UUID, lines: Sequence[RefundAsk] = (), shipping_minor: int = 0,
                 reason: str = "", kind: str = "reversed", after_sale_id: UUID | None = None, now: datetime) -> Refund:
    """Refunds lines and shipping of a paid order; refuses more than was paid and names the line.

    `kind` is what the ledger calls it: a refund, or a chargeback where her bank took the money. A refund leaves alone what
    open after-sale cases ask for, except `after_sale_id`, which it answers. The books move now; what a provider has to send
    is `pending` until it says that it arrived.
    """
    order = locked_order(session, brand_id=brand_id, order_id=order_id)
    if order.state not in REFUNDABLE:
        raise Conflict("not_refundable", "这张订单现在不能退款", state=order.state)
    known = {line.id: line for line in lines_of(session, brand_id=brand_id, order_id=order_id)}
    amounts = _amounts(known, lines)
    if not 0 <= shipping_minor <= order.shipping_minor - order.shipping_refunded_minor:
        raise Refused("shipping_too_much", "运费最多还能退 %(left)s", field="shipping_amount",
                      left_minor=order.shipping_minor - order.shipping_refunded_minor)
    if kind == "reversed":
        require_room(session, order=order, lines=known, amounts=amounts, shipping_minor=shipping_minor, but=after_sale_id)
    total = sum(amount for _, amount in amounts.values()) + shipping_minor
    if total < 0 or not (total or amounts):
        raise Refused("nothing_to_refund", "退款金额要大于 0", field="lines")
    refund = _write(session, order, amounts, shipping_minor, total, reason, kind, now)
    backs = [Back(known[line_id], pieces, _unsent(known[line_id], pieces), amount) for line_id, (pieces, amount) in amounts.items()]
    post(session, brand_id=brand_id, cause=f"refund:{refund.id}", kind=kind, order_id=order.id, now=now,
         entries=reversing_entries(session, order=order, backs=backs, shipping_minor=shipping_minor),
         note={"refund_id": str(refund.id), "reason": refund.reason})
    _move_on(session, order, known, amounts, now)
    if refund.state == "pending":
        queue_refund(session, refund=refund)
    tell_refunded(session, order=order, refund=refund, now=now)
    announce(session, brand_id=brand_id, event="order.refunded", now=now,
             payload={"order_id": str(order_id), "number": order.number, "amount": total, "currency": order.currency})
    return refund


def _amounts(known: dict[UUID, OrderLine], asks: Sequence[RefundAsk]) -> dict[UUID, tuple[int, int]]:
    """(pieces, amount) per line. The last piece takes what is left, so pieces always sum to what was paid."""
    amounts: dict[UUID, tuple[int, int]] = {}
    for position, ask in enumerate(asks):
        line = known.get(ask.line_id)
        if line is None:
            raise NotFound("order_line", ask.line_id)
        if ask.line_id in amounts:
            raise Refused("line_twice", "同一行只能写一次", field=f"lines.{position}.line_id")
        amounts[line.id] = _amount(line, ask, position)
    return amounts


def _amount(line: OrderLine, ask: RefundAsk, position: int) -> tuple[int, int]:
    left, pieces_left = line.paid_minor - line.refunded_minor, line.quantity - line.refunded_quantity
    pieces = ask.quantity or 0
    if pieces < 0 or pieces > pieces_left:
        raise Refused("quantity_invalid", "这一行最多还能退 %(left)d 件", field=f"lines.{position}.quantity", left=pieces_left)
    if ask.amount_minor is not None:
        amount = ask.amount_minor
    else:
        amount = part_of_paid(paid_minor=line.paid_minor, quantity=line.quantity, refunded_minor=line.refunded_minor,
                              refunded_quantity=line.refunded_quantity, pieces=pieces) if pieces else 0
    if not (0 < amount <= left or (amount == line.paid_minor == 0 and pieces)):
        raise Refused("amount_invalid", "这一行最多还能退 %(left)s", field=f"lines.{position}.amount", left_minor=left)
    return pieces, amount


def _write(session: Session, order: Order, amounts: dict[UUID, tuple[int, int]], shipping_minor: int, total: int, reason: str,
           kind: str, now: datetime) -> Refund:
    payment = session.scalar(
        select(Payment).where(Payment.order_id == order.id, Payment.state == "succeeded", Payment.amount_minor - Payment.refunded_minor >= total)
        .order_by((Payment.refunded_minor < Payment.amount_minor).desc(), Payment.id).with_for_update())
    if payment is None:
        raise Conflict("not_paid", "还没有付款，没有钱可退")
    waits = kind == "reversed" and travels(payment.provider, total)
    refund = Refund(brand_id=order.brand_id, id=new_id(), order_id=order.id, payment_id=payment.id, amount_minor=total, shipping_minor=shipping_minor,
                    reason=clean(reason)[:200], state="pending" if waits else "succeeded", requested_by=acting(session).name, requested_at=now,
                    settled_at=None if waits else now)
    refund.lines = [RefundLine(brand_id=order.brand_id, order_line_id=line_id, quantity=pieces, amount_minor=amount)
                    for line_id, (pieces, amount) in amounts.items()]
    payment.refunded_minor += total
    session.add(refund)
    session.flush()
    return refund


def _unsent(line: OrderLine, pieces: int) -> int:
    """How many of the pieces that go back now never left."""
    return min(pieces, max(line.quantity - line.refunded_quantity - line.shipped_quantity, 0))


def _move_on(session: Session, order: Order, known: dict[UUID, OrderLine], amounts: dict[UUID, tuple[int, int]], now: datetime) -> None:
    """Goods refunded before they left go back on the shelf; an order refunded to the last fen is refunded, its coupons may be used again."""
    called_off = {line_id: unsent for line_id, (pieces, _) in amounts.items() if (unsent := _unsent(known[line_id], pieces))}
    for line_id, (pieces, amount) in sorted(amounts.items(), key=lambda part: known[part[0]].variant_id):
        line = known[line_id]
        unsent = called_off.get(line_id, 0)
        line.refunded_minor += amount
        line.refunded_quantity += pieces
        if unsent:
            session.execute(update(Variant).where(Variant.id == line.variant_id).values(
                reserved=func.greatest(Variant.reserved - unsent, 0)).execution_options(synchronize_session=False))
    shipping = sum(refund.shipping_minor for refund in session.scalars(select(Refund).where(Refund.order_id == order.id)))
    order.shipping_refunded_minor = shipping
    if all(line.refunded_minor == line.paid_minor and line.refunded_quantity == line.quantity for line in known.values()):
        order.state = "refunded"
        return_coupons(session, brand_id=order.brand_id, used=order.coupons, now=now)
        if order.delivered_at is None:
            close_books(session, order=order, now=now)
    elif order.state in ("paid", "partly_shipped", "shipped"):
        take_stock(session, order=order, lines=list(known.values()), now=now)
    session.flush()
    if called_off:
        take_back(session, order=order, unsent=called_off, now=now)
