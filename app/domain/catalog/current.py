"""Our rows as the sync compares them: the fields a source may fill, in the source's terms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import driver

from .matching import Known
from .rules import PRODUCT_FIELDS, Record

KNOWN = """SELECT id, source_id, external_id, sku, barcode, row_hash, tombstoned_at IS NOT NULL FROM variants
WHERE brand_id = %(brand)s AND (source_id = %(source)s OR sku <> '' OR barcode <> '')"""
VARIANTS = """
SELECT v.id, v.product_id, v.source_id, v.external_id, v.sku, v.barcode, v.options, v.price_minor, v.list_price_minor, v.stock,
  v.weight_g, v.status, v.owners, v.row_hash, v.position, v.commissionable, v.tombstoned_at, p.source_id, p.external_id, p.title
FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id
WHERE v.brand_id = %(brand)s AND v.id = ANY(%(ids)s) ORDER BY v.id"""
IMAGES = """SELECT variant_id, array_agg(source_url ORDER BY position, id) FROM product_images
WHERE brand_id = %(brand)s AND product_id = ANY(%(products)s) AND variant_id = ANY(%(ids)s) AND source_url <> '' GROUP BY variant_id"""
PRODUCTS = """SELECT id, source_id, external_id, owners, title, title_en, description, category, vendor FROM products
WHERE brand_id = %(brand)s AND (id = ANY(%(ids)s) OR (source_id = %(source)s AND external_id = ANY(%(groups)s))) ORDER BY id"""


IN_GROUPS = """SELECT v.external_id FROM variants v JOIN products p ON p.brand_id = v.brand_id AND p.id = v.product_id
WHERE v.brand_id = %(brand)s AND v.source_id = %(source)s AND p.source_id = %(source)s AND p.external_id = ANY(%(groups)s) AND v.tombstoned_at IS NULL"""
IGNORED = "SELECT external_id FROM ignored_listings WHERE brand_id = %(brand)s AND source_id = %(source)s"
FURTHEST = "SELECT coalesce(max(position), 0) FROM variants WHERE brand_id = %(brand)s AND source_id = %(source)s"


@dataclass(frozen=True, slots=True)
class VariantNow:
    """`fields` are those of rules.VARIANT_FIELDS; `rest` what an undo needs besides."""

    id: UUID
    product_id: UUID
    source_id: UUID | None
    external_id: str
    title: str
    fields: Record
    owners: dict[str, str]
    tombstoned: bool
    rest: Record


@dataclass(frozen=True, slots=True)
class ProductNow:
    id: UUID
    source_id: UUID | None
    external_id: str
    owners: dict[str, str]
    fields: Record


@dataclass(frozen=True, slots=True)
class Current:
    """A batch's rows. `by_group` are the source's products, `products` also the offline ones of the variants asked for."""

    variants: dict[UUID, VariantNow]
    products: dict[UUID, ProductNow]
    by_group: dict[str, ProductNow]


def known_variants(session: Session, *, brand_id: int, source_id: UUID) -> list[Known]:
    """Everything matching may need: this source's variants and all that carry a SKU or barcode."""
    return [Known(*row) for row in driver(session).execute(KNOWN, {"brand": brand_id, "source": source_id})]


def live_in_groups(session: Session, *, brand_id: int, source_id: UUID, groups: Collection[str]) -> set[str]:
    """External ids of the source's variants, not gone, in these products of it."""
    rows = driver(session).execute(IN_GROUPS, {"brand": brand_id, "source": source_id, "groups": list(groups)}) if groups else ()
    return {row[0] for row in rows}


def ignored_listings(session: Session, *, brand_id: int, source_id: UUID) -> frozenset[str]:
    """External ids a person does not want."""
    return frozenset(row[0] for row in driver(session).execute(IGNORED, {"brand": brand_id, "source": source_id}))


def furthest_place(session: Session, *, brand_id: int, source_id: UUID) -> int:
    row = driver(session).execute(FURTHEST, {"brand": brand_id, "source": source_id}).fetchone()
    return int(row[0]) if row else 0


def current(session: Session, *, brand_id: int, source_id: UUID, ids: Collection[UUID], groups: Collection[str], lock: bool = False) -> Current:
    """The rows of these variants and of the products of these groups; locked in id order if they are to be written."""
    connection = driver(session)
    values: dict[str, Any] = {"brand": brand_id, "source": source_id, "ids": list(ids), "groups": list(groups)}
    rows = connection.execute(VARIANTS + (" FOR UPDATE OF v" if lock else ""), values).fetchall() if ids else []
    values["products"] = list({row[1] for row in rows})
    images = dict(connection.execute(IMAGES, values).fetchall()) if rows else {}
    variants = {row[0]: _variant(row, images.get(row[0], []), source_id) for row in rows}
    values["ids"] = values["products"]
    products, by_group = {}, {}
    for row in connection.execute(PRODUCTS, values):
        product = ProductNow(row[0], row[1], row[2], row[3], dict(zip(PRODUCT_FIELDS, row[4:], strict=True)))
        products[product.id] = product
        if row[1] == source_id:
            by_group[row[2]] = product
    return Current(variants, products, by_group)


def _variant(row: tuple[Any, ...], images: list[str], source_id: UUID) -> VariantNow:
    fields = {
        "group": row[18] if row[17] == source_id else "", "sku": row[4], "barcode": row[5], "options": row[6], "price_minor": row[7],
        "list_price_minor": row[8], "stock": row[9], "weight_g": row[10], "status": row[11], "images": images,
    }
    rest = {"product_id": str(row[1]), "source_id": str(row[2]) if row[2] else None, "external_id": row[3], "row_hash": row[13],
            "position": row[14], "owners": row[12], "tombstoned_at": row[16].isoformat() if row[16] else None}
    return VariantNow(row[0], row[1], row[2], row[3], row[19], fields, row[12], row[16] is not None, rest)
