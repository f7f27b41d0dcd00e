"""Rules and splits in the console: a worked example to the fen, a refusal with its numbers, versions, a warning for what never matches."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.domain.commission.models import CommissionRule
from app.domain.splits.models import SplitPlan
from tests.builders.shops import Shop


def count(shop: Shop, table: type[CommissionRule] | type[SplitPlan]) -> int:
    shop.session.rollback()
    return shop.session.scalar(select(func.count()).select_from(table)) or 0


def test_the_example_divides_one_sale_to_the_fen(owner: FlaskClient, shop: Shop) -> None:
    """299.00 at 15 %: guide 44.85, referrer 2 % 5.98, store 5 % 14.95, platform 1 % 2.99, brand 230.23."""
    typed = {"sku": "A", "mode": "rate", "rate_bp": "15", "referrer_bp": "2", "guide_id": str(shop.lin.id)}
    before = count(shop, CommissionRule)
    answer = owner.post("/console/rates/preview", data=typed)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200 and all(amount in text for amount in ("44.85", "5.98", "14.95", "2.99", "230.23")), text
    assert "比现在每件多付导购 8.97" in text and count(shop, CommissionRule) == before


def test_a_try_without_script_saves_nothing(owner: FlaskClient, shop: Shop) -> None:
    before = count(shop, CommissionRule)
    answer = owner.post("/console/rates/new", data={"mode": "amount", "amount": "5", "sku": "A", "guide_id": str(shop.lin.id), "try": "1"})
    assert answer.status_code == 200 and "每件 ¥5.00" in answer.get_data(as_text=True)
    assert count(shop, CommissionRule) == before


def test_a_rule_is_saved_changed_and_ended(owner: FlaskClient, shop: Shop) -> None:
    saved = owner.post("/console/rates/new", data={"mode": "rate", "rate_bp": "5", "category": "配件"})
    assert saved.status_code == 303
    first = saved.headers["Location"]
    clock_moves = owner.application.clock  # type: ignore[union-attr]  # the tests' clock
    clock_moves.now += timedelta(hours=1)
    changed = owner.post(first, data={"mode": "rate", "rate_bp": "6.5", "category": "配件"})
    assert changed.status_code == 303
    text = owner.get(changed.headers["Location"]).get_data(as_text=True)
    assert "6.5%" in text and "v1" in text and "v2" in text and "周衡" in text
    clock_moves.now += timedelta(hours=1)
    assert owner.post(changed.headers["Location"] + "/end").status_code == 303


def test_what_exceeds_the_base_is_refused_with_its_numbers(owner: FlaskClient, shop: Shop) -> None:
    """94 % and 1 % platform, 5 % store, 2 % referrer: 102 %. One fifth of a fen too much is too much."""
    before = count(shop, CommissionRule)
    answer = owner.post("/console/rates/new", data={"mode": "rate", "rate_bp": "94", "referrer_bp": "2"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "超出可分金额" in text and "静安嘉里店" in text
    assert count(shop, CommissionRule) == before


def test_unreadable_numbers_are_told_at_their_field(owner: FlaskClient, shop: Shop) -> None:
    for typed in ({"rate_bp": "abc"}, {"rate_bp": ""}, {"rate_bp": "101"}, {"rate_bp": "1.234"}, {"mode": "amount", "amount": "1e999"},
                  {"rate_bp": "5", "sku": "no such"}, {"rate_bp": "5", "effective_from": "yesterday"}, {"rate_bp": "5", "product_id": "x"},
                  {"rate_bp": "5", "effective_from": "2027-01-02T00:00", "effective_to": "2027-01-01T00:00"}):
        answer = owner.post("/console/rates/new", data={"mode": "rate", **typed})
        assert answer.status_code == 422, typed


def test_a_rule_that_never_matches_is_reported(owner: FlaskClient, shop: Shop) -> None:
    saved = owner.post("/console/rates/new", data={"mode": "rate", "rate_bp": "5", "category": "没有的类目"})
    assert saved.status_code == 303
    assert "永远不会命中" in owner.get("/console/rates").get_data(as_text=True)
    assert "永远不会命中" in owner.get("/console/").get_data(as_text=True)


def test_operations_edit_rates_and_finance_only_looks(operations: FlaskClient, finance: FlaskClient) -> None:
    assert operations.get("/console/rates/new").status_code == 200
    assert finance.get("/console/rates").status_code == 200
    assert finance.post("/console/rates/new", data={"mode": "rate", "rate_bp": "5"}).status_code == 404


def test_a_split_is_simulated_then_saved(owner: FlaskClient, shop: Shop) -> None:
    """Store 10 %, at most 20.00, on 299.00: 20.00."""
    typed = {"unit": str(shop.store.id), "store-rate": "10", "store-max": "20"}
    before = count(shop, SplitPlan)
    text = owner.post("/console/splits/new", data={**typed, "try": "1"}).get_data(as_text=True)
    assert "20.00" in text and count(shop, SplitPlan) == before
    saved = owner.post("/console/splits/new", data=typed)
    assert saved.status_code == 303 and count(shop, SplitPlan) == before + 1
    assert "自己的" in owner.get("/console/splits").get_data(as_text=True)
    owner.application.clock.now += timedelta(hours=1)  # type: ignore[union-attr]  # the tests' clock
    assert owner.post(saved.headers["Location"] + "/end").status_code == 303


def test_a_split_that_exceeds_is_refused_with_its_numbers(owner: FlaskClient, shop: Shop) -> None:
    before = count(shop, SplitPlan)
    answer = owner.post("/console/splits/new", data={"store-rate": "90"})
    assert answer.status_code == 422 and "超出可分金额" in answer.get_data(as_text=True)
    for typed in ({}, {"store-rate": "x"}, {"store-rate": "5", "store-min": "3", "store-max": "2"}, {"fulfilling_store-rate": "2"},
                  {"store-rate": "5", "effective_from": "?"}):
        assert owner.post("/console/splits/new", data=typed).status_code == 422, typed
    assert count(shop, SplitPlan) == before
