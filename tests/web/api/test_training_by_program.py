"""/training-cards and /training-results: read by program, of the own brand only."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.guides.queries import guide as guide_of
from app.domain.training.actions import add_card, publish_card, try_card
from app.kernel.ids import parse_id
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.callers import Caller, a_shop, a_token
from tests.conftest import NOON

QUESTION: dict[str, Any] = {"text": "几年保修？", "options": ["一年", "两年"], "right": 1, "why": "两年。"}


@pytest.fixture
def taught(app: Application, api: Caller) -> dict[str, str]:
    """A card she passed at the second try, and a draft."""
    shop = a_shop(api)
    with app.database.transaction(api.brand.id) as session:
        card = add_card(session, brand_id=api.brand.id, title="保修怎么讲", body="两年。", questions=[QUESTION], pass_mark=1, now=NOON)
        add_card(session, brand_id=api.brand.id, title="草稿", body="x", now=NOON)
        publish_card(session, brand_id=api.brand.id, card_id=card.id, now=NOON)
        guide = guide_of(session, brand_id=api.brand.id, guide_id=parse_id(shop.guide["id"]))
        for chosen in (0, 1):
            try_card(session, brand_id=api.brand.id, guide=guide, card_id=card.id, chosen=[chosen], now=NOON)
        return {"card": str(card.id), "guide": shop.guide["id"]}


def test_what_is_told(api: Caller, taught: dict[str, str]) -> None:
    cards = api.get("/training-cards?status=published")["data"]
    assert [(one["id"], one["questions"], one["pass_mark"]) for one in cards] == [(taught["card"], 1, 1)]
    assert "right" not in str(cards), "right answers are nobody's to read"
    assert len(api.get("/training-cards")["data"]) == 2
    (result,) = api.get(f"/training-results?card_id={taught['card']}&guide_id={taught['guide']}")["data"]
    assert (result["attempts"], result["score"], result["asked"], result["passed_at"]) == (2, 1, 1, "2026-11-22T04:00:00Z")
    assert api.get(f"/training-results?guide_id={taught['card']}")["data"] == []


def test_another_brand_finds_nothing(app: Application, api: Caller, taught: dict[str, str]) -> None:
    other = a_brand(app.database, slug=f"{api.brand.slug}-other", now=NOON)
    stranger = Caller(app.test_client(), a_token(app.database, other), other)
    stranger.get(f"/training-cards/{taught['card']}", status=404)
    assert stranger.get("/training-results")["data"] == [] and stranger.get("/training-cards")["data"] == []
