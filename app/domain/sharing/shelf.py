"""What a shopper sees of the catalogue: raw SQL in one round trip, because a share page is opened far more than anything else.

Raw SQL passes the ORM's criterion, so every statement names brand_id; row-level security holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.catalog.freshness import NEXT_STALE, STALE
from app.domain.promotions.prices import NEXT_PRICES, Offer, joined_activity
from app.domain.promotions.rules import state_of
from app.kernel.db import gather
from app.kernel.errors import NotFound

from .rules import serves, standing

BY_LINK = "%(by_link)s::boolean"


@dataclass(frozen=True, slots=True)
class Recommender:
    """Who the page speaks for: `guide_name` is empty once she no longer serves, then the store stands in (R21)."""

    code: str
    guide_name: str
    avatar_key: str
    words: str
    working_since: date | None
    store_name: str
    store_city: str
    store_phone: str
    guide_kind: str


@dataclass(frozen=True, slots=True)
class ShelfVariant:
    """`price_minor` is what this visitor pays; `list_price_minor` what it is compared with: the list price while an activity is on.

    `left` is what can be bought now; `confirming`: nothing, until the flagship's stock is confirmed again.
    """

    id: UUID
    sku: str
    options: dict[str, str]
    price_minor: int
    list_price_minor: int | None
    left: int
    picture_key: str
    activity: Offer | None
    confirming: bool


@dataclass(frozen=True, slots=True)
class ShelfProduct:
    """A product as sold; `on_sale` is False for one taken off the shelf, which a link may still show.

    `variants` are those on sale, of one that is off the shelf all; `withdrawn` its variants that are sold no more.
    """

    id: UUID
    title: str
    title_en: str
    description: str
    category: str
    on_sale: bool
    variants: Sequence[ShelfVariant]
    picture_keys: Sequence[str]
    withdrawn: frozenset[UUID]

    @property
    def standing(self) -> str:
        """One of rules.STANDINGS."""
        return standing(on_sale=self.on_sale, left=any(one.left for one in self.variants), confirming=any(one.confirming for one in self.variants))


@dataclass(frozen=True, slots=True)
class SharedActivity:
    """What a link to an activity leads to; `state` is one of promotions.rules' coming, live and ended."""

    id: UUID
    name: str
    starts_at: datetime
    ends_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class SharedPage:
    """`product` and `activity` are None for a link to the guide's storefront."""

    recommender: Recommender
    product: ShelfProduct | None
    activity: SharedActivity | None


_LINK = """
SELECT l.code, l.product_id, g.status, g.name, g.avatar_key, g.words, g.working_since, o.name, o.city, o.phone, g.kind,
       a.id, a.name, a.starts_at, a.ends_at
FROM share_links l JOIN guides g ON g.brand_id = l.brand_id AND g.id = l.guide_id
JOIN org_units o ON o.brand_id = l.brand_id AND o.id = l.store_id
LEFT JOIN activities a ON a.brand_id = l.brand_id AND a.id = l.activity_id
WHERE l.brand_id = %(brand_id)s AND l.code = %(code)s"""
_OF_LINK = "(SELECT product_id FROM share_links WHERE brand_id = %(brand_id)s AND code = %(code)s)"
_PRODUCT = """
SELECT id, title, title_en, description, category, status = 'published' AND tombstoned_at IS NULL
FROM products WHERE brand_id = %(brand_id)s AND id = """
_VARIANTS = f"""
SELECT v.id, v.sku, v.options, coalesce(a.price_minor, v.price_minor), CASE WHEN a.activity_id IS NULL THEN v.list_price_minor ELSE v.price_minor END,
       CASE WHEN v.status = 'published' AND v.tombstoned_at IS NULL THEN greatest(v.stock - v.reserved, 0) ELSE 0 END,
       v.status = 'published' AND v.tombstoned_at IS NULL, {STALE}, a.activity_id, a.number, a.name, a.ends_at, a.link_only
FROM variants v {joined_activity(BY_LINK)} WHERE v.brand_id = %(brand_id)s AND v.product_id = """  # noqa: S608 (pieces are ours)
_PICTURES = """
SELECT file_key, variant_id FROM product_images
WHERE brand_id = %(brand_id)s AND state = 'stored' AND file_key <> '' AND product_id = """
_HOLDS = f"SELECT least({NEXT_PRICES}, {NEXT_STALE})"


def shared_page(session: Session, *, brand_id: int, code: str, product_id: UUID | None = None, now: datetime) -> SharedPage:
    """Everything a share page shows, at the prices of who comes by a link, in one round trip.

    `product_id` picks a product of a storefront link. Raises NotFound for a code, or a picked product, that does not exist.
    """
    values = {"brand_id": brand_id, "code": code, "product": product_id, "now": now, "by_link": True}
    links, *parts = gather(session, (_LINK, values), *_product_statements(values, _OF_LINK if product_id is None else "%(product)s"))
    if not links:
        raise NotFound("share", code)
    link = links[0]
    product = _product(parts)
    if product is None and (product_id or link[1]):
        raise NotFound("product", product_id)
    here = serves(link[2])
    return SharedPage(Recommender(link[0], link[3] if here else "", link[4] if here else "", link[5] if here else "",
                                  link[6] if here else None, *link[7:11]), product,
                      SharedActivity(*[*link[11:], state_of(link[13], link[14], now)]) if link[11] else None)


def shelf_product(session: Session, *, brand_id: int, product_id: UUID, now: datetime, by_link: bool = False) -> ShelfProduct:
    """One product on the brand's own shelf; NotFound once it is taken off."""
    product = product_of(session, brand_id=brand_id, product_id=product_id, now=now, by_link=by_link)
    if not product.on_sale:
        raise NotFound("product", product_id)
    return product


def product_of(session: Session, *, brand_id: int, product_id: UUID, now: datetime, by_link: bool = False) -> ShelfProduct:
    """One product whether on sale or not; `by_link` at the price of who comes by a share link."""
    values = {"brand_id": brand_id, "product": product_id, "now": now, "by_link": by_link}
    product = _product(gather(session, *_product_statements(values, "%(product)s")))
    if product is None:
        raise NotFound("product", product_id)
    return product


def shown_until(session: Session, *, brand_id: int, now: datetime) -> datetime | None:
    """What is shown of the catalogue now holds until then: a price changes or stock goes stale. None: nothing is known to."""
    until: datetime | None = gather(session, (_HOLDS, {"brand_id": brand_id, "now": now}))[0][0][0]
    return until


def offer_of(row: Sequence[Any]) -> Offer | None:
    """Of the columns activity_id, number, name, ends_at, link_only."""
    return Offer(*row) if row[0] else None


def _product_statements(values: dict[str, Any], which: str) -> list[tuple[str, dict[str, Any]]]:
    return [(_PRODUCT + which, values), (_VARIANTS + which + " ORDER BY v.position, v.id", values),
            (_PICTURES + which + " ORDER BY position, id", values)]


def _product(parts: Sequence[Sequence[tuple[Any, ...]]]) -> ShelfProduct | None:
    products, variants, pictures = parts
    if not products:
        return None
    of_variant: dict[UUID, str] = {}
    for key, variant_id in pictures:
        if variant_id:
            of_variant.setdefault(variant_id, key)
    shown = [row for row in variants if row[6]] or list(variants)
    on_sale = products[0][5] and any(row[6] for row in variants)
    product_id, title, title_en, description, category = products[0][:5]
    return ShelfProduct(
        product_id, title, title_en, description, category, on_sale,
        [_variant(row, of_variant.get(row[0], ""), on_sale=on_sale) for row in shown],
        list(dict.fromkeys(key for key, _ in pictures)), frozenset(row[0] for row in variants if not row[6]))


def _variant(row: tuple[Any, ...], picture_key: str, *, on_sale: bool) -> ShelfVariant:
    there, stale = on_sale and row[5] > 0, row[7]
    return ShelfVariant(*[*row[:5], row[5] if there and not stale else 0, picture_key, offer_of(row[8:]), there and stale])
