"""Something happened that a brand's own systems want to hear: one delivery per listening endpoint, in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.webhooks.actions import JOB
from app.domain.webhooks.models import WebhookDelivery
from app.domain.webhooks.queries import listening
from app.domain.webhooks.rules import EVENTS
from app.kernel import queue
from app.kernel.ids import new_id


def announce(session: Session, *, brand_id: int, event: str, payload: dict[str, Any], now: datetime) -> int:
    """Writes and queues the deliveries of one event; how many there are. Nothing leaves unless the transaction commits."""
    assert event in EVENTS, event
    endpoints = listening(session, brand_id=brand_id, event=event)
    made = [WebhookDelivery(id=new_id(), brand_id=brand_id, endpoint_id=endpoint.id, event=event, payload=payload, created_at=now)
            for endpoint in endpoints]
    session.add_all(made)
    session.flush()
    for delivery in made:
        queue.defer(session, JOB, brand_id=brand_id, delivery_id=str(delivery.id))
    return len(made)
