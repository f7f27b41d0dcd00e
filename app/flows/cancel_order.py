"""An order is called off: unpaid, its stock and coupons return; paid and unsent, the money goes back first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.catalog.models import Variant
from app.domain.ledger.actions import void
from app.domain.orders.models import Order, OrderLine, Payment
from app.domain.orders.queries import lines_of, locked_order
from app.domain.promotions.actions import return_coupons
from app.flows.announce import announce
from app.flows.pay_online.live_sessions import may_be_cancelled, queue_ending
from app.flows.push_orders import take_back
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.errors import Conflict


def cancel_order(session: Session, *, brand_id: int, order_id: UUID, reason: str = "", now: datetime) -> Order:
    """Cancels an unpaid order, or refunds and cancels one that is paid and not sent. Refuses once anything was sent."""
    order = locked_order(session, brand_id=brand_id, order_id=order_id)
    if order.state not in ("paid", "pending_payment"):
        raise Conflict("not_cancellable", "这张订单现在不能取消", state=order.state)
    _lock_variants(session, [order.id])
    paid = order.state == "paid"
    if paid:
        _give_everything_back(session, order, reason, now)
    _release(session, order, now)
    if order.state != "refunded":
        return_coupons(session, brand_id=brand_id, used=order.coupons, now=now)
    order.state, order.cancelled_at = "cancelled", now
    session.flush()
    if paid:
        never_refunded = {line.id: line.quantity - line.refunded_quantity for line in lines_of(session, brand_id=brand_id, order_id=order_id)}
        take_back(session, order=order, unsent={line_id: pieces for line_id, pieces in never_refunded.items() if pieces}, now=now)
    announce(session, brand_id=brand_id, event="order.cancelled", payload={"order_id": str(order_id), "number": order.number}, now=now)
    return order


def cancel_overdue(session: Session, *, brand_id: int, now: datetime, most: int = 200) -> int:
    """Orders not paid in time give their stock back; those whose session at a provider may still bring money wait a little (`end_overdue`).

    Their rows are locked first, so that one which is being paid this moment is left alone, and then their variants in
    the order that every checkout keeps.
    """
    overdue = session.scalars(select(Order.id).where(Order.state == "pending_payment", Order.pay_by < now, may_be_cancelled(now)).order_by(Order.pay_by)
                              .limit(most).with_for_update(key_share=True, skip_locked=True)).all()
    _lock_variants(session, overdue)
    for order_id in overdue:
        cancel_order(session, brand_id=brand_id, order_id=order_id, reason="unpaid", now=now)
    return len(overdue)


def _lock_variants(session: Session, order_ids: Sequence[UUID]) -> None:
    held = select(OrderLine.variant_id).where(OrderLine.order_id.in_(order_ids))
    session.execute(select(Variant.id).where(Variant.id.in_(held)).order_by(Variant.id).with_for_update(key_share=True))


def _give_everything_back(session: Session, order: Order, reason: str, now: datetime) -> None:
    lines = [RefundAsk(line.id, line.quantity - line.refunded_quantity, line.paid_minor - line.refunded_minor)
             for line in lines_of(session, brand_id=order.brand_id, order_id=order.id) if line.paid_minor > line.refunded_minor]
    shipping = order.shipping_minor - order.shipping_refunded_minor
    if lines or shipping:
        refund_order(session, brand_id=order.brand_id, order_id=order.id, lines=lines, reason=reason or "cancelled", shipping_minor=shipping, now=now)


def _release(session: Session, order: Order, now: datetime) -> None:
    """Pieces no refund has released yet go back on the shelf; shares nobody paid money for are void."""
    for line in sorted(lines_of(session, brand_id=order.brand_id, order_id=order.id), key=lambda line: line.variant_id):
        session.execute(update(Variant).where(Variant.id == line.variant_id).values(
            reserved=func.greatest(Variant.reserved - (line.quantity - line.refunded_quantity), 0)).execution_options(synchronize_session=False))
    session.execute(update(Payment).where(Payment.order_id == order.id, Payment.state == "open").values(state="expired", settled_at=now))
    queue_ending(session, brand_id=order.brand_id, order_id=UUID(str(order.id)))
    void(session, brand_id=order.brand_id, order_id=order.id, cause=f"order:{order.id}:cancelled", now=now)
