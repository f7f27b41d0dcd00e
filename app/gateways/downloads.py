"""Fetching what a person told us to fetch: only public web addresses, never more than asked for."""

from __future__ import annotations

import ipaddress
import socket
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.domain.catalog.ports import Download, FlagshipUnreachable

MAX_REDIRECTS = 3
WHOLE_SECONDS = 180
TIMEOUT = httpx.Timeout(20, connect=10)
REDIRECTS = {301, 302, 303, 307, 308}
PIECE = 64 * 1024
CLOUD_CONTROL = frozenset({ipaddress.ip_address("168.63.129.16"), ipaddress.ip_address("fd00:ec2::254")})
"""Public or private by number, but the control plane of a cloud when called from inside it."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")
HEADERS = {"Accept-Encoding": "gzip", "User-Agent": "Yundian-Sync/1"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class HttpDownload:
    """Real HTTP. The name is resolved once per hop, every address it has must be public, and the vetted one is dialled.

    `allow_private` is for development and tests, where the flagship may be on the same machine. Raises FlagshipUnreachable.
    """

    allow_private: bool = False

    def __call__(self, url: str, *, max_bytes: int) -> bytes:
        ends_at = time.monotonic() + WHOLE_SECONDS
        try:
            with httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client:
                return self._follow(client, httpx.URL(url), max_bytes=max_bytes, ends_at=ends_at)
        except httpx.TimeoutException:
            raise _timed_out() from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
            raise FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址") from None

    def _follow(self, client: httpx.Client, url: httpx.URL, *, max_bytes: int, ends_at: float) -> bytes:
        for _ in range(MAX_REDIRECTS + 1):
            request = self._request(client, url)
            response = client.send(request, stream=True)
            try:
                if response.status_code not in REDIRECTS:
                    return _body(response, max_bytes=max_bytes, ends_at=ends_at)
                url = url.join(response.headers.get("Location", ""))
            finally:
                response.close()
        raise FlagshipUnreachable("too_many_redirects", "网址跳转超过 %(most)d 次", most=MAX_REDIRECTS)

    def _request(self, client: httpx.Client, url: httpx.URL) -> httpx.Request:
        """Addressed to the vetted number; Host header and TLS name stay the ones of the URL."""
        if url.scheme not in {"http", "https"} or not url.host:
            raise FlagshipUnreachable("url_invalid", "网址须以 http:// 或 https:// 开头")
        address = self._vetted_address(url)
        headers = {**HEADERS, "Host": url.netloc.decode("ascii")}
        name = {"sni_hostname": url.raw_host.decode("ascii")}
        return client.build_request("GET", url.copy_with(host=str(address)), headers=headers, extensions=name)

    def _vetted_address(self, url: httpx.URL) -> Address:
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = socket.getaddrinfo(url.raw_host.decode("ascii"), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise FlagshipUnreachable("host_unknown", "找不到网址里的主机 %(host)s", host=url.host[:100]) from None
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        if not all(may_call(address, allow_private=self.allow_private) for address in addresses):
            raise FlagshipUnreachable("address_refused", "网址指向内部网络，不能访问")
        return addresses[0]


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

    def __call__(self, url: str, *, max_bytes: int) -> bytes:
        try:
            parts = httpx.URL(url)
            folder = self.folders.get(parts.host)
            if folder is None:
                return self.fallback(url, max_bytes=max_bytes)
            return _local_bytes(folder.resolve(), parts.path, max_bytes=max_bytes)
        except (httpx.InvalidURL, OSError, ValueError):
            raise FlagshipUnreachable("connection_failed", "连接不上旗舰店的网址") from None


def may_call(address: Address, *, allow_private: bool) -> bool:
    """Public, or with `allow_private` this machine and the house network; never the link-local services of a cloud."""
    plain = (address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None) or address
    inside = plain.is_private and not plain.is_link_local and not plain.is_unspecified and not plain.is_reserved and plain not in CLOUD_CONTROL
    return is_public(address) or (allow_private and (inside or plain.is_loopback))


def is_public(address: Address) -> bool:
    """Reachable by everyone: no private, loopback, link-local, metadata or embedded private address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved and address not in CLOUD_CONTROL


def _body(response: httpx.Response, *, max_bytes: int, ends_at: float) -> bytes:
    if response.status_code != 200:
        raise FlagshipUnreachable("http_status", "旗舰店的网址回答了 %(status)d", status=response.status_code)
    body = bytearray()
    for piece in _decoded(response, max_bytes):
        body += piece
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
        if time.monotonic() > ends_at:
            raise _timed_out()
    return bytes(body)


def _decoded(response: httpx.Response, max_bytes: int) -> Iterator[bytes]:
    """Unpacked in bounded steps: some kilobytes of gzip can mean gigabytes."""
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"", "identity", "gzip", "x-gzip"}:
        raise FlagshipUnreachable("encoding_unsupported", "旗舰店的网址使用了不支持的压缩方式")
    if coding in {"", "identity"}:
        yield from response.iter_raw()
        return
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for piece in response.iter_raw():
            while piece and not unzip.eof:
                yield unzip.decompress(piece, PIECE)
                piece = unzip.unconsumed_tail
    except zlib.error:
        raise FlagshipUnreachable("broken_gzip", "压缩文件已损坏") from None
    if not unzip.eof:
        raise FlagshipUnreachable("broken_gzip", "压缩文件已损坏")


def _local_bytes(folder: Path, url_path: str, *, max_bytes: int) -> bytes:
    path = (folder / url_path.lstrip("/")).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise FlagshipUnreachable("http_status", "旗舰店的网址回答了 %(status)d", status=404)
    if path.stat().st_size > max_bytes:
        raise _too_large(max_bytes)
    return path.read_bytes()


def _too_large(max_bytes: int) -> FlagshipUnreachable:
    return FlagshipUnreachable("too_large", "文件超过 %(limit_mb)d MB", limit_mb=max_bytes // 1024 // 1024)


def _timed_out() -> FlagshipUnreachable:
    return FlagshipUnreachable("timeout", "旗舰店的网址太久没有回答")
