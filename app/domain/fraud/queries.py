"""Held sales, for headquarters and for the guide whose they are, and what a brand decided of the signals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UnaryExpression, case, func, or_, select
from sqlalchemy.orm import Session

from app.domain.guides.models import Guide
from app.domain.orders.models import Order
from app.domain.orgs.models import OrgUnit
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered
from app.kernel.texts import clean

from .models import SaleHold, SignalSetting
from .rules import APPEAL_TIME, FREEZING, Setting, settings_for

SORTS: dict[str, UnaryExpression[Any]] = {"-at": SaleHold.opened_at.desc(), "at": SaleHold.opened_at.asc(), "-amount": SaleHold.amount_minor.desc(),
                                          "amount": SaleHold.amount_minor.asc()}
FIRST = case((SaleHold.state == "appealed", 0), (SaleHold.state == "open", 1), else_=2)


@dataclass(frozen=True, slots=True)
class HoldRow:
    hold: SaleHold
    order: Order
    guide: str
    store: str | None


def signal_settings(session: Session, *, brand_id: int) -> dict[str, Setting]:
    rows = session.scalars(select(SignalSetting).where(SignalSetting.brand_id == brand_id))
    return settings_for({row.signal: Setting(row.mode, row.most) for row in rows})


def sale_hold(session: Session, *, brand_id: int, hold_id: UUID, guide_id: UUID | None = None, lock: bool = False) -> SaleHold:
    """`guide_id`: hers, and not one that is only watched. Lock its order first: everything else that changes an order does."""
    statement = select(SaleHold).where(SaleHold.brand_id == brand_id, SaleHold.id == hold_id)
    if guide_id:
        statement = statement.where(SaleHold.guide_id == guide_id, SaleHold.state != "watched")
    found = session.scalar(statement.with_for_update().execution_options(populate_existing=True) if lock else statement)
    if found is None:
        raise NotFound("sale_hold", hold_id)
    return found


def holds_of(session: Session, *, brand_id: int, order_ids: Sequence[UUID], guide_id: UUID | None = None) -> dict[UUID, SaleHold]:
    """Order → its hold, where it has one; `guide_id`: that she may know of."""
    statement = select(SaleHold).where(SaleHold.brand_id == brand_id, SaleHold.order_id.in_(order_ids))
    if guide_id:
        statement = statement.where(SaleHold.guide_id == guide_id, SaleHold.state != "watched")
    return {hold.order_id: hold for hold in session.scalars(statement)}


def frozen_orders(session: Session, *, brand_id: int, order_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these orders are not released because somebody looks at them."""
    return set(session.scalars(select(SaleHold.order_id).where(SaleHold.brand_id == brand_id, SaleHold.order_id.in_(order_ids),
                                                               SaleHold.state.in_(FREEZING))))


def holds_page(session: Session, *, brand_id: int, q: str = "", state: str = "", signal: str = "", guide_id: UUID | None = None, told: bool = False,
               but: UUID | None = None, customer_id: UUID | None = None, sort: str = "-at", number: int = 1, size: int = 20) -> Page:
    """HoldRow; `q` finds order number, guide and store. What waits for a decision comes first, appealed ones above all.

    `told`: only what its guide knows of. `but`: without this one. `customer_id`: of one shopper.
    """
    statement = (select(SaleHold, Order, Guide.name, OrgUnit.name)
                 .join(Order, (Order.id == SaleHold.order_id) & (Order.brand_id == SaleHold.brand_id))
                 .join(Guide, (Guide.id == SaleHold.guide_id) & (Guide.brand_id == SaleHold.brand_id))
                 .outerjoin(OrgUnit, (OrgUnit.id == SaleHold.store_id) & (OrgUnit.brand_id == SaleHold.brand_id))
                 .where(SaleHold.brand_id == brand_id))
    for wanted, criterion in ((state == "waiting", SaleHold.state.in_(FREEZING)), (state and state != "waiting", SaleHold.state == state),
                              (signal, SaleHold.signals.contains([{"signal": signal}])), (guide_id, SaleHold.guide_id == guide_id),
                              (told, SaleHold.state != "watched"), (but, SaleHold.id != but), (customer_id, Order.customer_id == customer_id)):
        if wanted:
            statement = statement.where(criterion)
    if q := clean(q):
        statement = statement.where(or_(*(field.icontains(q, autoescape=True) for field in (Order.number, Guide.name, OrgUnit.name))))
    page = numbered(session, statement.order_by(FIRST, SORTS.get(sort, SORTS["-at"]), SaleHold.id.desc()), number=number, size=size)
    return Page([HoldRow(*row) for row in page.items], page.total, page.number, page.size)


def to_answer(session: Session, *, brand_id: int, guide_id: UUID) -> tuple[int, datetime | None]:
    """(how many of her held sales she has not answered, until when the first of them cannot be upheld)"""
    count, first = session.execute(select(func.count(), func.min(SaleHold.opened_at)).where(
        SaleHold.brand_id == brand_id, SaleHold.guide_id == guide_id, SaleHold.state == "open")).one()
    return int(count), first + APPEAL_TIME if first else None


def waiting_holds(session: Session, *, brand_id: int) -> tuple[int, int]:
    """(how many wait for a decision, what they freeze of guides' and referrers' money)"""
    row = session.execute(select(func.count(), func.coalesce(func.sum(SaleHold.amount_minor), 0)).where(
        SaleHold.brand_id == brand_id, SaleHold.state.in_(FREEZING))).one()
    return int(row[0]), int(row[1])
