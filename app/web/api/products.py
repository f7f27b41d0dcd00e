"""/products and /variants: the catalogue, synced and entered by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, or_, select

from app.domain.catalog import actions
from app.domain.catalog.freshness import stale_variants
from app.domain.catalog.models import Product, Variant
from app.domain.catalog.queries import galleries, variants_of
from app.domain.catalog.substitutes import set_substitute
from app.flows.enter_offline_product import enter_offline_product
from app.web.shared.application import app, now
from app.web.shared.media import media_url
from app.web.shared.serving import brand_id, db

from .catalogue_shapes import NewProduct, ProductChange, ProductOut, ProductQuery, VariantChange, VariantOut, VariantQuery
from .operations import Rows
from .rows import contains, found, listed
from .v1 import v1

TAG: dict[str, Any] = {"tag": "catalogue"}
COLUMNS = ("id", "origin", "external_id", "title", "title_en", "description", "category", "vendor", "status", "owners", "substitute_id", "created_at",
           "updated_at")
OWN = {"name": "title", "name_en": "title_en", "description": "description", "category": "category", "vendor": "vendor"}
MINOR = {"price": "price_minor", "list_price": "list_price_minor"}


def with_variants(products: Sequence[Product]) -> list[dict[str, Any]]:
    ids = [product.id for product in products]
    variants = variants_of(db(), brand_id=brand_id(), product_ids=ids)
    pictures = galleries(db(), brand_id=brand_id(), product_ids=ids)
    shown = {one["id"]: one for one in variants_shown([variant for of_one in variants.values() for variant in of_one])}
    return [{**{name: getattr(product, name) for name in COLUMNS}, "gone": product.tombstoned_at is not None,
             "variants": [shown[one.id] for one in variants[product.id]],
             "images": [app().settings.public_url + media_url(key) for key in pictures[product.id]]} for product in products]


def variants_shown(variants: Sequence[Variant]) -> list[dict[str, Any]]:
    stale = stale_variants(db(), brand_id=brand_id(), variant_ids=[variant.id for variant in variants], now=now())
    return [{**{column.key: getattr(variant, column.key) for column in Variant.__table__.columns}, "stale": variant.id in stale} for variant in variants]


@v1.get("/products", listed=ProductOut, query=ProductQuery, scope="catalog:read", summary="Products", **TAG)
def list_products(query: dict[str, Any]) -> Rows:
    statement = select(Product)
    if query["updated_since"]:
        statement = statement.where(Product.updated_at >= query["updated_since"])
    if query["q"]:
        named = exists().where(Variant.brand_id == Product.brand_id, Variant.product_id == Product.id,
                               or_(Variant.sku.ilike(contains(query["q"])), Variant.barcode == query["q"]))
        statement = statement.where(or_(Product.title.ilike(contains(query["q"])), Product.title_en.ilike(contains(query["q"])), named))
    page = listed(statement, Product, query, "status", "origin")
    return Rows(with_variants(page.items), page.next_cursor)


@v1.post("/products", body=NewProduct, out=ProductOut, status=201, scope="catalog:write", kilobytes=1024, summary="Enter an offline product", **TAG)
def add_product(body: dict[str, Any]) -> dict[str, Any]:
    """On sale unless `status` says otherwise. It can later be linked to a flagship listing by its SKU."""
    variants = [{MINOR.get(name, name): value for name, value in variant.items()} for variant in body.pop("variants")]
    product = enter_offline_product(db(), brand_id=brand_id(), variants=variants, now=now(), **body)
    return with_variants([found(Product, product.id, fresh=True)])[0]


@v1.get("/products/<id>", out=ProductOut, scope="catalog:read", summary="One product", **TAG)
def get_product(id: str) -> dict[str, Any]:
    return with_variants([found(Product, id)])[0]


@v1.patch("/products/<id>", body=ProductChange, out=ProductOut, scope="catalog:write", kilobytes=1024, summary="Change a product", **TAG)
def change_product(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the brand writes itself is no longer overwritten by the source."""
    product = found(Product, id)
    status = body.pop("status", None)
    if "substitute_id" in body:
        set_substitute(db(), brand_id=brand_id(), product_id=product.id, substitute_id=body.pop("substitute_id"), now=now())
    if body:
        actions.rewrite_product(db(), brand_id=brand_id(), product_id=product.id, values={OWN[name]: value for name, value in body.items()}, now=now())
    if status:
        actions.set_product_status(db(), brand_id=brand_id(), product_id=product.id, status=status, now=now())
    return with_variants([found(Product, product.id, fresh=True)])[0]


@v1.get("/variants", listed=VariantOut, query=VariantQuery, scope="catalog:read", summary="Variants (SKUs)", **TAG)
def list_variants(query: dict[str, Any]) -> Rows:
    statement = select(Variant)
    if query["product_id"]:
        statement = statement.where(Variant.product_id == query["product_id"])
    if query["status"]:
        statement = statement.where(Variant.status == query["status"])
    if query["origin"]:
        statement = statement.where(Variant.source_id.is_(None) if query["origin"] == "offline" else Variant.source_id.is_not(None))
    if query["updated_since"]:
        statement = statement.where(Variant.updated_at >= query["updated_since"])
    if query["q"]:
        titled = exists().where(Product.brand_id == Variant.brand_id, Product.id == Variant.product_id, Product.title.ilike(contains(query["q"])))
        exact = or_(Variant.barcode == query["q"], Variant.external_id == query["q"])
        statement = statement.where(or_(Variant.sku.ilike(contains(query["q"])), exact, titled))
    page = listed(statement, Variant, query)
    return Rows(variants_shown(page.items), page.next_cursor)


@v1.get("/variants/<id>", out=VariantOut, scope="catalog:read", summary="One variant", **TAG)
def get_variant(id: str) -> dict[str, Any]:
    return variants_shown([found(Variant, id)])[0]


@v1.patch("/variants/<id>", body=VariantChange, out=VariantOut, scope="catalog:write", summary="Change a variant", **TAG)
def change_variant(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Price, stock, SKU and barcode of a synced variant are the flagship's."""
    values = {MINOR.get(name, name): value for name, value in body.items()}
    changed = actions.change_variant(db(), brand_id=brand_id(), variant_id=found(Variant, id).id, values=values, now=now())
    return variants_shown([found(Variant, changed.id, fresh=True)])[0]
