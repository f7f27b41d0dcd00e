"""Talking with a shop over HTTP: one call, to an address that was vetted when it was dialled, within size and time.

Connections are kept between the calls of a reading. Nothing is logged: addresses, headers and bodies carry secrets.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx

from app.domain.catalog.ports import Answer, FlagshipUnreachable

from .addresses import vetted_address
from .answers import read_body, timed_out

HEADERS = {"Accept-Encoding": "gzip", "User-Agent": "Yundian-Sync/1"}
CONNECT_SECONDS = 10.0
PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class HttpTalk:
    """Real HTTP; the Protocol is `Talk`. Redirects are answers like others and never followed.

    `allow_private` is for development and tests; `private_hosts` are names inside the house that the operator allows.
    """

    allow_private: bool = False
    private_hosts: frozenset[str] = frozenset()
    _pool: httpcore.ConnectionPool = field(init=False, repr=False, compare=False)
    _due: threading.local = field(init=False, repr=False, compare=False, default_factory=threading.local)

    def __post_init__(self) -> None:
        backend = _Vetted(self.allow_private, self.private_hosts, self._due)
        pool = httpcore.ConnectionPool(max_connections=50, max_keepalive_connections=20, keepalive_expiry=5.0, network_backend=backend)
        object.__setattr__(self, "_pool", pool)

    def __call__(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", seconds: float = 30.0,
                 max_bytes: int = 32 * 1024 * 1024) -> Answer:
        sent: list[bool] = []
        self._due.ends_at = ends_at = time.monotonic() + seconds
        try:
            request = _request(method, url, {**HEADERS, **(headers or {})}, body, seconds=seconds, sent=sent)
            return self._answer(request, max_bytes=max_bytes, ends_at=ends_at)
        except FlagshipUnreachable as wrong:
            raise _lost(wrong, sent) from None
        except httpcore.TimeoutException:
            raise _lost(timed_out(), sent) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, httpx.InvalidURL, OSError, ValueError):
            raise _lost(FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址"), sent) from None

    def _answer(self, request: httpcore.Request, *, max_bytes: int, ends_at: float) -> Answer:
        response = self._pool.handle_request(request)
        try:
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            body = read_body(response.iter_stream(), coding=headers.get("content-encoding", ""), max_bytes=max_bytes, ends_at=ends_at)
            return Answer(response.status, headers, body)
        finally:
            response.close()


def _request(method: str, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float, sent: list[bool]) -> httpcore.Request:
    parts = httpx.URL(url)
    if parts.scheme not in PORTS or not parts.host or parts.userinfo:
        raise FlagshipUnreachable("url_invalid", "网址须以 http:// 或 https:// 开头")

    def note(event: str, info: Any) -> None:
        if event.endswith("send_request_headers.complete"):
            sent.append(True)

    lines = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    lines.append((b"Host", parts.netloc))
    if body or method not in ("GET", "HEAD"):
        lines.append((b"Content-Length", str(len(body)).encode()))
    limits = {"connect": min(seconds, CONNECT_SECONDS), "read": seconds, "write": seconds, "pool": seconds}
    return httpcore.Request(method, httpcore.URL(scheme=parts.raw_scheme, host=parts.raw_host, port=parts.port, target=parts.raw_path),
                            headers=lines, content=body or None, extensions={"timeout": limits, "trace": note})


def _lost(wrong: FlagshipUnreachable, sent: list[bool]) -> FlagshipUnreachable:
    """`unsure`: the request went out, so it may have had its effect."""
    return FlagshipUnreachable(wrong.code, wrong.message, **{**wrong.data, "unsure": bool(sent)})


class _Vetted(httpcore.NetworkBackend):
    """Dials the vetted number of a name; the Host header and the TLS name stay the name's."""

    def __init__(self, allow_private: bool, private_hosts: frozenset[str], due: threading.local) -> None:
        self._allow_private, self._private_hosts, self._due = allow_private, private_hosts, due
        self._plain = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
                    socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None) -> httpcore.NetworkStream:
        address = vetted_address(host, port, allow_private=self._allow_private or host in self._private_hosts)
        return _Timed(self._plain.connect_tcp(str(address), port, timeout=timeout, socket_options=socket_options), self._due)


class _Timed(httpcore.NetworkStream):
    """A call as a whole has an end: a server that drips a byte a second does not hold us."""

    def __init__(self, stream: httpcore.NetworkStream, due: threading.local) -> None:
        self._stream, self._due = stream, due

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=self._left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, timeout=self._left(timeout)), self._due)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, timeout: float | None) -> float:
        left: float = self._due.ends_at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(left, timeout)
