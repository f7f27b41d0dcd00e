"""Stripe's objects → the house's facts. Only what is named here is ever looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.domain.provider.ports import (
    AccountFacts,
    BalanceFacts,
    ChargeFacts,
    CheckoutFacts,
    Declined,
    DisputeFacts,
    EventFacts,
    RefundFacts,
    ReversalFacts,
    TransferFacts,
)

Json = Mapping[str, Any]
REFUND_STATES = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
DOORS = frozenset({"url", "success_url", "cancel_url", "return_url", "refresh_url", "client_secret", "receipt_url"})
"""Addresses and secrets that let in whoever reads them: the shopper's own page, the session, the receipt. They are told, and not kept."""
PERSONS = frozenset({"customer_details", "customer_email", "billing_details", "receipt_email", "shipping", "shipping_details", "collected_information",
                     "evidence", "email", "contact_email", "individual", "company", "identity", "external_accounts", "tos_acceptance"})
"""Of people; we have what we need of them in rows of our own, with their own guards."""
DISPUTE_STATES = {"won": "won", "lost": "lost", "warning_closed": "won", "warning_needs_response": "inquiry", "warning_under_review": "inquiry"}


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def ref(value: Any) -> str:
    """The id, whether the object is expanded or not; '' for none."""
    return str(value["id"]) if isinstance(value, Mapping) else value or ""


def marks(found: Json) -> dict[str, str]:
    return dict(found.get("metadata") or {})


def currency(found: Json) -> str:
    return str(found["currency"]).upper()


def checkout(found: Json) -> CheckoutFacts:
    intent = found.get("payment_intent")
    paid_by = intent.get("latest_charge") if isinstance(intent, Mapping) else None
    failed = isinstance(intent, Mapping) and found["status"] == "complete" and intent["status"] in ("requires_payment_method", "canceled")
    return CheckoutFacts(found["id"], found["status"] or "open", found["payment_status"] == "paid", found["amount_total"] or 0, currency(found),
                         found.get("url") or "", ref(intent), charge(paid_by) if isinstance(paid_by, Mapping) and paid_by["status"] == "succeeded" else None,
                         marks(found), failed)


def charge(found: Json) -> ChargeFacts:
    details = found.get("payment_method_details") or {}
    kind = str(details.get("type") or "")
    balance = found.get("balance_transaction")
    return ChargeFacts(found["id"], ref(found.get("payment_intent")), found["amount"], found["amount_refunded"], currency(found), kind,
                       bool(found["disputed"]), moment(found["created"]), _payer(details.get(kind) or {}),
                       balance_line(balance) if isinstance(balance, Mapping) else None, marks(found))


def charge_of_intent(found: Json) -> ChargeFacts:
    """Declined where nobody has paid yet."""
    if not found["latest_charge"]:
        raise Declined("no_charge", f"{found['id']} has no charge")
    return charge(found["latest_charge"])


def _payer(details: Json) -> str:
    return str(details.get("fingerprint") or details.get("buyer_id") or details.get("payer_id") or "")


def balance_line(found: Json) -> BalanceFacts:
    source = found.get("source")
    line = BalanceFacts(found["id"], found["type"], found["amount"], found["fee"], currency(found), ref(source), moment(found["created"]),
                        moment(found["available_on"]))
    if not isinstance(source, Mapping):
        return line
    return replace(line, marks=marks(source), moved_minor=source.get("amount"), moved_currency=str(source.get("currency") or "").upper(),
                   charge_ref=ref(source.get("charge")) or ref(source.get("source_transaction")))


def refund(found: Json) -> RefundFacts:
    problem = found.get("failure_reason") or found.get("pending_reason") or ""
    return RefundFacts(found["id"], REFUND_STATES.get(found["status"] or "", "pending"), found["amount"], currency(found), ref(found.get("charge")),
                       problem, marks(found))


def transfer(found: Json) -> TransferFacts:
    return TransferFacts(found["id"], found["amount"], found["amount_reversed"], currency(found), ref(found.get("destination")),
                         ref(found.get("source_transaction")), marks(found))


def reversal(found: Json) -> ReversalFacts:
    return ReversalFacts(found["id"], ref(found.get("transfer")), found["amount"], currency(found), marks(found))


def account(found: Json) -> AccountFacts:
    """Of v2 (`configuration`) and of v1 (`capabilities`) accounts alike."""
    if found["object"] == "v2.core.account":
        parts = ((found.get("configuration") or {}).get("recipient") or {}).get("capabilities") or {}
        transfers = (parts.get("stripe_balance") or {}).get("stripe_transfers") or {}
        wanted = [str(one.get("code") or "") for one in transfers.get("status_details") or []]
        wanted += [str(one.get("description") or "") for one in (found.get("requirements") or {}).get("entries") or []]
        return AccountFacts(found["id"], _account_state(transfers.get("status"), found.get("closed")), tuple(filter(None, wanted)), marks(found))
    wants = found.get("requirements") or {}
    due = [*(wants.get("currently_due") or []), *filter(None, [wants.get("disabled_reason")])]
    state = _account_state((found.get("capabilities") or {}).get("transfers"), False)
    return AccountFacts(found["id"], state if state == "ready" or found.get("details_submitted") else "onboarding", tuple(due), marks(found))


def _account_state(transfers: str | None, closed: Any) -> str:
    return "ready" if transfers == "active" and not closed else "onboarding" if transfers == "pending" else "restricted"


def dispute(found: Json) -> DisputeFacts:
    evidence = found.get("evidence_details") or {}
    lines = [one for one in found.get("balance_transactions") or [] if isinstance(one, Mapping)]
    due = evidence.get("due_by")
    return DisputeFacts(found["id"], _dispute_state(found["status"], lines), ref(found["charge"]),
                        ref(found.get("payment_intent")), found["amount"], currency(found), found["reason"], moment(due) if due else None,
                        bool(evidence.get("submission_count")), sum(one["fee"] for one in lines), currency(lines[0]) if lines else "")


def _dispute_state(status: str, lines: list[Mapping[str, Any]]) -> str:
    """A prevented dispute is over; who has the money says whose it is."""
    if status == "prevented":
        return "lost" if sum(one["amount"] for one in lines) < 0 else "won"
    return DISPUTE_STATES.get(status, "open")


def event(found: Json) -> EventFacts:
    """Of v1 (the object as it was then) and of v2 (thin: only which object, and a time in words)."""
    thin = found["object"] == "v2.core.event"
    about = (found.get("related_object") or {}) if thin else found["data"]["object"]
    at = datetime.fromisoformat(found["created"]) if thin else moment(found["created"])
    return EventFacts(found["id"], found["type"], str(about.get("id") or ""), found.get("account") or "", at, as_kept(found), bool(found["livemode"]))


def as_kept(found: Any) -> Any:
    """What is kept of an object that was told: all but what opens something, and who it is about."""
    if isinstance(found, dict):  # not Mapping, which is asked much more slowly: intake comes by here for each of some hundred values
        return {name: "…" if value and (name in PERSONS or (name in DOORS and isinstance(value, str))) else
                as_kept(value) if isinstance(value, (dict, list)) else value for name, value in found.items()}
    return [as_kept(one) for one in found] if isinstance(found, list) else found
