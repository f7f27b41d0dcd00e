"""Endpoints and deliveries of one brand."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound

from .models import WebhookDelivery, WebhookEndpoint


def endpoint(session: Session, *, brand_id: int, endpoint_id: UUID) -> WebhookEndpoint:
    found = session.scalar(select(WebhookEndpoint).where(WebhookEndpoint.brand_id == brand_id, WebhookEndpoint.id == endpoint_id))
    if found is None:
        raise NotFound("webhook_endpoint", endpoint_id)
    return found


def listening(session: Session, *, brand_id: int, event: str) -> Sequence[WebhookEndpoint]:
    """Active endpoints that asked for this event."""
    return session.scalars(select(WebhookEndpoint).where(
        WebhookEndpoint.brand_id == brand_id, WebhookEndpoint.active, WebhookEndpoint.events.contains([event]))).all()


def deliveries(*, brand_id: int, endpoint_id: UUID) -> Select[WebhookDelivery]:
    return select(WebhookDelivery).where(WebhookDelivery.brand_id == brand_id, WebhookDelivery.endpoint_id == endpoint_id)


def delivery(session: Session, *, brand_id: int, endpoint_id: UUID, delivery_id: UUID) -> WebhookDelivery:
    found = session.scalar(deliveries(brand_id=brand_id, endpoint_id=endpoint_id).where(WebhookDelivery.id == delivery_id))
    if found is None:
        raise NotFound("webhook_delivery", delivery_id)
    return found
