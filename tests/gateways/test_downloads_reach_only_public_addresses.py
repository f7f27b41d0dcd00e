from __future__ import annotations

import gzip
import ipaddress
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.config import from_env
from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.addresses import is_public, may_call
from app.gateways.downloads import HttpDownload, MirrorDownload
from app.gateways.webhooks import HttpDeliver
from app.gateways.wiring import Gateways

LIMIT = 1_000_000


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, _, number = self.path.partition("?")
        body, headers, status = b"hello", {}, 200
        if path == "/host":
            body = self.headers["Host"].encode()
        elif path == "/gzip":
            body, headers = gzip.compress(b"feed"), {"Content-Encoding": "gzip"}
        elif path == "/bomb":
            body, headers = gzip.compress(b"\0" * 50_000_000), {"Content-Encoding": "gzip"}
        elif path == "/cut":
            body, headers = gzip.compress(b"feed" * 100)[:-9], {"Content-Encoding": "gzip"}
        elif path == "/brotli":
            headers = {"Content-Encoding": "br"}
        elif path == "/large":
            body = b"x" * (LIMIT + 1)
        elif path == "/hop" and int(number):
            status, headers = 302, {"Location": f"/hop?{int(number) - 1}"}
        elif path == "/away":
            status, headers = 302, {"Location": "file:///etc/passwd"}
        elif path == "/none":
            status = 404
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def code_of(download: HttpDownload | MirrorDownload, url: str) -> str:
    with pytest.raises(FlagshipUnreachable) as caught:
        download(url, max_bytes=LIMIT)
    assert caught.value.message % caught.value.data
    return caught.value.code


def test_what_is_fetched(shop: str) -> None:
    download = HttpDownload(allow_private=True)
    assert download(shop + "/", max_bytes=LIMIT) == b"hello"
    assert download(shop + "/gzip", max_bytes=LIMIT) == b"feed"
    assert download(shop + "/hop?3", max_bytes=LIMIT) == b"hello"
    assert download(shop + "/host", max_bytes=LIMIT).decode() == shop.removeprefix("http://")


@pytest.mark.parametrize(("path", "code"), [
    ("/bomb", "too_large"), ("/large", "too_large"), ("/cut", "broken_gzip"), ("/brotli", "encoding_unsupported"),
    ("/hop?4", "too_many_redirects"), ("/away", "url_invalid"), ("/none", "http_status"),
])
def test_what_is_refused_on_the_way(shop: str, path: str, code: str) -> None:
    assert code_of(HttpDownload(allow_private=True), shop + path) == code


def test_the_house_network_is_closed(shop: str) -> None:
    for url in (shop, "http://127.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/", "http://[::ffff:10.0.0.1]/",
                "http://0x7f000001/", "http://2130706433/"):
        assert code_of(HttpDownload(), url) in {"address_refused", "host_unknown"}


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a.example/", "gopher://a", "", "http://", "\0", "http://[",
                                 "nonsense", "http://" + "a" * 300 + ".example/", "http://a.example:99999/"])
def test_what_is_no_web_address(url: str) -> None:
    assert code_of(HttpDownload(), url) in {"url_invalid", "connection_failed", "host_unknown"}


@pytest.mark.parametrize(("address", "public"), [
    ("1.1.1.1", True), ("2606:4700::1111", True), ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False),
    ("127.0.0.1", False), ("169.254.169.254", False), ("100.100.100.200", False), ("168.63.129.16", False),
    ("0.0.0.0", False), ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False),
    ("fe80::1", False), ("fd00:ec2::254", False),
    ("::ffff:127.0.0.1", False), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("::", False),
])
def test_public(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


@pytest.mark.parametrize(("address", "near"), [
    ("1.1.1.1", True), ("127.0.0.1", True), ("::1", True), ("10.1.2.3", True), ("192.168.1.1", True), ("::ffff:127.0.0.1", True),
    ("169.254.169.254", False), ("::ffff:169.254.169.254", False), ("fe80::1", False), ("fd00:ec2::254", False), ("168.63.129.16", False),
    ("100.100.100.200", False), ("0.0.0.0", False), ("::", False), ("224.0.0.1", False), ("255.255.255.255", False),
])
def test_in_development_the_house_is_near_but_no_cloud_is(address: str, near: bool) -> None:
    assert may_call(ipaddress.ip_address(address), allow_private=True) is near


@pytest.mark.parametrize(("environment", "near"), [("development", True), ("sandbox", False)])
def test_only_development_calls_its_own_machine(environment: str, near: bool) -> None:
    gateways = Gateways.from_settings(from_env({"APP_ENV": environment}))
    assert isinstance(gateways.download, MirrorDownload)
    assert gateways.download.fallback == HttpDownload(allow_private=near)
    assert gateways.deliver == HttpDeliver(allow_private=near)


def test_a_mirror_serves_its_folder_and_nothing_above(tmp_path: Path) -> None:
    folder = tmp_path / "flagship"
    (folder / "feeds").mkdir(parents=True)
    (folder / "feeds" / "all.xml").write_bytes(b"feed")
    (folder / "large").write_bytes(b"x" * (LIMIT + 1))
    (tmp_path / "secret").write_bytes(b"secret")
    (folder / "way out").symlink_to(tmp_path / "secret")
    mirror = MirrorDownload({"flagship.example": folder}, HttpDownload())
    assert mirror("https://flagship.example/feeds/all.xml?v=2", max_bytes=LIMIT) == b"feed"
    for path in ("/../secret", "/%2e%2e/secret", "/..%2fsecret", "//etc/passwd", "/feeds", "/way%20out", "/%00",
                 "/feeds/none"):
        assert code_of(mirror, "https://flagship.example" + path) in {"http_status", "connection_failed"}
    assert code_of(mirror, "https://flagship.example/large") == "too_large"
    assert code_of(mirror, "http://127.0.0.1/") == "address_refused"
