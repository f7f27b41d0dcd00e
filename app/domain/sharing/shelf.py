"""What a shopper sees of the catalogue: raw SQL in one round trip, because a share page is opened far more than anything else.

Raw SQL passes the ORM's criterion, so every statement names brand_id; row-level security holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather
from app.kernel.errors import NotFound

from .rules import serves


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


@dataclass(frozen=True, slots=True)
class ShelfVariant:
    id: UUID
    sku: str
    options: dict[str, str]
    price_minor: int
    list_price_minor: int | None
    left: int
    picture_key: str


@dataclass(frozen=True, slots=True)
class ShelfProduct:
    """A product as sold; `on_sale` is False for one taken off the shelf, which a link may still show."""

    id: UUID
    title: str
    title_en: str
    description: str
    category: str
    on_sale: bool
    variants: Sequence[ShelfVariant]
    picture_keys: Sequence[str]


@dataclass(frozen=True, slots=True)
class SharedPage:
    """`product` is None for a link to the guide's storefront."""

    recommender: Recommender
    product: ShelfProduct | None


_LINK = """
SELECT l.code, l.product_id, g.status, g.name, g.avatar_key, g.words, g.working_since, o.name, o.city, o.phone
FROM share_links l JOIN guides g ON g.brand_id = l.brand_id AND g.id = l.guide_id
JOIN org_units o ON o.brand_id = l.brand_id AND o.id = l.store_id
WHERE l.brand_id = %(brand)s AND l.code = %(code)s"""
_OF_LINK = "(SELECT product_id FROM share_links WHERE brand_id = %(brand)s AND code = %(code)s)"
_PRODUCT = """
SELECT id, title, title_en, description, category, status = 'published' AND tombstoned_at IS NULL
FROM products WHERE brand_id = %(brand)s AND id = """
_VARIANTS = """
SELECT id, sku, options, price_minor, list_price_minor,
       CASE WHEN status = 'published' AND tombstoned_at IS NULL THEN greatest(stock - reserved, 0) ELSE 0 END,
       status = 'published' AND tombstoned_at IS NULL
FROM variants WHERE brand_id = %(brand)s AND product_id = """
_PICTURES = """
SELECT file_key, variant_id FROM product_images
WHERE brand_id = %(brand)s AND state = 'stored' AND file_key <> '' AND product_id = """


def shared_page(session: Session, *, brand_id: int, code: str, product_id: UUID | None = None) -> SharedPage:
    """Everything a share page shows, in one round trip. `product_id` picks a product of a storefront link.

    Raises NotFound for a code, or a picked product, that does not exist.
    """
    values = {"brand": brand_id, "code": code, "product": product_id}
    links, *parts = gather(session, (_LINK, values), *_product_statements(values, _OF_LINK if product_id is None else "%(product)s"))
    if not links:
        raise NotFound("share", code)
    link = links[0]
    product = _product(parts)
    if product is None and (product_id or link[1]):
        raise NotFound("product", product_id)
    here = serves(link[2])
    return SharedPage(Recommender(link[0], link[3] if here else "", link[4] if here else "", link[5] if here else "",
                                  link[6] if here else None, *link[7:10]), product)


def shelf_product(session: Session, *, brand_id: int, product_id: UUID) -> ShelfProduct:
    """One product on the brand's own shelf; NotFound once it is taken off."""
    product = product_of(session, brand_id=brand_id, product_id=product_id)
    if not product.on_sale:
        raise NotFound("product", product_id)
    return product


def product_of(session: Session, *, brand_id: int, product_id: UUID) -> ShelfProduct:
    """One product whether on sale or not."""
    product = _product(gather(session, *_product_statements({"brand": brand_id, "product": product_id}, "%(product)s")))
    if product is None:
        raise NotFound("product", product_id)
    return product


def _product_statements(values: dict[str, Any], which: str) -> list[tuple[str, dict[str, Any]]]:
    return [(_PRODUCT + which, values), (_VARIANTS + which + " ORDER BY position, id", values),
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
    return ShelfProduct(product_id, title, title_en, description, category, on_sale,
                        [ShelfVariant(row[0], row[1], row[2], row[3], row[4], row[5] if on_sale else 0, of_variant.get(row[0], "")) for row in shown],
                        list(dict.fromkeys(key for key, _ in pictures)))
