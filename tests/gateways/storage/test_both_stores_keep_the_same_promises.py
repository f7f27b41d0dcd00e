"""What the core is promised of a file store, held by the folder and by the bucket alike."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from app.config import Bucket
from app.gateways.storage import BucketFiles, LocalFiles
from app.gateways.talking import HttpTalk
from app.kernel.errors import NotFound
from app.kernel.files import Files, FilesUnreachable
from tests.gateways.doubles.object_store import bucket

Broken = Callable[[], Files]


def to(url: str, **more: str) -> BucketFiles:
    return BucketFiles(bucket(url, **more), HttpTalk(allow_private=True))


@pytest.fixture(params=["folder", "bucket"])
def files(request: pytest.FixtureRequest, tmp_path: Path, store: str) -> Files:
    return LocalFiles(tmp_path / "files") if request.param == "folder" else to(store)


@pytest.fixture
def key() -> str:
    return f"7/media/{uuid4().hex}-m.webp"


@pytest.mark.parametrize("content", [b"", b"\x00", b"RIFF\xff\xfe webp", bytes(range(256)) * 4096], ids=["empty", "nul", "small", "1 MB"])
def test_what_was_put_is_got(files: Files, key: str, content: bytes) -> None:
    assert not files.has(key)
    files.put(key, content)
    assert files.has(key) and files.get(key) == content


def test_the_later_word_counts(files: Files, key: str) -> None:
    files.put(key, b"first, and longer")
    files.put(key, b"second")
    assert files.get(key) == b"second"


@pytest.mark.parametrize("key", ["7/payouts/none.csv", "7/media", "7"])
def test_nothing_is_not_found(files: Files, key: str) -> None:
    files.put("7/media/there-m.webp", b"x")
    assert not files.has(key)
    with pytest.raises(NotFound):
        files.get(key)


@pytest.mark.parametrize("key", ["../secret", "7/../../secret", "../../etc/passwd"])
def test_no_key_leads_outside(files: Files, key: str) -> None:
    for act in (files.get, files.has, lambda key: files.put(key, b"x")):
        with pytest.raises(NotFound):
            act(key)


def test_two_writers_leave_one_whole_file(files: Files, key: str) -> None:
    """And a reader beside them never sees half of one. S3 promises that too, but not the small server that plays it here."""
    contents = [bytes([letter]) * 200_000 for letter in b"ab"]
    files.put(key, contents[0])
    seen: list[bytes] = []
    writers = [threading.Thread(target=lambda content=content: [files.put(key, content) for _ in range(10)]) for content in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        seen.append(files.get(key))
    assert seen
    if isinstance(files, LocalFiles):
        assert all(one in contents for one in (*seen, files.get(key)))
    files.put(key, contents[0])
    assert files.get(key) == contents[0]


def test_a_good_store_is_ready_and_a_bad_one_says_why(tmp_path: Path, store: str, files: Files) -> None:
    files.check()
    (tmp_path / "a file").write_bytes(b"x")
    wrong: dict[str, Files] = {
        "cannot be written": LocalFiles(tmp_path / "a file"),
        "no such bucket": to(store + "x"),
        "access refused": to(store, key_id="SOMEBODY"),
        "does not answer: connection_failed": to("http://127.0.0.1:9/b"),
        "does not answer: host_unknown": to("http://store.invalid/b"),
    }
    for words, bad in wrong.items():
        with pytest.raises(FilesUnreachable, match=words):
            bad.check()


def test_an_address_only_where_the_store_shows_pictures_itself(tmp_path: Path) -> None:
    assert LocalFiles(tmp_path).address("7/media/a.webp") == to("http://127.0.0.1:9/b").address("7/media/a.webp") == ""
    shown = BucketFiles(Bucket("http://127.0.0.1:9/b", "k", "s", public_url="https://cdn.example/shop"), HttpTalk())
    assert shown.address("7/media/a.webp") == "https://cdn.example/shop/7/media/a.webp"
