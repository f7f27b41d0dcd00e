"""Money goes back to the shopper, and every share gives back its part of it (R11, R13, R14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.catalog.models import Variant
from app.domain.commission.models import CommissionLine
from app.domain.ledger.actions import Entry, post
from app.domain.ledger.queries import house_payees, phase_balances
from app.domain.orders.models import Order, OrderLine, Payment, Refund, RefundLine
from app.domain.orders.queries import lines_of, locked_order
from app.domain.orders.rules import REFUNDABLE
from app.domain.people.audit import acting
from app.domain.splits.rules import reversal
from app.flows.announce import announce
from app.flows.deliver_order import close_books, take_stock
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.money import half_up
from app.kernel.texts import clean

LIFE = ("estimated", "pending", "held")


@dataclass(frozen=True, slots=True)
class RefundAsk:
    """Either pieces (their part of what was paid) or an amount in minor units; both may be given."""

    line_id: UUID
    quantity: int | None = None
    amount_minor: int | None = None


def refund_order(session: Session, *, brand_id: int, order_id: UUID, lines: Sequence[RefundAsk] = (), shipping_minor: int = 0,
                 reason: str = "", now: datetime) -> Refund:
    """Refunds lines and shipping of a paid order; refuses more than was paid and names the line.

    Shares are reversed where they stand: what is pending or held shrinks, what was released or paid out becomes a
    negative entry that later payouts net (R14). Shipping alone touches no commission (R11).
    """
    order = locked_order(session, brand_id=brand_id, order_id=order_id)
    if order.state not in REFUNDABLE:
        raise Conflict("not_refundable", "这张订单现在不能退款", state=order.state)
    known = {line.id: line for line in lines_of(session, brand_id=brand_id, order_id=order_id)}
    amounts = _amounts(known, lines)
    if not 0 <= shipping_minor <= order.shipping_minor - order.shipping_refunded_minor:
        raise Refused("shipping_too_much", "运费最多还能退 %(left_minor)d 分", field="shipping_amount",
                      left_minor=order.shipping_minor - order.shipping_refunded_minor)
    total = sum(amount for _, amount in amounts.values()) + shipping_minor
    if total <= 0:
        raise Refused("nothing_to_refund", "退款金额要大于 0", field="lines")
    refund = _write(session, order, amounts, shipping_minor, total, reason, now)
    entries = _reversals(session, brand_id, order, known, amounts, shipping_minor)
    post(session, brand_id=brand_id, cause=f"refund:{refund.id}", kind="reversed", order_id=order.id, entries=entries, now=now,
         note={"refund_id": str(refund.id), "reason": refund.reason})
    _move_on(session, order, known, amounts, now)
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
    elif pieces == pieces_left and pieces:
        amount = left
    else:
        amount = min(half_up(line.paid_minor * pieces, line.quantity), left)
    if not 0 < amount <= left:
        raise Refused("amount_invalid", "这一行最多还能退 %(left_minor)d 分", field=f"lines.{position}.amount", left_minor=left)
    return pieces, amount


def _write(session: Session, order: Order, amounts: dict[UUID, tuple[int, int]], shipping_minor: int, total: int, reason: str,
           now: datetime) -> Refund:
    payment = session.scalar(select(Payment).where(Payment.order_id == order.id, Payment.state == "succeeded",
                                                    Payment.refunded_minor < Payment.amount_minor).with_for_update())
    if payment is None:
        raise Conflict("not_paid", "还没有付款，没有钱可退")
    refund = Refund(brand_id=order.brand_id, id=new_id(), order_id=order.id, payment_id=payment.id, amount_minor=total, shipping_minor=shipping_minor,
                    reason=clean(reason)[:200], state="succeeded", requested_by=acting(session).name, requested_at=now, settled_at=now)
    refund.lines = [RefundLine(brand_id=order.brand_id, order_line_id=line_id, quantity=pieces, amount_minor=amount)
                    for line_id, (pieces, amount) in amounts.items()]
    payment.refunded_minor += total
    session.add(refund)
    session.flush()
    return refund


def _reversals(session: Session, brand_id: int, order: Order, known: dict[UUID, OrderLine], amounts: dict[UUID, tuple[int, int]],
               shipping_minor: int) -> list[Entry]:
    house = house_payees(session, brand_id=brand_id)
    standing = phase_balances(session, brand_id=brand_id, order_id=order.id)
    entries: list[Entry] = []
    for line_id, (_, amount) in amounts.items():
        entries += _reverse_line(session, known[line_id], amount, standing, house)
    if shipping_minor:
        phase = _phase(standing, None)
        entries.append(Entry(house["brand"], "shipping", phase, -shipping_minor))
    total = sum(amount for _, amount in amounts.values()) + shipping_minor
    entries.append(Entry(house["clearing"], "clearing", "received", total))
    return entries


def _reverse_line(session: Session, line: OrderLine, amount: int, standing: dict[tuple[UUID | None, UUID, str], dict[str, int]],
                  house: dict[str, UUID]) -> list[Entry]:
    shares = list(session.scalars(select(CommissionLine).where(CommissionLine.order_line_id == line.id).order_by(CommissionLine.id)))
    named = [share for share in shares if share.role != "brand"]
    brand = next(share for share in shares if share.role == "brand")

    def before(share: CommissionLine) -> int:
        """What this share has given back so far: what it was less what it is, over all phases."""
        return share.amount_minor - sum(standing.get((line.id, share.payee_id, share.role), {}).values())

    now_named, now_brand = reversal(
        [share.amount_minor for share in named], brand.amount_minor, base=line.base_minor, paid=line.paid_minor,
        refunded=line.refunded_minor + amount, reversed_before=[before(share) for share in named], brand_before=before(brand))
    phase = _phase(standing, line.id)
    entries = [Entry(share.payee_id, share.role, phase, -back, line.id)
               for share, back in zip([*named, brand], [*now_named, now_brand], strict=True)]
    subsidy_back = sum(now_named) + now_brand - amount
    entries.append(Entry(house["platform"], "platform_subsidy", phase, subsidy_back, line.id))
    return entries


def _phase(standing: dict[tuple[UUID | None, UUID, str], dict[str, int]], line_id: UUID | None) -> str:
    """Where the shares of a line (None: shipping) stand before release; later they are taken from what is available (R14)."""
    phases = {phase for (line, _, _), balances in standing.items() if line == line_id for phase, amount in balances.items() if amount}
    return next((phase for phase in LIFE if phase in phases), "available")


def _move_on(session: Session, order: Order, known: dict[UUID, OrderLine], amounts: dict[UUID, tuple[int, int]], now: datetime) -> None:
    """Goods refunded before they left go back on the shelf; an order refunded to the last fen is refunded."""
    for line_id, (pieces, amount) in sorted(amounts.items(), key=lambda part: known[part[0]].variant_id):
        line = known[line_id]
        unsent = min(pieces, max(line.quantity - line.refunded_quantity - line.shipped_quantity, 0))
        line.refunded_minor += amount
        line.refunded_quantity += pieces
        if unsent:
            session.execute(update(Variant).where(Variant.id == line.variant_id).values(
                reserved=func.greatest(Variant.reserved - unsent, 0)).execution_options(synchronize_session=False))
    shipping = sum(refund.shipping_minor for refund in session.scalars(select(Refund).where(Refund.order_id == order.id)))
    order.shipping_refunded_minor = shipping
    if all(line.refunded_minor == line.paid_minor and line.refunded_quantity == line.quantity for line in known.values()):
        order.state = "refunded"
        if order.delivered_at is None:
            close_books(session, order=order, now=now)
    elif order.state in ("paid", "partly_shipped", "shipped"):
        take_stock(session, order=order, lines=list(known.values()), now=now)
    session.flush()
