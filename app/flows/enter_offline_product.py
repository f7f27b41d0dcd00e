"""An offline-only product is entered by hand: same catalogue, later linkable to a flagship listing (R36)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.catalog.actions import check_variant_value, checked_text
from app.domain.catalog.models import Product, Variant
from app.kernel.errors import Conflict, Invalid, Refused
from app.kernel.ids import new_id

MOST_VARIANTS = 200
MAX_OPTIONS, MAX_OPTION = 5, 100


def enter_offline_product(session: Session, *, brand_id: int, name: str, description: str = "", category: str = "", status: str = "published",
                          variants: Sequence[Mapping[str, Any]], now: datetime) -> Product:
    """`variants`: {sku, price_minor, stock, options, barcode, list_price_minor}, one at least.

    Raises Invalid (or Refused) naming fields as `variants.0.price`; Conflict sku_taken for a SKU the brand already has.
    """
    errors: list[Refused] = []
    texts: dict[str, str] = {}
    for field, value in (("title", name), ("description", description), ("category", category)):
        try:
            texts[field] = checked_text(field, value)
        except Refused as refused:
            errors.append(Refused(refused.code, refused.message, **{**refused.data, "field": "name" if field == "title" else field}))
    errors += _status_errors(status) + list(_variant_errors(variants))
    if errors:
        raise errors[0] if len(errors) == 1 else Invalid(errors)
    _refuse_taken(session, brand_id, variants)
    position = session.scalar(select(func.max(Product.position)).where(Product.brand_id == brand_id)) or 0
    product = Product(id=new_id(), brand_id=brand_id, origin="offline", **texts, status=status, position=min(position + 1, 2**31 - 1),
                      updated_at=now, created_at=now)
    session.add(product)
    session.flush()
    session.add_all(_variant(product, at, row, now) for at, row in enumerate(variants, 1))
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise Conflict("sku_taken", "SKU 刚刚被别的商品用了", field="variants") from None
    return product


def _variant(product: Product, at: int, row: Mapping[str, Any], now: datetime) -> Variant:
    return Variant(brand_id=product.brand_id, product_id=product.id, sku=_text(row, "sku"), barcode=_text(row, "barcode"),
                   options=dict(row.get("options") or {}), price_minor=row["price_minor"], list_price_minor=row.get("list_price_minor"),
                   stock=row.get("stock", 0), position=at, updated_at=now, created_at=now)


def _status_errors(status: str) -> list[Refused]:
    return [] if status in ("published", "unpublished") else [
        Refused("status_invalid", "状态只能是 published 或 unpublished", field="status")]


def _variant_errors(variants: Sequence[Mapping[str, Any]]) -> Iterator[Refused]:
    if not variants:
        yield Refused("variants_missing", "至少要有一个规格", field="variants")
    if len(variants) > MOST_VARIANTS:
        yield Refused("too_many_variants", "规格不能超过 %(most)d 个", field="variants", most=MOST_VARIANTS)
        return
    seen: set[str] = set()
    for at, row in enumerate(variants):
        for field in ("price_minor", "list_price_minor", "stock", "sku", "barcode"):
            value = row.get(field, {"stock": 0, "sku": "", "barcode": ""}.get(field))
            try:
                _check(field, value)
            except Refused as refused:
                yield Refused(refused.code, refused.message, **{**refused.data, "field": f"variants.{at}.{refused.field}"})
        if not _good_options(row.get("options") or {}):
            yield Refused("options_invalid", "规格须是名称和值，最多 %(most)d 组", field=f"variants.{at}.options", most=MAX_OPTIONS)
        sku = str(row.get("sku") or "").strip()
        if sku and sku in seen:
            yield Refused("sku_repeated", "SKU %(sku)s 填了两次", field=f"variants.{at}.sku", sku=sku[:120])
        seen.add(sku)


def _check(field: str, value: Any) -> None:
    if field in ("sku", "barcode"):
        if not isinstance(value, str | None):
            raise Refused("text_expected", "这里须是文字", field=field)
        value = (value or "").strip()
    check_variant_value(field, value)


def _good_options(options: Any) -> bool:
    return isinstance(options, Mapping) and len(options) <= MAX_OPTIONS and all(
        isinstance(text, str) and 0 < len(text) <= MAX_OPTION for pair in options.items() for text in pair)


def _refuse_taken(session: Session, brand_id: int, variants: Sequence[Mapping[str, Any]]) -> None:
    skus = {_text(row, "sku"): at for at, row in reversed(list(enumerate(variants))) if _text(row, "sku")}
    taken = session.scalar(select(Variant.sku).where(Variant.brand_id == brand_id, Variant.sku.in_(skus)).limit(1)) if skus else None
    if taken is not None:
        raise Conflict("sku_taken", "SKU %(sku)s 已经有商品在用", field=f"variants.{skus[taken]}.sku", sku=taken)


def _text(row: Mapping[str, Any], field: str) -> str:
    return str(row.get(field) or "").strip()
