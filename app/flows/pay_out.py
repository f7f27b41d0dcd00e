"""What is available is paid: drafted, approved by a second person, executed; each entry in at most one payout (R15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.domain.brands.queries import settings_of
from app.domain.people.audit import acting
from app.domain.settlement.claims import candidates, claim, give_up, revise
from app.domain.settlement.models import Payout, PayoutRun, Withdrawal
from app.domain.settlement.payout_orders import payout_orders
from app.domain.settlement.ports import PayoutProvider
from app.domain.settlement.postings import post_drafted, post_undone
from app.domain.settlement.rules import left_out
from app.domain.settlement.taxing import taxes
from app.flows.announce import announce
from app.flows.prepare_transfers import queue_transfers
from app.flows.reconcile_payouts import record_answers
from app.flows.send_payouts import queue_sending
from app.kernel.db import plan_for_any_brand
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time

SCOPES = ("all", "withdrawals")


def draft_payout_run(session: Session, *, brand_id: int, now: datetime, scope: str = "all", cutoff: datetime | None = None,
                     scheduled_for: date | None = None) -> PayoutRun:
    """Claims every available (or requested) entry up to the cut-off, one payout per payee; who is passed over is kept with the reason.

    Refuses while another run is open, or when nothing can be paid.
    """
    if scope not in SCOPES:
        raise Refused("scope_unknown", "没有这种打款范围", field="scope")
    plan_for_any_brand(session)
    run = _open_run(session, brand_id, scope, cutoff or now, scheduled_for, now)
    claim(session, run=run)
    passed_over = _judge(session, run, now, out="left_out", minimum=settings_of(session, brand_id=brand_id).payout_minimum_minor if scope == "all" else 0)
    give_up(session, run=run, payout_ids=passed_over)
    if not _count(session, run, "draft"):
        raise Refused("nothing_to_pay", "现在没有可以打款的金额")
    post_drafted(session, run=run, now=now)
    _bind_withdrawals(session, run)
    session.flush()
    return run


def _open_run(session: Session, brand_id: int, scope: str, cutoff: datetime, scheduled_for: date | None, now: datetime) -> PayoutRun:
    one_at_a_time(session, f"payout:{brand_id}")
    if session.scalar(select(PayoutRun.id).where(PayoutRun.state.in_(("draft", "approved")))):
        raise Conflict("run_open", "上一批打款还没有执行或取消")
    if scheduled_for and session.scalar(select(PayoutRun.id).where(PayoutRun.scheduled_for == scheduled_for)):
        raise Conflict("already_drafted", "这一天的打款已经起草过了")
    actor = acting(session)
    run = PayoutRun(brand_id=brand_id, id=new_id(), number=(session.scalar(select(func.max(PayoutRun.number))) or 0) + 1, state="draft", scope=scope,
                    cutoff=cutoff, scheduled_for=scheduled_for, drafted_by_id=actor.ref, drafted_by=actor.name, drafted_at=now)
    session.add(run)
    session.flush()
    return run


def _judge(session: Session, run: PayoutRun, now: datetime, *, out: str, minimum: int) -> list[UUID]:
    """Takes out whom a rule leaves out (state `out`), works out the tax of the others anew; the ids of those taken out."""
    session.execute(update(Payout).where(Payout.run_id == run.id, Payout.tax_trace.is_not(None)).values(
        tax_withheld_minor=0, tax_trace=None).execution_options(synchronize_session=False))
    tax = taxes(session, brand_id=run.brand_id, now=now)
    rows: list[dict[str, Any]] = []
    taken_out: list[UUID] = []
    for one in candidates(session, run=run):
        reason = left_out(tax_kind=one.tax_kind, status=one.status, verified=one.verified, guide_status=one.guide_status, amount_minor=one.amount_minor,
                          minimum_minor=minimum, uncovered_minor=one.uncovered_minor, owes_minor=one.owes_minor, was=one.drafted_as,
                          method=one.method, account=one.account)
        withheld, trace = (0, None) if reason else tax(one.payee_id, one.tax_kind, one.amount_minor)
        if reason:
            taken_out.append(one.payout_id)
        if reason or trace:
            rows.append({"id": one.payout_id, "state": out if reason else run.state, "reason": reason or "", "tax": withheld, "trace": trace})
    revise(session, brand_id=run.brand_id, rows=rows)
    return taken_out


def _count(session: Session, run: PayoutRun, *states: str) -> int:
    """Keeps how many payouts the run has in these states and what they come to."""
    statement = select(func.count(), func.coalesce(func.sum(Payout.amount_minor), 0)).where(Payout.run_id == run.id, Payout.state.in_(states))
    count, amount = session.execute(statement).one()
    run.payout_count, run.amount_minor = count, int(amount)
    return count


def _bind_withdrawals(session: Session, run: PayoutRun) -> None:
    """What was asked for is under way with the payouts of this run."""
    if run.scope == "withdrawals":
        session.execute(update(Withdrawal).where(
            Withdrawal.state == "requested", Payout.brand_id == Withdrawal.brand_id, Payout.payee_id == Withdrawal.payee_id, Payout.run_id == run.id,
            Payout.state == "draft").values(state="paying", payout_id=Payout.id, reason="").execution_options(synchronize_session=False))


def _free_withdrawals(session: Session, run: PayoutRun) -> None:
    """Of payouts that will not be made: asked for again, with the reason why not."""
    session.execute(update(Withdrawal).where(
        Withdrawal.state == "paying", Withdrawal.payout_id == Payout.id, Payout.brand_id == Withdrawal.brand_id, Payout.run_id == run.id,
        Payout.state == "cancelled").values(state="requested", payout_id=None, reason=Payout.reason).execution_options(synchronize_session=False))


def approve_payout_run(session: Session, *, brand_id: int, run_id: UUID, now: datetime) -> PayoutRun:
    """R15: by another person than the one who drafted it; the database refuses the same one too."""
    run = _locked(session, run_id, "draft")
    actor = acting(session)
    if actor.ref == run.drafted_by_id:
        raise Refused("second_person", "起草和批准必须是两个人，请另一位同事批准")
    run.state, run.approved_by_id, run.approved_by, run.approved_at = "approved", actor.ref, actor.name, now
    _restate(session, run, "draft", "approved")
    session.flush()
    return run


def execute_payout_run(session: Session, *, brand_id: int, run_id: UUID, provider: PayoutProvider, now: datetime) -> PayoutRun:
    """Hands every payout to the provider and books what it answers; executing twice is refused.

    Who may not be paid any more (suspended, other details, no invoice) is taken out with the reason, the others go on.
    Everything is one transaction: if it ends before its commit nothing was executed, and the next try hands over the same.
    """
    run = _locked(session, run_id, "approved")
    taken_out = _judge(session, run, now, out="cancelled", minimum=0)
    post_undone(session, run=run, payout_ids=taken_out, now=now)
    give_up(session, run=run, payout_ids=taken_out)
    _free_withdrawals(session, run)
    _count(session, run, "approved")
    handover = provider.take(payout_orders(session, run=run), brand_id=brand_id, run_id=run.id)
    run.state, run.executed_at, run.provider, run.file_key = "executed", now, handover.provider or provider.name, handover.file_key
    session.flush()
    record_answers(session, brand_id=brand_id, run_id=run.id, answers=handover.answers, now=now)
    if session.scalar(select(Payout.id).where(Payout.run_id == run.id, Payout.state == "approved").limit(1)):
        raise RuntimeError(f"{provider.name} did not answer for every payout")
    queue_sending(session, brand_id=brand_id, run_id=run.id)
    queue_transfers(session, brand_id=brand_id)
    announce(session, brand_id=brand_id, event="payout.executed", now=now,
             payload={"payout_run_id": str(run.id), "number": run.number, "amount": run.amount_minor, "payouts": run.payout_count})
    return run


def cancel_payout_run(session: Session, *, brand_id: int, run_id: UUID, now: datetime) -> PayoutRun:
    """Gives every claim up; the entries are available (or requested) again."""
    one_at_a_time(session, f"payout:{brand_id}")
    run = _locked(session, run_id, "draft", "approved")
    _restate(session, run, run.state, "cancelled")
    post_undone(session, run=run, now=now)
    give_up(session, run=run)
    _free_withdrawals(session, run)
    run.state = "cancelled"
    session.flush()
    return run


def payouts_of(session: Session, run_id: UUID) -> Sequence[Payout]:
    statement = select(Payout).where(Payout.run_id == run_id).order_by(Payout.amount_minor.desc(), Payout.id)
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def _restate(session: Session, run: PayoutRun, old: str, new: str) -> None:
    session.execute(update(Payout).where(Payout.run_id == run.id, Payout.state == old).values(state=new).execution_options(synchronize_session=False))


def _locked(session: Session, run_id: UUID, *states: str) -> PayoutRun:
    run = session.scalar(select(PayoutRun).where(PayoutRun.id == run_id).with_for_update().execution_options(populate_existing=True))
    if run is None:
        raise NotFound("payout_run", run_id)
    if run.state not in states:
        raise Conflict("run_state", "这批打款现在是“%(state)s”，不能这样操作", state=run.state)
    return run
