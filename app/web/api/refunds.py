"""/refunds: what went back to shoppers, what did not arrive, and the two ways on from there (R18)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.orders.models import Refund
from app.flows.follow_refunds import retry_refund, settle_refund_otherwise
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Choice, Ref, Text
from .operations import Rows
from .order_shapes import RefundOut
from .rows import found, listed
from .shapes import Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "refunds"}


class ListedRefundOut(RefundOut):
    order_id = Ref("order")
    payment_id = Ref("payment")


class RefundQuery(Paging):
    state = Choice("pending", "succeeded", "failed", load_default=None)
    order_id = Ref("order", load_default=None)


class PaidOtherwise(Shape):
    reference = Text(120, least=1, required=True, metadata={"description": "Which transfer or receipt proves it.", "examples": ["招行回单 20261126-7"]})


@v1.get("/refunds", listed=ListedRefundOut, query=RefundQuery, scope="orders:read", summary="Refunds", **TAG)
def list_refunds(query: dict[str, Any]) -> Rows:
    return listed(select(Refund), Refund, query, "state", "order_id")


@v1.get("/refunds/<id>", out=ListedRefundOut, scope="orders:read", summary="One refund", **TAG)
def get_refund(id: str) -> Refund:
    return found(Refund, id)


@v1.post("/refunds/<id>/retry", out=ListedRefundOut, scope="orders:write", summary="Send a failed refund again", **TAG)
def retry(id: str) -> Refund:
    """Another attempt at the provider; 409 `refund_state` unless it failed. Shares are not taken back twice."""
    return found(Refund, retry_refund(db(), brand_id=brand_id(), refund_id=found(Refund, id).id).id, fresh=True)


@v1.post("/refunds/<id>/settle-otherwise", body=PaidOtherwise, out=ListedRefundOut, scope="money:write", summary="A failed refund was paid otherwise", **TAG)
def settle_otherwise(id: str, body: dict[str, Any]) -> Refund:
    """The shopper has her money on another way; nothing is sent any more. 409 `refund_state` unless it failed."""
    made = settle_refund_otherwise(db(), brand_id=brand_id(), refund_id=found(Refund, id).id, reference=body["reference"], now=now())
    return found(Refund, made.id, fresh=True)
