"""Every call the house makes at Stripe, each once (shared names in domain/provider/ports.py).

API 2026-10-28.endive as stripe 16.1.0 pins it: separate charges and transfers, accounts v2, `allowed_payment_method_types`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import stripe

from app.domain.provider.ports import (
    AccountFacts,
    BalanceFacts,
    ChargeFacts,
    CheckoutFacts,
    DisputeFacts,
    EventFacts,
    Marks,
    Misused,
    RefundFacts,
    ReversalFacts,
    TransferFacts,
)

from . import reading
from .calling import SECONDS, ask, open_client, page_through
from .circuit import Circuit

NAME = "stripe"
METHODS = ["card", "alipay", "wechat_pay"]
WITH_CHARGE = {"expand": ["payment_intent.latest_charge.balance_transaction"]}
WITH_BALANCE = {"expand": ["balance_transaction"]}
WITH_RECIPIENT = {"include": ["configuration.recipient", "requirements"]}
TOLERANCE = 300
AT_ONCE = 100
HEARD = [
    "checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed", "checkout.session.expired",
    "payment_intent.payment_failed", "charge.refunded", "refund.created", "refund.updated", "refund.failed", "charge.dispute.created",
    "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated", "transfer.created",
    "transfer.reversed"]
Facts = TypeVar("Facts")


class StripeProvider:
    """`secrets` is webhook source (platform, connect) → signing secret; a source without one is not heard."""

    name = NAME

    def __init__(self, key: str, *, address: str = "", secrets: Mapping[str, str], seconds: tuple[float, float] = SECONDS) -> None:
        self._client, self._circuit, self._secrets = open_client(key, address, seconds), Circuit(), dict(secrets)
        self.live = not key.partition("_")[2].startswith("test")

    def _ask(self, read: Callable[[Mapping[str, Any]], Facts], call: Callable[[], Any]) -> Facts:
        return ask(self._circuit, call, read)

    def _all(self, read: Callable[[Mapping[str, Any]], Facts], first: Callable[[], Any]) -> Iterator[Facts]:
        return page_through(self._circuit, first, read)

    def hear(self, *, source: str, body: bytes, signature: str) -> EventFacts | None:
        """Read as plain JSON: the library's own objects take fifty times as long, and intake has to keep up."""
        secret = self._secrets.get(source)
        if not secret:
            return None
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE)
            return reading.event(json.loads(body))
        except (stripe.SignatureVerificationError, ValueError, LookupError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
            return None

    def open_checkout(self, asked: Mapping[str, Any], *, key: str) -> CheckoutFacts:
        """`asked`: currency, lines [{name, amount_minor}], marks, number, group, success_url, cancel_url, expires_at (seconds), language."""
        lines = [{"quantity": 1, "price_data": {"currency": asked["currency"].lower(), "unit_amount": line["amount_minor"],
                                                "product_data": {"name": line["name"]}}} for line in asked["lines"]]
        wanted: Any = {
            "mode": "payment", "success_url": asked["success_url"], "cancel_url": asked["cancel_url"], "expires_at": asked["expires_at"],
            "client_reference_id": asked["number"], "locale": asked["language"], "allowed_payment_method_types": METHODS,
            "payment_method_options": {"wechat_pay": {"client": "web"}}, "line_items": lines, "metadata": asked["marks"],
            "payment_intent_data": {"transfer_group": asked["group"], "metadata": asked["marks"]}}
        return self._ask(reading.checkout, lambda: self._client.v1.checkout.sessions.create(wanted, _under(key)))

    def read_checkout(self, ref: str) -> CheckoutFacts:
        return self._ask(reading.checkout, lambda: self._client.v1.checkout.sessions.retrieve(ref, _params(WITH_CHARGE)))

    def expire_checkout(self, ref: str) -> CheckoutFacts:
        """Declined where it is complete already: read it then."""
        return self._ask(reading.checkout, lambda: self._client.v1.checkout.sessions.expire(ref, options=_under(f"expire:{ref}")))

    def read_charge(self, ref: str) -> ChargeFacts:
        if not ref.startswith("pi_"):
            return self._ask(reading.charge, lambda: self._client.v1.charges.retrieve(ref, _params(WITH_BALANCE)))
        wanted = _params({"expand": ["latest_charge.balance_transaction"]})
        return self._ask(reading.charge_of_intent, lambda: self._client.v1.payment_intents.retrieve(ref, wanted))

    def refund(self, *, intent_ref: str, amount_minor: int, marks: Marks, key: str) -> RefundFacts:
        wanted = _params({"payment_intent": intent_ref, "amount": amount_minor, "reason": "requested_by_customer", "metadata": dict(marks)})
        return self._ask(reading.refund, lambda: self._client.v1.refunds.create(wanted, _under(key)))

    def read_refund(self, ref: str) -> RefundFacts:
        return self._ask(reading.refund, lambda: self._client.v1.refunds.retrieve(ref))

    def refunds_of(self, intent_ref: str) -> Iterator[RefundFacts]:
        return self._all(reading.refund, lambda: self._client.v1.refunds.list({"payment_intent": intent_ref, "limit": AT_ONCE}))

    def open_account(self, asked: Mapping[str, Any], *, key: str) -> AccountFacts:
        """`asked`: email, name, country (two letters), marks."""
        wanted: Any = {
            "contact_email": asked["email"], "display_name": asked["name"], "dashboard": "express", "identity": {"country": asked["country"].lower()},
            "defaults": {"responsibilities": {"fees_collector": "application", "losses_collector": "application"}},
            "configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}},
            "metadata": asked["marks"], **WITH_RECIPIENT}
        return self._ask(reading.account, lambda: self._client.v2.core.accounts.create(wanted, _under(key)))

    def read_account(self, ref: str) -> AccountFacts:
        return self._ask(reading.account, lambda: self._client.v2.core.accounts.retrieve(ref, _params(WITH_RECIPIENT)))

    def mark_account(self, ref: str, *, marks: Marks, key: str) -> AccountFacts:
        return self._ask(reading.account, lambda: self._client.v1.accounts.update(ref, _params({"metadata": dict(marks)}), _under(key)))

    def onboarding_url(self, ref: str, *, return_url: str, refresh_url: str) -> str:
        wanted: Any = {"account": ref, "use_case": {"type": "account_onboarding",
                                                   "account_onboarding": {"return_url": return_url, "refresh_url": refresh_url}}}
        return self._ask(lambda found: str(found["url"]), lambda: self._client.v2.core.account_links.create(wanted))

    def transfer(self, *, amount_minor: int, currency: str, account_ref: str, charge_ref: str, group: str, marks: Marks, key: str) -> TransferFacts:
        of_charge = {"source_transaction": charge_ref} if charge_ref else {}
        wanted = _params({"amount": amount_minor, "currency": currency.lower(), "destination": account_ref, "transfer_group": group,
                          "metadata": dict(marks), **of_charge})
        return self._ask(reading.transfer, lambda: self._client.v1.transfers.create(wanted, _under(key)))

    def transfers_of(self, group: str) -> Iterator[TransferFacts]:
        return self._all(reading.transfer, lambda: self._client.v1.transfers.list({"transfer_group": group, "limit": AT_ONCE}))

    def read_transfer(self, ref: str) -> TransferFacts:
        return self._ask(reading.transfer, lambda: self._client.v1.transfers.retrieve(ref))

    def reverse(self, transfer_ref: str, *, amount_minor: int, marks: Marks, key: str) -> ReversalFacts:
        wanted = _params({"amount": amount_minor, "metadata": dict(marks)})
        return self._ask(reading.reversal, lambda: self._client.v1.transfers.reversals.create(transfer_ref, wanted, _under(key)))

    def reversals_of(self, transfer_ref: str) -> Iterator[ReversalFacts]:
        return self._all(reading.reversal, lambda: self._client.v1.transfers.reversals.list(transfer_ref, {"limit": AT_ONCE}))

    def read_dispute(self, ref: str) -> DisputeFacts:
        return self._ask(reading.dispute, lambda: self._client.v1.disputes.retrieve(ref))

    def disputes_of(self, intent_ref: str) -> Iterator[DisputeFacts]:
        return self._all(reading.dispute, lambda: self._client.v1.disputes.list({"payment_intent": intent_ref, "limit": AT_ONCE}))

    def answer_dispute(self, ref: str, *, evidence: Mapping[str, str], key: str) -> DisputeFacts:
        wanted = _params({"evidence": dict(evidence), "submit": True})
        return self._ask(reading.dispute, lambda: self._client.v1.disputes.update(ref, wanted, _under(key)))

    def events_since(self, since: datetime) -> Iterator[EventFacts]:
        wanted = _params({"types": HEARD, "created": {"gte": int(since.timestamp())}, "limit": AT_ONCE})
        return self._all(reading.event, lambda: self._client.v1.events.list(wanted))

    def balance_lines(self, *, since: datetime, until: datetime) -> Iterator[BalanceFacts]:
        wanted = _params({"created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())}, "limit": AT_ONCE, "expand": ["data.source"]})
        return self._all(reading.balance_line, lambda: self._client.v1.balance_transactions.list(wanted))


def open_stripe(key: str, *, address: str, webhook_secret: str, connect_secret: str) -> StripeProvider:
    if not key:
        raise Misused("no_key", "STRIPE_SECRET_KEY is empty")
    return StripeProvider(key, address=address, secrets={"platform": webhook_secret, "connect": connect_secret})


def _under(key: str) -> Any:
    return {"idempotency_key": key}


def _params(values: Mapping[str, Any]) -> Any:
    """The library types each call's parameters by a class of its own; ours are plain."""
    return dict(values)
