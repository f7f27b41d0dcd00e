"""Held sales are listed, cleared and upheld, and signals set, by program."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.guides.queries import guide as guide_of
from app.flows.hold_sales import appeal_hold, look_at_sale
from app.kernel.ids import parse_id
from app.web.shared.application import Application
from tests.builders.callers import Caller, a_shop


@pytest.fixture
def held(api: Caller, app: Application) -> dict[str, Any]:
    """A sale of the guide that a colleague's phone speaks against, paid and looked at: 10 % of 299.00."""
    shop = a_shop(api)
    api.post("/commission-rules", {"scope": {}, "rate_bp": 1000})
    api.post("/guides", {"name": "何敏", "phone": "13912345678", "employee_no": "E2", "store_id": shop.store["id"]})
    placed = shop.order()
    assert app.test_client().post(placed["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"}).status_code == 200
    with app.database.transaction(api.brand.id) as session:
        look_at_sale(session, brand_id=api.brand.id, order_id=parse_id(placed["order"]["id"], "order"), now=app.clock())
    [hold] = api.get("/sale-holds?state=open")["data"]
    return dict(hold)


def test_one_is_found_with_what_was_seen(api: Caller, held: dict[str, Any]) -> None:
    [seen] = held["signals"]
    assert (seen["signal"], seen["guide"], seen["same"], seen["weight"]) == ("phone", "何敏", False, 100)
    assert seen["phone"] == "+86139****5678"
    assert api.get(f"/sale-holds/{held['id']}") == held
    assert api.get(f"/sale-holds?guide_id={held['guide_id']}")["data"] == [held]
    assert api.get("/sale-holds?state=upheld")["data"] == []


def test_cleared_once(api: Caller, held: dict[str, Any]) -> None:
    done = api.post(f"/sale-holds/{held['id']}/clear", {"note": "核实过"}, status=200)
    assert (done["state"], done["note"]) == ("cleared", "核实过")
    assert api.raw("POST", f"/sale-holds/{held['id']}/clear", {}).json["type"].endswith("hold_state")


def test_upheld_after_she_answered(api: Caller, app: Application, held: dict[str, Any]) -> None:
    address = f"/sale-holds/{held['id']}/uphold"
    assert api.raw("POST", address, {"note": "同事"}).json["type"].endswith("appeal_time")
    assert api.raw("POST", address, {}).status_code == 422
    with app.database.transaction(api.brand.id) as session:
        hers = guide_of(session, brand_id=api.brand.id, guide_id=parse_id(held["guide_id"], "guide"))
        appeal_hold(session, brand_id=api.brand.id, guide=hers, hold_id=parse_id(held["id"], "hold"), text="替顾客下的单", now=app.clock())
    done = api.post(address, {"note": "同事"}, status=200)
    assert (done["state"], done["appeal"]) == ("upheld", "替顾客下的单")
    told = api.get(f"/orders/{held['order_id']}")["attribution"]
    assert (told["guide_id"], told["reason"]) == (None, "upheld")


def test_signals_are_read_and_set(api: Caller) -> None:
    signals = {one["signal"]: one for one in api.get("/sale-signals")["signals"]}
    assert (signals["phone"]["mode"], signals["phone"]["most"], signals["burst"]["most"]) == ("hold", None, 10)
    assert api.patch("/sale-signals", {"signal": "burst", "mode": "hold", "most": 25}) == {"signal": "burst", "weight": 40, "mode": "hold", "most": 25}
    assert api.patch("/sale-signals", {"signal": "phone", "mode": "off", "most": 5})["most"] is None
    for bad in ({"signal": "burst", "mode": "hold", "most": 0}, {"signal": "x", "mode": "hold"}, {"signal": "burst"}, {"signal": "burst", "mode": "x", "most": 2**70}):
        assert api.raw("PATCH", "/sale-signals", bad).status_code == 422
