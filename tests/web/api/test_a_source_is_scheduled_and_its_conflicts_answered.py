"""Schedule, choice and conflicts by program: the same as on the pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource
from app.flows.connect_flagship import stored_settings
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


def test_of_an_item_only_some_fields_are_applied(app: Application, api: Caller, brand: Brand) -> None:
    """The feed raises the price and names a barcode; the price is taken over, the barcode is told of again."""
    made = source(api, row("A"))
    run_of(app, api, brand, made, "apply")
    with app.database.transaction(brand.id) as session:
        session.get_one(FlagshipSource, (brand.id, UUID(made["id"]))).settings = stored(brand, app, row("A", "12.00", "4006381333931"))
    run = run_of(app, api, brand, made, "preview")
    api.post(f"/sync-runs/{run['id']}/apply", {"fields": ["price_minor"]}, status=202)
    work(app, brand, only=["sync_flagship"])
    item = api.get(f"/sync-runs/{run['id']}/items")["data"][0]
    assert (item["outcome"], item["code"], item["applied"]) == ("updated", "partly_chosen", True) and item["reason"]
    assert {change["field"]: change["result"] for change in item["changes"]} == {"price_minor": "write", "barcode": "later"}
    variant = api.get("/variants")["data"][0]
    assert (variant["price"], variant["barcode"]) == (1200, "")
    again = run_of(app, api, brand, made, "preview")
    assert [change["field"] for change in api.get(f"/sync-runs/{again['id']}/items")["data"][0]["changes"]] == ["barcode"]


def test_what_is_not_wanted_can_be_wanted_again(app: Application, api: Caller, stranger: Caller, brand: Brand) -> None:
    for n in (1, 2):
        api.post("/products", {"name": f"箱 {n}", "variants": [{"sku": f"OFF-{n}", "price": 1000, "stock": 1, "barcode": "4006381333931"}]})
    made = source(api, row("A", gtin="4006381333931"))
    run = run_of(app, api, brand, made, "apply")
    conflict = api.get("/sync-conflicts")["data"][0]
    assert api.get("/ignored-listings")["data"] == []
    api.post(f"/sync-runs/{run['id']}/items/{conflict['id']}/resolve", {"ignore": True}, status=200)
    ignored = api.get("/ignored-listings")["data"][0]
    assert (ignored["external_id"], ignored["source_id"], ignored["name"]) == ("A", made["id"], "箱 A")
    assert run_of(app, api, brand, made, "apply")["counts"]["conflicts"] == 0
    stranger("DELETE", f"/ignored-listings/{ignored['id']}", status=404)
    api("DELETE", f"/ignored-listings/{ignored['id']}", status=204)
    assert api.get("/ignored-listings")["data"] == []
    api("DELETE", f"/ignored-listings/{ignored['id']}", status=404)
    assert run_of(app, api, brand, made, "apply")["counts"]["conflicts"] == 1


def stored(brand: Brand, app: Application, content: str) -> dict[str, Any]:
    return stored_settings(brand.id, {"content": HEAD + content}, file_name="", files=app.gateways.files)
