"""Disputes about who earned an order, for the guide who asked and for headquarters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import UnaryExpression, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.domain.guides.models import Guide
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import AttributionDispute, Order

STATES = ("open", "accepted", "refused")
SORTS: dict[str, UnaryExpression[Any]] = {"-at": AttributionDispute.opened_at.desc(), "at": AttributionDispute.opened_at.asc(),
                                          "-amount": Order.total_minor.desc(), "amount": Order.total_minor.asc()}


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """`holder` is whom the order was credited to when she asked; None: a store or the brand."""

    dispute: AttributionDispute
    order: Order
    guide: str
    holder: str | None


def attribution_dispute(session: Session, *, brand_id: int, dispute_id: UUID, lock: bool = False) -> AttributionDispute:
    statement = select(AttributionDispute).where(AttributionDispute.brand_id == brand_id, AttributionDispute.id == dispute_id)
    found = session.scalar(statement.with_for_update().execution_options(populate_existing=True) if lock else statement)
    if found is None:
        raise NotFound("attribution_dispute", dispute_id)
    return found


def disputes_page(session: Session, *, brand_id: int, q: str = "", state: str = "", guide_id: UUID | None = None, sort: str = "-at", number: int = 1,
                  size: int = 20) -> Page:
    """DisputeRow; `q` finds order number and the names of either guide. What is open comes first."""
    holder = aliased(Guide)
    statement = (select(AttributionDispute, Order, Guide.name, holder.name)
                 .join(Order, (Order.id == AttributionDispute.order_id) & (Order.brand_id == AttributionDispute.brand_id))
                 .join(Guide, (Guide.id == AttributionDispute.guide_id) & (Guide.brand_id == AttributionDispute.brand_id))
                 .outerjoin(holder, (holder.id == AttributionDispute.order_guide_id) & (holder.brand_id == AttributionDispute.brand_id))
                 .where(AttributionDispute.brand_id == brand_id))
    if state:
        statement = statement.where(AttributionDispute.state == state)
    if guide_id:
        statement = statement.where(AttributionDispute.guide_id == guide_id)
    if q:
        statement = statement.where(or_(*(field.icontains(q, autoescape=True) for field in (Order.number, Guide.name, holder.name))))
    page = numbered(session, statement.order_by((AttributionDispute.state == "open").desc(), SORTS.get(sort, SORTS["-at"]), AttributionDispute.id.desc()),
                    number=number, size=size)
    return Page([DisputeRow(*row) for row in page.items], page.total, page.number, page.size)


def open_disputes(session: Session, *, brand_id: int) -> int:
    return session.scalar(select(func.count()).select_from(AttributionDispute).where(
        AttributionDispute.brand_id == brand_id, AttributionDispute.state == "open")) or 0
