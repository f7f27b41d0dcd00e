"""Fetching what a person told us to fetch: only public web addresses, never more than asked for."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx

from app.domain.catalog.ports import Download, FlagshipUnreachable

from .addresses import vetted_address
from .answers import PIECE, asked_to_wait, body_pieces, timed_out, too_large

MAX_REDIRECTS = 3
WHOLE_SECONDS = 180
TIMEOUT = httpx.Timeout(20, connect=10)
REDIRECTS = {301, 302, 303, 307, 308}
HEADERS = {"Accept-Encoding": "gzip", "User-Agent": "Yundian-Sync/1"}


@dataclass(frozen=True, slots=True)
class HttpDownload:
    """Real HTTP. The name is resolved once per hop, every address it has must be public, and the vetted one is dialled.

    `allow_private` is for development and tests, where the flagship may be on the same machine; `private_hosts` are names
    inside the house that the operator allows. Raises FlagshipUnreachable.
    """

    allow_private: bool = False
    private_hosts: frozenset[str] = frozenset()

    def __call__(self, url: str, *, max_bytes: int, into: BinaryIO | None = None) -> bytes:
        ends_at = time.monotonic() + WHOLE_SECONDS
        try:
            with httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client:
                return given(self._follow(client, httpx.URL(url), max_bytes=max_bytes, ends_at=ends_at), into)
        except httpx.TimeoutException:
            raise timed_out() from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            raise FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址") from None

    def _follow(self, client: httpx.Client, url: httpx.URL, *, max_bytes: int, ends_at: float) -> Iterator[bytes]:
        for _ in range(MAX_REDIRECTS + 1):
            request = self._request(client, url)
            response = client.send(request, stream=True)
            try:
                if response.status_code not in REDIRECTS:
                    yield from _body(response, max_bytes=max_bytes, ends_at=ends_at)
                    return
                url = url.join(response.headers.get("Location", ""))
            finally:
                response.close()
        raise FlagshipUnreachable("too_many_redirects", "网址跳转超过 %(most)d 次", most=MAX_REDIRECTS)

    def _request(self, client: httpx.Client, url: httpx.URL) -> httpx.Request:
        """Addressed to the vetted number; Host header and TLS name stay the ones of the URL."""
        if url.scheme not in {"http", "https"} or not url.host:
            raise FlagshipUnreachable("url_invalid", "网址须以 http:// 或 https:// 开头")
        name = url.raw_host.decode("ascii")
        address = vetted_address(name, url.port or (443 if url.scheme == "https" else 80),
                                 allow_private=self.allow_private or name in self.private_hosts)
        headers = {**HEADERS, "Host": url.netloc.decode("ascii")}
        return client.build_request("GET", url.copy_with(host=str(address)), headers=headers, extensions={"sni_hostname": name})


@dataclass(frozen=True, slots=True)
class HostFolders(Mapping[str, Path]):
    """The folders in `root` by host name, looked up when asked: one made after the start is seen."""

    root: Path

    def __getitem__(self, host: str) -> Path:
        return self._now()[host]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def _now(self) -> dict[str, Path]:
        return {folder.name: folder for folder in self.root.iterdir() if folder.is_dir()} if self.root.is_dir() else {}


@dataclass(frozen=True, slots=True)
class MirrorDownload:
    """The offline twin: a host is a local folder, the path of the URL a file in it; other hosts go to `fallback`.

    No path leads out of the folder. Raises FlagshipUnreachable.
    """

    folders: Mapping[str, Path]
    fallback: Download

    def __call__(self, url: str, *, max_bytes: int, into: BinaryIO | None = None) -> bytes:
        try:
            parts = httpx.URL(url)
            folder = self.folders.get(parts.host)
            if folder is None:
                return self.fallback(url, max_bytes=max_bytes, into=into)
            return given(_local_pieces(folder.resolve(), parts.path, max_bytes=max_bytes), into)
        except (httpx.InvalidURL, OSError, ValueError):
            raise FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址") from None


def given(pieces: Iterator[bytes], into: BinaryIO | None) -> bytes:
    """All of them, or nothing once they are written."""
    if into is None:
        return b"".join(pieces)
    into.writelines(pieces)
    return b""


def _body(response: httpx.Response, *, max_bytes: int, ends_at: float) -> Iterator[bytes]:
    if response.status_code != 200:
        raise FlagshipUnreachable("http_status", "旗舰店的网址回答了 %(status)d", status=response.status_code,
                                  after=asked_to_wait({name.lower(): value for name, value in response.headers.items()}))
    return body_pieces(response.iter_raw(), coding=response.headers.get("Content-Encoding", ""), max_bytes=max_bytes, ends_at=ends_at)


def _local_pieces(folder: Path, url_path: str, *, max_bytes: int) -> Iterator[bytes]:
    path = (folder / url_path.lstrip("/")).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise FlagshipUnreachable("http_status", "旗舰店的网址回答了 %(status)d", status=404)
    if path.stat().st_size > max_bytes:
        raise too_large(max_bytes)
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
