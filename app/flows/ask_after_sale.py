"""A shopper, headquarters or a program asks for money back, a return or an exchange of a paid order (R12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.aftersales.actions import new_number
from app.domain.aftersales.models import AfterSale, AfterSaleLine
from app.domain.aftersales.room import Promised, promised, require_no_chargeback
from app.domain.aftersales.rules import GOODS_BACK, KINDS, require_askable, require_same_price, window_open, worth
from app.domain.brands.models import Brand
from app.domain.catalog.models import Variant
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.queries import lines_of, locked_order
from app.domain.orders.rules import REFUNDABLE
from app.domain.people.audit import acting
from app.flows.announce import announce
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.texts import clean


@dataclass(frozen=True, slots=True)
class LineAsk:
    """Pieces of a line, an amount in minor units of it, or both; an exchange names what is to come instead."""

    line_id: UUID
    quantity: int = 0
    amount_minor: int | None = None
    exchange_variant_id: UUID | None = None


def ask_after_sale(session: Session, *, brand_id: int, order_id: UUID, kind: str, lines: Sequence[LineAsk] = (), shipping_minor: int = 0,
                   reason: str = "", window: bool = False, now: datetime) -> AfterSale:
    """Opens a case. `window` holds the asker to the after-sale window: a shopper is, headquarters is not.

    Refuses more than is left beside what other open cases ask for, and a second open case of one line. From here on the
    money of its lines does not settle.
    """
    if kind not in KINDS:
        raise Refused("kind_unknown", "请选择售后方式", field="kind")
    order = locked_order(session, brand_id=brand_id, order_id=order_id)
    if order.state not in REFUNDABLE:
        raise Conflict("not_refundable", "这张订单现在不能申请售后", state=order.state)
    require_no_chargeback(session, brand_id=brand_id, order_id=order_id)
    known = {line.id: line for line in lines_of(session, brand_id=brand_id, order_id=order_id)}
    asked = promised(session, brand_id=brand_id, order_id=order_id, lines=known)
    chosen = [_line(session, known, asked, kind, ask, place, now if window else None) for place, ask in enumerate(lines)]
    if len({line.order_line_id for line in chosen}) < len(chosen):
        raise Refused("line_twice", "同一行只能写一次", field="lines")
    _require_shipping(order, list(known.values()), asked, kind, shipping_minor, now if window else None)
    if not chosen and kind != "shipping_only":
        raise Refused("lines_missing", "请选择要处理的商品", field="lines")
    return _open(session, order, kind, chosen, shipping_minor, reason, now)


def _line(session: Session, known: dict[UUID, OrderLine], asked: Promised, kind: str, ask: LineAsk, place: int, now: datetime | None) -> AfterSaleLine:
    line = known.get(ask.line_id)
    if line is None:
        raise NotFound("order_line", ask.line_id)
    if line.id in asked.lines:
        raise Conflict("after_sale_open", "这件商品已经有售后单在处理", field=f"lines.{place}.line_id")
    require_askable(line, kind, now, field=f"lines.{place}.line_id")
    pieces_left = line.quantity - line.refunded_quantity
    if not 0 <= ask.quantity <= pieces_left or (kind in GOODS_BACK and not ask.quantity):
        raise Refused("quantity_invalid", "件数要在 1 到 %(left)d 之间", field=f"lines.{place}.quantity", left=pieces_left)
    if kind == "exchange":
        _require_replacement(session, line, ask, place)
    else:
        _require_amount(line, ask, place)
    return AfterSaleLine(brand_id=line.brand_id, order_line_id=line.id, quantity=ask.quantity, open=True,
                         amount_minor=None if kind == "exchange" else ask.amount_minor,
                         exchange_variant_id=ask.exchange_variant_id if kind == "exchange" else None)


def _require_amount(line: OrderLine, ask: LineAsk, place: int) -> None:
    left, amount = line.paid_minor - line.refunded_minor, worth(line, ask.quantity, ask.amount_minor)
    if not (0 < amount <= left or (amount == line.paid_minor == 0 and ask.quantity)):
        raise Refused("amount_invalid", "这一行最多还能退 %(left)s", field=f"lines.{place}.amount", left_minor=left)


def _require_replacement(session: Session, line: OrderLine, ask: LineAsk, place: int) -> None:
    field = f"lines.{place}.exchange_variant_id"
    if ask.exchange_variant_id is None:
        raise Refused("exchange_missing", "请选择换成哪一款", field=field)
    variant = session.scalar(select(Variant).where(Variant.id == ask.exchange_variant_id, Variant.tombstoned_at.is_(None)))
    if variant is None:
        raise NotFound("variant", ask.exchange_variant_id)
    require_same_price(of_line=line.list_price_minor, of_variant=variant.price_minor, field=field)


def _require_shipping(order: Order, lines: Sequence[OrderLine], asked: Promised, kind: str, shipping_minor: int, now: datetime | None) -> None:
    left = order.shipping_minor - order.shipping_refunded_minor - asked.shipping_minor
    least, most = (1 if kind == "shipping_only" else 0), (0 if kind == "exchange" else left)
    if most < least:
        raise Refused("shipping_nothing", "这张订单没有运费可退", field="shipping_amount")
    if not least <= shipping_minor <= most:
        raise Refused("shipping_too_much", "运费最多还能退 %(left)s", field="shipping_amount", left_minor=most)
    if kind == "shipping_only" and now is not None and not any(window_open(line, now) for line in lines):
        raise Refused("window_over", "这张订单的售后期已经过了", field="kind")


def _open(session: Session, order: Order, kind: str, lines: list[AfterSaleLine], shipping_minor: int, reason: str, now: datetime) -> AfterSale:
    timezone = session.scalars(select(Brand.timezone).where(Brand.id == order.brand_id)).one()
    number = new_number(session, brand_id=order.brand_id, now=now, timezone=timezone)
    case = AfterSale(brand_id=order.brand_id, id=new_id(), number=number, order_id=order.id, kind=kind, state="requested", shipping_minor=shipping_minor,
                     reason=clean(reason)[:200], requested_by=acting(session).name, requested_at=now)
    case.lines = lines
    session.add(case)
    session.flush()
    tell(session, order, case, "after_sale.opened", now)
    return case


def tell(session: Session, order: Order, case: AfterSale, event: str, now: datetime) -> None:
    """The brand's own systems hear of it."""
    announce(session, brand_id=order.brand_id, event=event, now=now, payload={
        "after_sale_id": str(case.id), "number": case.number, "kind": case.kind, "state": case.state, "order_id": str(order.id),
        "order_number": order.number})
