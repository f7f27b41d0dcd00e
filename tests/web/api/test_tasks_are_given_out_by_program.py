"""/tasks: given out, listed by state, paused and ended; results count guides by store."""

from __future__ import annotations

from typing import Any

import pytest

from app.flows.work_tasks import ask_due
from app.web.shared.application import Application
from tests.builders.callers import Caller, Shop
from tests.conftest import NOON


def body(**more: Any) -> dict[str, Any]:
    return {"title": "发一款到群里", "kind": "share", **more}


def test_its_life(app: Application, shop: Shop) -> None:
    """One guide is asked at noon; ended, she is excused."""
    made = shop.api.post("/tasks", body(product_id=shop.product["id"], morning_script="看看 {link}"))
    assert {name: made[name] for name in ("state", "from_day", "hours", "audience", "schedule", "to_day", "weekday")} == {
        "state": "running", "from_day": "2026-11-22", "hours": 12, "audience": "all", "schedule": "daily", "to_day": None, "weekday": None}
    with app.database.transaction(shop.api.brand.id) as session:
        assert ask_due(session, brand_id=shop.api.brand.id, now=NOON) == 1
    counted = {"asked": 1, "done": 0, "late": 0, "made_up": 0, "open": 1, "excused": 0}
    assert shop.api.get(f"/tasks/{made['id']}/results") == {"stores": [{"id": shop.store["id"], "code": shop.store["code"], "name": shop.store["name"], **counted}]}
    assert shop.api.get(f"/tasks/{made['id']}/results?from_day=2026-11-23") == {"stores": []}
    assert shop.api.post(f"/tasks/{made['id']}/pause", status=200)["state"] == "paused"
    assert shop.api.post(f"/tasks/{made['id']}/resume", status=200)["state"] == "running"
    assert shop.api.post(f"/tasks/{made['id']}/end", {"reason": "换一款"}, status=200)["state"] == "ended"
    assert shop.api.post(f"/tasks/{made['id']}/pause", status=409)["code"] == "already_ended"
    assert shop.api.get(f"/tasks/{made['id']}/results")["stores"][0]["excused"] == 1


def test_listed_by_state(shop: Shop) -> None:
    running, coming = shop.api.post("/tasks", body()), shop.api.post("/tasks", body(from_day="2026-12-01", kind="learn"))
    paused = shop.api.post("/tasks", body())
    shop.api.post(f"/tasks/{paused['id']}/pause", status=200)
    for query, rows in (("", [paused, coming, running]), ("?state=running", [running]), ("?state=coming", [coming]), ("?state=paused", [paused]),
                        ("?state=ended", []), ("?kind=learn", [coming]), (f"?org_unit_id={shop.store['id']}", [])):
        assert [one["id"] for one in shop.api.get(f"/tasks{query}")["data"]] == [one["id"] for one in rows], query


@pytest.mark.parametrize(("given", "field"), [
    ({"schedule": "weekly"}, "weekday"), ({"morning": False}, "morning"), ({"from_day": "2026-11-21"}, "from_day"), ({"to_day": "2026-11-01"}, "to_day"),
    ({"kind": "script"}, "morning_script"), ({"hours": 2**63}, "hours"), ({"title": "\u0000"}, "title")])
def test_what_it_may_not_say(shop: Shop, given: dict[str, Any], field: str) -> None:
    assert shop.api.post("/tasks", body(**given), status=422)["errors"][0]["field"] == field


def test_of_another_brand_nothing_is_found(shop: Shop, stranger: Caller) -> None:
    made = shop.api.post("/tasks", body())
    stranger.post("/tasks", body(product_id=shop.product["id"]), status=404)
    for path in ("", "/results"):
        assert stranger.get(f"/tasks/{made['id']}{path}", status=404)
    stranger.post(f"/tasks/{made['id']}/pause", status=404)
