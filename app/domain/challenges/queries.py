"""Challenges, and those a guide may take part in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from app.domain.orgs.models import OrgUnit
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import Challenge, ChallengeReward

SORTS = {"title": Challenge.title, "from": Challenge.from_day, "to": Challenge.to_day, "budget": Challenge.budget_minor}
SHOWN = 20


def challenge_of(session: Session, *, brand_id: int, challenge_id: UUID, lock: bool = False) -> Challenge:
    statement = select(Challenge).where(Challenge.brand_id == brand_id, Challenge.id == challenge_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise NotFound("challenge", challenge_id)
    return found


def challenges_page(session: Session, *, brand_id: int, today: date, q: str = "", stands: str = "", sort: str = "-from", number: int = 1) -> Page:
    """One of rules.STANDS, or all of them."""
    statement = select(Challenge).where(Challenge.brand_id == brand_id).options(joinedload(Challenge.org_unit))
    if q:
        statement = statement.where(Challenge.title.icontains(q, autoescape=True))
    if stands:
        statement = statement.where(standing_at(stands, today))
    column = SORTS.get(sort.lstrip("-"), Challenge.from_day)
    return numbered(session, statement.order_by(column.desc() if sort.startswith("-") else column.asc(), Challenge.id.desc()), number=number)


def hers(session: Session, *, brand_id: int, path: str) -> Sequence[Challenge]:
    """What a guide of the store at `path` can see: running ones first, then what is to come and what was; the newest of each."""
    of_unit = (OrgUnit.brand_id == Challenge.brand_id) & (OrgUnit.id == Challenge.org_unit_id)
    return session.scalars(select(Challenge).outerjoin(OrgUnit, of_unit).where(
        Challenge.brand_id == brand_id, Challenge.state != "cancelled", or_(OrgUnit.id.is_(None), literal(path).startswith(OrgUnit.path)))
        .order_by(Challenge.to_day.desc(), Challenge.id.desc()).limit(SHOWN)).all()


def won_by(session: Session, *, brand_id: int, guide_id: UUID) -> set[UUID]:
    """The challenges she was paid for."""
    return set(session.scalars(select(ChallengeReward.challenge_id).where(ChallengeReward.brand_id == brand_id, ChallengeReward.guide_id == guide_id)))


def to_confirm(session: Session, *, brand_id: int, ended_by: date, person: str) -> Sequence[Challenge]:
    """Those whose last day was `ended_by` or before, undecided, that this person did not make herself."""
    return session.scalars(select(Challenge).where(Challenge.brand_id == brand_id, Challenge.state == "open", Challenge.to_day <= ended_by,
                                                   Challenge.created_by_id != person).order_by(Challenge.to_day, Challenge.id)).all()


def rewards_of(session: Session, *, brand_id: int, challenge_id: UUID) -> Sequence[ChallengeReward]:
    """By place."""
    return session.scalars(select(ChallengeReward).where(
        ChallengeReward.brand_id == brand_id, ChallengeReward.challenge_id == challenge_id)
        .options(joinedload(ChallengeReward.guide)).order_by(ChallengeReward.place)).all()


def standing_at(stands: str, today: date) -> ColumnElement[bool]:
    """Challenges that stand so today, one of rules.STANDS."""
    opened = Challenge.state == "open"
    return {"coming": opened & (Challenge.from_day > today), "running": opened & (Challenge.from_day <= today) & (Challenge.to_day >= today),
            "waiting": opened & (Challenge.to_day < today), "paid": Challenge.state == "paid", "cancelled": Challenge.state == "cancelled"}[stands]
