"""A real S3 server (s3rver, from npm) on a port of its own, and a way to it that goes wrong as told."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.config import ROOT, Bucket
from scripts.node import node

from .serving import Asked, Said, ShopDouble

KEY = "S3RVER"
"""The one account it knows: key id and secret."""
NAME = "yundian"
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "date", "server", "keep-alive"}


@contextmanager
def object_store(folder: Path) -> Iterator[str]:
    """The bucket's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [node(), str(ROOT / "node_modules" / "s3rver" / "bin" / "s3rver.js"), "-d", str(folder), "-a", "127.0.0.1", "-p", str(port), "-s",
               "--no-vhost-buckets", "--configure-bucket", NAME]
    process = subprocess.Popen(command)
    try:
        _wait(port, process)
        yield f"http://127.0.0.1:{port}/{NAME}"
    finally:
        process.terminate()
        process.wait(10)


def bucket(url: str, **more: str) -> Bucket:
    return Bucket(**{"url": url, "key_id": KEY, "secret": KEY, **more})


class WayThere(ShopDouble):
    """Hands every call on to the store; `faults` befall it on the way."""

    def __init__(self, store: str) -> None:
        super().__init__()
        self.store, _, self.bucket = store.rpartition("/")

    @contextmanager
    def bucket_open(self) -> Iterator[str]:
        with self.open() as url:
            yield f"{url}/{self.bucket}"

    def answer(self, asked: Asked) -> Said:
        headers = {name: value for name, value in asked.headers.items() if name not in HOP_BY_HOP}
        told = httpx.request(asked.method, self.store + asked.path, headers=headers, content=asked.body)
        return Said(told.content, told.status_code, {name: value for name, value in told.headers.items() if name not in HOP_BY_HOP})


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert process.poll() is None, "s3rver did not start"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("s3rver does not answer")
