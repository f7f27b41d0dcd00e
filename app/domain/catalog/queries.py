"""What is in the catalogue: lists for people, one product with everything, pictures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .freshness import hidden_products
from .models import Product, ProductImage, Variant

SORTS = ("title", "price", "stock", "updated")


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product in a list. `stock` is sellable, over its variants on the shelf; `picture` a file key or ''."""

    product: Product
    variant_count: int
    price_from_minor: int
    price_to_minor: int
    stock: int
    sku: str
    picture: str


@dataclass(frozen=True, slots=True)
class ProductDetail:
    """`pictures` are the distinct file keys of its gallery; `variant_pictures` the first of each variant."""

    product: Product
    variants: Sequence[Variant]
    pictures: Sequence[str]
    variant_pictures: dict[UUID, str]
    unfetched: Sequence[ProductImage]


def product(session: Session, *, brand_id: int, product_id: UUID) -> Product:
    found = session.scalar(select(Product).where(Product.id == product_id, Product.brand_id == brand_id))
    if found is None:
        raise NotFound("product", product_id)
    return found


def variant(session: Session, *, brand_id: int, variant_id: UUID) -> Variant:
    found = session.scalar(select(Variant).where(Variant.id == variant_id, Variant.brand_id == brand_id))
    if found is None:
        raise NotFound("variant", variant_id)
    return found


def variants_of(session: Session, *, brand_id: int, product_ids: Collection[UUID]) -> dict[UUID, list[Variant]]:
    """Each product's variants in their order, tombstoned ones included."""
    found: dict[UUID, list[Variant]] = {product_id: [] for product_id in product_ids}
    rows = session.scalars(select(Variant).where(Variant.brand_id == brand_id, Variant.product_id.in_(product_ids))
                           .order_by(Variant.position, Variant.id))
    for row in rows:
        found[row.product_id].append(row)
    return found


def products_page(session: Session, *, brand_id: int, q: str = "", category: str = "", status: str = "", origin: str = "", stock: str = "",
                  sort: str = "", number: int = 1, now: datetime) -> Page:
    """ProductRows. `q` finds title, SKU and barcode; `category` its branch; `stock` in | out | stale; `sort` one of SORTS, '-' down."""
    shelf = (select(Variant.product_id, func.count().label("count"), func.min(Variant.price_minor).label("low"),
                    func.max(Variant.price_minor).label("high"), func.sum(func.greatest(Variant.stock - Variant.reserved, 0)).label("left"),
                    func.min(Variant.sku).label("sku"))
             .where(Variant.brand_id == brand_id, Variant.tombstoned_at.is_(None)).group_by(Variant.product_id).subquery())
    statement = (select(Product, shelf.c.count, shelf.c.low, shelf.c.high, shelf.c.left, shelf.c.sku)
                 .outerjoin(shelf, shelf.c.product_id == Product.id).where(Product.brand_id == brand_id))
    statement = _found(_of(statement, category=category, status=status, origin=origin), q)
    if stock in ("in", "out"):
        left = func.coalesce(shelf.c.left, 0)
        statement = statement.where(left > 0 if stock == "in" else left == 0)
    elif stock == "stale":
        statement = statement.where(Product.id.in_(hidden_products(brand_id=brand_id, now=now)))
    keys = {"title": Product.title, "price": shelf.c.low, "stock": func.coalesce(shelf.c.left, 0), "updated": Product.updated_at}
    key = keys.get(sort.removeprefix("-"))
    order = Product.position.asc() if key is None else key.desc().nulls_last() if sort.startswith("-") else key.asc().nulls_last()
    page = numbered(session, statement.order_by(order, Product.id), number=number)
    pictures = galleries(session, brand_id=brand_id, product_ids=[row[0].id for row in page.items])
    rows = [ProductRow(row[0], row[1] or 0, row[2] or 0, row[3] or 0, int(row[4] or 0), row[5] or "", next(iter(pictures[row[0].id]), ""))
            for row in page.items]
    return Page(rows, page.total, page.number, page.size)


def product_detail(session: Session, *, brand_id: int, product_id: UUID) -> ProductDetail:
    found = product(session, brand_id=brand_id, product_id=product_id)
    variants = variants_of(session, brand_id=brand_id, product_ids=[product_id])[product_id]
    images = list(session.scalars(_images(brand_id, [product_id])))
    first: dict[UUID, str] = {}
    for image in images:
        if image.variant_id and image.file_key:
            first.setdefault(image.variant_id, image.file_key)
    unfetched = {image.source_url: image for image in images if image.state != "stored"}
    return ProductDetail(found, variants, list(dict.fromkeys(image.file_key for image in images if image.file_key)), first, list(unfetched.values()))


def galleries(session: Session, *, brand_id: int, product_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """Each product's distinct file keys in order; [] for one without pictures."""
    found: dict[UUID, dict[str, None]] = {product_id: {} for product_id in product_ids}
    for image in session.scalars(_images(brand_id, product_ids).where(ProductImage.file_key != "")):
        found[image.product_id][image.file_key] = None
    return {product_id: list(keys) for product_id, keys in found.items()}


def variant_pictures(session: Session, *, brand_id: int, variant_ids: Collection[UUID]) -> dict[UUID, str]:
    """The main file key of each variant, its product's where it has none of its own; '' for neither."""
    rows = session.execute(select(Variant.id, Variant.product_id).where(Variant.brand_id == brand_id, Variant.id.in_(variant_ids))).all()
    images = session.scalars(_images(brand_id, {product_id for _, product_id in rows}).where(ProductImage.file_key != "")).all()
    own: dict[UUID, str] = {}
    shared: dict[UUID, str] = {}
    for image in images:
        shared.setdefault(image.product_id, image.file_key)
        if image.variant_id:
            own.setdefault(image.variant_id, image.file_key)
    return {variant_id: own.get(variant_id) or shared.get(product_id, "") for variant_id, product_id in rows}


def categories(session: Session, *, brand_id: int) -> list[str]:
    """Categories in use, each once, as 'A > B'."""
    statement = select(Product.category).where(Product.brand_id == brand_id, Product.category != "", Product.tombstoned_at.is_(None))
    return list(session.scalars(statement.distinct().order_by(Product.category)))


def catalogue_size(session: Session, *, brand_id: int) -> tuple[int, int]:
    """(products on sale, variants on sale)."""
    products = session.scalar(select(func.count()).select_from(Product).where(Product.brand_id == brand_id, Product.status == "published"))
    variants = session.scalar(select(func.count()).select_from(Variant).where(
        Variant.brand_id == brand_id, Variant.status == "published", Variant.tombstoned_at.is_(None)))
    return products or 0, variants or 0


def pattern(q: str) -> str:
    """A LIKE pattern that finds `q` itself, wildcards taken literally."""
    return "%" + q.strip()[:100].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _images(brand_id: int, product_ids: Collection[UUID]) -> Select[ProductImage]:
    return (select(ProductImage).where(ProductImage.brand_id == brand_id, ProductImage.product_id.in_(product_ids))
            .order_by(ProductImage.position, ProductImage.id))


def _of(statement: Select[Any], *, category: str, status: str, origin: str) -> Select[Any]:
    if category:
        statement = statement.where(or_(Product.category == category, Product.category.startswith(f"{category} > ", autoescape=True)))
    if status == "gone":
        statement = statement.where(Product.tombstoned_at.is_not(None))
    elif status:
        statement = statement.where(Product.status == status, Product.tombstoned_at.is_(None))
    return statement.where(Product.origin == origin) if origin else statement


def _found(statement: Select[Any], q: str) -> Select[Any]:
    if not q.strip():
        return statement
    like = pattern(q)
    has_variant = exists().where(and_(Variant.brand_id == Product.brand_id, Variant.product_id == Product.id,
                                      or_(Variant.sku.ilike(like), Variant.barcode == q.strip()[:40])))
    return statement.where(or_(Product.title.ilike(like), Product.title_en.ilike(like), has_variant))
