"""A training card is published, and whom it is for are told: each once, however often it is paused and published again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.insights.training import due_accounts
from app.domain.notices.actions import Telling, tell
from app.domain.training.actions import publish_card
from app.domain.training.models import TrainingCard


def publish_training(session: Session, *, brand_id: int, card_id: UUID, now: datetime) -> TrainingCard:
    card = publish_card(session, brand_id=brand_id, card_id=card_id, now=now)
    about = {"card_id": str(card.id), "title": card.title}
    tell(session, brand_id=brand_id, kind="training", cause=f"training:{card.id}", now=now,
         to=[Telling(account_id, about) for account_id in due_accounts(session, brand_id=brand_id, card_id=card.id)])
    return card
