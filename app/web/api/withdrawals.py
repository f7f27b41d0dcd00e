"""/withdrawals: what a payee asks for out of what is available (R16)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.ledger.models import Payee
from app.domain.settlement.models import Withdrawal
from app.flows import withdraw
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "withdrawals"}
STATES = ("requested", "paying", "paid", "failed", "rejected", "cancelled")


class WithdrawalOut(Shape):
    id = Ref("withdrawal")
    number = Whole()
    payee_id = Ref("payee")
    amount = Amount(attribute="amount_minor")
    currency = Currency()
    state = Choice(*STATES, metadata={"description": "`paying` is in a payout run; a payee has at most one that is requested or paying."})
    payout_id = Ref("payout", allow_none=True)
    reason = Text(200)
    requested_by = Text(80)
    requested_at = When()
    closed_at = When(allow_none=True)


class NewWithdrawal(Shape):
    payee_id = Ref("payee", required=True)
    amount = Amount(1, required=True, metadata={"description": "Minor units, at most what is available."})


class Rejection(Shape):
    reason = Text(200, least=1, required=True, metadata={"description": "What the payee reads."})


class WithdrawalQuery(Paging):
    state = Choice(*STATES, load_default=None)
    payee_id = Ref("payee", load_default=None)


@v1.get("/withdrawals", listed=WithdrawalOut, query=WithdrawalQuery, scope="money:read", summary="Withdrawals", **TAG)
def list_withdrawals(query: dict[str, Any]) -> Rows:
    statement = select(Withdrawal)
    if query["state"]:
        statement = statement.where(Withdrawal.state == query["state"])
    if query["payee_id"]:
        statement = statement.where(Withdrawal.payee_id == query["payee_id"])
    return listed(statement, Withdrawal, query)


@v1.get("/withdrawals/<id>", out=WithdrawalOut, scope="money:read", summary="One withdrawal", **TAG)
def get_withdrawal(id: str) -> Withdrawal:
    return found(Withdrawal, id)


@v1.post("/withdrawals", body=NewWithdrawal, out=WithdrawalOut, status=201, scope="money:write", summary="Ask for a withdrawal", **TAG)
def request_withdrawal(body: dict[str, Any]) -> Withdrawal:
    """Sets the amount aside until a payout run of scope `withdrawals` pays it, or it is cancelled or rejected."""
    payee = found(Payee, body["payee_id"])
    return withdraw.request_withdrawal(db(), brand_id=brand_id(), payee_id=payee.id, amount_minor=body["amount"], now=now())


@v1.post("/withdrawals/<id>/cancel", out=WithdrawalOut, scope="money:write", summary="Cancel a withdrawal", **TAG)
def cancel_withdrawal(id: str) -> Withdrawal:
    """Available again; not once it is in a run."""
    return withdraw.cancel_withdrawal(db(), brand_id=brand_id(), withdrawal_id=found(Withdrawal, id).id, now=now())


@v1.post("/withdrawals/<id>/reject", body=Rejection, out=WithdrawalOut, scope="money:write", summary="Reject a withdrawal", **TAG)
def reject_withdrawal(id: str, body: dict[str, Any]) -> Withdrawal:
    """Available again; the payee reads the reason."""
    return withdraw.reject_withdrawal(db(), brand_id=brand_id(), withdrawal_id=found(Withdrawal, id).id, reason=body["reason"], now=now())
