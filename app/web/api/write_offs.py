"""/write-offs: a payee's debt that the brand takes upon itself, asked for by one principal and approved by another (R14)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.ledger.models import Payee
from app.domain.settlement.models import WriteOff
from app.flows.write_off import approve_write_off, reject_write_off, request_write_off
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "write-offs"}
STATES = ("requested", "approved", "rejected")


class WriteOffOut(Shape):
    id = Ref("write-off")
    number = Whole()
    payee_id = Ref("payee")
    amount = Amount(attribute="amount_minor")
    currency = Currency()
    reason = Text(200)
    state = Choice(*STATES)
    requested_by = Text(80)
    requested_at = When()
    decided_by = Text(80, allow_none=True)
    decided_at = When(allow_none=True)


class NewWriteOff(Shape):
    payee_id = Ref("payee", required=True)
    amount = Amount(1, required=True, metadata={"description": "Minor units; at most what the payee owes, that is, its negative available balance."})
    reason = Text(200, least=1, required=True, metadata={"examples": ["已离职，无法追回"]})


class WriteOffQuery(Paging):
    state = Choice(*STATES, load_default=None)
    payee_id = Ref("payee", load_default=None)


@v1.get("/write-offs", listed=WriteOffOut, query=WriteOffQuery, scope="money:read", summary="Write-offs", **TAG)
def list_write_offs(query: dict[str, Any]) -> Rows:
    return listed(select(WriteOff), WriteOff, query, "state", "payee_id")


@v1.get("/write-offs/<id>", out=WriteOffOut, scope="money:read", summary="One write-off", **TAG)
def get_write_off(id: str) -> WriteOff:
    return found(WriteOff, id)


@v1.post("/write-offs", body=NewWriteOff, out=WriteOffOut, status=201, scope="money:write", summary="Ask to write a debt off", **TAG)
def ask_write_off(body: dict[str, Any]) -> WriteOff:
    """Nothing moves until another principal approves it."""
    made = request_write_off(db(), brand_id=brand_id(), payee_id=found(Payee, body["payee_id"]).id, amount_minor=body["amount"], reason=body["reason"],
                             now=now())
    return found(WriteOff, made.id, fresh=True)


@v1.post("/write-offs/<id>/approve", out=WriteOffOut, scope="money:write", summary="Approve a write-off", **TAG)
def approve_request(id: str) -> WriteOff:
    """By another token or person than asked for it, and only while that much is still owed: the payee is credited, the brand bears it."""
    return found(WriteOff, approve_write_off(db(), brand_id=brand_id(), write_off_id=found(WriteOff, id).id, now=now()).id, fresh=True)


@v1.post("/write-offs/<id>/reject", out=WriteOffOut, scope="money:write", summary="Reject a write-off", **TAG)
def reject_request(id: str) -> WriteOff:
    """By another principal too; the debt is netted from what the payee earns."""
    return found(WriteOff, reject_write_off(db(), brand_id=brand_id(), write_off_id=found(WriteOff, id).id, now=now()).id, fresh=True)
