"""Schedule, choice and conflicts by program: the same as on the pages."""

from __future__ import annotations

from typing import Any

from app.domain.brands.models import Brand
from app.web.shared.application import Application
from tests.builders.callers import Caller, work

HEAD = "id\ttitle\tlink\tprice\tavailability\tgtin\n"


def row(key: str, price: str = "10.00", gtin: str = "") -> str:
    return f"{key}\t箱 {key}\thttps://shop.example.com/{key}\t{price} CNY\tin stock\t{gtin}\n"


def source(api: Caller, content: str, name: str = "旗舰店") -> Any:
    return api.post("/flagship-sources", {"kind": "merchant_feed", "name": name, "settings": {"content": HEAD + content}})


def run_of(app: Application, api: Caller, brand: Brand, source: Any, mode: str) -> Any:
    run = api.post("/sync-runs", {"source_id": source["id"], "mode": mode}, status=202)
    work(app, brand, only=["sync_flagship"])
    return api.get(f"/sync-runs/{run['id']}")


def test_a_schedule_is_set_and_taken_away(api: Caller) -> None:
    made = source(api, row("A"))
    assert (made["changes_minutes"], made["full_hour"], made["read_at"], made["webhook_url"]) == (None, None, None, "")
    set_ = api.patch(f"/flagship-sources/{made['id']}", {"changes_minutes": 30, "full_hour": 3, "name": "店"})
    assert (set_["changes_minutes"], set_["full_hour"], set_["name"]) == (30, 3, "店")
    assert api.patch(f"/flagship-sources/{made['id']}", {"changes_minutes": None})["full_hour"] == 3
    for wrong in ({"changes_minutes": 1}, {"full_hour": 24}, {"name": ""}, {"settings": {"url": "https://x.example/f"}}):
        api.patch(f"/flagship-sources/{made['id']}", wrong, status=422)


def test_only_some_items_are_applied(app: Application, api: Caller, brand: Brand) -> None:
    made = source(api, row("A") + row("B") + row("C"))
    run = run_of(app, api, brand, made, "preview")
    items = {item["external_id"]: item["id"] for item in api.get(f"/sync-runs/{run['id']}/items")["data"]}
    api.post(f"/sync-runs/{run['id']}/apply", {"only": [items["A"], items["B"]], "except": [items["B"]]}, status=202)
    work(app, brand, only=["sync_flagship"])
    done = api.get(f"/sync-runs/{run['id']}")
    assert (done["state"], done["counts"]["created"], done["counts"]["skipped"]) == ("succeeded", 1, 2)
    codes = {item["external_id"]: item["code"] for item in api.get(f"/sync-runs/{run['id']}/items")["data"]}
    assert codes == {"A": "", "B": "not_chosen", "C": "not_chosen"}


def test_a_conflict_is_found_and_answered(app: Application, api: Caller, brand: Brand) -> None:
    """Two of ours have the barcode: neither is taken by itself."""
    ours = [api.post("/products", {"name": f"箱 {n}", "variants": [{"sku": f"OFF-{n}", "price": 1000, "stock": 1, "barcode": "4006381333931"}]}) for n in (1, 2)]
    made = source(api, row("A", gtin="4006381333931"))
    run = run_of(app, api, brand, made, "apply")
    assert (run["state"], run["counts"]["conflicts"]) == ("partial", 1)
    one = api.get("/sync-conflicts")["data"][0]
    assert one["run_id"] == run["id"] and set(one["candidates"]) == {product["variants"][0]["id"] for product in ours}
    api.post(f"/sync-runs/{run['id']}/items/{one['id']}/resolve", {"variant_id": api.get("/products")["data"][0]["id"]}, status=422)
    answered = api.post(f"/sync-runs/{run['id']}/items/{one['id']}/resolve", {"variant_id": one["candidates"][0]}, status=200)
    assert (answered["outcome"], answered["variant_id"]) == ("updated", one["candidates"][0])
    assert api.get("/sync-conflicts")["data"] == [] and api.get(f"/sync-runs/{run['id']}")["state"] == "succeeded"
