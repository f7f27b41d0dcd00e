"""/after-sales: money back, returns and exchanges, from asking to the end (R11, R12)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.aftersales.models import AfterSale
from app.domain.aftersales.rules import KINDS, OPEN, STATES
from app.domain.orders.models import Order
from app.flows import answer_after_sale as answering
from app.flows.ask_after_sale import LineAsk, ask_after_sale
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Flag, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "after-sales"}


class AfterSaleLineOut(Shape):
    line_id = Ref("order line", attribute="order_line_id")
    quantity = Whole()
    amount = Amount(attribute="amount_minor", allow_none=True, metadata={"description": "Minor units; null: the pieces' part of what was paid."})
    exchange_variant_id = Ref("variant", allow_none=True)
    restocked = Flag(allow_none=True, metadata={"description": "null until the goods are back."})


class AfterSaleOut(Shape):
    id = Ref("after-sale")
    number = Text(24)
    order_id = Ref("order")
    kind = Choice(*KINDS)
    state = Choice(*STATES)
    shipping_amount = Amount(attribute="shipping_minor")
    currency = Currency()
    reason = Text(200)
    requested_by = Text(80)
    requested_at = When()
    decided_by = Text(80)
    decided_at = When(allow_none=True)
    answer = Text(200)
    return_carrier = Text(40)
    return_tracking_no = Text(60)
    returned_at = When(allow_none=True)
    closed_at = When(allow_none=True)
    refund_id = Ref("refund", allow_none=True)
    fulfilment_id = Ref("fulfilment", allow_none=True, metadata={"description": "The parcel with the goods in exchange."})
    lines = Listed(Nest(AfterSaleLineOut))


class AskedLine(Shape):
    line_id = Ref("order line", required=True)
    quantity = Whole(0, 9999, load_default=0)
    amount = Amount(1, load_default=None, allow_none=True)
    exchange_variant_id = Ref("variant", load_default=None, allow_none=True)


class NewAfterSale(Shape):
    order_id = Ref("order", required=True)
    kind = Choice(*KINDS, required=True)
    lines = Listed(Nest(AskedLine), most=50, load_default=list)
    shipping_amount = Amount(load_default=0)
    reason = Text(200, load_default="")


class AfterSaleQuery(Paging):
    state = Choice("open", *STATES, load_default=None, metadata={"description": "`open` is every state before an end."})
    kind = Choice(*KINDS, load_default=None)
    order_id = Ref("order", load_default=None)


class AfterSaleApproval(Shape):
    answer = Text(200, load_default="")


class AfterSaleRejection(Shape):
    answer = Text(200, least=1, required=True, metadata={"examples": ["影响二次销售"]})


class ReturnParcel(Shape):
    carrier = Text(40, least=1, required=True, metadata={"examples": ["顺丰"]})
    tracking_no = Text(60, least=1, required=True, metadata={"examples": ["SF1234567890"]})


class GoodsBack(Shape):
    restock = Listed(Ref("order line"), most=50, load_default=list, metadata={"description": "Order lines whose pieces can be sold again."})
    refund = Flag(load_default=True, metadata={"description": "Refund a return at once."})


class Replacement(Shape):
    carrier = Text(40, load_default="", metadata={"examples": ["顺丰"]})
    tracking_no = Text(60, load_default="", metadata={"examples": ["SF1234567890"]})
    store_id = Ref("store", load_default=None, allow_none=True, metadata={"description": "The store that ships; none is the flagship's warehouse."})


def named(id: str) -> dict[str, Any]:
    return {"brand_id": brand_id(), "after_sale_id": found(AfterSale, id).id, "now": now()}


def shown(case: AfterSale) -> AfterSale:
    return found(AfterSale, case.id, fresh=True)


@v1.get("/after-sales", listed=AfterSaleOut, query=AfterSaleQuery, scope="orders:read", summary="After-sales", **TAG)
def list_after_sales(query: dict[str, Any]) -> Rows:
    statement = select(AfterSale)
    if query["state"]:
        statement = statement.where(AfterSale.state.in_(OPEN) if query["state"] == "open" else AfterSale.state == query["state"])
    return listed(statement, AfterSale, query, "kind", "order_id")


@v1.get("/after-sales/<id>", out=AfterSaleOut, scope="orders:read", summary="One after-sale", **TAG)
def get_after_sale(id: str) -> AfterSale:
    return found(AfterSale, id)


@v1.post("/after-sales", body=NewAfterSale, out=AfterSaleOut, status=201, scope="orders:write", summary="Ask for an after-sale", **TAG)
def ask(body: dict[str, Any]) -> AfterSale:
    """The money of its lines does not settle until it ends. A line has one open case at most; the after-sale window binds shoppers only."""
    lines = [LineAsk(line["line_id"], line["quantity"], line["amount"], line["exchange_variant_id"]) for line in body["lines"]]
    return shown(ask_after_sale(db(), brand_id=brand_id(), order_id=found(Order, body["order_id"]).id, kind=body["kind"], lines=lines,
                                shipping_minor=body["shipping_amount"], reason=body["reason"], now=now()))


@v1.post("/after-sales/<id>/approve", body=AfterSaleApproval, out=AfterSaleOut, scope="orders:write", summary="Approve an after-sale", **TAG)
def approve(id: str, body: dict[str, Any]) -> AfterSale:
    """`refund_only` and `shipping_only` are refunded at once; for an exchange the replacement is set aside (409 `out_of_stock`)."""
    return shown(answering.approve_after_sale(db(), answer=body["answer"], **named(id)))


@v1.post("/after-sales/<id>/reject", body=AfterSaleRejection, out=AfterSaleOut, scope="orders:write", summary="Reject an after-sale", **TAG)
def reject(id: str, body: dict[str, Any]) -> AfterSale:
    """The shopper reads the answer; the money of the lines settles as before."""
    return shown(answering.reject_after_sale(db(), answer=body["answer"], **named(id)))


@v1.post("/after-sales/<id>/cancel", out=AfterSaleOut, scope="orders:write", summary="Take an after-sale back", **TAG)
def cancel_after_sale(id: str) -> AfterSale:
    """Until the goods have arrived."""
    return shown(answering.cancel_after_sale(db(), **named(id)))


@v1.post("/after-sales/<id>/return-parcel", body=ReturnParcel, out=AfterSaleOut, scope="orders:write", summary="How the goods come back", **TAG)
def return_parcel(id: str, body: dict[str, Any]) -> AfterSale:
    return shown(answering.enter_return_parcel(db(), carrier=body["carrier"], tracking_no=body["tracking_no"], **named(id)))


@v1.post("/after-sales/<id>/receive", body=GoodsBack, out=AfterSaleOut, scope="orders:write", summary="The goods are back", **TAG)
def receive(id: str, body: dict[str, Any]) -> AfterSale:
    """A return is refunded at once unless `refund` is false; an exchange waits for its parcel."""
    case = answering.receive_goods(db(), restock=body["restock"], **named(id))
    return shown(answering.refund_after_sale(db(), **named(id)) if body["refund"] and case.kind == "return_refund" else case)


@v1.post("/after-sales/<id>/refund", out=AfterSaleOut, scope="orders:write", summary="Refund a return that is back", **TAG)
def refund_return(id: str) -> AfterSale:
    return shown(answering.refund_after_sale(db(), **named(id)))


@v1.post("/after-sales/<id>/ship", body=Replacement, out=AfterSaleOut, scope="orders:write", summary="Send the goods in exchange", **TAG)
def ship_replacement(id: str, body: dict[str, Any]) -> AfterSale:
    """In a parcel of their own; no money and no share moves."""
    return shown(answering.send_replacement(db(), carrier=body["carrier"], tracking_no=body["tracking_no"], store_id=body["store_id"], **named(id)))
