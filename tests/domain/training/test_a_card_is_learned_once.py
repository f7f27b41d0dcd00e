"""Cards: what may be asked, for whom they are, what a try is worth, and that a pass stays."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.brands.models import Brand
from app.domain.guides.models import Guide
from app.domain.guides.queries import guide as guide_of
from app.domain.insights.training import Reached, cards_reached, guides_reached, stores_reached
from app.domain.training.actions import add_card, change_card, pause_card, publish_card, try_card
from app.domain.training.models import TrainingCard, TrainingResult
from app.domain.training.queries import own_cards
from app.extensions import Database
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.brands import a_brand
from tests.builders.money import unguarded
from tests.builders.people import a_guide, a_unit
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

THREE: list[dict[str, Any]] = [{"text": f"第 {number} 题", "options": ["对", "错", "不知道"], "right": right, "why": "因为"} for number, right in ((1, 0), (2, 1), (3, 2))]


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def a_card(shop: Shop, **more: Any) -> TrainingCard:
    told: dict[str, Any] = {"title": "尺码怎么选", "body": "先问身高。", "questions": THREE, "pass_mark": 2, "now": NOON, **more}
    card = add_card(shop.session, brand_id=shop.brand_id, **told)
    publish_card(shop.session, brand_id=shop.brand_id, card_id=card.id, now=NOON)
    shop.session.commit()
    return card


def tried(shop: Shop, guide: Guide, card: TrainingCard, *chosen: int | None, hours: int = 0) -> tuple[int, int, int, bool]:
    """(attempts, score, asked, passed) after a try."""
    kept, _ = try_card(shop.session, brand_id=shop.brand_id, guide=guide, card_id=card.id, chosen=chosen, now=NOON + timedelta(hours=hours))
    shop.session.commit()
    return kept.attempts, kept.score, kept.asked, kept.passed_at is not None


def test_a_pass_stays_whatever_comes_after(shop: Shop) -> None:
    """Right are 0, 1, 2; two of three pass."""
    card = a_card(shop)
    assert tried(shop, shop.lin, card, 0, 0, 0) == (1, 1, 3, False)
    assert tried(shop, shop.lin, card, 0, 1, 0, hours=1) == (2, 2, 3, True)
    assert tried(shop, shop.lin, card, 2, 0, 1, hours=2) == (3, 0, 3, True)
    assert shop.session.query(TrainingResult).one().passed_at == NOON + timedelta(hours=1)
    change_card(shop.session, brand_id=shop.brand_id, card_id=card.id, title="新", body="新", questions=THREE[:1], pass_mark=1, audience="all", org_unit_id=None)
    assert tried(shop, shop.lin, card, 1, hours=3) == (4, 0, 1, True)


def test_what_was_not_answered_is_wrong(shop: Shop) -> None:
    assert tried(shop, shop.lin, a_card(shop), 0, None) == (1, 1, 3, False)
    assert tried(shop, shop.he, a_card(shop, title="另一张"), 0, 1, 2, 3, 3, 3) == (1, 3, 3, True)


def test_a_card_without_questions_is_passed_by_reading(shop: Shop) -> None:
    card = a_card(shop, questions=[], pass_mark=4)
    assert card.pass_mark == 0
    assert tried(shop, shop.lin, card) == (1, 0, 0, True)


def test_two_tries_at_once_are_two_tries(shop: Shop, database: Database) -> None:
    card_id, guide_id, brand_id = a_card(shop).id, shop.lin.id, shop.brand_id
    barrier = threading.Barrier(2)

    def one(chosen: list[int]) -> None:
        with database.transaction(brand_id) as session:
            barrier.wait()
            try_card(session, brand_id=brand_id, guide=guide_of(session, brand_id=brand_id, guide_id=guide_id), card_id=card_id, chosen=chosen, now=NOON)

    threads = [threading.Thread(target=one, args=(chosen,)) for chosen in ([0, 1, 2], [1, 1, 1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = shop.session.query(TrainingResult).one()
    assert row.attempts == 2 and row.passed_at == NOON


def test_a_card_is_seen_only_by_those_it_is_for(shop: Shop) -> None:
    """For affiliates of the region; the guide of another region, staff, a draft's and a paused card's readers find nothing."""
    region = a_unit(shop.session, "region", "华北大区")
    there = a_guide(shop.session, a_unit(shop.session, "store", "国贸店", parent=region), "周新", kind="affiliate", now=NOON)
    here = a_guide(shop.session, shop.store, "吴越", kind="affiliate", now=NOON)
    card = a_card(shop, audience="affiliate", org_unit_id=region.id)
    draft = add_card(shop.session, brand_id=shop.brand_id, title="草稿", body="x", now=NOON)
    paused = a_card(shop, title="停了")
    pause_card(shop.session, brand_id=shop.brand_id, card_id=paused.id)
    shop.session.commit()
    seen = {guide.name: [one.card.title for one in own_cards(shop.session, brand_id=shop.brand_id, guide=guide).items] for guide in (there, here, shop.lin)}
    assert seen == {"周新": ["尺码怎么选"], "吴越": [], "林晓芸": []}
    for guide, asked in ((here, card), (shop.lin, card), (there, draft), (there, paused)):
        with pytest.raises(NotFound):
            try_card(shop.session, brand_id=shop.brand_id, guide=guide, card_id=asked.id, chosen=[0], now=NOON)


def test_counted_among_those_it_is_for(shop: Shop) -> None:
    """静安: Lin passed, He failed. 徐汇: one has not looked. A leaver is not counted: 1 of 3 passed, 33 %."""
    other = a_unit(shop.session, "store", "徐汇店")
    a_guide(shop.session, other, "周新", now=NOON)
    a_guide(shop.session, other, "走了", now=NOON).status = "left"
    card = a_card(shop)
    tried(shop, shop.lin, card, 0, 1, 2)
    tried(shop, shop.he, card, 1, 0, 0)
    found = cards_reached(shop.session, brand_id=shop.brand_id, card_ids=[card.id])[card.id]
    assert (found, found.percent) == (Reached(3, 1, 1), 33)
    assert [(one.name, one.reached, one.attempts) for one in stores_reached(shop.session, brand_id=shop.brand_id, card_id=card.id)] == [
        ("徐汇店", Reached(1, 0, 0), 0), ("静安嘉里店", Reached(2, 1, 1), 2)]
    states = {row.name: row.state for row in guides_reached(shop.session, brand_id=shop.brand_id, card_id=card.id).items}
    assert states == {"林晓芸": "passed", "何敏": "failed", "周新": "open"}
    assert cards_reached(shop.session, brand_id=shop.brand_id, card_ids=[card.id], within=other.path)[card.id] == Reached(1, 0, 0)


@pytest.mark.parametrize("wrong, field", [
    ({"title": " "}, "title"), ({"title": "长" * 61}, "title"), ({"body": "\n \n"}, "body"), ({"body": "长" * 6001}, "body"), ({"audience": "x"}, "audience"),
    ({"pass_mark": 0}, "pass_mark"), ({"pass_mark": 4}, "pass_mark"), ({"questions": THREE * 2}, "questions"),
    ({"questions": [{**THREE[0], "options": ["一"], "right": 0}]}, "question-1"), ({"questions": [{**THREE[0], "options": ["一", "一"]}]}, "question-1"),
    ({"questions": [THREE[0], {**THREE[0], "right": None}], "pass_mark": 1}, "question-2"), ({"questions": [{**THREE[0], "right": 3}]}, "question-1"),
    ({"questions": [{**THREE[0], "text": ""}]}, "question-1"), ({"questions": [{**THREE[0], "options": ["一", "", "三"], "right": 1}]}, "question-1"),
])
def test_what_cannot_be_asked_is_refused_by_its_field(shop: Shop, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        a_card(shop, **wrong)
    assert refused.value.field == field


def test_the_right_option_is_counted_among_those_filled_in(shop: Shop) -> None:
    card = a_card(shop, questions=[{"text": "问", "options": ["", "甲", "", "乙"], "right": 3, "why": ""}], pass_mark=1)
    assert card.questions == [{"text": "问", "options": ["甲", "乙"], "right": 1, "why": ""}]


def test_a_draft_is_not_paused(shop: Shop) -> None:
    draft = add_card(shop.session, brand_id=shop.brand_id, title="草稿", body="x", now=NOON)
    with pytest.raises(Conflict):
        pause_card(shop.session, brand_id=shop.brand_id, card_id=draft.id)


def test_the_database_keeps_one_result_of_a_guide_and_card(shop: Shop) -> None:
    card = a_card(shop)
    tried(shop, shop.lin, card, 0, 1, 2)
    again = TrainingResult(brand_id=shop.brand_id, card_id=card.id, guide_id=shop.lin.id, attempts=1, score=0, asked=3, tried_at=NOON)
    with pytest.raises(IntegrityError), shop.session.begin_nested():
        shop.session.add(again)
        shop.session.flush()


def test_without_the_key_two_tries_would_be_two_results(shop: Shop, settings: Settings) -> None:
    """The twin: the constraint dropped in a transaction that is rolled back."""
    card = a_card(shop)
    tried(shop, shop.lin, card, 0, 1, 2)
    values = {"brand": shop.brand_id, "card": card.id, "guide": shop.lin.id}
    shop.session.rollback()
    with unguarded(settings, values["brand"]) as session:
        session.execute(text("ALTER TABLE training_results DROP CONSTRAINT uq_training_results_brand_id_card_id_guide_id"))
        session.execute(text("INSERT INTO training_results (brand_id, id, card_id, guide_id, attempts, score, asked, tried_at) "
                             "VALUES (:brand, gen_random_uuid(), :card, :guide, 1, 0, 3, now())"), values)
        assert session.scalar(text("SELECT count(*) FROM training_results WHERE brand_id = :brand AND card_id = :card"), values) == 2


def test_another_brands_card_is_not_found(shop: Shop, brand: Brand, database: Database) -> None:
    card_id = a_card(shop).id
    other = a_brand(database, slug=f"{brand.slug}-other", now=NOON)
    with database.transaction(other.id) as session, pytest.raises(NotFound):
        publish_card(session, brand_id=other.id, card_id=card_id, now=NOON)
    publish_card(shop.session, brand_id=brand.id, card_id=card_id, now=NOON)
