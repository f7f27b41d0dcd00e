"""Faults that pass are survived, those that stay say what is wrong; nothing told holds the secret."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.config import Bucket
from app.gateways.flagship.retrying import Patience, Retry
from app.gateways.storage import BucketFiles
from app.gateways.talking import HttpTalk
from app.kernel.errors import NotFound
from app.kernel.files import FilesUnreachable
from tests.gateways.doubles.object_store import WayThere, bucket
from tests.gateways.doubles.serving import Asked, Said

KEY = "7/media/0123456789abcdef-m.webp"
REFUSED = b'<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>no</Message></Error>'


@pytest.fixture
def way(store: str) -> WayThere:
    return WayThere(store)


@pytest.fixture
def files(way: WayThere) -> Iterator[BucketFiles]:
    with way.bucket_open() as url:
        yield BucketFiles(bucket(url), HttpTalk(allow_private=True), retry=Retry(Patience(tries=4), sleep=lambda _: None))


@pytest.mark.parametrize("fault", ["error", "busy", "reset", "reset_after", "cut_body", "silent_after"])
def test_what_passes_is_survived(files: BucketFiles, way: WayThere, fault: str) -> None:
    way.faults = [fault, "", fault, "", fault]
    files.put(KEY, b"picture")
    way.faults = [fault] * 2
    assert files.get(KEY) == b"picture"
    way.faults = [fault] * 2
    assert files.has(KEY)


@pytest.mark.parametrize(("fault", "words"), [("error", "HTTP 500"), ("busy", "HTTP 429"), ("reset", "connection_failed"), ("cut_body", "connection_failed")])
def test_what_stays_is_told(files: BucketFiles, way: WayThere, fault: str, words: str) -> None:
    files.put(KEY, b"picture")
    way.faults, way.asked = [fault] * 20, []
    with pytest.raises(FilesUnreachable, match=words):
        files.get(KEY)
    assert len(way.asked) == 4


def test_an_answer_that_never_comes_has_an_end(store: str) -> None:
    class Silent(WayThere):
        def answer(self, asked: Asked) -> Said:
            raise AssertionError("not reached")

    way = Silent(store)
    way.faults = ["silent"] * 20
    with way.bucket_open() as url:
        talk = HttpTalk(allow_private=True)
        impatient = BucketFiles(bucket(url), lambda *one, **more: talk(*one, **{**more, "seconds": 0.2}), retry=Retry(Patience(tries=2), sleep=lambda _: None))
        with pytest.raises(FilesUnreachable, match="timeout"):
            impatient.put(KEY, b"x")


def test_a_refusal_is_no_missing_file(store: str) -> None:
    """A key that may not read would else make every picture vanish quietly."""
    class Refusing(WayThere):
        def answer(self, asked: Asked) -> Said:
            return Said(REFUSED if asked.method != "HEAD" else b"", 403)

    way = Refusing(store)
    with way.bucket_open() as url:
        files = BucketFiles(bucket(url), HttpTalk(allow_private=True))
        for act in (files.get, files.has, lambda key: files.put(key, b"x")):
            with pytest.raises(FilesUnreachable, match=r"403.*access refused"):
                act(KEY)
    assert len(way.asked) == 3, "a refusal is not asked again"


def test_a_bucket_that_is_gone_is_no_missing_file(store: str) -> None:
    with pytest.raises(FilesUnreachable, match="NoSuchBucket"):
        BucketFiles(bucket(store + "x"), HttpTalk(allow_private=True)).get(KEY)
    with pytest.raises(NotFound):
        BucketFiles(bucket(store), HttpTalk(allow_private=True)).get("7/media/none-m.webp")


def test_a_picture_is_kept_as_what_it_is(files: BucketFiles, way: WayThere) -> None:
    files.put(KEY, b"picture")
    files.put("7/payouts/a.csv", b"a,b")
    sent = [asked.headers for asked in way.asked]
    assert [one["content-type"] for one in sent] == ["image/webp", "text/csv; charset=utf-8"]
    assert sent[0]["cache-control"] == "public, max-age=31536000, immutable" and "cache-control" not in sent[1]


def test_the_secret_is_told_to_nobody(store: str) -> None:
    kept = Bucket(store, "S3RVER", "a secret of the house", public_url="")
    files = BucketFiles(kept, HttpTalk(allow_private=True))
    with pytest.raises(FilesUnreachable) as caught:
        BucketFiles(Bucket(store, "NOBODY", kept.secret), HttpTalk(allow_private=True)).check()
    assert kept.secret not in repr(kept) + repr(files) + str(caught.value) + repr(caught.value)
