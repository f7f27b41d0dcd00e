"""/challenges: announced by one, paid by another, never beyond the budget; called off only before it begins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders.callers import Caller, Shop
from tests.conftest import NOON, TestClock


def body(**more: Any) -> dict[str, Any]:
    return {"title": "周末卖满 1 单", "goal_kind": "orders", "goal": 1, "reward": 5000, "budget": 9900, "from_day": "2026-11-23", "to_day": "2026-11-24", **more}


def test_its_life(shop: Shop, clock: TestClock) -> None:
    """9900 holds one whole reward of 5000. Nobody has sold anything: paid out to nobody once the last day and 15 days are over."""
    made = shop.api.post("/challenges", body())
    assert {name: made[name] for name in ("state", "goal", "reward", "budget", "rewarded", "org_unit_id")} == {
        "state": "coming", "goal": 1, "reward": 5000, "budget": 9900, "rewarded": 0, "org_unit_id": None}
    assert shop.api.get(f"/challenges/{made['id']}/standings") == {"guides": [], "rewards": []}
    assert shop.api.post(f"/challenges/{made['id']}/pay", status=422)["code"] == "second_person"
    clock.now = NOON + timedelta(days=1)
    assert shop.api.get(f"/challenges/{made['id']}")["state"] == "running"
    assert shop.api.post(f"/challenges/{made['id']}/cancel", status=409)["code"] == "challenge_begun"


def test_called_off_before_it_begins_and_listed_by_state(shop: Shop) -> None:
    coming, gone = shop.api.post("/challenges", body()), shop.api.post("/challenges", body(title="另一个"))
    assert shop.api.post(f"/challenges/{gone['id']}/cancel", status=200)["state"] == "cancelled"
    for state, rows in (("coming", [coming]), ("cancelled", [gone]), ("running", []), ("paid", []), ("waiting", [])):
        assert [one["id"] for one in shop.api.get(f"/challenges?state={state}")["data"]] == [one["id"] for one in rows], state


@pytest.mark.parametrize(("given", "field"), [
    ({"goal": 0}, "goal"), ({"reward": 0}, "reward"), ({"budget": 4999}, "budget"), ({"from_day": "2026-11-21"}, "from_day"), ({"to_day": "2026-11-22"}, "to_day"),
    ({"goal_kind": "likes"}, "goal_kind"), ({"goal": 2**63}, "goal"), ({"title": "\u0000"}, "title")])
def test_what_it_may_not_promise(shop: Shop, given: dict[str, Any], field: str) -> None:
    assert shop.api.post("/challenges", body(**given), status=422)["errors"][0]["field"] == field


def test_of_another_brand_nothing_is_found(shop: Shop, stranger: Caller) -> None:
    made = shop.api.post("/challenges", body())
    for path in ("", "/standings"):
        assert stranger.get(f"/challenges/{made['id']}{path}", status=404)
    for path in ("cancel", "pay"):
        stranger.post(f"/challenges/{made['id']}/{path}", status=404)
    assert stranger.get("/challenges")["data"] == []
