"""Stripe's objects → the house's facts. Only what is named here is ever looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from app.domain.provider.ports import (
    AccountFacts,
    BalanceFacts,
    ChargeFacts,
    CheckoutFacts,
    DisputeFacts,
    EventFacts,
    RefundFacts,
    ReversalFacts,
    TransferFacts,
)

Json = Mapping[str, Any]
REFUND_STATES = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
DISPUTE_STATES = {"won": "won", "lost": "lost", "warning_closed": "won", "prevented": "won"}


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
    return CheckoutFacts(found["id"], found["status"] or "open", found["payment_status"] == "paid", found["amount_total"] or 0, currency(found),
                         found.get("url") or "", ref(intent), charge(paid_by) if isinstance(paid_by, Mapping) and paid_by["status"] == "succeeded" else None,
                         marks(found))


def charge(found: Json) -> ChargeFacts:
    details = found.get("payment_method_details") or {}
    kind = str(details.get("type") or "")
    balance = found.get("balance_transaction")
    return ChargeFacts(found["id"], ref(found.get("payment_intent")), found["amount"], found["amount_refunded"], currency(found), kind,
                       bool(found["disputed"]), moment(found["created"]), _payer(details.get(kind) or {}),
                       balance_line(balance) if isinstance(balance, Mapping) else None, marks(found))


def _payer(details: Json) -> str:
    return str(details.get("fingerprint") or details.get("buyer_id") or details.get("payer_id") or "")


def balance_line(found: Json) -> BalanceFacts:
    source = found.get("source")
    given = marks(source) if isinstance(source, Mapping) else {}
    return BalanceFacts(found["id"], found["type"], found["amount"], found["fee"], currency(found), ref(source), moment(found["created"]),
                        moment(found["available_on"]), given)


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
    return DisputeFacts(found["id"], DISPUTE_STATES.get(found["status"], "open"), ref(found["charge"]),
                        ref(found.get("payment_intent")), found["amount"], currency(found), found["reason"], moment(due) if due else None,
                        bool(evidence.get("submission_count")), sum(one["fee"] for one in lines), currency(lines[0]) if lines else "")


def event(found: Json) -> EventFacts:
    about = (found.get("data") or {}).get("object") or {}
    return EventFacts(found["id"], found["type"], str(about.get("id") or ""), found.get("account") or "", moment(found["created"]), dict(found))
