"""What a line may be exchanged for: variants of the same product at its list price, the same one first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.models import Variant
from app.domain.orders.models import OrderLine

MOST = 40


@dataclass(frozen=True, slots=True)
class Replacement:
    """`left` is what can be promised now."""

    variant_id: UUID
    sku: str
    options: dict[str, Any]
    left: int


def replacements(session: Session, *, brand_id: int, lines: Sequence[OrderLine]) -> dict[UUID, list[Replacement]]:
    """By order line; only goods on sale of which something is left."""
    statement = select(Variant).where(Variant.product_id.in_({line.product_id for line in lines}), Variant.tombstoned_at.is_(None),
                                      Variant.status == "published", Variant.stock > Variant.reserved).order_by(Variant.position, Variant.id)
    variants = list(session.scalars(statement.execution_options(populate_existing=True)))
    return {line.id: [Replacement(one.id, one.sku, one.options, one.stock - one.reserved)
                      for one in sorted(variants, key=lambda one: one.id != line.variant_id)
                      if (one.product_id, one.price_minor) == (line.product_id, line.list_price_minor)][:MOST] for line in lines}
