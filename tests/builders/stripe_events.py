"""Webhooks as the provider sends them: bodies, signatures, deliveries to the application's own routes."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from stripe import WebhookSignature

from app.domain.aftersales.models import Chargeback
from app.domain.ledger.models import LedgerEntry, LedgerTransaction
from app.domain.provider.models import Charge, CheckoutSession, InboxEvent, ProviderEvent
from app.flows.hear_provider import work_inbox
from app.flows.place_order import PlacedOrder
from app.web.shared.application import Application
from tests.builders.money import order_of, payments_of
from tests.builders.shops import Shop
from tests.builders.stripe_orders import door_of, online_order, session_ref
from tests.builders.stripe_world import CONNECT_SECRET, PLATFORM_SECRET, StripeWorld

ADDRESSES = {"platform": ("/hooks/stripe", PLATFORM_SECRET), "connect": ("/hooks/stripe/connect", CONNECT_SECRET)}


def an_event(event_id: str, type_: str = "checkout.session.completed", ref: str = "cs_1", *, live: bool = False, account: str = "", **about: Any) -> dict[str, Any]:
    """A snapshot of `ref`; `about` is what it says of the object."""
    more = {"account": account} if account else {}
    return {"id": event_id, "object": "event", "type": type_, "created": int(time.time()), "livemode": live, "api_version": "2026-10-28.endive",
            "pending_webhooks": 1, "data": {"object": {"id": ref, **about}}, **more}


def body_of(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, indent=2).encode()


def signed(body: bytes, secret: str, *, at: int | None = None) -> str:
    return str(WebhookSignature.generate_signature_header(body.decode(), secret, at))


def deliver(client: Any, event: Mapping[str, Any], *, source: str = "platform", secret: str | None = None, at: int | None = None) -> int:
    """Posts it as the provider does; the status."""
    address, own = ADDRESSES[source]
    body = body_of(event)
    return int(client.post(address, data=body, headers={"Stripe-Signature": signed(body, secret or own, at=at)}, content_type="application/json").status_code)


def inbox(application: Application, *event_ids: str) -> list[dict[str, Any]]:
    """The rows of these events, as they are now."""
    with application.database.transaction() as session:
        rows = session.scalars(select(InboxEvent).where(InboxEvent.event_id.in_(event_ids)).order_by(InboxEvent.id)).all()
        return [{column.key: getattr(row, column.key) for column in InboxEvent.__table__.columns} for row in rows]


def empty_inbox(application: Application) -> None:
    """What other tests left there is out of the way."""
    with application.database.transaction() as session:
        session.execute(delete(InboxEvent))


def all_told(world: StripeWorld) -> list[dict[str, Any]]:
    """Every event of the platform that the house listens to, oldest first."""
    return [dict(one.payload) for one in world.provider().events_since(datetime.fromtimestamp(0, UTC))][::-1]


def work_all(application: Application, **more: Any) -> int:
    """Until nothing is due."""
    done = 0
    while taken := work_inbox(application.database, provider=application.gateways.online, now=application.clock(), **more):
        done += taken
    return done


def paid_late_and_disputed(application: Application, world: StripeWorld, shop: Shop) -> PlacedOrder:
    """At the provider: declined, paid by a method that told later, disputed, won. Nobody has heard of any of it: seven events.

    The second dispute event withdraws the amount and its fee, the last gives the amount back.
    """
    placed = online_order(shop, application.clock())
    ref = session_ref(door_of(application, shop, placed))
    for outcome in ("declined", "async"):
        intent = world.does(f"complete_session/{ref}", method="alipay", outcome=outcome)["payment_intent"]
    dispute = world.does("disputes", charge=world.provider().read_charge(intent).ref, amount=500, reason="fraudulent")
    world.does(f"disputes/{dispute['id']}/won")
    return placed


def end_state(shop: Shop, placed: PlacedOrder) -> dict[str, Any]:
    """What is so of an order, whoever told of it and when: states, amounts, every ledger entry, what the brand was told."""
    shop.session.rollback()
    order, payments = order_of(shop, placed), payments_of(shop, placed)
    ids = [payment.id for payment in payments]

    def rows(*columns: Any, where: Any) -> list[tuple[Any, ...]]:
        return sorted(tuple(row) for row in shop.session.execute(select(*columns).where(where)))

    entries = (select(LedgerTransaction.kind, LedgerEntry.role, LedgerEntry.phase, LedgerEntry.amount_minor).join(
        LedgerTransaction, (LedgerTransaction.id == LedgerEntry.transaction_id) & (LedgerTransaction.brand_id == LedgerEntry.brand_id)).where(
            (LedgerTransaction.order_id == order.id) | LedgerTransaction.cause.in_([f"payment:{key}:fee" for key in ids])))
    return {
        "order": order.state, "payments": sorted((payment.state, payment.amount_minor) for payment in payments),
        "charges": rows(Charge.amount_minor, Charge.settled_minor, Charge.fee_minor, Charge.disputed, where=Charge.payment_id.in_(ids)),
        "chargebacks": rows(Chargeback.state, Chargeback.amount_minor, Chargeback.fee_minor, where=Chargeback.order_id == order.id),
        "sessions": rows(CheckoutSession.attempt, CheckoutSession.state, CheckoutSession.problem, where=CheckoutSession.payment_id.in_(ids)),
        "ledger": sorted(tuple(row) for row in shop.session.execute(entries)),
        "events": rows(ProviderEvent.type, where=ProviderEvent.payment_id.in_(ids))}
