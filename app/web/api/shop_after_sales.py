"""What a shopper asks of her own order after the sale; opened by the order's token, as her page is, or by her own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.domain.aftersales.models import AfterSale
from app.domain.aftersales.queries import case_amounts, cases_of
from app.domain.aftersales.rules import KINDS, STATES
from app.domain.orders.models import Order
from app.domain.orders.queries import lines_of
from app.flows.answer_after_sale import cancel_after_sale, enter_return_parcel
from app.flows.ask_after_sale import LineAsk, ask_after_sale
from app.web.shared.after_sale_words import answer_text, next_for_shopper
from app.web.shared.application import now
from app.web.shared.own_orders import case_in, may_send_back, may_take_back, shipping_left, ways_open
from app.web.shared.serving import brand_id, db

from . import shop_gate
from .after_sales import AskedLine, ReturnParcel
from .fields import Amount, Choice, Flag, Ref, Text, When, Whole
from .operations import Rows
from .rows import listed
from .shapes import Currency, Listed, Nest, Shape
from .shop import own_order
from .shop_shapes import OrderToken
from .storefront import storefront

TAG: dict[str, Any] = {"tag": "storefront"}
ADDRESS = "/orders/<number>/after-sales"


class OwnLine(Shape):
    line_id = Ref("order line", attribute="order_line_id")
    quantity = Whole()
    exchange_variant_id = Ref("variant", allow_none=True)


class OwnAfterSale(Shape):
    id = Ref("after-sale")
    number = Text(24)
    order_number = Text(24)
    kind = Choice(*KINDS)
    state = Choice(*STATES)
    amount = Amount(metadata={"description": "What it asks for, or has given back once refunded; 0 for an exchange, minor units."})
    currency = Currency()
    reason = Text(200)
    requested_at = When()
    answer = Text(200)
    next = Text(200, metadata={"description": "What happens next, in the language asked for."})
    may_cancel = Flag()
    may_send_back = Flag(metadata={"description": "The goods are awaited: `return-parcel` says how they come."})
    return_carrier = Text(40)
    return_tracking_no = Text(60)
    closed_at = When(allow_none=True)
    lines = Listed(Nest(OwnLine))


class NewOwnAfterSale(Shape):
    kind = Choice(*KINDS, required=True)
    lines = Listed(Nest(AskedLine), most=50, load_default=list)
    shipping_amount = Amount(load_default=0, metadata={"description": "Of the shipping fee, minor units; all a `shipping_only` asks for."})
    reason = Text(200, load_default="")


class WayOut(Shape):
    kind = Choice(*KINDS)
    line_ids = Listed(Ref("order line"), metadata={"description": "The lines it may be asked for; of `shipping_only` those the fee was paid for."})
    shipping_left = Amount(metadata={"description": "Of the shipping fee, what can still be asked for, minor units."})
    currency = Currency()


@storefront.get("/after-sales", listed=OwnAfterSale, shopper="must", summary="Every after-sale of the shopper who is signed in", **TAG)
def list_all_own_after_sales(query: dict[str, Any]) -> Rows:
    """Of all her orders, newest first."""
    hers = select(Order.id).where(Order.customer_id == shop_gate.signed_in().id)
    page = listed(select(AfterSale).where(AfterSale.order_id.in_(hers)), AfterSale, query)
    return Rows(_shown(page.items), page.next_cursor)


@storefront.get(ADDRESS, listed=OwnAfterSale, query=OrderToken, shopper="may", summary="The after-sales of the shopper's own order", **TAG)
def list_own_after_sales(number: str, query: dict[str, Any]) -> Rows:
    """All of them, newest first."""
    order = own_order(number, query)
    return Rows(_shown(cases_of(db(), brand_id=brand_id(), order_id=order.id)))


@storefront.get(ADDRESS + "/ways", listed=WayOut, query=OrderToken, shopper="may", summary="What may be asked for now", **TAG)
def list_ways(number: str, query: dict[str, Any]) -> Rows:
    """By kind, the lines; nothing while the bank decides on a chargeback, and nothing of a line whose window is over."""
    order = own_order(number, query)
    lines = lines_of(db(), brand_id=brand_id(), order_id=order.id)
    left = shipping_left(order, lines)
    return Rows([{"kind": kind, "line_ids": [line.id for line in open_], "shipping_left": 0 if kind == "exchange" else left}
                 for kind, open_ in ways_open(order, lines).items() if open_])


@storefront.post(ADDRESS, body=NewOwnAfterSale, query=OrderToken, shopper="may", out=OwnAfterSale, status=201, key_required=True,
                 summary="Ask for an after-sale", **TAG)
def ask_own(number: str, query: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Inside the after-sale window; a line has one open case at most (409 `after_sale_open`). The brand answers."""
    order = own_order(number, query)
    lines = [LineAsk(line["line_id"], line["quantity"], line["amount"], line["exchange_variant_id"]) for line in body["lines"]]
    return _one(ask_after_sale(db(), brand_id=brand_id(), order_id=order.id, kind=body["kind"], lines=lines, shipping_minor=body["shipping_amount"],
                               reason=body["reason"], window=True, now=now()))


@storefront.post(ADDRESS + "/<after_sale_id>/cancel", query=OrderToken, shopper="may", out=OwnAfterSale, summary="Take an after-sale back", **TAG)
def cancel_own(number: str, after_sale_id: str, query: dict[str, Any]) -> dict[str, Any]:
    """Until the goods have arrived."""
    case = case_in(own_order(number, query), after_sale_id)
    return _one(cancel_after_sale(db(), brand_id=brand_id(), after_sale_id=case.id, now=now()))


@storefront.post(ADDRESS + "/<after_sale_id>/return-parcel", body=ReturnParcel, query=OrderToken, shopper="may", out=OwnAfterSale,
                 summary="How the goods come back", **TAG)
def send_back(number: str, after_sale_id: str, query: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    case = case_in(own_order(number, query), after_sale_id)
    return _one(enter_return_parcel(db(), brand_id=brand_id(), after_sale_id=case.id, carrier=body["carrier"], tracking_no=body["tracking_no"], now=now()))


def _one(case: AfterSale) -> dict[str, Any]:
    return _shown([case])[0]


def _shown(cases: Sequence[AfterSale]) -> list[dict[str, Any]]:
    amounts = case_amounts(db(), brand_id=brand_id(), cases=cases)
    numbers = dict(db().execute(select(Order.id, Order.number).where(Order.id.in_({case.order_id for case in cases}))).all())
    names = ("id", "number", "kind", "state", "reason", "requested_at", "return_carrier", "return_tracking_no", "closed_at", "lines")
    return [{**{name: getattr(case, name) for name in names}, "order_number": numbers[case.order_id], "amount": amounts[case.id],
             "answer": answer_text(case.answer), "next": next_for_shopper(case), "may_cancel": may_take_back(case),
             "may_send_back": may_send_back(case)} for case in cases]
