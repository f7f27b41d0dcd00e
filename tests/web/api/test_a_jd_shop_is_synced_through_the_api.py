"""A JD shop from its keys to a catalogue that equals it, through the API alone; its prices move and its token dies on the way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
import structlog

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, SyncItem, SyncRun
from app.domain.people.models import AuditEvent
from app.flows.sync_flagship import run_sync
from app.web.shared.application import Application
from tests.builders.callers import Caller, work
from tests.gateways.jd.jd_shops import Open, Shop, expected_prices, jd, products

__all__ = ["jd"]
SECRET_NAMES = ["access_token", "app_secret", "refresh_token"]


def connected(api: Caller, shop: Shop) -> Any:
    settings = {"gateway_url": f"{shop.url}/routerjson", "app_key": shop.app.key, **shop.secrets.read()}
    return api.post("/flagship-sources", {"kind": "jd", "name": "京东旗舰店", "settings": settings})


def synced(app: Application, api: Caller, brand: Brand, source: Any, **more: Any) -> Any:
    run = api.post("/sync-runs", {"source_id": source["id"], "mode": "apply", **more}, status=202)
    work(app, brand, only=["sync_flagship"])
    return api.get(f"/sync-runs/{run['id']}")


def on_sale(api: Caller) -> dict[str, int]:
    found: dict[str, int] = {}
    cursor = ""
    while True:
        page = api.get(f"/variants?limit=200{cursor}")
        found |= {one["external_id"]: one["price"] for one in page["data"] if not one.get("tombstoned_at")}
        if not page["next_cursor"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def test_keys_in_catalogue_out(app: Application, api: Caller, brand: Brand, jd: Open) -> None:
    shop = jd(products(220, skus=2))
    source = connected(api, shop)
    assert source["secrets"] == SECRET_NAMES and source["settings"].keys() == {"gateway_url", "app_key"} and source["status"] == "active"
    checked = api.post(f"/flagship-sources/{source['id']}/check", status=200)
    assert checked["shop"]
    shop.scenario("price_change", percent=10, scope="all")
    first = synced(app, api, brand, source)
    assert (first["state"], sum(first["counts"].values())) == ("succeeded", len(shop.live())), first
    assert on_sale(api) == expected_prices(shop)
    shop.control("scenario/clear", {})
    shop.control("tokens/expire", {})
    shop.scenario("ware_removed", index=219)
    again = synced(app, api, brand, source)
    assert again["state"] == "succeeded" and again["counts"]["removed"] >= 1, again
    assert expected_prices(shop).items() <= on_sale(api).items()
    changes = synced(app, api, brand, source, reads="changes")
    assert (changes["state"], changes["reads"], changes["counts"]["created"], changes["counts"]["removed"]) == ("succeeded", "changes", 0, 0), changes


def test_secrets_are_told_to_nobody(app: Application, api: Caller, brand: Brand, jd: Open) -> None:
    shop = jd()
    with structlog.testing.capture_logs() as logs:
        source = connected(api, shop)
        synced(app, api, brand, source)
    with app.database.transaction(brand.id) as session:
        row = session.query(FlagshipSource).one()
        sealed = bytes(row.secrets_sealed or b"")
        written = [str((event.before, event.after)) for event in session.query(AuditEvent)]
    seen = repr(source) + repr(api.get(f"/flagship-sources/{source['id']}")) + repr(logs) + repr(written) + repr(row.settings)
    for secret in shop.secrets.read().values():
        assert secret not in seen and secret.encode() not in sealed


def test_a_permission_that_ended_waits_for_its_owner(app: Application, api: Caller, brand: Brand, jd: Open) -> None:
    shop = jd()
    good = shop.secrets.read()
    shop.secrets.values |= {"access_token": "dead", "refresh_token": "dead"}
    source = connected(api, shop)
    run = synced(app, api, brand, source)
    assert run["state"] == "failed" and run["error"]["message"], run
    assert api.get(f"/flagship-sources/{source['id']}")["status"] == "needs_authorisation"
    changed = api.patch(f"/flagship-sources/{source['id']}", {"settings": {"access_token": good["access_token"], "refresh_token": good["refresh_token"], "app_secret": ""}})
    assert (changed["status"], changed["secrets"]) == ("active", SECRET_NAMES)
    assert synced(app, api, brand, source)["state"] == "succeeded"


def test_a_new_address_asks_for_the_secrets_again(api: Caller, jd: Open) -> None:
    """Else whoever may edit the catalogue could have them sent to himself."""
    shop = jd()
    source = connected(api, shop)
    elsewhere = {"gateway_url": "http://127.0.0.1:9/routerjson"}
    refused = api.patch(f"/flagship-sources/{source['id']}", {"settings": elsewhere}, status=422)
    assert refused["errors"][0]["code"] == "secrets_needed" if "errors" in refused else "secrets_needed" in repr(refused)
    api.patch(f"/flagship-sources/{source['id']}", {"settings": {**elsewhere, **shop.secrets.read()}})


class Killed(BaseException):
    """The worker is gone, as by kill -9."""


def test_a_worker_killed_in_mid_reading_is_followed_by_another(app: Application, api: Caller, brand: Brand, jd: Open) -> None:
    """The token dies with it, prices move, a ware vanishes; the second goes on from the last page that was whole."""
    shop = jd(products(220, skus=2))
    source = connected(api, shop)
    run = api.post("/sync-runs", {"source_id": source["id"], "mode": "apply"}, status=202)

    marks: list[int] = []

    def dying(step: str, done: int, total: int) -> None:
        marks.append(done)
        if len(marks) == 3:  # the start, a page with its checkpoint, and in the middle of writing down the second
            raise Killed

    with pytest.raises(Killed):
        run_sync(app.database, brand_id=brand.id, run_id=UUID(run["id"]), flagship=app.gateways.flagship, now=app.clock(), watch=dying)
    with app.database.transaction(brand.id) as session:
        half = session.query(SyncRun).one()
        assert (half.state, half.parts) == ("running", 1) and half.cursor
        kept = session.query(SyncItem).count()
    assert 0 < kept < len(shop.live()) and on_sale(api) == {}
    shop.control("tokens/expire", {})
    shop.scenario("price_change", percent=10, scope="all", page=2)
    shop.scenario("ware_removed", index=0, page=2)
    api.post(f"/sync-runs/{run['id']}/resume", status=202)
    work(app, brand, only=["sync_flagship"])
    done = api.get(f"/sync-runs/{run['id']}")
    assert done["state"] == "succeeded", done
    assert on_sale(api) == expected_prices(shop) and sum(done["counts"].values()) == len(shop.live())
