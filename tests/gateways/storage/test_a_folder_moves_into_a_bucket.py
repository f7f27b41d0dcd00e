"""`files copy` and `files check`: every file, again only what is new, on from where it broke off; and nobody reads payouts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import create_app
from app.config import Settings
from app.web.shared.application import Application
from tests.gateways.doubles.object_store import WayThere, bucket, object_store

FILES = {"7/media/aa-s.webp": b"small", "7/media/aa-m.webp": b"middle", "7/payouts/run.csv": b"a,b", "7/flagship/empty": b"", "8/media/bb-s.webp": b"x" * 100_000}


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[str]:
    with object_store(tmp_path / "objects") as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for key, content in FILES.items():
        path = tmp_path / "files" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (tmp_path / "files" / "7" / "media" / ".part-cut-off").write_bytes(b"half")
    return tmp_path / "files"


def app_of(settings: Settings, folder: Path, url: str | None) -> Application:
    return create_app(replace(settings, files=folder, bucket=bucket(url) if url else None), TESTING=True)


def run(app: Application, *command: str) -> tuple[int, str]:
    """(exit code, last line)."""
    with app.app_context():
        result = app.test_cli_runner().invoke(args=["files", *command])
    return result.exit_code, (result.stdout if result.exit_code == 0 or command == ("check",) else result.output).strip().splitlines()[-1]


def test_every_file_once(settings: Settings, folder: Path, own_store: str) -> None:
    app = app_of(settings, folder, own_store)
    size = sum(map(len, FILES.values()))
    assert json.loads(run(app, "copy")[1]) == {"copied": 5, "there": 0, "bytes": size}
    assert {key: app.gateways.files.get(key) for key in FILES} == FILES
    assert not app.gateways.files.has("7/media/.part-cut-off")
    (folder / "7/payouts/run.csv").write_bytes(b"b,a")
    assert json.loads(run(app, "copy")[1]) == {"copied": 1, "there": 4, "bytes": 3}
    assert app.gateways.files.get("7/payouts/run.csv") == b"b,a"


def test_broken_off_it_goes_on(settings: Settings, folder: Path, own_store: str) -> None:
    way = WayThere(own_store)
    with way.bucket_open() as url:
        app = app_of(settings, folder, url)
        way.after_answer = [None] * 3 + [lambda: way.faults.extend(["reset"] * 400)]
        code, said = run(app, "copy")
        assert code == 1 and "does not answer: connection_failed" in said
        way.faults, way.after_answer = [], []
        told = json.loads(run(app, "copy")[1])
    assert told["copied"] + told["there"] == 5
    assert {key: app_of(settings, folder, own_store).gateways.files.get(key) for key in FILES} == FILES


def test_without_a_bucket_there_is_nothing_to_do(settings: Settings, folder: Path) -> None:
    code, said = run(app_of(settings, folder, None), "copy")
    assert code == 1 and "STORAGE_URL is not set" in said


def test_a_look_whether_strangers_read_payouts(settings: Settings, folder: Path, own_store: str) -> None:
    """The small server asks nobody who reads: just the fault the look is for."""
    code, said = run(app_of(settings, folder, own_store), "check")
    assert code == 1 and json.loads(said) == {"bucket": own_store, "kept": True, "payouts_private": False, "pictures_public": None}
