"""The brand says what it offers once a product cannot be bought."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.kernel.errors import Refused

from .models import Product, Variant
from .queries import product

MOST_CHOICES = 100
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7024, :brand_id)")
"""Two at once could each see no circle and close one together."""
CIRCLE = text("""WITH RECURSIVE chain AS (SELECT cast(:id AS uuid) AS id
  UNION SELECT p.substitute_id FROM chain c JOIN products p ON p.brand_id = :brand_id AND p.id = c.id)
SELECT EXISTS (SELECT FROM chain WHERE id = :product_id)""")


def set_substitute(session: Session, *, brand_id: int, product_id: UUID, substitute_id: UUID | None, now: datetime) -> Product:
    """What links to this product lead on to once it is gone or sold out; None: chosen by itself (`sharing/substitutes.py`).

    Refuses (field substitute_id) itself, one that is not on sale, and one that leads back here; NotFound for no product of the brand.
    """
    session.execute(ONE_AT_A_TIME, {"brand_id": brand_id})
    found = product(session, brand_id=brand_id, product_id=product_id)
    if found.substitute_id == substitute_id:
        return found
    if substitute_id is not None:
        _refuse_unfit(session, found, product(session, brand_id=brand_id, product_id=substitute_id))
    found.substitute_id, found.updated_at = substitute_id, now
    return found


def product_of_sku(session: Session, *, brand_id: int, sku: str) -> UUID:
    """As people name a product. Refuses (field sku) one nobody has."""
    found = session.scalar(select(Variant.product_id).where(Variant.brand_id == brand_id, Variant.sku == sku.strip(), Variant.sku != ""))
    if found is None:
        raise Refused("sku_unknown", "没有 SKU 为“%(sku)s”的商品", field="sku", sku=sku.strip()[:120])
    return found


def sku_of(session: Session, *, brand_id: int, product_id: UUID) -> str:
    """The first of its SKUs, by which it can be named; '' for none."""
    return session.scalar(select(Variant.sku).where(Variant.brand_id == brand_id, Variant.product_id == product_id, Variant.sku != "")
                          .order_by(Variant.position, Variant.id).limit(1)) or ""


def same_shelf(session: Session, *, brand_id: int, of: Product) -> list[tuple[str, str]]:
    """(SKU, title) of what is on sale in its category, at most MOST_CHOICES."""
    own = (Variant.brand_id == Product.brand_id) & (Variant.product_id == Product.id)
    rows = session.execute(select(func.min(Variant.sku), Product.title).join(Variant, own)
                           .where(Product.brand_id == brand_id, Product.category == of.category, Product.id != of.id, Product.status == "published",
                                  Product.tombstoned_at.is_(None), Variant.sku != "")
                           .group_by(Product.brand_id, Product.id).order_by(Product.position, Product.id).limit(MOST_CHOICES))
    return [(sku, title) for sku, title in rows]


def _refuse_unfit(session: Session, found: Product, substitute: Product) -> None:
    if substitute.id == found.id:
        raise Refused("substitute_itself", "不能用商品自己来替代", field="substitute_id")
    if substitute.status != "published" or substitute.tombstoned_at is not None:
        raise Refused("substitute_not_on_sale", "“%(name)s”没有在售，不能作替代款", field="substitute_id", name=substitute.title)
    if session.scalar(CIRCLE, {"brand_id": found.brand_id, "id": substitute.id, "product_id": found.id}):
        raise Refused("substitute_circle", "“%(name)s”的替代款又指回这一款，会绕成一圈", field="substitute_id", name=substitute.title)
