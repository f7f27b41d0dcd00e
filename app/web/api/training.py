"""/training-cards and /training-results: what guides are taught, and how far each has come."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.training.models import TrainingCard, TrainingResult

from .fields import Choice, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "guides"}


class CardOut(Shape):
    id = Ref("training card")
    title = Text(60)
    body = Text(6_000, metadata={"description": "A little Markdown: ## heading, - item, **bold**."})
    status = Choice("draft", "published", "paused")
    audience = Choice("all", "staff", "affiliate")
    org_unit_id = Ref("org unit", allow_none=True, metadata={"description": "For guides of this unit and below; null for the whole brand."})
    questions = Whole(metadata={"description": "How many are asked."})
    pass_mark = Whole(metadata={"description": "Right answers that pass; 0 where nothing is asked."})
    published_at = When(allow_none=True)


class ResultOut(Shape):
    id = Ref("training result")
    card_id = Ref("training card")
    guide_id = Ref("guide")
    attempts = Whole(1)
    score = Whole(metadata={"description": "Right answers of the last try, of `asked`."})
    asked = Whole()
    tried_at = When()
    passed_at = When(allow_none=True, metadata={"description": "The first try that passed."})


class CardQuery(Paging):
    status = Choice("draft", "published", "paused", load_default=None)


class ResultQuery(Paging):
    card_id = Ref("training card", load_default=None)
    guide_id = Ref("guide", load_default=None)


@v1.get("/training-cards", listed=CardOut, query=CardQuery, scope="guides:read", summary="Training cards", **TAG)
def list_training_cards(query: dict[str, Any]) -> Rows:
    statement = select(TrainingCard)
    if query["status"]:
        statement = statement.where(TrainingCard.status == query["status"])
    page = listed(statement, TrainingCard, query)
    return Rows([_shown(one) for one in page.items], page.next_cursor)


@v1.get("/training-cards/<id>", out=CardOut, scope="guides:read", summary="One training card", **TAG)
def get_training_card(id: str) -> dict[str, Any]:
    return _shown(found(TrainingCard, id))


@v1.get("/training-results", listed=ResultOut, query=ResultQuery, scope="guides:read", summary="How far guides have come with training cards", **TAG)
def list_training_results(query: dict[str, Any]) -> Rows:
    return listed(select(TrainingResult), TrainingResult, query, "card_id", "guide_id")


def _shown(card: TrainingCard) -> dict[str, Any]:
    plain = {name: getattr(card, name) for name in ("id", "title", "body", "status", "audience", "org_unit_id", "pass_mark", "published_at")}
    return {**plain, "questions": len(card.questions)}
