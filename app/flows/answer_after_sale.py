"""Headquarters answers a case: yes, no, the goods are back, the money goes, the replacement leaves (R11, R12)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.aftersales.actions import move_case
from app.domain.aftersales.models import AfterSale
from app.domain.aftersales.queries import locked_case, open_cases, swaps_of
from app.domain.aftersales.rules import MONEY_ONLY, came_back, next_state, require_unrefunded
from app.domain.fulfilment.models import Fulfilment, FulfilmentLine
from app.domain.fulfilment.queries import with_the_flagship
from app.domain.orders.models import Order
from app.domain.orders.queries import lines_of
from app.domain.orgs.models import OrgUnit
from app.domain.people.audit import acting
from app.flows.ask_after_sale import tell
from app.flows.exchange_stock import put_back, release, reserve, take
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.ship_order import WITH_THE_FLAGSHIP
from app.kernel.errors import Conflict, NotFound
from app.kernel.ids import new_id
from app.kernel.texts import clean, required


def approve_after_sale(session: Session, *, brand_id: int, after_sale_id: UUID, answer: str = "", now: datetime) -> AfterSale:
    """Yes. What needs no goods back is refunded at once; for an exchange the replacement is set aside."""
    order, case = locked_case(session, brand_id=brand_id, after_sale_id=after_sale_id)
    move_case(session, case, "approve", now=now)
    _decided(session, case, answer, now)
    if case.kind == "exchange":
        reserve(session, case.lines)
    return _refund(session, order, case, now) if case.kind in MONEY_ONLY else case


def reject_after_sale(session: Session, *, brand_id: int, after_sale_id: UUID, answer: str, now: datetime) -> AfterSale:
    """No, with the reason she reads; the money of the lines is free to settle again."""
    reason = required(answer, field="answer", most=200)
    order, case = locked_case(session, brand_id=brand_id, after_sale_id=after_sale_id)
    _end(session, order, case, "reject", now)
    _decided(session, case, reason, now)
    return case


def cancel_after_sale(session: Session, *, brand_id: int, after_sale_id: UUID, now: datetime) -> AfterSale:
    """Whoever asked takes it back, until the goods have arrived."""
    order, case = locked_case(session, brand_id=brand_id, after_sale_id=after_sale_id)
    return _end(session, order, case, "cancel", now)


def overrule_after_sales(session: Session, *, order: Order, answer: str, now: datetime) -> None:
    """Her bank has given her the money: what is still open on the order is over, but for what is refunded already."""
    for case in open_cases(session, brand_id=order.brand_id, order_id=order.id):
        if case.refund_id is None:
            _end(session, order, case, "overrule", now)
            case.answer = case.answer or answer


def enter_return_parcel(session: Session, *, brand_id: int, after_sale_id: UUID, carrier: str, tracking_no: str, now: datetime) -> AfterSale:
    """How the goods are coming back; it may be corrected until they are here."""
    _, case = locked_case(session, brand_id=brand_id, after_sale_id=after_sale_id)
    next_state(case.kind, case.state, "receive")
    case.return_carrier, case.return_tracking_no = required(carrier, field="carrier", most=40), required(tracking_no, field="tracking_no", most=60)
    session.flush()
    return case


def receive_goods(session: Session, *, brand_id: int, after_sale_id: UUID, restock: Collection[UUID] = (), now: datetime) -> AfterSale:
    """The goods are back; pieces of the order lines in `restock` can be sold again."""
    order, case = locked_case(session, brand_id=brand_id, after_sale_id=after_sale_id)
    if unknown := set(restock) - {line.order_line_id for line in case.lines}:
        raise NotFound("order_line", next(iter(unknown)))
    move_case(session, case, "receive", now=now)
    case.returned_at = now
    known = {line.id: line for line in lines_of(session, brand_id=brand_id, order_id=order.id)}
    back: dict[UUID, int] = {}
    for line in case.lines:
        bought = known[line.order_line_id]
        before = swaps_of(session, brand_id=brand_id, order_line_id=bought.id)
        line.restocked = bought.id in restock
        for variant_id, pieces in came_back(bought.variant_id, bought.shipped_quantity, before, line.quantity).items():
            back[variant_id] = back.get(variant_id, 0) + (pieces if line.restocked else 0)
    put_back(session, back)
    session.flush()
    return case


def refund_after_sale(session: Session, *, brand_id: int, after_sale_id: UUID, now: datetime) -> AfterSale:
    """The money of a return whose goods are back."""
    order, case = locked_case(session, brand_id=brand_id, after_sale_id=after_sale_id)
    return _refund(session, order, case, now)


def send_replacement(session: Session, *, brand_id: int, after_sale_id: UUID, carrier: str = "", tracking_no: str = "", store_id: UUID | None = None,
                     now: datetime) -> AfterSale:
    """The goods in exchange leave in a parcel of their own; no money and no share moves."""
    order, case = locked_case(session, brand_id=brand_id, after_sale_id=after_sale_id)
    next_state(case.kind, case.state, "send")
    if store_id is not None and session.scalar(select(OrgUnit.id).where(OrgUnit.id == store_id, OrgUnit.kind == "store")) is None:
        raise NotFound("store", store_id)
    theirs = with_the_flagship(session, brand_id=brand_id, order_id=order.id, lock=True)
    if push := next((theirs[line.order_line_id] for line in case.lines if line.order_line_id in theirs), None):
        raise Conflict("with_the_flagship", WITH_THE_FLAGSHIP, number=push.number)
    parcel = Fulfilment(brand_id=brand_id, id=new_id(), order_id=order.id, source="store" if store_id else "flagship", store_id=store_id,
                        carrier=clean(carrier)[:40], tracking_no=clean(tracking_no)[:60], shipped_at=now)
    parcel.lines = [FulfilmentLine(brand_id=brand_id, order_line_id=line.order_line_id, quantity=line.quantity) for line in case.lines]
    session.add(parcel)
    session.flush()
    take(session, case.lines)
    case.fulfilment_id = parcel.id
    return _closed(session, order, move_case(session, case, "send", now=now), now)


def _refund(session: Session, order: Order, case: AfterSale, now: datetime) -> AfterSale:
    """It is refunded once the money is: until the provider says so the case stays open, and its lines frozen."""
    next_state(case.kind, case.state, "refund")
    require_unrefunded(case.refund_id)
    refund = refund_order(
        session, brand_id=order.brand_id, order_id=order.id, shipping_minor=case.shipping_minor, reason=case.reason, after_sale_id=case.id, now=now,
        lines=[RefundAsk(line.order_line_id, line.quantity or None, line.amount_minor) for line in case.lines])
    case.refund_id = refund.id
    session.flush()
    if refund.state == "pending":
        return case
    return _closed(session, order, move_case(session, case, "refund", now=now), now)


def _end(session: Session, order: Order, case: AfterSale, act: str, now: datetime) -> AfterSale:
    set_aside = case.kind == "exchange" and case.state != "requested"
    move_case(session, case, act, now=now)
    if set_aside:
        release(session, case.lines)
    return _closed(session, order, case, now)


def _closed(session: Session, order: Order, case: AfterSale, now: datetime) -> AfterSale:
    tell(session, order, case, "after_sale.closed", now)
    return case


def _decided(session: Session, case: AfterSale, answer: str, now: datetime) -> None:
    case.decided_by, case.decided_at, case.answer = acting(session).name, now, clean(answer)[:200]
    session.flush()

