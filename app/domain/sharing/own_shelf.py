"""A guide's own shelf: what she puts first in her shop, in her order, with a word to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.catalog.models import Product
from app.kernel.db import gather
from app.kernel.errors import NotFound, Refused
from app.kernel.locks import one_at_a_time
from app.kernel.texts import optional

from .link_list import standings
from .models import ShelfItem
from .rules import MOST_ON_SHELF, NOTE_LENGTH, moved


@dataclass(frozen=True, slots=True)
class OwnItem:
    """`standing` is one of rules.STANDINGS: what cannot be bought she sees, and what is gone shoppers do not."""

    product_id: UUID
    title: str
    title_en: str
    picture_key: str
    note: str
    standing: str


_ITEMS = """
SELECT s.product_id, p.title, p.title_en, coalesce((
  SELECT i.file_key FROM product_images i WHERE i.brand_id = p.brand_id AND i.product_id = p.id AND i.state = 'stored' AND i.file_key <> ''
  ORDER BY i.position, i.id LIMIT 1), ''), s.note
FROM shelf_items s JOIN products p ON p.brand_id = s.brand_id AND p.id = s.product_id
WHERE s.brand_id = %(brand_id)s AND s.guide_id = %(guide)s ORDER BY s.position"""
_RENUMBER = """
UPDATE shelf_items s SET position = o.position FROM unnest(%(order)s::uuid[]) WITH ORDINALITY AS o(product_id, position)
WHERE s.brand_id = %(brand_id)s AND s.guide_id = %(guide)s AND s.product_id = o.product_id"""


def own_shelf(session: Session, *, brand_id: int, guide_id: UUID, now: datetime) -> list[OwnItem]:
    rows = gather(session, (_ITEMS, {"brand_id": brand_id, "guide": guide_id}))[0]
    stand = standings(session, brand_id=brand_id, product_ids=[row[0] for row in rows], now=now)
    return [OwnItem(*[*row, stand[row[0]]]) for row in rows]


def is_on_shelf(session: Session, *, brand_id: int, guide_id: UUID, product_id: UUID) -> bool:
    return session.scalar(select(ShelfItem.id).where(ShelfItem.brand_id == brand_id, ShelfItem.guide_id == guide_id,
                                                     ShelfItem.product_id == product_id)) is not None


def put_on_shelf(session: Session, *, brand_id: int, guide_id: UUID, product_id: UUID) -> None:
    """At the end; what stands there already stays where it is. Refused when the shelf is full."""
    order = _order(session, brand_id, guide_id)
    if product_id in order:
        return
    if session.scalar(select(Product.id).where(Product.brand_id == brand_id, Product.id == product_id)) is None:
        raise NotFound("product", product_id)
    if len(order) >= MOST_ON_SHELF:
        raise Refused("shelf_full", "货架最多放 %(most)d 款，先拿下一款", most=MOST_ON_SHELF)
    session.add(ShelfItem(brand_id=brand_id, guide_id=guide_id, product_id=product_id, position=len(order) + 1))
    session.flush()


def note_on_shelf(session: Session, *, brand_id: int, guide_id: UUID, product_id: UUID, note: str) -> None:
    """Her word to it, on one line; empty takes it off."""
    item = session.scalar(select(ShelfItem).where(ShelfItem.brand_id == brand_id, ShelfItem.guide_id == guide_id, ShelfItem.product_id == product_id))
    if item is None:
        raise NotFound("product", product_id)
    item.note = optional(note, field="note", most=NOTE_LENGTH)
    session.flush()


def move_on_shelf(session: Session, *, brand_id: int, guide_id: UUID, product_id: UUID, way: str) -> None:
    """`way` is one of rules.WAYS."""
    order = _order(session, brand_id, guide_id)
    if product_id not in order:
        raise NotFound("product", product_id)
    _renumber(session, brand_id, guide_id, moved(order, product_id, way))


def take_off_shelf(session: Session, *, brand_id: int, guide_id: UUID, product_id: UUID) -> None:
    """Those below move up; taking off what is not there changes nothing."""
    order = _order(session, brand_id, guide_id)
    session.execute(delete(ShelfItem).where(ShelfItem.brand_id == brand_id, ShelfItem.guide_id == guide_id, ShelfItem.product_id == product_id))
    _renumber(session, brand_id, guide_id, [one for one in order if one != product_id])


def _order(session: Session, brand_id: int, guide_id: UUID) -> list[UUID]:
    """Her products in order; until this transaction ends nobody else changes it."""
    one_at_a_time(session, f"shelf:{brand_id}:{guide_id}")
    return list(session.scalars(select(ShelfItem.product_id).where(ShelfItem.brand_id == brand_id, ShelfItem.guide_id == guide_id)
                                .order_by(ShelfItem.position)))


def _renumber(session: Session, brand_id: int, guide_id: UUID, order: Sequence[UUID]) -> None:
    gather(session, (_RENUMBER, {"brand_id": brand_id, "guide": guide_id, "order": list(order)}))
