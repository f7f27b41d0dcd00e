"""/attribution-disputes: a guide says that an order is hers; headquarters accepts or refuses before the money is released (R8)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.orders.disputes import STATES
from app.domain.orders.models import AttributionDispute
from app.flows.dispute_attribution import accept_dispute, refuse_dispute
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Choice, Ref, Text, When
from .operations import Rows
from .rows import found, listed
from .shapes import Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "orders"}


class AttributionDisputeOut(Shape):
    id = Ref("attribution-dispute")
    order_id = Ref("order")
    guide_id = Ref("guide")
    order_guide_id = Ref("guide", allow_none=True, metadata={"description": "Whom the order was credited to when she asked."})
    evidence = Text(1000)
    state = Choice(*STATES)
    answer = Text(300)
    answered_by = Text(80)
    opened_at = When()
    answered_at = When(allow_none=True)


class AttributionDisputeQuery(Paging):
    state = Choice(*STATES, load_default=None)
    order_id = Ref("order", load_default=None)
    guide_id = Ref("guide", load_default=None)


class DisputeAnswer(Shape):
    answer = Text(300, least=1, required=True, metadata={"description": "Both guides read it.", "examples": ["聊天记录属实"]})


@v1.get("/attribution-disputes", listed=AttributionDisputeOut, query=AttributionDisputeQuery, scope="orders:read", summary="Attribution disputes", **TAG)
def list_attribution_disputes(query: dict[str, Any]) -> Rows:
    return listed(select(AttributionDispute), AttributionDispute, query, "state", "order_id", "guide_id")


@v1.get("/attribution-disputes/<id>", out=AttributionDisputeOut, scope="orders:read", summary="One attribution dispute", **TAG)
def get_attribution_dispute(id: str) -> AttributionDispute:
    return found(AttributionDispute, id)


@v1.post("/attribution-disputes/<id>/accept", body=DisputeAnswer, out=AttributionDisputeOut, scope="orders:write", summary="Accept a dispute", **TAG)
def accept_attribution_dispute(id: str, body: dict[str, Any]) -> AttributionDispute:
    """The order is hers: guide's, referrer's and store's shares change holders, amounts stay. 409 `already_released`, `order_closed`."""
    accept_dispute(db(), brand_id=brand_id(), dispute_id=found(AttributionDispute, id).id, answer=body["answer"], now=now())
    return found(AttributionDispute, id, fresh=True)


@v1.post("/attribution-disputes/<id>/refuse", body=DisputeAnswer, out=AttributionDisputeOut, scope="orders:write", summary="Refuse a dispute", **TAG)
def refuse_attribution_dispute(id: str, body: dict[str, Any]) -> AttributionDispute:
    """The attribution stays."""
    refuse_dispute(db(), brand_id=brand_id(), dispute_id=found(AttributionDispute, id).id, answer=body["answer"], now=now())
    return found(AttributionDispute, id, fresh=True)
