"""Activities in a list, and goods with their list price as the maker of an activity picks them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, UnaryExpression, and_, func, or_, select
from sqlalchemy.orm import Session

from app.domain.catalog.models import Product, Variant
from app.domain.catalog.queries import pattern
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import Activity, ActivityPrice

SORTS: dict[str, UnaryExpression[Any]] = {
    "-ends": Activity.ends_at.desc(), "ends": Activity.ends_at.asc(), "-starts": Activity.starts_at.desc(), "starts": Activity.starts_at.asc(),
    "-name": Activity.name.desc(), "name": Activity.name.asc()}


@dataclass(frozen=True, slots=True)
class Goods:
    """A variant with its list price; `gone` upstream for good."""

    variant_id: UUID
    product_id: UUID
    title: str
    sku: str
    options: dict[str, Any]
    list_price_minor: int
    gone: bool


def activity(session: Session, *, brand_id: int, activity_id: UUID) -> Activity:
    found = session.scalar(select(Activity).where(Activity.brand_id == brand_id, Activity.id == activity_id))
    if found is None:
        raise NotFound("activity", activity_id)
    return found


def activity_names(session: Session, *, brand_id: int, ids: Collection[UUID]) -> dict[UUID, str]:
    """What the activities of these ids are called."""
    if not ids:
        return {}
    return {row[0]: row[1] for row in session.execute(select(Activity.id, Activity.name).where(Activity.brand_id == brand_id, Activity.id.in_(ids)))}


def ended(session: Session, *, brand_id: int, ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Those of these activities that are over."""
    return set(session.scalars(select(Activity.id).where(Activity.brand_id == brand_id, Activity.id.in_(ids), Activity.ends_at <= now))) if ids else set()


def prices_to_come(session: Session, *, brand_id: int, variant_ids: Collection[UUID], now: datetime) -> dict[UUID, list[tuple[Activity, int]]]:
    """variant → (activity, price) of those that are on or to come, the earliest first."""
    rows = session.execute(
        select(ActivityPrice.variant_id, Activity, ActivityPrice.price_minor)
        .join(Activity, (Activity.id == ActivityPrice.activity_id) & (Activity.brand_id == ActivityPrice.brand_id))
        .where(ActivityPrice.brand_id == brand_id, ActivityPrice.variant_id.in_(variant_ids), Activity.ends_at > now).order_by(Activity.starts_at))
    found: dict[UUID, list[tuple[Activity, int]]] = {}
    for variant_id, activity, price_minor in rows:
        found.setdefault(variant_id, []).append((activity, price_minor))
    return found


def activities_page(session: Session, *, brand_id: int, q: str = "", state: str = "", sort: str = "-ends", number: int = 1, now: datetime) -> Page:
    """(activity, how many variants) rows. `q` finds name, number ('A-12') and SKU; `state` is coming, live or ended."""
    counted = (select(func.count()).select_from(ActivityPrice).where(
        ActivityPrice.activity_id == Activity.id, ActivityPrice.brand_id == Activity.brand_id).scalar_subquery())
    statement = select(Activity, counted).where(Activity.brand_id == brand_id)
    if state:
        statement = statement.where({"live": and_(Activity.starts_at <= now, Activity.ends_at > now), "coming": Activity.starts_at > now,
                                     "ended": Activity.ends_at <= now}[state])
    if q:
        statement = statement.where(_matches(q))
    return numbered(session, statement.order_by(SORTS[sort], Activity.id.desc()), number=number)


def _matches(q: str) -> Any:
    sku = (select(ActivityPrice.id).join(Variant, (Variant.id == ActivityPrice.variant_id) & (Variant.brand_id == ActivityPrice.brand_id))
           .where(ActivityPrice.activity_id == Activity.id, ActivityPrice.brand_id == Activity.brand_id, func.lower(Variant.sku) == q.lower()).exists())
    digits = q.upper().removeprefix("A-")
    numbered_so = Activity.number == int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else sku
    return or_(Activity.name.icontains(q, autoescape=True), sku, numbered_so)


def goods_of(session: Session, *, brand_id: int, variant_ids: Collection[UUID]) -> dict[UUID, Goods]:
    """By id; an unknown one is left out."""
    return {goods.variant_id: goods for goods in _read(session, _goods(brand_id).where(Variant.id.in_(variant_ids)))}


def goods_by_sku(session: Session, *, brand_id: int, skus: Collection[str]) -> dict[str, Goods]:
    return {goods.sku: goods for goods in _read(session, _goods(brand_id).where(Variant.sku.in_(skus), Variant.sku != ""))}


def find_goods(session: Session, *, brand_id: int, q: str, most: int = 30) -> list[Goods]:
    """What is sold and called like this, by title, SKU or barcode; a product's variants stand together."""
    like = pattern(q)
    found = or_(Product.title.ilike(like), Product.title_en.ilike(like), Variant.sku.ilike(like), Variant.barcode == q.strip()[:40])
    return _read(session, _goods(brand_id).where(found, Variant.tombstoned_at.is_(None)).order_by(
        Product.position, Product.id, Variant.position, Variant.id).limit(most))


def above_list(prices: dict[UUID, int], goods: dict[UUID, Goods]) -> list[Goods]:
    """What would cost more than its list price: allowed, and told."""
    return [goods[variant_id] for variant_id, price in prices.items() if variant_id in goods and price > goods[variant_id].list_price_minor]


def _goods(brand_id: int) -> Select[Any]:
    return (select(Variant.id, Variant.product_id, Product.title, Variant.sku, Variant.options, Variant.price_minor, Variant.tombstoned_at.is_not(None))
            .join(Product, (Product.id == Variant.product_id) & (Product.brand_id == Variant.brand_id)).where(Variant.brand_id == brand_id))


def _read(session: Session, statement: Select[Any]) -> list[Goods]:
    rows: Sequence[Any] = session.execute(statement).all()
    return [Goods(*row) for row in rows]
