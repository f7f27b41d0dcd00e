"""A knock of the shop starts one reading of changes: signed, once per delivery, and several knocks are one."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.domain.brands.models import Brand
from app.web.shared.application import Application
from tests.builders.callers import Caller, work
from tests.conftest import TestClock
from tests.gateways.doubles.shopify import TOKEN, ShopifyDouble

SECRET = "the app's secret key"


@pytest.fixture
def shopify() -> Iterator[ShopifyDouble]:
    double = ShopifyDouble()
    with double.open():
        yield double


@pytest.fixture
def source(api: Caller, shopify: ShopifyDouble) -> Any:
    return api.post("/flagship-sources", {"kind": "shopify", "name": "Shopify", "settings": {
        "endpoint": shopify.url, "access_token": TOKEN, "webhook_secret": SECRET}})


def knock(api: Caller, source: Any, body: Any = None, *, delivery: str = "d1", topic: str = "products/update", secret: str = SECRET) -> int:
    raw = json.dumps(body or {"id": 1}).encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), raw, "sha256")).decode()
    path = source["webhook_url"].removeprefix("http://localhost")
    return int(api.client.post(path, data=raw, headers={"X-Shopify-Hmac-Sha256": signature, "X-Shopify-Topic": topic, "X-Shopify-Webhook-Id": delivery}).status_code)


def runs(api: Caller) -> list[Any]:
    return list(api.get("/sync-runs")["data"])


def first_sync(app: Application, api: Caller, brand: Brand, source: Any) -> None:
    api.post("/sync-runs", {"source_id": source["id"]}, status=202)
    work(app, brand, only=["sync_flagship"])
    assert runs(api)[0]["state"] == "succeeded", runs(api)[0]


def test_a_wrong_signature_or_address_is_nobody(api: Caller, source: Any) -> None:
    assert knock(api, source, secret="guessed") == 401
    assert knock(api, {**source, "webhook_url": "http://localhost/hooks/flagship/nonsense"}) == 404
    assert api.client.post(source["webhook_url"].removeprefix("http://localhost"), data=b"x" * (1024 * 1024 + 1)).status_code == 413
    assert runs(api) == []


def test_knocks_become_one_reading_of_changes(app: Application, api: Caller, brand: Brand, clock: TestClock, source: Any, shopify: ShopifyDouble) -> None:
    first_sync(app, api, brand, source)
    clock.now += timedelta(minutes=10)
    changed = next(iter(shopify.listed()))
    shopify.reprice(changed, 4_242)
    assert [knock(api, source, delivery=f"d{n}") for n in (1, 2, 3)] == [200] * 3
    assert [run["reads"] for run in runs(api)] == ["changes", "full"]
    work(app, brand, only=["sync_flagship"])
    assert runs(api)[0]["state"] == "succeeded"
    assert {one["external_id"]: one["price"] for one in api.get("/variants?limit=200")["data"]}[changed] == 4_242
    assert knock(api, source, delivery="d3") == 200 and len(runs(api)) == 2  # heard before


def test_a_product_said_to_be_gone_is_taken_down(app: Application, api: Caller, brand: Brand, clock: TestClock, source: Any, shopify: ShopifyDouble) -> None:
    """Shopify's list of changes says nothing of what was deleted; its webhook does."""
    first_sync(app, api, brand, source)
    clock.now += timedelta(minutes=10)
    product = next(iter(shopify.shelf.products.values()))
    group, its = str(product.id), {shopify.external_id(good_id) for good_id in product.goods}
    for external_id in its:
        shopify.drop(external_id)
    assert knock(api, source, {"id": product.id}, topic="products/delete") == 200
    work(app, brand, only=["sync_flagship"])
    run = runs(api)[0]
    assert (run["reads"], run["state"], run["counts"]["removed"]) == ("changes", "succeeded", len(its)), (group, run)
