"""What the brand itself does to its catalogue: rewrite, lock, give back, publish, price, stock (R36)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.kernel.errors import Conflict, Refused
from app.kernel.money import MAX_MINOR

from .models import Product, Variant
from .queries import product, variant
from .rules import LONGEST, MAX_STOCK, PRODUCT_FIELDS

STATUSES = ("published", "unpublished")
MAX_DESCRIPTION = 100_000
LABELS = {"title": "商品名称", "title_en": "英文名称", "description": "描述", "category": "类目", "vendor": "品牌"}


def rewrite_product(session: Session, *, brand_id: int, product_id: UUID, values: dict[str, str], now: datetime) -> Product:
    """The brand's own text for a field: from now on the source does not overwrite it (owner brand; a lock stays a lock)."""
    found = product(session, brand_id=brand_id, product_id=product_id)
    for field, value in values.items():
        text = checked_text(field, value)
        if text != getattr(found, field):
            setattr(found, field, text)
            if found.source_id is not None and found.owners.get(field) != "locked":
                found.owners = {**found.owners, field: "brand"}
            found.updated_at = now
    return found


def lock_field(session: Session, *, brand_id: int, product_id: UUID, field: str, now: datetime) -> Product:
    """Keep a field as it stands, whatever the source says."""
    found = product(session, brand_id=brand_id, product_id=product_id)
    _refuse_unknown(field)
    found.owners, found.updated_at = {**found.owners, field: "locked"}, now
    return found


def give_back(session: Session, *, brand_id: int, product_id: UUID, field: str, now: datetime) -> Product:
    """Let the source fill the field again, at the next sync: the remembered rows are forgotten so that it looks afresh."""
    found = product(session, brand_id=brand_id, product_id=product_id)
    if field != "status":
        _refuse_unknown(field)
    found.owners, found.updated_at = {key: owner for key, owner in found.owners.items() if key != field}, now
    session.execute(update(Variant).where(Variant.brand_id == brand_id, Variant.product_id == product_id).values(row_hash="")
                    .execution_options(synchronize_session=False))
    return found


def set_product_status(session: Session, *, brand_id: int, product_id: UUID, status: str, now: datetime) -> Product:
    """Publish or unpublish; for a synced product this becomes the brand's decision. A tombstone cannot be published."""
    found = product(session, brand_id=brand_id, product_id=product_id)
    _refuse_status(status)
    if status == "published" and found.tombstoned_at is not None:
        raise Conflict("tombstoned", "旗舰店已删除这件商品，不能上架", field="status")
    if found.status != status:
        found.status, found.updated_at = status, now
        found.owners = _status_owner(found)
    return found


def change_variant(session: Session, *, brand_id: int, variant_id: UUID, values: dict[str, Any], now: datetime) -> Variant:
    """Set status, commissionable, and for an offline variant price_minor, list_price_minor, stock, sku, barcode.

    Price and stock of a synced variant are the source's: Refused owned_by_source. `reserved` is never touched.
    """
    found = variant(session, brand_id=brand_id, variant_id=variant_id)
    for field, value in values.items():
        if getattr(found, field) == value:
            continue
        if field not in ("status", "commissionable") and found.source_id is not None:
            raise Refused("owned_by_source", "这一项由旗舰店同步，请在旗舰店修改", field=field)
        check_variant_value(field, value)
        if field == "status":
            _refuse_tombstone(found, str(value))
            found.owners = _status_owner(found)
        setattr(found, field, value)
        found.updated_at = now
    return found


def check_variant_value(field: str, value: Any) -> None:
    """Raises Refused naming the field."""
    if field == "status":
        _refuse_status(value)
    elif field in ("price_minor", "list_price_minor"):
        if not (field == "list_price_minor" and value is None) and not _whole(value, 1, MAX_MINOR - 1):
            raise Refused("price_out_of_range", "价格须大于 0", field=field.removesuffix("_minor"))
    elif field == "stock" and not _whole(value, 0, MAX_STOCK):
        raise Refused("stock_out_of_range", "库存须在 0 到 %(most)d 之间", field="stock", most=MAX_STOCK)
    elif field in ("sku", "barcode") and len(value) > LONGEST[field]:
        raise Refused("too_long", "内容超过 %(most)d 个字（%(name)s）", field=field, name=field, most=LONGEST[field])


def checked_text(field: str, value: str) -> str:
    """A product text, spaces cut. Raises Refused for an empty title or one that is too long."""
    _refuse_unknown(field)
    text = value.strip()
    most = LONGEST.get(field, MAX_DESCRIPTION)
    if field == "title" and not text:
        raise Refused("title_missing", "请填写商品名称", field="title")
    if len(text) > most:
        raise Refused("too_long", "内容超过 %(most)d 个字（%(name)s）", field=field, name=LABELS[field], most=most)
    return text


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _status_owner(row: Product | Variant) -> dict[str, Any]:
    return {**row.owners, "status": "brand"} if row.source_id is not None else row.owners


def _refuse_tombstone(found: Variant, status: str) -> None:
    if status == "published" and found.tombstoned_at is not None:
        raise Conflict("tombstoned", "旗舰店已删除这件商品，不能上架", field="status")


def _refuse_status(status: object) -> None:
    if status not in STATUSES:
        raise Refused("status_invalid", "状态只能是 published 或 unpublished", field="status")


def _refuse_unknown(field: str) -> None:
    if field not in PRODUCT_FIELDS:
        raise Refused("field_unknown", "商品没有“%(name)s”这一项", field=field[:40], name=field[:40])
