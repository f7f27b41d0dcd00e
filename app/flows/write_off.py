"""A debt the brand takes upon itself: what a payee was overpaid and will not earn back; asked for by one, approved by another."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.ledger.actions import Entry, post
from app.domain.ledger.models import Payee
from app.domain.ledger.queries import balances, house_payees
from app.domain.people.audit import acting
from app.domain.settlement.models import WriteOff
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time
from app.kernel.texts import required


def request_write_off(session: Session, *, brand_id: int, payee_id: UUID, amount_minor: int, reason: str, now: datetime) -> WriteOff:
    """Asks to forgive a payee part of what it owes. Only a negative available balance is a debt, and no more than it."""
    reason = required(reason, field="reason", most=200)
    one_at_a_time(session, f"payout:{brand_id}")
    payee = session.scalar(select(Payee).where(Payee.id == payee_id, Payee.party.in_(("guide", "org_unit"))))
    if payee is None:
        raise NotFound("payee", payee_id)
    if session.scalar(select(WriteOff.id).where(WriteOff.payee_id == payee_id, WriteOff.state == "requested")):
        raise Conflict("write_off_open", "这位收款方已有核销申请在等批准", field="payee_id")
    _require_owed(session, brand_id, payee_id, amount_minor)
    actor = acting(session)
    number = (session.scalar(select(func.max(WriteOff.number))) or 0) + 1
    row = WriteOff(brand_id=brand_id, id=new_id(), number=number, payee_id=payee_id, amount_minor=amount_minor, reason=reason, state="requested",
                   requested_by_id=actor.ref, requested_by=actor.name, requested_at=now)
    session.add(row)
    session.flush()
    return row


def approve_write_off(session: Session, *, brand_id: int, write_off_id: UUID, now: datetime) -> WriteOff:
    """By another person, and only as long as that much is still owed: the payee is credited, the brand bears it."""
    row = _decide(session, brand_id, write_off_id, "approved", now)
    _require_owed(session, brand_id, row.payee_id, row.amount_minor)
    house = house_payees(session, brand_id=brand_id)
    post(session, brand_id=brand_id, cause=f"write_off:{row.id}", kind="write_off", now=now,
         entries=[Entry(row.payee_id, "write_off", "available", row.amount_minor), Entry(house["brand"], "write_off", "available", -row.amount_minor)],
         note={"write_off_id": str(row.id), "number": row.number, "reason": row.reason})
    return row


def reject_write_off(session: Session, *, brand_id: int, write_off_id: UUID, now: datetime) -> WriteOff:
    """The debt stays and is netted from what the payee earns."""
    return _decide(session, brand_id, write_off_id, "rejected", now)


def _decide(session: Session, brand_id: int, write_off_id: UUID, state: str, now: datetime) -> WriteOff:
    one_at_a_time(session, f"payout:{brand_id}")
    row = session.scalar(select(WriteOff).where(WriteOff.id == write_off_id).with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound("write_off", write_off_id)
    if row.state != "requested":
        raise Conflict("write_off_state", "这份核销申请已经有结果了", state=row.state)
    actor = acting(session)
    if actor.ref == row.requested_by_id:
        raise Refused("second_person", "申请和批准必须是两个人，请另一位同事来定")
    row.state, row.decided_by_id, row.decided_by, row.decided_at = state, actor.ref, actor.name, now
    session.flush()
    return row


def _require_owed(session: Session, brand_id: int, payee_id: UUID, amount_minor: int) -> None:
    """A settlement under way may lessen the debt: it is waited for."""
    one_at_a_time(session, f"settle:{brand_id}")
    owed = -balances(session, brand_id=brand_id, payee_id=payee_id)["available"]
    if owed <= 0:
        raise Refused("nothing_owed", "这位收款方没有欠款", field="amount")
    if not 0 < amount_minor <= owed:
        raise Refused("more_than_owed", "最多核销 %(left)s", field="amount", left_minor=owed)
