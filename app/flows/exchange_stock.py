"""Stock of goods in exchange: set aside when the exchange is approved, taken when it leaves; what came back can be sold again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.aftersales.models import AfterSaleLine
from app.domain.catalog.models import Variant
from app.kernel.errors import Conflict


def reserve(session: Session, lines: Iterable[AfterSaleLine]) -> None:
    """Sets the replacements aside, all or none; Conflict says how many are left."""
    for variant_id, pieces in _pieces(lines):
        done = session.execute(update(Variant).where(Variant.id == variant_id, Variant.stock - Variant.reserved >= pieces).values(
            reserved=Variant.reserved + pieces).returning(Variant.id).execution_options(synchronize_session=False)).first()
        if done is None:
            left = session.scalar(select(Variant.stock - Variant.reserved).where(Variant.id == variant_id)) or 0
            raise Conflict("out_of_stock", "换货的商品只剩 %(left)d 件", field="lines", left=max(left, 0), variant_id=str(variant_id))


def release(session: Session, lines: Iterable[AfterSaleLine]) -> None:
    """The exchange will not happen."""
    for variant_id, pieces in _pieces(lines):
        session.execute(update(Variant).where(Variant.id == variant_id).values(reserved=Variant.reserved - pieces)
                        .execution_options(synchronize_session=False))


def take(session: Session, lines: Iterable[AfterSaleLine]) -> None:
    """The replacements leave the house; a sync may have counted them out of stock already."""
    for variant_id, pieces in _pieces(lines):
        session.execute(update(Variant).where(Variant.id == variant_id).values(
            stock=func.greatest(Variant.stock - pieces, 0), reserved=Variant.reserved - pieces).execution_options(synchronize_session=False))


def put_back(session: Session, pieces: Mapping[UUID, int]) -> None:
    """Pieces by variant that came back as good as new."""
    for variant_id in sorted(pieces):
        session.execute(update(Variant).where(Variant.id == variant_id).values(stock=Variant.stock + pieces[variant_id])
                        .execution_options(synchronize_session=False))


def _pieces(lines: Iterable[AfterSaleLine]) -> list[tuple[UUID, int]]:
    """By variant, in the order every checkout locks them."""
    wanted: dict[UUID, int] = {}
    for line in lines:
        if line.exchange_variant_id:
            wanted[line.exchange_variant_id] = wanted.get(line.exchange_variant_id, 0) + line.quantity
    return sorted(wanted.items())
