"""The statements of one batch: products first, then variants, then their pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.catalog.bulk import image_list, replace_images, update_rows
from app.domain.catalog.current import Current, ProductNow, VariantNow
from app.domain.catalog.models import Product, Variant
from app.domain.catalog.rules import PRODUCT_FIELDS, VARIANT_FIELDS, Record, wanted_variant
from app.kernel.db import driver, gather, insert_rows
from app.kernel.ids import new_id

from .comparing import adopted_owners, target_product
from .creating import new_product

COLUMNS = tuple(field for field in VARIANT_FIELDS if field not in ("group", "images"))


@dataclass(frozen=True, slots=True)
class Write:
    """An item that stood the second look; `changes` are against the rows as they are now."""

    item_id: UUID
    outcome: str
    listed: Mapping[str, Any]
    variant: VariantNow | None
    changes: list[Record]

    @property
    def partly(self) -> bool:
        """A person left some of it for later."""
        return any(change["result"] == "later" for change in self.changes)

    def values(self, fields: Sequence[str]) -> Record:
        """What is to be written of these fields; the rest stays."""
        return {change["field"]: change["new"] for change in self.changes if change["result"] == "write" and change["field"] in fields}


def write_variants(session: Session, writes: Sequence[Write], here: Current, *, brand_id: int, source_id: UUID, now: datetime) -> dict[UUID, UUID]:
    """item id → variant id of everything written; an item is missing if someone else's row stood in its way."""
    products = _write_products(session, writes, here, brand_id=brand_id, source_id=source_id, now=now)
    created = {write.item_id: _new_variant(write, products, brand_id=brand_id, source_id=source_id, now=now) for write in writes if write.variant is None}
    inserted = {row[0] for row in gather(session, insert_rows("variants", list(created.values()), then="ON CONFLICT DO NOTHING RETURNING id"))[0]}
    ids = {item_id: row["id"] for item_id, row in created.items() if row["id"] in inserted}
    changed = [write for write in writes if write.variant is not None]
    update_rows(session, Variant, [_changed_variant(write, products, source_id=source_id, now=now) for write in changed], brand_id=brand_id)
    ids |= {write.item_id: write.variant.id for write in changed if write.variant}
    _write_images(session, writes, ids, products, brand_id=brand_id)
    return ids


def take_down(session: Session, variant_ids: Sequence[UUID], *, brand_id: int, now: datetime) -> None:
    """Unpublish and leave a tombstone; the row stays for the orders that point at it."""
    if variant_ids:
        driver(session).execute("UPDATE variants SET status = 'unpublished', tombstoned_at = %s, updated_at = %s WHERE brand_id = %s AND id = ANY(%s)",
                                [now, now, brand_id, list(variant_ids)])


def _write_products(session: Session, writes: Sequence[Write], here: Current, *, brand_id: int, source_id: UUID, now: datetime) -> dict[str, UUID]:
    """group → product id: those there are, offline ones adopted, and new ones."""
    products = {group: product.id for group, product in here.by_group.items()}
    new: dict[str, Record] = {}
    edited: dict[UUID, Record] = {}
    for write in writes:
        group = write.listed["group_id"]
        target = target_product(write.listed, write.variant, here)
        if target is None:
            row = new_product(write.listed, brand_id=brand_id, source_id=source_id, now=now)
            if group not in new or write.listed["leads"]:
                new[group] = {**row, "id": new[group]["id"]} if group in new else row
            products.setdefault(group, new[group]["id"])
        elif products.setdefault(group, target.id) == target.id and (write.listed["leads"] or target.source_id is None):
            values = write.values(PRODUCT_FIELDS) if write.listed["leads"] else {}
            if values or (target.source_id is None and target.id not in edited):
                edited[target.id] = _edited_product(target, values, group, source_id=source_id, now=now)
    gather(session, insert_rows("products", list(new.values())))
    update_rows(session, Product, list(edited.values()), brand_id=brand_id)
    return products


def _edited_product(product: ProductNow, values: Record, group: str, *, source_id: UUID, now: datetime) -> Record:
    adopted = product.source_id is None
    return {"id": product.id, "origin": "flagship", "source_id": source_id, "external_id": group,
            **product.fields, **values, "owners": adopted_owners(product) if adopted else product.owners, "updated_at": now}


def _new_variant(write: Write, products: Mapping[str, UUID], *, brand_id: int, source_id: UUID, now: datetime) -> Record:
    wanted = wanted_variant(write.listed)
    return {"brand_id": brand_id, "id": new_id(), "product_id": products[wanted["group"]], "source_id": source_id,
            "external_id": write.listed["external_id"], **{column: wanted[column] for column in COLUMNS}, "reserved": 0, "commissionable": True,
            "position": write.listed["position"], "owners": {}, "row_hash": write.listed["hash"], "updated_at": now, "created_at": now}


def _changed_variant(write: Write, products: Mapping[str, UUID], *, source_id: UUID, now: datetime) -> Record:
    """Every column a source may fill, changed or as it is: the row is locked, so nothing is lost between.

    Without a hash it is compared again at the next reading, whatever that says.
    """
    variant = write.variant
    assert variant is not None
    values = write.values(VARIANT_FIELDS)
    moved = "group" in values
    return {"id": variant.id, "product_id": products[values["group"]] if moved else variant.product_id, "source_id": source_id,
            "external_id": write.listed["external_id"], **{column: values.get(column, variant.fields[column]) for column in COLUMNS},
            "row_hash": "" if write.partly else write.listed["hash"], "tombstoned_at": None, "updated_at": now,
            "position": variant.rest["position"] if write.listed.get("amends") else write.listed["position"]}


def _write_images(session: Session, writes: Sequence[Write], ids: Mapping[UUID, UUID], products: Mapping[str, UUID], *, brand_id: int) -> None:
    """A variant keeps its own list of pictures; moving to another product takes them along."""
    lists, touched = [], []
    for write in writes:
        values = write.values(VARIANT_FIELDS)
        if write.item_id not in ids or (write.variant is not None and not {"images", "group"} & values.keys()):
            continue
        variant_id = ids[write.item_id]
        moved = write.variant is None or "group" in values
        product_id = products[write.listed["group_id"]] if moved else write.variant.product_id if write.variant else None
        images: list[str] = write.listed["images"] if write.variant is None else _images(values, write.variant)
        if write.variant is not None:
            touched.append(variant_id)
        lists.append(image_list(product_id, variant_id, images))
    replace_images(session, lists, brand_id=brand_id, variant_ids=touched)


def _images(values: Record, variant: VariantNow) -> list[str]:
    """The new list, or the present one when only the product changed."""
    return list(values["images"] if "images" in values else variant.fields["images"])
