"""Webhooks: how fast they are taken in beside a bare route doing one INSERT, and shuffled deliveries, half of them duplicates, applied once."""

from __future__ import annotations

import json
import os
import random
import statistics
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from stripe import WebhookSignature

from app import create_app
from app.config import from_env
from app.domain.aftersales.models import Chargeback
from app.domain.ledger.models import LedgerTransaction
from app.domain.orders.baskets import Basket, BasketLine
from app.domain.orders.models import Order
from app.domain.provider.models import Charge, InboxEvent, ProviderEvent
from app.flows.hear_provider import work_inbox
from app.flows.pay_online.asking import Addresses
from app.flows.pay_online.open_session import open_session
from app.flows.place_order import place_order
from app.web.shared.application import Application
from bench.books import superuser
from bench.load import ROUNDS, SECONDS, Measured, Served, measure, served
from bench.machine import Shop, a_brand, stock
from bench.writers import ADDRESS, CONTACT
from tests.builders.stripe_world import KEY, PLATFORM_SECRET, StripeWorld, double_world

DELIVERIES = int(os.environ.get("BENCH_WEBHOOKS", "10000"))
EVENTS_EACH = 7
SIGNED = 12_000
"""More than are delivered in one round."""
ADDRESSES = Addresses("http://localhost/paid?session_id={CHECKOUT_SESSION_ID}", "http://localhost/order")
SENDERS = 16
SCRIPT = str(Path(__file__).with_name("deliveries.lua"))


def webhooks(place: Shop) -> str:
    """Goals: intake ≥ 0.5 × the requests/s of a bare Flask route doing one INSERT; every delivery applied exactly once."""
    with double_world() as world:
        environment = {**place.environment, "PAYMENT_PROVIDER": "stripe", "STRIPE_SECRET_KEY": KEY, "STRIPE_API_BASE": world.url,
                       "STRIPE_WEBHOOK_SECRET": PLATFORM_SECRET, "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_connect"}
        intake = _intake(environment)
        with superuser(place.environment["EMBEDDED_POSTGRES"]) as connection:
            connection.execute("TRUNCATE provider_inbox")
        return f"{intake}\n{_applied(environment, world)}"


def _intake(environment: dict[str, str]) -> str:
    with served("wsgi:app", environment) as ours, served("bench.references:kept", environment) as bare:
        pairs = [(_delivered(ours, "/hooks/stripe"), _delivered(bare, "/kept")) for _ in range(ROUNDS + 1)][1:]
    ratio = statistics.median(one.per_second / other.per_second for one, other in pairs)
    one, other = (statistics.median(round_.per_second for round_ in side) for side in zip(*pairs, strict=True))
    cpu, bare_cpu = (statistics.median(round_.cpu_ms for round_ in side) for side in zip(*pairs, strict=True))
    return (f"webhook intake         {one:7.0f} req/s   bare INSERT      {other:7.0f} req/s   ratio {ratio:.2f}  (goal ≥ 0.50)   "
            f"CPU {cpu:.2f} ms, bare {bare_cpu:.2f} ms")


def _delivered(server: Served, path: str) -> Measured:
    """Events nobody has seen before, signed just now."""
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        mark = random.randrange(10**12)
        for number in range(SIGNED):
            body = json.dumps(_an_event(f"evt_{mark}_{number}"))
            file.write(f"{WebhookSignature.generate_signature_header(body, PLATFORM_SECRET)}\t{body}\n")
        file.flush()
        os.environ["BENCH_DELIVERIES"] = file.name
        done = measure(server, path, seconds=SECONDS, script=SCRIPT)
    if done.errors:
        raise SystemExit(f"{done.errors} deliveries were refused")
    return done


def _an_event(event_id: str) -> dict[str, Any]:
    """As large as those of a checkout session are: about four kilobytes."""
    about = {"id": "cs_test_" + event_id, "object": "checkout.session", "metadata": {"brand_id": "1", "payment_id": event_id},
             **{f"field_{number}": {"value": None, "list": [number] * 5, "text": "登机箱 ×1"} for number in range(45)}}
    return {"id": event_id, "object": "event", "type": "checkout.session.completed", "created": int(time.time()), "livemode": False, "data": {"object": about}}


@dataclass(frozen=True)
class _Place:
    brand_id: int
    code: str
    variants: list[UUID]


def _applied(environment: dict[str, str], world: StripeWorld) -> str:
    """What the provider tells of orders, twice and in any order, through the real route, and then worked."""
    app, now = create_app(from_env({**os.environ, **environment})), datetime.now(UTC)
    place = _Place(brand := a_brand(app, "heard", now), *stock(app, brand, now))
    orders = DELIVERIES // 2 // EVENTS_EACH
    _sold(app, place, world, orders)
    told = [dict(one.payload) for one in app.gateways.online.events_since(datetime.fromtimestamp(0, UTC))]
    deliveries = told * 2
    random.Random(7).shuffle(deliveries)
    with served("wsgi:app", environment) as ours, ThreadPoolExecutor(SENDERS) as pool:
        began = time.monotonic()
        statuses = set(pool.map(lambda event: _send(ours, event), deliveries))
        taken = time.monotonic() - began
    if statuses != {200}:
        raise SystemExit(f"deliveries were answered {statuses}")
    began = time.monotonic()
    while work_inbox(app.database, provider=app.gateways.online, now=datetime.now(UTC)):
        pass
    worked = time.monotonic() - began
    _check(app, brand, len(told), orders)
    app.database.dispose()
    return (f"{len(deliveries)} shuffled deliveries of {len(told)} events, each applied once   taken in {len(deliveries) / taken:.0f}/s   "
            f"worked {len(told) / worked:.0f} events/s")


def _sold(app: Application, place: _Place, world: StripeWorld, count: int) -> None:
    """Paid at the second try, by a method that tells late, then disputed and won: seven events each, and we have heard of none."""
    for number in range(count):
        now = datetime.now(UTC)
        with app.database.transaction(place.brand_id) as session:
            basket = Basket((BasketLine(place.variants[number % len(place.variants)], 1),), share_code=place.code)
            placed = place_order(session, brand_id=place.brand_id, basket=basket, contact=CONTACT, address=ADDRESS, provider="stripe", now=now)
        assert placed.payment_id
        door = open_session(app.database, brand_id=place.brand_id, payment_id=placed.payment_id, provider=app.gateways.online, addresses=ADDRESSES,
                            language="zh", now=now)
        ref = door.url.rpartition("/")[2]
        for outcome in ("declined", "async"):
            intent = world.does(f"complete_session/{ref}", method="alipay", outcome=outcome)["payment_intent"]
        charge = app.gateways.online.read_charge(intent).ref
        world.does(f"disputes/{world.does('disputes', charge=charge, amount=100, reason='fraudulent')['id']}/won")


def _send(server: Served, event: dict[str, Any]) -> int:
    body = json.dumps(event)
    headers = {"Content-Type": "application/json", "Stripe-Signature": WebhookSignature.generate_signature_header(body, PLATFORM_SECRET)}
    with urllib.request.urlopen(urllib.request.Request(f"{server.url}/hooks/stripe", body.encode(), headers), timeout=30) as answer:
        return int(answer.status)


def _check(app: Application, brand_id: int, events: int, orders: int) -> None:
    """Each event is the brand's once, each order is paid and each dispute won once, and the ledger says so once."""
    with app.database.transaction(brand_id) as session:
        def counted(*where: Any) -> int:
            return int(session.scalar(select(func.count()).where(*where)) or 0)

        found = {"events": counted(ProviderEvent.id.is_not(None)), "paid": counted(Order.state == "paid"), "charges": counted(Charge.id.is_not(None)),
                 "fees": counted(LedgerTransaction.kind == "provider_fee"), "moved": counted(LedgerTransaction.kind == "paid"),
                 "won": counted(Chargeback.state == "won"), "waiting": counted(InboxEvent.done_at.is_(None))}
    if found != {"events": events, **dict.fromkeys(("paid", "charges", "fees", "moved", "won"), orders), "waiting": 0}:
        raise SystemExit(f"not applied exactly once: {found} of {events} events, {orders} orders")
