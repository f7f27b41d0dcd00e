"""/flagship-orders: our orders at the flagships that ship them, where they stand, and what to do when one does not go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.fulfilment.models import OrderPush
from app.domain.fulfilment.queries import histories
from app.domain.fulfilment.rules import STATES, TROUBLES
from app.flows.push_orders import retry_push, settle_trouble, withdraw_push
from app.web.shared import flagship_words as words
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "flagship orders"}
COLUMNS = ("id", "order_id", "source_id", "number", "state", "flagship_order_id", "raw_state", "goods_minor", "shipping_minor", "currency", "attempts",
           "next_at", "placed_at", "checked_at", "changed_at", "created_at", "lines")


class FlagshipLineOut(Shape):
    line_id = Ref("order line", attribute="order_line_id")
    external_id = Text(200, metadata={"description": "The flagship's variant id."})
    quantity = Whole()
    unit_price = Amount(attribute="unit_price_minor", metadata={"description": "What we told the flagship it asks, minor units."})
    shipped_quantity = Whole(metadata={"description": "Pieces the flagship says are on their way."})


class SaidOut(Shape):
    code = Text(60)
    message = Text(2000, metadata={"description": "In the language of Accept-Language."})


class HappenedOut(Shape):
    at = When()
    kind = Text(20)
    by = Text(80, metadata={"description": "The person, empty for the machinery."})
    code = Text(60)
    message = Text(2000)


class FlagshipOrderOut(Shape):
    id = Ref("flagship order")
    order_id = Ref("order")
    source_id = Ref("flagship source")
    number = Text(40, metadata={"description": "Ours, as the flagship was told; never used twice."})
    state = Choice(*STATES)
    trouble = Choice(*TROUBLES, allow_none=True, metadata={"description": "Why a person has to look; null when nobody has to."})
    flagship_order_id = Text(120)
    raw_state = Text(60, metadata={"description": "The flagship's own word for where it stands."})
    goods = Amount(attribute="goods_minor")
    shipping = Amount(attribute="shipping_minor")
    currency = Text(3)
    attempts = Whole(metadata={"description": "Tries in a row without an answer."})
    next_at = When(allow_none=True, metadata={"description": "When it is tried or asked again; null for never by itself."})
    placed_at = When(allow_none=True)
    checked_at = When(allow_none=True)
    changed_at = When()
    created_at = When()
    last_said = Nest(SaidOut, allow_none=True)
    lines = Listed(Nest(FlagshipLineOut))


class FlagshipOrderWhole(FlagshipOrderOut):
    history = Listed(Nest(HappenedOut), metadata={"description": "Newest first."})


class FlagshipOrderQuery(Paging):
    state = Choice(*STATES, load_default=None)
    source_id = Ref("flagship source", load_default=None)
    order_id = Ref("order", load_default=None)
    trouble = Choice("any", *TROUBLES, load_default=None, metadata={"description": "Only those a person has to look at, for any reason or this one."})


def push_shown(push: OrderPush) -> dict[str, Any]:
    said = {"code": push.last_code, "message": words.told(push.last_message, push.last_data)} if push.last_code else None
    return {**{name: getattr(push, name) for name in COLUMNS}, "trouble": push.trouble or None, "last_said": said}


def pushes_by_order(order_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    by_order: dict[UUID, list[dict[str, Any]]] = {}
    for push in db().scalars(select(OrderPush).where(OrderPush.order_id.in_(order_ids)).order_by(OrderPush.id)) if order_ids else ():
        by_order.setdefault(push.order_id, []).append(push_shown(push))
    return by_order


def _whole(push: OrderPush) -> dict[str, Any]:
    past = histories(db(), brand_id=brand_id(), push_ids=[push.id])[push.id]
    return {**push_shown(push), "history": [{"at": one.at, "kind": one.kind, "by": one.by, "code": one.code, "message": words.told(one.message, one.data)}
                                            for one in past]}


@v1.get("/flagship-orders", listed=FlagshipOrderOut, query=FlagshipOrderQuery, scope="orders:read", summary="Orders at the flagships", **TAG)
def list_flagship_orders(query: dict[str, Any]) -> Rows:
    statement = select(OrderPush)
    if query["trouble"]:
        statement = statement.where(OrderPush.trouble != "" if query["trouble"] == "any" else OrderPush.trouble == query["trouble"])
    page = listed(statement, OrderPush, query, "state", "source_id", "order_id")
    return Rows([push_shown(push) for push in page.items], page.next_cursor)


@v1.get("/flagship-orders/<id>", out=FlagshipOrderWhole, scope="orders:read", summary="One order at a flagship", **TAG)
def get_flagship_order(id: str) -> dict[str, Any]:
    """With everything that happened to it."""
    return _whole(found(OrderPush, id))


@v1.post("/flagship-orders/<id>/retry", out=FlagshipOrderWhole, status=202, scope="orders:write", summary="Try a flagship order again", **TAG)
def retry_flagship_order(id: str) -> dict[str, Any]:
    """At once; where the flagship had refused, with today's price and what is still wanted. One that was withdrawn answers with its successor."""
    push = retry_push(db(), brand_id=brand_id(), push_id=found(OrderPush, id).id, now=now())
    return _whole(found(OrderPush, push.id, fresh=True))


@v1.post("/flagship-orders/<id>/withdraw", out=FlagshipOrderWhole, status=202, scope="orders:write", summary="Withdraw an order from a flagship", **TAG)
def withdraw_flagship_order(id: str) -> dict[str, Any]:
    """The goods stay with the flagship (`cancel_asked`) until it has agreed (`cancelled`); 409 once something was sent."""
    push = withdraw_push(db(), brand_id=brand_id(), push_id=found(OrderPush, id).id, now=now())
    return _whole(found(OrderPush, push.id, fresh=True))


@v1.post("/flagship-orders/<id>/settle", out=FlagshipOrderWhole, status=200, scope="orders:write", summary="Its trouble was dealt with elsewhere", **TAG)
def settle_flagship_order(id: str) -> dict[str, Any]:
    push = settle_trouble(db(), brand_id=brand_id(), push_id=found(OrderPush, id).id, now=now())
    return _whole(found(OrderPush, push.id, fresh=True))
