"""The one HTTP call every connector makes: what it answers, what it refuses, and whether the call may have had its effect."""

from __future__ import annotations

import gzip
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.talking import HttpTalk

LIMIT = 100_000


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connections: set[tuple[str, int]] = set()

    def do_GET(self) -> None:
        self.connections.add(self.client_address)
        path = self.path.partition("?")[0]
        length = int(self.headers.get("Content-Length") or 0)
        given = self.rfile.read(length)
        if path == "/echo":
            seen = f"{self.command} {self.path} {self.headers['Host']} {self.headers.get('X-Token')} {given.decode()}"
            self.say(seen.encode())
        elif path == "/gzip":
            self.say(gzip.compress(b"feed"), **{"Content-Encoding": "gzip"})
        elif path == "/bomb":
            self.say(gzip.compress(b"\0" * 50_000_000), **{"Content-Encoding": "gzip"})
        elif path == "/large":
            self.say(b"x" * (LIMIT + 1))
        elif path == "/away":
            self.say(b"", 302, Location="http://169.254.169.254/")
        elif path == "/busy":
            self.say(b"later", 429, **{"Retry-After": "7"})
        elif path == "/silent":
            time.sleep(1)
        elif path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _ in range(20):
                self.wfile.write(b"X-A: 1\r\n")
                time.sleep(0.1)
        elif path == "/cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            self.close_connection = True
        elif path == "/reset":
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.request.detach())

    do_POST = do_GET

    def say(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except (OSError, ValueError):
            """The other side has gone, as some of these tests want."""

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            """As above."""

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


def lost(talk: HttpTalk, url: str, method: str = "POST", **more: object) -> FlagshipUnreachable:
    with pytest.raises(FlagshipUnreachable) as caught:
        talk(method, url, **{"max_bytes": LIMIT, "seconds": 0.4, **more})
    assert caught.value.message % caught.value.data
    assert caught.value.__cause__ is None and "unsure" in caught.value.data
    return caught.value


def test_what_goes_and_what_comes(shop: str) -> None:
    talk = HttpTalk(allow_private=True)
    host = shop.removeprefix("http://")
    answer = talk("POST", f"{shop}/echo?a=1", headers={"X-Token": "t"}, body="箱".encode())
    assert (answer.status, answer.body.decode()) == (200, f"POST /echo?a=1 {host} t 箱")
    assert talk("GET", f"{shop}/gzip").body == b"feed"
    assert talk("POST", f"{shop}/echo").body.decode() == f"POST /echo {host} None "


def test_status_and_redirects_are_answers(shop: str) -> None:
    talk = HttpTalk(allow_private=True)
    busy, away = talk("GET", f"{shop}/busy"), talk("GET", f"{shop}/away")
    assert (busy.status, busy.headers["retry-after"], busy.body) == (429, "7", b"later")
    assert away.status == 302


def test_a_connection_is_kept_between_calls(shop: str) -> None:
    Shop.connections.clear()
    talk = HttpTalk(allow_private=True)
    for _ in range(5):
        talk("GET", f"{shop}/echo")
    assert len(Shop.connections) == 1


@pytest.mark.parametrize(("path", "code"), [
    ("/silent", "timeout"), ("/drip", "timeout"), ("/cut", "connection_failed"), ("/reset", "connection_failed"),
    ("/bomb", "too_large"), ("/large", "too_large"),
])
def test_an_answer_lost_after_the_request_went_out_is_unsure(shop: str, path: str, code: str) -> None:
    started = time.monotonic()
    wrong = lost(HttpTalk(allow_private=True), shop + path)
    assert (wrong.code, wrong.data["unsure"]) == (code, True)
    assert time.monotonic() - started < 1.5


def test_what_never_went_out_is_sure(shop: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        wrong = lost(HttpTalk(allow_private=True), nobody)
    assert (wrong.code, wrong.data["unsure"]) == ("connection_failed", False)


@pytest.mark.parametrize(("url", "code"), [
    ("http://127.0.0.1/", "address_refused"), ("http://[::1]/", "address_refused"), ("http://169.254.169.254/", "address_refused"),
    ("http://nobody.invalid/", "host_unknown"), ("ftp://a.example/", "url_invalid"), ("http://user:pw@a.example/", "url_invalid"),
    ("", "url_invalid"), ("http://[", "host_unknown"), ("http://a.example:99999/", "host_unknown"),
])
def test_where_it_does_not_go(url: str, code: str) -> None:
    wrong = lost(HttpTalk(), url)
    assert wrong.code == code and wrong.data["unsure"] is False


def test_the_operator_may_allow_a_host_of_the_house_by_name(shop: str) -> None:
    assert HttpTalk(private_hosts=frozenset({"localhost"}))("GET", f"{shop}/echo").status == 200
    assert lost(HttpTalk(private_hosts=frozenset({"other"})), shop).code == "address_refused"


@pytest.mark.parametrize("token", ["se\ncret", "se\rcret: x", "机密"])
def test_a_secret_that_is_no_header_is_told_to_nobody(shop: str, token: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    wrong = lost(HttpTalk(allow_private=True), f"{shop}/echo", headers={"X-Token": token})
    assert token not in f"{wrong!r}{caplog.text}" and wrong.data["unsure"] is False


def test_nothing_of_a_call_is_logged(shop: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    HttpTalk(allow_private=True)("POST", f"{shop}/echo?key=se-cret", headers={"X-Token": "to-ken"}, body=b"bo-dy")
    assert not [part for part in ("se-cret", "to-ken", "bo-dy") if part in caplog.text]
