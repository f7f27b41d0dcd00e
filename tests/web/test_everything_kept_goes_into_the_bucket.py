"""With a bucket nothing is written to the folder: an uploaded catalogue is synced from it, pictures and the poster come out of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app import create_app
from app.config import Settings
from app.domain.brands.models import Brand
from app.extensions import Database
from app.gateways.storage import BucketFiles
from app.gateways.talking import HttpTalk
from app.web.shared.application import Application
from tests.builders.callers import Caller, a_shop, a_token, work
from tests.builders.signed_in import console
from tests.conftest import TestClock
from tests.gateways.doubles.object_store import WayThere, bucket, object_store

FEED = "id\ttitle\tlink\tprice\tavailability\n" + "".join(f"A-{n}\t登机箱 {n}\thttps://shop.example.com/{n}\t299.00 CNY\tin stock\n" for n in range(30))


@pytest.fixture
def way(tmp_path: Path) -> Iterator[WayThere]:
    with object_store(tmp_path / "objects") as store:
        yield WayThere(store)


@pytest.fixture
def house(settings: Settings, way: WayThere, tmp_path: Path) -> Iterator[Application]:
    with way.bucket_open() as url:
        app = create_app(replace(settings, bucket=bucket(url), files=tmp_path / "folder"), clock=TestClock(), TESTING=True, WTF_CSRF_ENABLED=False,
                         RATELIMIT_ENABLED=False)
        yield app
        assert not (tmp_path / "folder").exists()
        app.database.dispose()


@pytest.fixture
def api(house: Application, database: Database, brand: Brand) -> Caller:
    return Caller(house.test_client(), a_token(database, brand), brand)


def synced(house: Application, api: Caller, source: Any) -> Any:
    run = api.post("/sync-runs", {"source_id": source["id"], "mode": "apply"}, status=202)
    work(house, api.brand, only=["sync_flagship"])
    return api.get(f"/sync-runs/{run['id']}")


def test_an_upload_is_synced_from_there(house: Application, api: Caller) -> None:
    source = api.post("/flagship-sources", {"kind": "merchant_feed", "name": "旗舰店", "settings": {"content": FEED}})
    run = synced(house, api, source)
    assert (run["state"], run["counts"]["created"]) == ("succeeded", 30), run


def test_an_upload_that_cannot_be_had_fails_the_run_and_says_so(house: Application, api: Caller, way: WayThere) -> None:
    source = api.post("/flagship-sources", {"kind": "merchant_feed", "name": "旗舰店", "settings": {"content": FEED}})
    way.faults = ["reset"] * 4
    failed = synced(house, api, source)
    assert (failed["state"], failed["error"]["code"]) == ("failed", "files_unreachable") and sum(failed["counts"].values()) == 0
    assert synced(house, api, source)["state"] == "succeeded"


def test_a_logo_goes_in_and_comes_out(house: Application, brand: Brand, api: Caller) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (300, 300), "#204080").save(picture, "PNG")
    desk = console(house, f"owner@{brand.slug}.example")
    assert desk.post("/console/settings/logo", data={"logo": (io.BytesIO(picture.getvalue()), "logo.png")}).status_code == 303
    page = desk.get("/console/settings").text
    address = page.partition(f'src="/media/{brand.id}/media/')[2].partition('"')[0]
    shown = house.test_client().get(f"/media/{brand.id}/media/{address}")
    assert shown.status_code == 200 and Image.open(io.BytesIO(shown.data)).format == "WEBP"


def test_a_poster_is_drawn_once(house: Application, api: Caller, way: WayThere) -> None:
    shop = a_shop(api)
    link = api.post("/share-links", {"guide_id": shop.guide["id"], "product_id": shop.product["id"]})
    browser = house.test_client()
    drawn = [browser.get(f"/s/{link['code']}/poster.png") for _ in range(2)]
    assert [one.status_code for one in drawn] == [200, 200] and drawn[0].data == drawn[1].data
    assert [asked.method for asked in way.asked if "/posters/" in asked.path] == ["GET", "PUT", "GET"]


def test_what_a_store_refuses_is_not_half_done(house: Application, api: Caller, way: WayThere) -> None:
    """The upload is answered 503 and there is no source without a file."""
    way.faults = ["error"] * 4
    answer = api.raw("POST", "/flagship-sources", {"kind": "merchant_feed", "name": "旗舰店", "settings": {"content": FEED}})
    assert (answer.status_code, answer.json["code"]) == (503, "files_unreachable") and int(answer.headers["Retry-After"]) > 0
    assert api.get("/flagship-sources")["data"] == []


def test_the_bucket_itself_has_it(way: WayThere, house: Application, api: Caller) -> None:
    api.post("/flagship-sources", {"kind": "merchant_feed", "name": "旗舰店", "settings": {"content": FEED}})
    put = next(asked.path for asked in way.asked if asked.method == "PUT")
    direct = BucketFiles(bucket(f"{way.store}/{way.bucket}"), HttpTalk(allow_private=True))
    assert direct.get(put.partition(f"/{way.bucket}/")[2]) == FEED.encode()
