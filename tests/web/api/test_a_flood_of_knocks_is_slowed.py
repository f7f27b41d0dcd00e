"""One shop's flood of webhooks is asked to slow down, and nothing it said is lost; a stranger's wrong knocks cost next to nothing."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipDelivery, FlagshipSource
from app.extensions import Database
from app.flows.sync_flagship import queue_due
from app.web.shared.application import Application
from app.web.shared.hooks import KNOCKS, WRONG
from app.web.shared.safety import limiter
from tests.builders.callers import Caller, work
from tests.conftest import TestClock
from tests.gateways.doubles.shopify import TOKEN, ShopifyDouble

SECRET = "the app's secret key"


@pytest.fixture(autouse=True)
def limited() -> Iterator[None]:
    before, limiter.enabled = limiter.enabled, True
    yield
    limiter.enabled = before


@pytest.fixture
def shopify() -> Iterator[ShopifyDouble]:
    double = ShopifyDouble()
    with double.open():
        yield double


@pytest.fixture
def source(app: Application, api: Caller, brand: Brand, shopify: ShopifyDouble) -> Any:
    made = api.post("/flagship-sources", {"kind": "shopify", "name": "Shopify", "settings": {
        "endpoint": shopify.url, "access_token": TOKEN, "webhook_secret": SECRET}})
    api.post("/sync-runs", {"source_id": made["id"]}, status=202)
    work(app, brand, only=["sync_flagship"])
    return made


def knock(api: Caller, address: str, number: int, *, topic: str = "products/update", body: Any = None, secret: str = SECRET, ip: str = "10.0.0.1") -> Any:
    raw = json.dumps(body or {"id": 1}).encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), raw, "sha256")).decode()
    return api.client.post(address.removeprefix("http://localhost"), data=raw, environ_overrides={"REMOTE_ADDR": ip}, headers={
        "X-Shopify-Hmac-Sha256": signature, "X-Shopify-Topic": topic, "X-Shopify-Webhook-Id": f"d{number}"})


def deliveries(database: Database, brand: Brand) -> int:
    with database.transaction(brand.id) as session:
        return session.scalar(select(func.count()).select_from(FlagshipDelivery)) or 0


def test_a_flood_loses_nothing(app: Application, api: Caller, database: Database, brand: Brand, clock: TestClock, source: Any, shopify: ShopifyDouble) -> None:
    """The 300th is taken in. The 301st is told to wait, is no row, and what it was about is read all the same."""
    clock.now += timedelta(minutes=10)
    answers = [knock(api, source["webhook_url"], number).status_code for number in range(KNOCKS.amount)]
    assert set(answers) == {200} and deliveries(database, brand) == KNOCKS.amount
    work(app, brand, only=["sync_flagship"])
    clock.now += timedelta(seconds=30)
    changed, gone = list(shopify.listed())[:2]
    shopify.reprice(changed, 4_242)
    late = knock(api, source["webhook_url"], 1000)
    assert late.status_code == 429 and 0 < int(late.headers["Retry-After"]) <= 61 and deliveries(database, brand) == KNOCKS.amount
    with database.transaction(brand.id) as session:
        assert session.scalars(select(FlagshipSource.heard_at)).one() == clock.now
    clock.now += timedelta(minutes=1)
    with database.transaction(brand.id) as session:
        assert queue_due(session, brand_id=brand.id, now=clock.now) == 1
    work(app, brand, only=["sync_flagship"])
    assert {one["external_id"]: one["price"] for one in api.get("/variants?limit=200")["data"]}[changed] == 4_242
    assert gone in shopify.listed()


def test_what_is_named_as_gone_is_taken_in_although(api: Caller, database: Database, brand: Brand, clock: TestClock, source: Any) -> None:
    """No list of changes would tell of it again."""
    for _ in range(KNOCKS.amount):
        limiter.limiter.hit(KNOCKS, source["webhook_url"].rpartition("/")[2])
    assert knock(api, source["webhook_url"], 1, topic="products/delete", body={"id": 77}).status_code == 429
    with database.transaction(brand.id) as session:
        assert session.scalars(select(FlagshipDelivery.removed_groups)).one() == ["77"]


def test_who_signs_wrongly_is_turned_away_unread(api: Caller, app: Application, source: Any, clock: TestClock) -> None:
    assert [knock(api, source["webhook_url"], 1, secret="guessed").status_code for _ in range(WRONG.amount)] == [401] * WRONG.amount
    asked: list[str] = []

    def count(*said: Any) -> None:
        asked.append(said[2])

    event.listen(app.database.app, "before_cursor_execute", count)
    try:
        refused = knock(api, source["webhook_url"], 1, secret="guessed")
    finally:
        event.remove(app.database.app, "before_cursor_execute", count)
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) <= 61 and asked == []
    assert knock(api, source["webhook_url"], 2, ip="10.0.0.2").status_code == 200, "the shop itself knocks from elsewhere"


def test_a_code_there_is_not_is_turned_away_too(api: Caller, source: Any, clock: TestClock) -> None:
    nowhere = "http://localhost/hooks/flagship/of-a-source-that-was-let-go"
    assert [knock(api, nowhere, 1).status_code for _ in range(WRONG.amount + 1)] == [404] * WRONG.amount + [429]
    assert knock(api, source["webhook_url"], 1).status_code == 200, "another code from the same machine"
