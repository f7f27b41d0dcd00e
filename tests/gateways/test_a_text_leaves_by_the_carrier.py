"""Sign-in codes leave by one signed-for POST to the carrier the operator named; without one, production sends nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.config import BadSetting, from_env
from app.domain.customers.ports import NotSent
from app.gateways.storage.local import LocalFiles
from app.gateways.texts.carrier import HttpTexts
from app.gateways.texts.sandbox import PlayedTexts
from app.gateways.webhooks import HttpDeliver
from app.gateways.wiring import Gateways

CODE: Any = {"template": "code", "parts": {"code": "123456"}, "key": "k1"}
SAFE = {"APP_ENV": "production", "SECRET_KEY": "k" * 40, "DATABASE_URL": "postgresql+psycopg://x@h/x", "PUBLIC_URL": "https://shop.example.com",
        "ALLOW_SANDBOX_PAYMENTS": "1"}


@dataclass
class Carrier:
    url: str
    status: int = 202
    heard: list[tuple[str, Any]] = field(default_factory=list)


@pytest.fixture
def carrier() -> Iterator[Carrier]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.heard.append((self.headers["Authorization"], orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(found.status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    found = Carrier(f"http://127.0.0.1:{server.server_port}/texts")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def test_phone_and_text_reach_it_with_its_token(carrier: Carrier) -> None:
    texts = HttpTexts(HttpDeliver(allow_private=True), carrier.url, "t0ken")
    assert texts.ready
    texts.send(phone="+8613800138000", text="【轨道】验证码 123456", **CODE)
    assert carrier.heard == [("Bearer t0ken", {"phone": "+8613800138000", "text": "【轨道】验证码 123456"})]


@pytest.mark.parametrize(("status", "fate"), [(302, "never"), (400, "never"), (429, "later"), (503, "later"), (500, "unsure")])
def test_what_it_does_not_take_is_not_sent(carrier: Carrier, status: int, fate: str) -> None:
    """A server that broke while it had the text may have sent it."""
    carrier.status = status
    with pytest.raises(NotSent) as caught:
        HttpTexts(HttpDeliver(allow_private=True), carrier.url, "t").send(phone="+8613800138000", text="x", **CODE)
    assert (caught.value.reason, caught.value.fate) == (f"http_{status}", fate)


def test_nobody_there_is_for_later(carrier: Carrier) -> None:
    with pytest.raises(NotSent) as caught:
        HttpTexts(HttpDeliver(allow_private=True), "http://127.0.0.1:9/texts", "t").send(phone="+8613800138000", text="x", **CODE)
    assert caught.value.fate == "later"


def test_the_played_one_keeps_the_last_of_each_phone(tmp_path: Path) -> None:
    texts = PlayedTexts(LocalFiles(tmp_path))
    for phone, text in (("+861", "一"), ("+862", "二"), ("+861", "三")):
        texts.send(phone=phone, text=text, **CODE)
    assert [texts.last(phone) for phone in ("+861", "+862", "+863")] == ["三", "二", ""]


@pytest.mark.parametrize(("env", "kind", "ready"), [
    ({}, PlayedTexts, True), ({"SMS_URL": "https://sms.example.com/send"}, HttpTexts, True), (SAFE, HttpTexts, False),
    ({**SAFE, "SMS_URL": "https://sms.example.com/send", "SMS_TOKEN": "t"}, HttpTexts, True)])
def test_production_plays_nothing(env: dict[str, str], kind: type, ready: bool, tmp_path: Path) -> None:
    texts = Gateways.from_settings(from_env({**env, "FILES": str(tmp_path)})).texts
    assert (type(texts), texts.ready) == (kind, ready)


def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(BadSetting, match="SMS_URL"):
        from_env({"SMS_URL": "sms.example.com"})
