"""/chargebacks: the shopper's bank asks for a payment back, and rules."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.aftersales.evidence import FIELDS
from app.domain.aftersales.models import Chargeback
from app.domain.orders.models import Order
from app.flows.answer_dispute import draft_evidence, hand_in_evidence
from app.flows.charge_back import lose_chargeback, open_chargeback, win_chargeback
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Ref, Text, When
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "chargebacks"}
EVIDENCE_STATES = ("none", "draft", "sending", "handed_in")
STATES = ("inquiry", "open", "won", "lost")


class Evidence(Shape):
    """What the brand answers the bank."""

    product_description = Text(FIELDS["product_description"])
    customer_name = Text(FIELDS["customer_name"])
    shipping_address = Text(FIELDS["shipping_address"])
    shipping_carrier = Text(FIELDS["shipping_carrier"])
    shipping_date = Text(FIELDS["shipping_date"])
    shipping_tracking_number = Text(FIELDS["shipping_tracking_number"])
    customer_communication = Text(FIELDS["customer_communication"], metadata={"description": "As text; it is handed in with `uncategorized_text`."})
    refund_policy_disclosure = Text(FIELDS["refund_policy_disclosure"])
    refund_refusal_explanation = Text(FIELDS["refund_refusal_explanation"])
    uncategorized_text = Text(FIELDS["uncategorized_text"])


class ChargebackOut(Shape):
    id = Ref("chargeback")
    order_id = Ref("order")
    payment_id = Ref("payment")
    provider = Text(20, metadata={"description": "Who tells of it and rules; empty where it was booked by hand."})
    provider_ref = Text(120, metadata={"description": "The bank's or provider's own number of it."})
    amount = Amount(attribute="amount_minor")
    fee = Amount(attribute="fee_minor")
    currency = Currency()
    reason = Text(200)
    state = Choice(*STATES, metadata={"description": "`inquiry`: the bank asks and has taken nothing, so nothing waits."})
    evidence = Nest(Evidence)
    evidence_state = Choice(*EVIDENCE_STATES, metadata={"description": "`sending`: handed in, not known to have arrived."})
    answered_at = When(allow_none=True)
    problem = Text(200, metadata={"description": "Why what was handed in has not arrived."})
    opened_by = Text(80)
    opened_at = When()
    answer_by = When(allow_none=True)
    decided_by = Text(80)
    decided_at = When(allow_none=True)
    refund_id = Ref("refund", allow_none=True)


class NewChargeback(Shape):
    order_id = Ref("order", required=True)
    provider_ref = Text(120, least=1, required=True, metadata={"examples": ["dp_1PqX2s"]})
    amount = Amount(1, required=True, metadata={"description": "Minor units; at most what the shopper has paid less what was refunded."})
    fee = Amount(load_default=0, metadata={"description": "Minor units the bank keeps from the brand if it rules for the shopper."})
    reason = Text(200, load_default="")
    answer_by = When(load_default=None, allow_none=True, metadata={"description": "Until when the bank takes evidence."})


class ChargebackQuery(Paging):
    state = Choice(*STATES, load_default=None)
    order_id = Ref("order", load_default=None)


def named(id: str) -> dict[str, Any]:
    return {"brand_id": brand_id(), "chargeback_id": found(Chargeback, id).id, "now": now()}


@v1.get("/chargebacks", listed=ChargebackOut, query=ChargebackQuery, scope="orders:read", summary="Chargebacks", **TAG)
def list_chargebacks(query: dict[str, Any]) -> Rows:
    return listed(select(Chargeback), Chargeback, query, "state", "order_id")


@v1.get("/chargebacks/<id>", out=ChargebackOut, scope="orders:read", summary="One chargeback", **TAG)
def get_chargeback(id: str) -> Chargeback:
    return found(Chargeback, id)


@v1.post("/chargebacks", body=NewChargeback, out=ChargebackOut, status=201, scope="orders:write", summary="A chargeback was opened", **TAG)
def book_chargeback(body: dict[str, Any]) -> Chargeback:
    """While it is open nothing of the order settles and nothing of it is refunded. The same `provider_ref` twice is 409 `chargeback_known`."""
    values = {name: body[name] for name in ("provider_ref", "reason", "answer_by")}
    made = open_chargeback(db(), brand_id=brand_id(), order_id=found(Order, body["order_id"]).id, amount_minor=body["amount"], fee_minor=body["fee"],
                           now=now(), **values)
    return found(Chargeback, made.id, fresh=True)


@v1.post("/chargebacks/<id>/win", out=ChargebackOut, scope="orders:write", summary="The bank ruled for the brand", **TAG)
def win(id: str) -> Chargeback:
    """The money stays; what waited settles with the next run. What a provider follows it rules itself (409 `chargeback_followed`)."""
    return found(Chargeback, win_chargeback(db(), **named(id)).id, fresh=True)


@v1.post("/chargebacks/<id>/lose", out=ChargebackOut, scope="orders:write", summary="The bank ruled for the shopper", **TAG)
def lose(id: str) -> Chargeback:
    """Every share gives back its part as in a refund; the fee is the brand's alone; open after-sales of the order are over."""
    return found(Chargeback, lose_chargeback(db(), **named(id)).id, fresh=True)


@v1.patch("/chargebacks/<id>/evidence", body=Evidence, out=ChargebackOut, scope="orders:write", summary="Draft the answer to the bank", **TAG)
def draft(id: str, body: dict[str, str]) -> Chargeback:
    """Fields that are left out stay as they are, empty ones are taken away. Once handed in it is 409 `evidence_handed_in`."""
    row = found(Chargeback, id)
    return draft_evidence(db(), brand_id=brand_id(), chargeback_id=row.id, evidence={**row.evidence, **body})


@v1.post("/chargebacks/<id>/evidence/submit", out=ChargebackOut, scope="orders:write", summary="Hand the answer in, once", **TAG)
def submit(id: str) -> Chargeback:
    """The draft goes to the bank as it is and is never changed after; `evidence_state` is `handed_in` once it has arrived."""
    return hand_in_evidence(db(), **named(id))
