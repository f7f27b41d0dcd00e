"""An event reaches every listening endpoint, signed; a failure is tried again later; a replay is the same event."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest

from app.domain.webhooks.ports import NotDelivered
from app.domain.webhooks.rules import WAITS, signature
from app.flows.announce import announce
from app.gateways.webhooks import HttpDeliver
from tests.builders.callers import work

DELIVER = ("deliver_webhook",)


@dataclass
class Ear:
    """A brand's own system that listens."""

    url: str
    status: int = 200
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def ear() -> Iterator[Ear]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            ear.heard.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(ear.status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    ear = Ear(f"http://127.0.0.1:{server.server_port}/hook")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield ear
    server.shutdown()


def tell(database, brand, clock, event="order.paid", **payload):
    with database.transaction(brand.id) as session:
        return announce(session, brand_id=brand.id, event=event, payload=payload, now=clock.now)


def deliveries(api, endpoint):
    return api.get(f"/webhook-endpoints/{endpoint['id']}/deliveries")["data"]


def test_a_signature_worked_by_hand():
    mac = hmac.new(b"whsec_x", b'1700000000.{"a":1}', hashlib.sha256).hexdigest()
    assert signature("whsec_x", timestamp=1700000000, body='{"a":1}') == f"t=1700000000,v1={mac}"


def test_it_arrives_signed(app, api, brand, database, clock, ear):
    endpoint = api.post("/webhook-endpoints", {"url": ear.url, "events": ["order.paid"]})
    assert tell(database, brand, clock, number="26112200000001") == 1
    work(app, brand, only=DELIVER)
    headers, body = ear.heard[0]
    assert headers["Yundian-Signature"] == signature(endpoint["secret"], timestamp=int(clock.now.timestamp()), body=body.decode())
    told = orjson.loads(body)
    assert (told["event"], told["data"], told["created_at"]) == ("order.paid", {"number": "26112200000001"}, "2026-11-22T04:00:00Z")
    kept = deliveries(api, endpoint)[0]
    assert (kept["id"], kept["state"], kept["attempts"], kept["last_status"]) == (told["id"], "delivered", 1, 200)


def test_only_what_was_asked_for(api, brand, database, clock, ear):
    api.post("/webhook-endpoints", {"url": ear.url, "events": ["order.refunded"]})
    off = api.post("/webhook-endpoints", {"url": ear.url})
    api.patch(f"/webhook-endpoints/{off['id']}", {"active": False})
    assert tell(database, brand, clock) == 0


def test_nothing_leaves_when_the_work_is_undone(app, api, brand, database, clock, ear):
    api.post("/webhook-endpoints", {"url": ear.url})
    with database.session(brand.id) as session:
        announce(session, brand_id=brand.id, event="order.paid", payload={}, now=clock.now)
        session.rollback()
    assert work(app, brand, only=DELIVER) == [] and ear.heard == []


def test_a_failure_is_tried_again_then_given_up(app, api, brand, database, clock, ear):
    endpoint, ear.status = api.post("/webhook-endpoints", {"url": ear.url}), 500
    tell(database, brand, clock)
    assert work(app, brand, only=DELIVER) == ["deliver_webhook"]
    assert work(app, brand, only=DELIVER) == []
    for wait in WAITS:
        clock.now += wait
        assert work(app, brand, only=DELIVER) == ["deliver_webhook"]
    kept = deliveries(api, endpoint)[0]
    assert (kept["state"], kept["attempts"], kept["last_status"], kept["last_error"]) == ("failed", len(WAITS) + 1, 500, "http_status")
    clock.now += timedelta(days=30)
    assert work(app, brand, only=DELIVER) == []
    ear.status = 204
    again = api.post(f"/webhook-endpoints/{endpoint['id']}/deliveries/{kept['id']}/replay", status=202)
    assert (again["state"], again["attempts"]) == ("waiting", 0)
    work(app, brand, only=DELIVER)
    assert deliveries(api, endpoint)[0]["state"] == "delivered"
    assert len({orjson.loads(body)["id"] for _, body in ear.heard}) == 1


def test_delivered_once_is_not_sent_twice(app, api, brand, database, clock, ear):
    endpoint = api.post("/webhook-endpoints", {"url": ear.url})
    tell(database, brand, clock)
    work(app, brand, only=DELIVER)
    with database.transaction(brand.id) as session:
        from app.kernel.queue import defer
        defer(session, "deliver_webhook", brand_id=brand.id, delivery_id=deliveries(api, endpoint)[0]["id"])
    work(app, brand, only=DELIVER)
    assert len(ear.heard) == 1


def test_no_redirect_is_followed_and_no_private_address_called(ear):
    ear.status = 302
    for caller, reason in ((HttpDeliver(allow_private=True), "http_status"), (HttpDeliver(), "address_refused")):
        with pytest.raises(NotDelivered) as failed:
            caller(ear.url, body="{}", headers={})
        assert failed.value.reason == reason
    assert len(ear.heard) == 1


def test_the_secret_is_told_once(api, ear):
    endpoint = api.post("/webhook-endpoints", {"url": ear.url})
    assert endpoint["secret"].startswith("whsec_")
    assert "secret" not in api.get(f"/webhook-endpoints/{endpoint['id']}") and endpoint["secret"] not in str(api.get("/webhook-endpoints"))


def test_an_order_announces_itself(app, shop, brand, ear):
    shop.api.post("/webhook-endpoints", {"url": ear.url})
    placed = shop.order()
    app.test_client().post(placed["payment"]["url"].removeprefix("http://localhost"), json={"outcome": "succeed"})
    shop.api.post(f"/orders/{placed['order']['id']}/ship")
    shop.api.post(f"/orders/{placed['order']['id']}/deliver", status=200)
    work(app, brand, only=DELIVER)
    assert [orjson.loads(body)["event"] for _, body in ear.heard] == ["order.placed", "order.paid", "order.shipped", "order.delivered"]


def test_a_guide_and_a_sync_announce_themselves(app, api, brand, ear):
    from tests.builders.everything import FEED
    api.post("/webhook-endpoints", {"url": ear.url, "events": ["guide.joined", "sync.finished"]})
    store = api.post("/org-units", {"kind": "store", "name": "万象城店", "code": "S1"})
    guide = api.post("/guides", {"name": "王小燕", "phone": "13812345678", "store_id": store["id"]})
    source = api.post("/flagship-sources", {"kind": "merchant_feed", "name": "旗舰店", "settings": {"content": FEED}})
    run = api.post("/sync-runs", {"source_id": source["id"], "mode": "apply"}, status=202)
    work(app, brand, only=("sync_flagship", *DELIVER))
    told = {orjson.loads(body)["event"]: orjson.loads(body)["data"] for _, body in ear.heard}
    assert told["guide.joined"] == {"guide_id": guide["id"], "store_id": store["id"], "status": "active"}
    assert (told["sync.finished"]["sync_run_id"], told["sync.finished"]["state"], told["sync.finished"]["counts"]["created"]) == (run["id"], "succeeded", 1)
