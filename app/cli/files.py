"""files: from the folder into the bucket, and a look whether a bucket is set up as it should be."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from itertools import islice
from pathlib import Path
from typing import Any

import click

from app.cli.running import echo_json
from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.storage import BucketFiles, LocalFiles, object_url
from app.gateways.talking import HttpTalk
from app.kernel.errors import NotFound
from app.kernel.files import FilesUnreachable
from app.kernel.ids import new_secret
from app.web.shared.application import Application, app

AT_ONCE = 8
ROUND = 200
PICTURE, PAYOUT = "0/media/check.webp", "0/payouts/check.csv"
"""Of a brand there never is."""


def told(function: Callable[..., None]) -> Callable[..., None]:
    """A store that does not answer is one line and exit 1."""

    @wraps(function)
    def run(*arguments: Any, **options: Any) -> None:
        try:
            function(*arguments, **options)
        except FilesUnreachable as wrong:
            sys.exit(wrong.reason)

    return run


@click.group("files")
def files() -> None:
    """Where pictures, uploads and payout files are kept."""


@files.command("copy")
@click.option("--from", "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Another folder than FILES.")
@told
def copy(folder: Path | None) -> None:
    """Copy a folder into the bucket of STORAGE_URL. What is there already is left alone; broken off, run it again."""
    bucket, here = _bucket(), LocalFiles(folder or app().settings.files)
    keys, copied, known, size = here.keys(), 0, 0, 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while some := list(islice(keys, ROUND)):
            done = list(pool.map(lambda key: _copied(key, here, bucket), some))
            copied, known = copied + len(done) - done.count(None), known + done.count(None)
            size += sum(one or 0 for one in done)
            click.echo(f"{copied + known} files", err=True)
    echo_json({"copied": copied, "there": known, "bytes": size})


@files.command("check")
@told
def check() -> None:
    """Write and read; then what a stranger can read: pictures if there is a public address, a payout file never. Exit 1 if not so."""
    bucket, mark = _bucket(), new_secret().encode()
    for key in (PICTURE, PAYOUT):
        bucket.put(key, mark)
    bases = [bucket.bucket.url, *filter(None, [bucket.bucket.public_url])]
    shown = {"bucket": bucket.bucket.url, "kept": all(bucket.get(key) == mark for key in (PICTURE, PAYOUT)),
             "payouts_private": not any(_open_to_strangers(object_url(base, PAYOUT), mark) for base in bases),
             "pictures_public": _open_to_strangers(bucket.address(PICTURE), mark) if bucket.bucket.public_url else None}
    echo_json(shown)
    if False in shown.values():
        sys.exit(1)


def _open_to_strangers(url: str, content: bytes) -> bool:
    try:
        answer = HttpTalk(allow_private=True)("GET", url)
    except FlagshipUnreachable:
        return False
    return answer.status == 200 and answer.body == content


def _copied(key: str, here: LocalFiles, bucket: BucketFiles) -> int | None:
    """How many bytes; None for what is there, or was taken away meanwhile."""
    try:
        content = here.get(key)
    except NotFound:
        return None
    if bucket.holds(key, content):
        return None
    bucket.put(key, content)
    return len(content)


def _bucket() -> BucketFiles:
    kept = app().gateways.files
    if not isinstance(kept, BucketFiles):
        sys.exit("STORAGE_URL is not set: files are kept in a folder")
    return kept


def install(application: Application) -> None:
    application.cli.add_command(files)
