"""Deliveries leave here: read, send without a transaction open, write down what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from app.domain.webhooks.actions import JOB, mark_delivered, mark_failed, signing_secret
from app.domain.webhooks.models import WebhookDelivery, WebhookEndpoint
from app.domain.webhooks.ports import NotDelivered
from app.domain.webhooks.rules import signature
from app.extensions import Database
from app.gateways.wiring import Gateways
from app.jobs import job

Outcome = tuple[int | None, str]


@job(JOB, own_sessions=True)
def deliver_webhook(database: Database, *, now: datetime, gateways: Gateways, brand_id: int, delivery_id: str) -> None:
    """One try. A delivery already made, or whose endpoint is gone or switched off, is left alone."""
    key = (brand_id, UUID(delivery_id))
    with database.transaction(brand_id) as session:
        delivery = session.get(WebhookDelivery, key)
        endpoint = session.get(WebhookEndpoint, (brand_id, delivery.endpoint_id)) if delivery else None
    if delivery is None or endpoint is None or not endpoint.active or delivery.state != "waiting":
        return
    status, reason = _send(gateways, endpoint, delivery, now)
    with database.transaction(brand_id) as session:
        fresh = session.get(WebhookDelivery, key, with_for_update=True)
        if fresh is None:
            return
        if reason:
            mark_failed(session, brand_id=brand_id, delivery=fresh, reason=reason, status=status, now=now)
        else:
            mark_delivered(session, delivery=fresh, status=status or 200, now=now)


def _send(gateways: Gateways, endpoint: WebhookEndpoint, delivery: WebhookDelivery, now: datetime) -> Outcome:
    body = body_of(delivery)
    headers = {"Content-Type": "application/json", "User-Agent": "Yundian-Webhooks/1", "Yundian-Event": delivery.event,
               "Yundian-Delivery": str(delivery.id),
               "Yundian-Signature": signature(signing_secret(endpoint), timestamp=int(now.timestamp()), body=body)}
    try:
        return gateways.deliver(endpoint.url, body=body, headers=headers), ""
    except NotDelivered as error:
        return error.status, error.reason


def body_of(delivery: WebhookDelivery) -> str:
    """The JSON an endpoint receives; `id` stays the same over retries and replays, so it can be told apart."""
    told: dict[str, Any] = {"id": str(delivery.id), "event": delivery.event,
                            "created_at": delivery.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
                            "data": delivery.payload}
    return orjson.dumps(told).decode()
