"""What became of a payout: the provider's answer, or the bank's word that it arrived or came back (R15, R18).

A payout that failed gives its entries up: they are available again, the payee is told why, and the next run may take them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from app.domain.people.audit import note
from app.domain.settlement.claims import give_up, portions
from app.domain.settlement.models import Payout, PayoutRun, Withdrawal
from app.domain.settlement.ports import PayoutAnswer
from app.domain.settlement.postings import post_done, post_failed, post_withdrawals_back
from app.domain.settlement.rules import BY_TRANSFER
from app.domain.settlement.transfers import take_from_sending
from app.flows.announce import announce
from app.flows.tell_people import tell_payouts
from app.kernel.db import dump_json, gather
from app.kernel.errors import Conflict, NotFound
from app.kernel.texts import required

UNANSWERED: ColumnElement[bool] = or_(Payout.state == "sent", and_(Payout.state == "paid", Payout.confirmed_at.is_(None)))
"""Payouts of which nobody has said yet whether they arrived."""
REASON_LENGTH = 200

ANSWERED = """
UPDATE payouts p SET state = r.state, provider_ref = r.ref, reason = r.reason, paid_at = CASE r.state WHEN 'paid' THEN %(now)s::timestamptz END,
  failed_at = CASE r.state WHEN 'failed' THEN %(now)s::timestamptz END,
  confirmed_at = CASE WHEN r.state = 'paid' AND p.method = %(by_transfer)s THEN %(now)s::timestamptz END
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id uuid, state text, ref text, reason text)
WHERE p.brand_id = %(brand_id)s AND p.run_id = %(run_id)s AND p.id = r.id AND p.state IN ('approved', 'sent')
RETURNING p.id, p.state"""


def record_answers(session: Session, *, brand_id: int, run_id: UUID, answers: Iterable[PayoutAnswer], now: datetime) -> None:
    """Books what a provider says of payouts handed over: paid, sent or failed. What is answered already stays as it is.

    What a transfer paid has arrived: no bank will say so.
    """
    run = locked_run(session, run_id)
    settled: dict[str, list[UUID]] = {"paid": [], "sent": [], "failed": []}
    rows = [{"id": one.id, "state": one.state, "ref": one.provider_ref[:120], "reason": one.reason[:REASON_LENGTH]} for one in answers]
    for part in portions(rows):
        for payout_id, state in gather(session, (ANSWERED, {"brand_id": brand_id, "run_id": run_id, "rows": dump_json(part), "now": now,
                                                             "by_transfer": BY_TRANSFER}))[0]:
            settled[state].append(payout_id)
    _book_paid(session, run, settled["paid"], now)
    _give_back(session, run, settled["failed"], now, paid=False)
    _close(session, run, now)


def confirm_payouts(session: Session, *, brand_id: int, run_id: UUID, now: datetime, payout_ids: Sequence[UUID] | None = None) -> int:
    """The bank says they arrived; without ids, all that nobody has spoken of. How many were confirmed. Of transfers no bank speaks."""
    run = locked_run(session, run_id)
    chosen = [Payout.run_id == run_id, UNANSWERED, Payout.method != BY_TRANSFER, *([Payout.id.in_(payout_ids)] if payout_ids is not None else [])]
    sent = list(session.scalars(select(Payout.id).where(*chosen, Payout.state == "sent")))
    confirmed = session.scalars(update(Payout).where(*chosen).values(
        state="paid", paid_at=func.coalesce(Payout.paid_at, now), confirmed_at=now).returning(Payout.id).execution_options(synchronize_session=False)).all()
    _book_paid(session, run, sent, now)
    _close(session, run, now)
    return len(confirmed)


def confirm_payout(session: Session, *, brand_id: int, run_id: UUID, payout_id: UUID, now: datetime) -> Payout:
    """One payout arrived. Refuses one that is not on its way, or spoken of already."""
    payout = payout_in(session, run_id=run_id, payout_id=payout_id)
    if not confirm_payouts(session, brand_id=brand_id, run_id=run_id, payout_ids=[payout_id], now=now):
        raise Conflict("payout_state", "这笔打款现在是“%(state)s”，不能这样操作", state=payout.state)
    note(session, action="confirm", subject_kind="payouts", subject_id=payout_id, subject_name=payout.payee.name)
    return payout_in(session, run_id=run_id, payout_id=payout_id)


def fail_payout(session: Session, *, brand_id: int, run_id: UUID, payout_id: UUID, reason: str, now: datetime) -> Payout:
    """One payout came back or never left; also one that had been confirmed. The reason is what the payee reads."""
    reason = required(reason, field="reason", most=REASON_LENGTH)
    payout = payout_in(session, run_id=run_id, payout_id=payout_id)
    if not fail_payouts(session, brand_id=brand_id, run_id=run_id, reasons={payout_id: reason}, now=now):
        raise Conflict("payout_state", "这笔打款现在是“%(state)s”，不能这样操作", state=payout.state)
    note(session, action="fail", subject_kind="payouts", subject_id=payout_id, subject_name=payout.payee.name, after={"reason": reason})
    return payout_in(session, run_id=run_id, payout_id=payout_id)


FAIL = """
UPDATE payouts p SET state = 'failed', reason = r.reason, failed_at = %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id uuid, reason text)
WHERE p.brand_id = %(brand_id)s AND p.run_id = %(run_id)s AND p.id = r.id AND p.state = %(state)s RETURNING p.id"""


def fail_payouts(session: Session, *, brand_id: int, run_id: UUID, reasons: Mapping[UUID, str], now: datetime) -> int:
    """payout → why. Only what is paid or under way can fail, and once; how many did. Refuses where a transfer has left."""
    run = locked_run(session, run_id)
    take_from_sending(session, brand_id=brand_id, payout_ids=list(reasons))
    rows = dump_json([{"id": payout_id, "reason": reason} for payout_id, reason in reasons.items()])
    count = 0
    for state in ("paid", "sent"):
        names = {"brand_id": brand_id, "run_id": run_id, "rows": rows, "state": state, "now": now}
        failed = [row[0] for row in gather(session, (FAIL, names))[0]]
        _give_back(session, run, failed, now, paid=state == "paid")
        count += len(failed)
    _close(session, run, now)
    return count


def locked_run(session: Session, run_id: UUID) -> PayoutRun:
    """An executed run, locked: what is said of its payouts is said one after the other."""
    run = session.scalar(select(PayoutRun).where(PayoutRun.id == run_id).with_for_update().execution_options(populate_existing=True))
    if run is None:
        raise NotFound("payout_run", run_id)
    if run.state != "executed":
        raise Conflict("run_state", "这批打款现在是“%(state)s”，不能这样操作", state=run.state)
    return run


def payout_in(session: Session, *, run_id: UUID, payout_id: UUID) -> Payout:
    payout = session.scalar(select(Payout).where(Payout.run_id == run_id, Payout.id == payout_id).execution_options(populate_existing=True))
    if payout is None:
        raise NotFound("payout", payout_id)
    return payout


def _book_paid(session: Session, run: PayoutRun, payout_ids: Sequence[UUID], now: datetime) -> None:
    """What is paid by now, and the withdrawals it was asked for by."""
    if payout_ids:
        post_done(session, run=run, payout_ids=payout_ids, now=now)
        tell_payouts(session, run=run, payout_ids=payout_ids, kind="paid_out", now=now)
        _close_withdrawals(session, run, payout_ids, "paid", now)


def _give_back(session: Session, run: PayoutRun, payout_ids: Sequence[UUID], now: datetime, *, paid: bool) -> None:
    if not payout_ids:
        return
    post_failed(session, run=run, payout_ids=payout_ids, paid=paid, now=now)
    tell_payouts(session, run=run, payout_ids=payout_ids, kind="payout_failed", now=now)
    give_up(session, run=run, payout_ids=payout_ids)
    _close_withdrawals(session, run, payout_ids, "failed", now)
    post_withdrawals_back(session, brand_id=run.brand_id, payout_ids=payout_ids, now=now)
    amount = session.scalar(select(func.sum(Payout.amount_minor)).where(Payout.id.in_(payout_ids))) or 0
    announce(session, brand_id=run.brand_id, event="payout.failed", now=now,
             payload={"payout_run_id": str(run.id), "number": run.number, "amount": int(amount), "payouts": len(payout_ids)})


def _close_withdrawals(session: Session, run: PayoutRun, payout_ids: Sequence[UUID], state: str, now: datetime) -> None:
    if run.scope == "withdrawals":
        values: dict[str, Any] = {"state": state, "closed_at": now, "reason": Payout.reason}
        session.execute(update(Withdrawal).where(
            Withdrawal.payout_id == Payout.id, Payout.brand_id == Withdrawal.brand_id, Payout.id.in_(payout_ids),
            Withdrawal.state.in_(("paying", "paid"))).values(**values).execution_options(synchronize_session=False))


def _close(session: Session, run: PayoutRun, now: datetime) -> None:
    """A run is reconciled once somebody has spoken of each of its payouts."""
    if run.reconciled_at is None and session.scalar(select(Payout.id).where(Payout.run_id == run.id, UNANSWERED).limit(1)) is None:
        run.reconciled_at = now
    session.flush()
