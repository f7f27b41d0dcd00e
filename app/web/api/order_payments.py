"""/orders/{id}/payments: an order's money at the online provider with the provider's own numbers, and what the provider told of it."""

from __future__ import annotations

from typing import Any

from app.domain.insights.order_provider import OnlinePayment, online_payments, order_events
from app.domain.orders.models import Order
from app.domain.provider.models import ProviderEvent
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Flag, Ref, Text, When, Whole
from .operations import Rows
from .order_shapes import PaymentOut
from .rows import found, listed
from .shapes import Free, Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "orders"}


class CheckoutSessionOut(Shape):
    id = Ref("checkout session")
    attempt = Whole()
    state = Choice("due", "open", "complete", "expired", "refused")
    provider_ref = Text(120)
    problem = Text(200, metadata={"description": "Why what was paid in it is not called paid; nothing is shipped until somebody looked."})
    created_at = When()
    expires_at = When()


class ChargeOut(Shape):
    charge_ref = Text(120)
    intent_ref = Text(120)
    balance_ref = Text(120)
    method = Text(30, metadata={"examples": ["card", "alipay", "wechat_pay"]})
    amount = Amount(attribute="amount_minor")
    currency = Text(3)
    settled = Amount(attribute="settled_minor", allow_none=True, metadata={"description": "What it became in the provider's balance; null while unknown."})
    settled_currency = Text(3)
    fee = Amount(attribute="fee_minor", metadata={"description": "The provider's fee in `settled_currency`."})
    fee_in_order_currency = Amount(attribute="fee_order_minor", metadata={"description": "The same as the ledger has it, in `currency`."})
    fee_party = Choice("brand", "platform", metadata={"description": "Who bears the fee."})
    disputed = Flag()
    charged_at = When()
    available_on = When(allow_none=True)


class OnlineRefundOut(Shape):
    id = Ref("refund")
    amount = Amount(attribute="amount_minor")
    state = Choice("pending", "succeeded", "failed")
    attempt = Whole()
    provider_ref = Text(120)
    problem = Text(200)
    outside_ref = Text(120, metadata={"description": "How she got her money where the provider could not bring it."})
    requested_at = When()
    settled_at = When(allow_none=True)


class ReversalOut(Shape):
    id = Ref("reversal")
    refund_id = Ref("refund")
    amount = Amount(attribute="amount_minor")
    settled = Amount(attribute="settled_minor")
    state = Choice("due", "sending", "done", "short", metadata={"description": "short: the payee had not enough there and owes it."})
    provider_ref = Text(120)


class OrderTransferOut(Shape):
    id = Ref("transfer")
    payout_id = Ref("payout")
    payee_id = Ref("payee")
    amount = Amount(attribute="amount_minor")
    currency = Text(3)
    settled = Amount(attribute="settled_minor")
    settled_currency = Text(3)
    state = Choice("due", "sending", "sent", "waiting", "refused")
    provider_ref = Text(120)
    account_ref = Text(120)
    reversals = Listed(Nest(ReversalOut))


class OnlineDisputeOut(Shape):
    id = Ref("chargeback")
    provider_ref = Text(120)
    amount = Amount(attribute="amount_minor")
    fee = Amount(attribute="fee_minor")
    state = Choice("inquiry", "open", "won", "lost")
    opened_at = When()


class OnlinePaymentOut(PaymentOut):
    sessions = Listed(Nest(CheckoutSessionOut))
    charge = Nest(ChargeOut, allow_none=True)
    refunds = Listed(Nest(OnlineRefundOut))
    transfers = Listed(Nest(OrderTransferOut), metadata={"description": "What of this payment was sent on to payees."})
    disputes = Listed(Nest(OnlineDisputeOut))


class OnlinePaymentsOut(Shape):
    payments = Listed(Nest(OnlinePaymentOut), metadata={"description": "Those an online provider knows of, oldest first."})


class ProviderEventOut(Shape):
    id = Ref("provider event")
    provider = Text(20)
    event_id = Text(120)
    type = Text(80)
    object_ref = Text(120)
    payment_id = Ref("payment", allow_none=True)
    payload = Free(metadata={"description": "As it was told."})
    received_at = When()
    applied_at = When()


@v1.get("/orders/<id>/payments", out=OnlinePaymentsOut, scope="money:read", summary="An order's money at the online provider", **TAG)
def get_order_payments(id: str) -> dict[str, Any]:
    return {"payments": [_payment(one) for one in online_payments(db(), brand_id=brand_id(), order_id=found(Order, id).id)]}


@v1.get("/orders/<id>/payment-events", listed=ProviderEventOut, query=Paging, scope="money:read", summary="What the provider told of an order", **TAG)
def list_order_payment_events(id: str, query: dict[str, Any]) -> Rows:
    """Newest first; each is kept once, as it was told."""
    return listed(order_events(brand_id=brand_id(), order_id=found(Order, id).id), ProviderEvent, query)


def _payment(one: OnlinePayment) -> dict[str, Any]:
    names = ("id", "provider", "amount_minor", "refunded_minor", "currency", "state", "opened_at", "settled_at")
    of_transfer = ("id", "payout_id", "payee_id", "amount_minor", "currency", "settled_minor", "settled_currency", "state", "provider_ref")
    return {**{name: getattr(one.payment, name) for name in names}, "sessions": one.sessions, "charge": one.charge, "refunds": one.refunds,
            "disputes": one.disputes, "transfers": [
                {**{name: getattr(sent.transfer, name) for name in of_transfer}, "account_ref": sent.account_ref, "reversals": sent.reversals}
                for sent in one.transfers]}
