"""A picture has one address whatever keeps it: from the folder, through us from a bucket, or on to where the bucket shows it itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from app.config import Settings
from app.gateways.storage import BucketFiles
from app.gateways.talking import HttpTalk
from app.web.shared.application import Application
from tests.conftest import TestClock
from tests.gateways.doubles.object_store import WayThere, bucket, object_store

KEY = "7/media/0123456789abcdef-m.webp"
WEBP = b"RIFF" + bytes(range(200))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with object_store(tmp_path_factory.mktemp("objects")) as url:
        BucketFiles(bucket(url), HttpTalk(allow_private=True)).put(KEY, WEBP)
        yield url


def app_with(settings: Settings, url: str, **more: str) -> Application:
    return create_app(replace(settings, bucket=bucket(url, **more)), clock=TestClock(), TESTING=True, RATELIMIT_ENABLED=False)


@pytest.fixture(params=["folder", "bucket"])
def browser(request: pytest.FixtureRequest, settings: Settings, store: str, tmp_path: Path) -> Iterator[Any]:
    if request.param == "bucket":
        app = app_with(settings, store)
    else:
        app = create_app(replace(settings, files=tmp_path), clock=TestClock(), TESTING=True, RATELIMIT_ENABLED=False)
        app.gateways.files.put(KEY, WEBP)
    yield app.test_client()
    app.database.dispose()


def test_whole_in_part_and_not_again(browser: Any) -> None:
    whole = browser.get(f"/media/{KEY}")
    assert (whole.status_code, whole.data, whole.mimetype) == (200, WEBP, "image/webp")
    assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = browser.get(f"/media/{KEY}", headers={"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["Cache-Control"]) == (304, b"", whole.headers["Cache-Control"])
    part = browser.get(f"/media/{KEY}", headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.data, part.headers["Content-Range"]) == (206, WEBP[4:8], f"bytes 4-7/{len(WEBP)}")
    head = browser.head(f"/media/{KEY}")
    assert (head.status_code, head.data, int(head.headers["Content-Length"])) == (200, b"", len(WEBP))


@pytest.mark.parametrize("key", ["7/media/fedcba9876543210-m.webp", "7/payouts/0123456789abcdef.csv", "7/media/../payouts/a.csv", "7/media/x"])
def test_only_pictures_that_are_there(browser: Any, key: str) -> None:
    assert browser.get(f"/media/{key}").status_code == 404


def test_a_bucket_that_shows_pictures_is_where_the_browser_goes(settings: Settings, store: str) -> None:
    app = app_with(settings, store, public_url="https://cdn.example/shop")
    sent = app.test_client().get(f"/media/{KEY}")
    assert (sent.status_code, sent.location, sent.headers["Cache-Control"]) == (302, f"https://cdn.example/shop/{KEY}", "public, max-age=3600")
    policy = app.test_client().get("/console/sign-in").headers["Content-Security-Policy"]
    assert "img-src 'self' data: https://cdn.example;" in policy + ";"
    assert app.test_client().get("/media/7/payouts/a.csv").status_code == 404
    app.database.dispose()


def test_a_store_that_is_gone_is_told_as_such(settings: Settings, store: str) -> None:
    """503 and when to come again, not a broken page; whoever has the picture keeps it; and the balancer hears of it."""
    way = WayThere(store)
    with way.bucket_open() as url:
        app = app_with(settings, url)
        browser = app.test_client()
        assert browser.get("/readyz").json["files"] is True
        way.faults = ["reset"] * 50
        gone = browser.get(f"/media/{KEY}")
        assert (gone.status_code, gone.headers["Retry-After"]) == (503, "30") and "immutable" not in gone.headers.get("Cache-Control", "")
        kept = browser.get(f"/media/{KEY}", headers={"If-None-Match": f'"{KEY.rpartition("/")[2]}"'})
        assert kept.status_code == 304
        ready = browser.get("/readyz")
        assert (ready.status_code, ready.json["files"], ready.json["database"]) == (503, False, True)
    app.database.dispose()


def test_a_wrong_bucket_is_heard_of_at_once(settings: Settings, store: str) -> None:
    """What is wrong stands in the log, for the operator alone."""
    app = app_with(settings, store + "x")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["files"], store in answer.text) == (503, False, False)
    app.database.dispose()
