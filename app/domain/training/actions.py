"""Headquarters writes cards; a guide tries one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.guides.models import Guide
from app.domain.orgs.queries import org_unit
from app.kernel.errors import Conflict
from app.kernel.ids import new_id
from app.kernel.texts import required

from .models import TrainingCard, TrainingResult
from .queries import card_for, training_card
from .rules import MOST_TITLE, Answered, answered, checked_body, checked_mark, checked_questions, require_audience, score


def add_card(session: Session, *, brand_id: int, title: str, body: str, questions: Sequence[Mapping[str, Any]] = (), pass_mark: int = 0,
             audience: str = "all", org_unit_id: UUID | None = None, picture_key: str = "", now: datetime) -> TrainingCard:
    """A draft: nobody sees it before it is published."""
    made = TrainingCard(brand_id=brand_id, id=new_id(), status="draft", picture_key=picture_key, created_at=now)
    _write(session, made, title, body, questions, pass_mark, audience, org_unit_id)
    session.add(made)
    session.flush()
    return made


def change_card(session: Session, *, brand_id: int, card_id: UUID, title: str, body: str, questions: Sequence[Mapping[str, Any]], pass_mark: int,
                audience: str, org_unit_id: UUID | None, picture_key: str | None = None) -> TrainingCard:
    """Who passed has passed; `picture_key` None leaves the picture."""
    found = training_card(session, brand_id=brand_id, card_id=card_id)
    _write(session, found, title, body, questions, pass_mark, audience, org_unit_id)
    found.picture_key = found.picture_key if picture_key is None else picture_key
    session.flush()
    return found


def publish_card(session: Session, *, brand_id: int, card_id: UUID, now: datetime) -> TrainingCard:
    found = training_card(session, brand_id=brand_id, card_id=card_id)
    found.status, found.published_at = "published", found.published_at or now
    session.flush()
    return found


def pause_card(session: Session, *, brand_id: int, card_id: UUID) -> TrainingCard:
    """Nobody reads or tries it until it is published again; results stay."""
    found = training_card(session, brand_id=brand_id, card_id=card_id)
    if found.status == "draft":
        raise Conflict("not_published", "这张卡还没有发布")
    found.status = "paused"
    session.flush()
    return found


def try_card(session: Session, *, brand_id: int, guide: Guide, card_id: UUID, chosen: Sequence[int | None],
             now: datetime) -> tuple[TrainingResult, list[Answered]]:
    """Her answers, checked. One statement writes the try, so two at once are two tries and the first pass stays."""
    card = card_for(session, brand_id=brand_id, guide=guide, card_id=card_id)
    answers = answered(card.questions, chosen)
    right = score(answers)
    row = insert(TrainingResult).values(brand_id=brand_id, id=new_id(), card_id=card.id, guide_id=guide.id, attempts=1, score=right, asked=len(answers),
                                        tried_at=now, passed_at=now if right >= card.pass_mark else None)
    kept = session.scalars(row.on_conflict_do_update(
        index_elements=["brand_id", "card_id", "guide_id"],
        set_={"attempts": TrainingResult.attempts + 1, "score": row.excluded.score, "asked": row.excluded.asked, "tried_at": row.excluded.tried_at,
              "passed_at": func.coalesce(TrainingResult.passed_at, row.excluded.passed_at)},
    ).returning(TrainingResult), execution_options={"populate_existing": True}).one()
    return kept, answers


def _write(session: Session, card: TrainingCard, title: str, body: str, questions: Sequence[Mapping[str, Any]], pass_mark: int, audience: str,
           org_unit_id: UUID | None) -> None:
    card.title, card.body, card.questions = required(title, field="title", most=MOST_TITLE), checked_body(body), checked_questions(questions)
    card.pass_mark, card.audience = checked_mark(pass_mark, len(card.questions)), require_audience(audience)
    card.org_unit = org_unit(session, brand_id=card.brand_id, unit_id=org_unit_id) if org_unit_id else None
