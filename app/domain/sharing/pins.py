"""What HQ puts on top of every shop of a place, before the guides' own; and what a shop begins with in all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.catalog.models import Product
from app.domain.orgs.queries import org_unit
from app.kernel.db import gather
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time

from .models import ShelfPin
from .rules import MOST_PINS, SERVING, moved

_FIRST = """
WITH here AS (SELECT l.guide_id, o.path, g.status = ANY(%(serving)s) AS serves FROM share_links l
  JOIN guides g ON g.brand_id = l.brand_id AND g.id = l.guide_id JOIN org_units o ON o.brand_id = l.brand_id AND o.id = l.store_id
  WHERE l.brand_id = %(brand_id)s AND l.code = %(code)s)
SELECT product_id, note, own FROM (
  SELECT p.product_id, '' AS note, false AS own, length(u.path) AS near, p.position FROM shelf_pins p
  LEFT JOIN org_units u ON u.brand_id = p.brand_id AND u.id = p.unit_id
  WHERE p.brand_id = %(brand_id)s AND (p.unit_id IS NULL OR starts_with((SELECT path FROM here), u.path))
  UNION ALL SELECT s.product_id, s.note, true, NULL, s.position FROM shelf_items s JOIN here ON s.guide_id = here.guide_id AND here.serves
  WHERE s.brand_id = %(brand_id)s) x
ORDER BY own, near DESC NULLS LAST, position"""
_RENUMBER = """
UPDATE shelf_pins p SET position = o.position FROM unnest(%(order)s::uuid[]) WITH ORDINALITY AS o(product_id, position)
WHERE p.brand_id = %(brand_id)s AND p.unit_id IS NOT DISTINCT FROM %(unit)s AND p.product_id = o.product_id"""


@dataclass(frozen=True, slots=True)
class ShopFront:
    """`order`: pinned products (the nearest place's first), then the guide's own. `own`: hers with her note, '' for none."""

    order: Sequence[UUID]
    own: dict[UUID, str]


def shop_front(session: Session, *, brand_id: int, code: str) -> ShopFront:
    """How the shop of this link begins; of no link ('') what HQ pins everywhere. Who has left has no shelf (R21)."""
    rows = gather(session, (_FIRST, {"brand_id": brand_id, "code": code, "serving": list(SERVING)}))[0]
    return ShopFront(list(dict.fromkeys(row[0] for row in rows)), {row[0]: row[1] for row in rows if row[2]})


def pinned(session: Session, *, brand_id: int, unit_id: UUID | None) -> Sequence[Product]:
    """What is pinned for this place itself, in order."""
    return session.scalars(select(Product).join(ShelfPin, (ShelfPin.brand_id == Product.brand_id) & (ShelfPin.product_id == Product.id)).where(
        ShelfPin.brand_id == brand_id, ShelfPin.unit_id.is_not_distinct_from(unit_id)).order_by(ShelfPin.position)).all()


def pin(session: Session, *, brand_id: int, unit_id: UUID | None, product_id: UUID) -> None:
    """Below those already pinned there; pinned again it stays. `unit_id` None is every shop."""
    order = _order(session, brand_id, unit_id)
    if product_id in order:
        return
    if session.scalar(select(Product.id).where(Product.brand_id == brand_id, Product.id == product_id)) is None:
        raise NotFound("product", product_id)
    if len(order) >= MOST_PINS:
        raise Refused("pins_full", "一处最多置顶 %(most)d 款，先取消一款", field="product", most=MOST_PINS)
    session.add(ShelfPin(brand_id=brand_id, id=new_id(), unit_id=unit_id, product_id=product_id, position=len(order) + 1))
    session.flush()


def move_pin(session: Session, *, brand_id: int, unit_id: UUID | None, product_id: UUID, way: str) -> None:
    """`way` is one of rules.WAYS."""
    order = _order(session, brand_id, unit_id)
    if product_id not in order:
        raise NotFound("product", product_id)
    _renumber(session, brand_id, unit_id, moved(order, product_id, way))


def unpin(session: Session, *, brand_id: int, unit_id: UUID | None, product_id: UUID) -> None:
    order = _order(session, brand_id, unit_id)
    if product_id not in order:
        raise NotFound("product", product_id)
    session.execute(delete(ShelfPin).where(ShelfPin.brand_id == brand_id, ShelfPin.unit_id.is_not_distinct_from(unit_id),
                                           ShelfPin.product_id == product_id))
    _renumber(session, brand_id, unit_id, [one for one in order if one != product_id])


def _order(session: Session, brand_id: int, unit_id: UUID | None) -> list[UUID]:
    """The products pinned there in order; until this transaction ends nobody else changes them."""
    if unit_id is not None:
        org_unit(session, brand_id=brand_id, unit_id=unit_id)
    one_at_a_time(session, f"pins:{brand_id}:{unit_id}")
    return [one.id for one in pinned(session, brand_id=brand_id, unit_id=unit_id)]


def _renumber(session: Session, brand_id: int, unit_id: UUID | None, order: Sequence[UUID]) -> None:
    gather(session, (_RENUMBER, {"brand_id": brand_id, "unit": unit_id, "order": list(order)}))
