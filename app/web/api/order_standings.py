"""/orders/{id}/standings: where each party's share of an order is by now, and by which payout run (R12, R15)."""

from __future__ import annotations

from typing import Any

from app.domain.insights.order_money import PLACES, standings
from app.domain.orders.models import Order
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Ref, Text, Whole
from .rows import found
from .shapes import Currency, Listed, Nest, Shape
from .v1 import v1

PLACE = "A phase of the ledger; `netted` covered an older clawback; `taken_back` came back after it had left, negative."


class ShareStandingPart(Shape):
    place = Choice(*PLACES, metadata={"description": PLACE})
    amount = Amount(signed=True, attribute="amount_minor")
    payout_run_id = Ref("payout run", attribute="run_id", allow_none=True, metadata={"description": "The run that pays or paid it."})
    payout_run_number = Whole(attribute="run_number", allow_none=True)


class ShareStandingOut(Shape):
    payee_id = Ref("payee", attribute="payee.id")
    payee_name = Text(80, attribute="payee.name")
    role = Text(20)
    amount = Amount(signed=True, attribute="amount_minor", metadata={"description": "Minor units; what is left of the share, the sum of its parts."})
    currency = Currency()
    parts = Listed(Nest(ShareStandingPart))


class ShareStandingsOut(Shape):
    shares = Listed(Nest(ShareStandingOut))


@v1.get("/orders/<id>/standings", out=ShareStandingsOut, scope="money:read", summary="Where an order's shares are", tag="orders")
def get_standings(id: str) -> dict[str, Any]:
    """Of all parties but brand and platform. Withdrawals and payouts take a payee's oldest money first; a run takes what it has claimed."""
    return {"shares": standings(db(), brand_id=brand_id(), order_id=found(Order, id).id)}
