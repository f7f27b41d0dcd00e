"""What a guide is shown to share, in the order of what it is worth to her, and why each stands where it stands.

The ladder of R3 decides what pays her, once for every kind of goods; the database multiplies and ranks the whole shelf.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.models import Product, Variant
from app.domain.commission.models import CommissionRule
from app.domain.commission.queries import as_rule
from app.domain.commission.rules import Rule, Sale, applies, order_key
from app.domain.insights.product_rank import Ranked, ranked_products
from app.domain.orders.facts import Seller, Unit, read_house, read_seller
from app.domain.promotions.models import Activity, ActivityPrice
from app.domain.sharing.shelf_list import SHELF_SIZE, ShelfTile, tiles_in_order
from app.kernel.paging import Page

NOTHING: dict[str, int | None] = {"rate_bp": 0, "unit_minor": None, "min_minor": None, "max_minor": None}


@dataclass(frozen=True, slots=True)
class Placed:
    """A product in its place, with the facts that brought it there."""

    tile: ShelfTile
    facts: Ranked


def rank_products(session: Session, *, brand_id: int, guide_id: UUID, sort: str = "you", q: str = "", category: str = "", number: int = 1,
                  size: int = SHELF_SIZE, now: datetime) -> Page:
    """A page of Placed, the first for a number past the end. `sort` is one of insights.product_rank.SORTS."""
    seller, _ = read_seller(session, brand_id=brand_id, guide_id=guide_id, store_id=None)
    if seller is None:
        return Page([], 0, 1, size)
    _, units = read_seller(session, brand_id=brand_id, guide_id=None, store_id=seller.store_id)
    rates = _Rates(session, brand_id, seller, units, now)
    found, total = ranked_products(session, brand_id=brand_id, guide_id=guide_id, kinds=rates.kinds(), named=rates.named(),
                                   cap_bp=read_house(session, brand_id=brand_id, now=now).commission_cap_bp, sort=sort, q=q.strip()[:60],
                                   category=category[:200], number=number, size=size, now=now)
    if not found and number > 1:
        return rank_products(session, brand_id=brand_id, guide_id=guide_id, sort=sort, q=q, category=category, size=size, now=now)
    tiles = {one.id: one for one in tiles_in_order(session, brand_id=brand_id, product_ids=[one.product_id for one in found], now=now)}
    return Page([Placed(tiles[one.product_id], one) for one in found if one.product_id in tiles], total, max(number, 1), size)


class _Rates:
    """What the first rule that applies says, for every category and activity, and for each variant some rule names."""

    def __init__(self, session: Session, brand_id: int, seller: Seller, units: Sequence[Unit], now: datetime) -> None:
        self._session, self._brand_id, self._seller, self._now = session, brand_id, seller, now
        self._places = {unit.kind: unit.id for unit in reversed(units)}
        rows = session.scalars(select(CommissionRule).where(CommissionRule.brand_id == brand_id, CommissionRule.effective_from <= now,
                                                            (CommissionRule.effective_to.is_(None)) | (CommissionRule.effective_to > now)))
        rules = sorted((rule for rule in map(as_rule, rows) if self._may_be_hers(rule)), key=order_key)
        self._general = [rule for rule in rules if not (rule.variant_id or rule.product_id)]
        self._of: dict[UUID, list[Rule]] = defaultdict(list)
        for rule in rules:
            if named := rule.variant_id or rule.product_id:
                self._of[named].append(rule)
        self._known: dict[tuple[str, UUID | None], Rule | None] = {}

    def kinds(self) -> list[dict[str, Any]]:
        categories = self._session.scalars(select(Product.category).where(
            Product.brand_id == self._brand_id, Product.status == "published", Product.tombstoned_at.is_(None)).distinct()).all()
        activities = [None, *self._session.scalars(select(Activity.id).where(
            Activity.brand_id == self._brand_id, Activity.starts_at <= self._now, Activity.ends_at > self._now))]
        return [{"category": category, "activity": str(activity or ""), **_said(self._kind(category, activity))}
                for category in categories for activity in activities]

    def named(self) -> list[dict[str, Any]]:
        if not self._of:
            return []
        rows = self._session.execute(
            select(Variant.id, Variant.product_id, Product.category).join(Product, (Product.brand_id == Variant.brand_id) & (Product.id == Variant.product_id))
            .where(Variant.brand_id == self._brand_id, Variant.id.in_(self._of) | Variant.product_id.in_(self._of))).all()
        activities = self._activities([row[0] for row in rows])
        return [{"variant_id": str(row[0]), **_said(self._one(*row, activities.get(row[0])))} for row in rows]

    def _one(self, variant_id: UUID, product_id: UUID, category: str, activity_id: UUID | None) -> Rule | None:
        """The first of what is said of the kind and what is said of this very thing."""
        own = (*self._of.get(variant_id, ()), *self._of.get(product_id, ()))
        sale = self._sale(variant_id, product_id, category, activity_id)
        return min((rule for rule in (*own, self._kind(category, activity_id)) if rule and applies(rule, sale)), key=order_key, default=None)

    def _kind(self, category: str, activity_id: UUID | None) -> Rule | None:
        key = category, activity_id
        if key not in self._known:
            sale = self._sale(UUID(int=0), UUID(int=0), category, activity_id)
            self._known[key] = next((rule for rule in self._general if applies(rule, sale)), None)
        return self._known[key]

    def _sale(self, variant_id: UUID, product_id: UUID, category: str, activity_id: UUID | None) -> Sale:
        return Sale(variant_id, product_id, category, True, self._now, guide_id=self._seller.guide_id, guide_level=self._seller.level,
                    store_id=self._places.get("store"), dealer_id=self._places.get("dealer"), activity_id=activity_id)

    def _may_be_hers(self, rule: Rule) -> bool:
        return (rule.guide_id in (None, self._seller.guide_id) and rule.guide_level in (None, self._seller.level)
                and rule.store_id in (None, self._places.get("store")) and rule.dealer_id in (None, self._places.get("dealer")))

    def _activities(self, variant_ids: Iterable[UUID]) -> dict[UUID, UUID]:
        """variant → the activity whose price holds now, the lowest should there be two."""
        rows = self._session.execute(
            select(ActivityPrice.variant_id, Activity.id)
            .join(Activity, (Activity.brand_id == ActivityPrice.brand_id) & (Activity.id == ActivityPrice.activity_id))
            .where(ActivityPrice.brand_id == self._brand_id, ActivityPrice.variant_id.in_(list(variant_ids)), Activity.starts_at <= self._now,
                   Activity.ends_at > self._now).order_by(ActivityPrice.price_minor.desc(), Activity.number.desc()))
        return {row[0]: row[1] for row in rows}


def _said(rule: Rule | None) -> dict[str, int | None]:
    if rule is None:
        return NOTHING
    return {"rate_bp": rule.rate_bp, "unit_minor": rule.amount_minor, "min_minor": rule.min_minor, "max_minor": rule.max_minor}
