"""What a refund may take: not what an open case has asked for, and nothing while her bank is deciding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.orders.models import Order, OrderLine
from app.kernel.errors import Conflict

from .models import AfterSale, AfterSaleLine, Chargeback
from .queries import open_cases
from .rules import worth


@dataclass(frozen=True, slots=True)
class Promised:
    """What open cases of an order have asked for: (pieces, minor units) by line, and shipping."""

    lines: Mapping[UUID, tuple[int, int]]
    shipping_minor: int


def promised(session: Session, *, brand_id: int, order_id: UUID, lines: Mapping[UUID, OrderLine], but: UUID | None = None) -> Promised:
    """`but` is the case that is being answered. An exchange asks for no money, but its pieces are spoken for; what a refund
    under way has taken is refunded already."""
    cases = [case for case in open_cases(session, brand_id=brand_id, order_id=order_id) if case.id != but]
    asked = {line.order_line_id: _asked(case, line, lines) for case in cases for line in case.lines}
    return Promised(asked, sum(case.shipping_minor for case in cases if case.refund_id is None))


def _asked(case: AfterSale, line: AfterSaleLine, lines: Mapping[UUID, OrderLine]) -> tuple[int, int]:
    if case.refund_id is not None:
        return 0, 0
    return line.quantity, 0 if case.kind == "exchange" else worth(lines[line.order_line_id], line.quantity, line.amount_minor)


def require_no_chargeback(session: Session, *, brand_id: int, order_id: UUID) -> None:
    """Money goes back on one way only: while her bank decides, and after it has taken the money, the brand refunds nothing."""
    states = set(session.scalars(select(Chargeback.state).where(Chargeback.order_id == order_id, Chargeback.state != "won")))
    if "open" in states:
        raise Conflict("chargeback_open", "这张订单有拒付在处理，等银行结果出来再退款")
    if "lost" in states:
        raise Conflict("chargeback_lost", "银行已经从这张订单扣走了钱，不能再退款")


def require_room(session: Session, *, order: Order, lines: Mapping[UUID, OrderLine], amounts: Mapping[UUID, tuple[int, int]], shipping_minor: int,
                 but: UUID | None) -> None:
    """Refuses a refund of (pieces, minor units) by line and of shipping that would eat into what an open case asks for."""
    require_no_chargeback(session, brand_id=order.brand_id, order_id=order.id)
    asked = promised(session, brand_id=order.brand_id, order_id=order.id, lines=lines, but=but)
    for position, (line_id, (pieces, amount)) in enumerate(amounts.items()):
        line, (pieces_asked, amount_asked) = lines[line_id], asked.lines.get(line_id, (0, 0))
        left = line.paid_minor - line.refunded_minor - amount_asked
        if amount > left or pieces > line.quantity - line.refunded_quantity - pieces_asked:
            raise Conflict("after_sale_open", "这一行有售后单在处理，此外最多还能退 %(left)s", field=f"lines.{position}.amount",
                           left_minor=max(left, 0))
    shipping_left = order.shipping_minor - order.shipping_refunded_minor - asked.shipping_minor
    if shipping_minor > shipping_left:
        raise Conflict("after_sale_open", "运费有售后单在处理，此外最多还能退 %(left)s", field="shipping_amount", left_minor=shipping_left)
