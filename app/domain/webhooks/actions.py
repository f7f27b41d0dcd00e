"""Endpoints are added, changed, ended; a delivery is written down, marked, and sent again when asked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel import queue
from app.kernel.errors import Refused
from app.kernel.ids import new_id, new_secret
from app.kernel.sealing import seal, unseal

from .models import WebhookDelivery, WebhookEndpoint
from .queries import endpoint
from .rules import MAX_ENDPOINTS, clean_events, clean_url, wait_after

JOB = "deliver_webhook"


def add_endpoint(session: Session, *, brand_id: int, url: str, events: list[str], plain_http: bool) -> tuple[WebhookEndpoint, str]:
    """The endpoint and its signing secret, which is told this once."""
    count = session.scalar(select(func.count()).select_from(WebhookEndpoint).where(WebhookEndpoint.active)) or 0
    if count >= MAX_ENDPOINTS:
        raise Refused("too_many_endpoints", "最多 %(most)d 个回调地址", most=MAX_ENDPOINTS)
    secret = "whsec_" + new_secret()
    added = WebhookEndpoint(id=new_id(), brand_id=brand_id, url=clean_url(url, plain_http=plain_http), events=clean_events(events),
                            secret_sealed=seal(secret), active=True)
    session.add(added)
    session.flush()
    return added, secret


def change_endpoint(session: Session, *, brand_id: int, endpoint_id: UUID, url: str | None = None, events: list[str] | None = None,
                    active: bool | None = None, plain_http: bool) -> WebhookEndpoint:
    """None leaves a field as it is."""
    changed = endpoint(session, brand_id=brand_id, endpoint_id=endpoint_id)
    if url is not None:
        changed.url = clean_url(url, plain_http=plain_http)
    if events is not None:
        changed.events = clean_events(events)
    if active is not None:
        changed.active = active
    session.flush()
    return changed


def remove_endpoint(session: Session, *, brand_id: int, endpoint_id: UUID) -> None:
    """The endpoint goes, and with it what was still to be delivered."""
    session.delete(endpoint(session, brand_id=brand_id, endpoint_id=endpoint_id))
    session.flush()


def signing_secret(found: WebhookEndpoint) -> str:
    return str(unseal(found.secret_sealed))


def send_again(session: Session, *, brand_id: int, delivery: WebhookDelivery) -> WebhookDelivery:
    """Replay: the same event with the same id, from the first try on."""
    delivery.state, delivery.attempts, delivery.last_error = "waiting", 0, ""
    session.flush()
    queue.defer(session, JOB, brand_id=brand_id, delivery_id=str(delivery.id))
    return delivery


def mark_delivered(session: Session, *, delivery: WebhookDelivery, status: int, now: datetime) -> None:
    delivery.state, delivery.last_status, delivery.last_error, delivery.delivered_at = "delivered", status, "", now
    delivery.attempts += 1


def mark_failed(session: Session, *, brand_id: int, delivery: WebhookDelivery, reason: str, status: int | None, now: datetime) -> None:
    """Counts the try and queues the next one, or gives the delivery up."""
    delivery.attempts += 1
    delivery.last_status, delivery.last_error = status, reason[:200]
    wait = wait_after(delivery.attempts)
    if wait is None:
        delivery.state = "failed"
    else:
        queue.defer(session, JOB, at=now + wait, brand_id=brand_id, delivery_id=str(delivery.id))
