"""Cards for headquarters, and those that are for one guide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.domain.guides.models import Guide
from app.domain.orgs.rules import ids_on
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import TrainingCard, TrainingResult

SORTS = {"title": TrainingCard.title, "created": TrainingCard.created_at}


@dataclass(frozen=True, slots=True)
class OwnCard:
    """A card and what she has done with it, None for nothing yet."""

    card: TrainingCard
    result: TrainingResult | None


def training_card(session: Session, *, brand_id: int, card_id: UUID) -> TrainingCard:
    found = session.scalar(select(TrainingCard).where(TrainingCard.brand_id == brand_id, TrainingCard.id == card_id))
    if found is None:
        raise NotFound("training_card", card_id)
    return found


def cards_page(session: Session, *, brand_id: int, q: str = "", status: str = "", sort: str = "-created", number: int = 1) -> Page:
    statement = select(TrainingCard).where(TrainingCard.brand_id == brand_id).options(joinedload(TrainingCard.org_unit))
    if q:
        statement = statement.where(or_(TrainingCard.title.icontains(q, autoescape=True), TrainingCard.body.icontains(q, autoescape=True)))
    if status:
        statement = statement.where(TrainingCard.status == status)
    column = SORTS.get(sort.lstrip("-"), TrainingCard.created_at)
    return numbered(session, statement.order_by(column.desc() if sort.startswith("-") else column.asc(), TrainingCard.id), number=number)


def card_for(session: Session, *, brand_id: int, guide: Guide, card_id: UUID) -> TrainingCard:
    """A published card that is for her; every other is not found."""
    found = session.scalar(_hers(brand_id, guide).where(TrainingCard.id == card_id))
    if found is None:
        raise NotFound("training_card", card_id)
    return found


def own_cards(session: Session, *, brand_id: int, guide: Guide, passed: bool | None = None, number: int = 1) -> Page:
    """Her cards, newest first, with her results; `passed` True or False for those she has passed or not."""
    result = aliased(TrainingResult)
    statement = _hers(brand_id, guide).outerjoin(result, (result.brand_id == brand_id) & (result.card_id == TrainingCard.id) & (result.guide_id == guide.id))
    if passed is not None:
        statement = statement.where(result.passed_at.is_not(None) if passed else result.passed_at.is_(None))
    page = numbered(session, statement.order_by(TrainingCard.published_at.desc(), TrainingCard.id), number=number)
    found = select(TrainingResult).where(TrainingResult.brand_id == brand_id, TrainingResult.guide_id == guide.id,
                                         TrainingResult.card_id.in_([card.id for card in page.items]))
    results = {one.card_id: one for one in session.scalars(found)}
    return Page([OwnCard(card, results.get(card.id)) for card in page.items], page.total, page.number)


def own_result(session: Session, *, brand_id: int, guide_id: UUID, card_id: UUID) -> TrainingResult | None:
    return session.scalar(select(TrainingResult).where(
        TrainingResult.brand_id == brand_id, TrainingResult.guide_id == guide_id, TrainingResult.card_id == card_id))


def open_cards(session: Session, *, brand_id: int, guide: Guide) -> int:
    """How many of hers she has not passed yet."""
    passed = select(TrainingResult.id).where(TrainingResult.brand_id == brand_id, TrainingResult.card_id == TrainingCard.id,
                                             TrainingResult.guide_id == guide.id, TrainingResult.passed_at.is_not(None))
    hers = _hers(brand_id, guide).where(~passed.exists())
    return session.scalar(select(func.count()).select_from(hers.subquery())) or 0


def _hers(brand_id: int, guide: Guide) -> Select[Any]:
    """Published, for her kind, and for her store or a unit above it."""
    return select(TrainingCard).where(
        TrainingCard.brand_id == brand_id, TrainingCard.status == "published", TrainingCard.audience.in_(("all", guide.kind)),
        or_(TrainingCard.org_unit_id.is_(None), TrainingCard.org_unit_id.in_(ids_on(guide.store.path))))
