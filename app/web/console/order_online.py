"""An order's money at the online provider, for the panel of its page."""

from __future__ import annotations

import json
from typing import Any

from app.domain.insights.order_provider import online_payments, order_events
from app.domain.orders.queries import OrderDetail
from app.domain.provider.models import ProviderEvent
from app.web.shared import online_words, refund_words
from app.web.shared.serving import actor, brand_id, db

from . import payout_words

FIRST = 5
"""Events on the order's own page; the rest are a page away."""


def online_facts(detail: OrderDetail) -> dict[str, Any]:
    """`online` for console/order_online.html; empty for who does not see money."""
    if not actor().may("money:view"):
        return {"online": []}
    events = order_events(brand_id=brand_id(), order_id=detail.order.id).order_by(ProviderEvent.received_at.desc(), ProviderEvent.id.desc()).limit(FIRST)
    return {"online": online_payments(db(), brand_id=brand_id(), order_id=detail.order.id), "online_words": online_words,
            "refund_words": refund_words, "payout_words": payout_words,
            "told": [(one, pretty(one.payload)) for one in db().scalars(events)]}


def pretty(payload: Any) -> str:
    return json.dumps(payload, ensure_ascii=False, indent=2, sort_keys=True)
