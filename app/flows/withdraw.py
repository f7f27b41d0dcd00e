"""A payee asks for part of what is available (R16): it stands requested until finance pays it, or someone says no."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.brands.queries import settings_of
from app.domain.guides.models import Guide
from app.domain.ledger.actions import Entry, post
from app.domain.ledger.models import LedgerEntry, Payee
from app.domain.people.audit import acting
from app.domain.provider.accounts import account_of
from app.domain.settlement.bank_details import payable
from app.domain.settlement.models import Withdrawal
from app.domain.settlement.rules import BY_TRANSFER, method_of
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time
from app.kernel.texts import required


def request_withdrawal(session: Session, *, brand_id: int, payee_id: UUID, amount_minor: int, now: datetime) -> Withdrawal:
    """`amount_minor` goes from available to requested. Refuses more than is available, a second open request, and who could not be paid.

    What is available is read inside the lock that drafting a run takes too: the same money is never asked for and paid.
    """
    one_at_a_time(session, f"payout:{brand_id}")
    payee = payable(session, brand_id=brand_id, payee_id=payee_id)
    require_payable(session, brand_id=brand_id, payee=payee)
    if open_withdrawal(session, brand_id=brand_id, payee_id=payee_id):
        raise Conflict("withdrawal_open", "上一笔提现还没有处理完，到账或取消后才能再申请")
    _require_amount(session, brand_id, payee_id, amount_minor)
    withdrawal = Withdrawal(brand_id=brand_id, id=new_id(), number=(session.scalar(select(func.max(Withdrawal.number))) or 0) + 1, payee_id=payee_id,
                            amount_minor=amount_minor, state="requested", requested_by=acting(session).name, requested_at=now)
    session.add(withdrawal)
    session.flush()
    _move(session, withdrawal, "requested", "withdrawal", "available", "requested", now)
    return withdrawal


def require_payable(session: Session, *, brand_id: int, payee: Payee) -> None:
    """Refuses, with what to do, where withdrawals are switched off, the payee is suspended or her account not verified."""
    if not settings_of(session, brand_id=brand_id).withdrawals:
        raise Refused("withdrawals_off", "品牌没有开放提现，会按期统一打款")
    guide_status = session.scalar(select(Guide.status).where(Guide.payee_id == payee.id).with_for_update(read=True))
    if payee.status == "suspended" or guide_status == "suspended":
        raise Refused("suspended", "收款已暂停，请联系品牌财务")
    account = account_of(session, brand_id=brand_id, payee_id=payee.id, provider=BY_TRANSFER)
    by_bank = method_of(payee.tax_kind) == "bank" and not (account and account.state == "ready")
    if by_bank and not payee.bank_sealed:
        raise Refused("no_bank_details", "还没有收款账户，请先填写收款账户")
    if by_bank and not payee.bank_verified_at:
        raise Refused("bank_unverified", "收款账户还没有核验，请等品牌财务核验后再提现")


def open_withdrawal(session: Session, *, brand_id: int, payee_id: UUID) -> Withdrawal | None:
    return session.scalar(select(Withdrawal).where(Withdrawal.payee_id == payee_id, Withdrawal.state.in_(("requested", "paying"))))


def cancel_withdrawal(session: Session, *, brand_id: int, withdrawal_id: UUID, now: datetime, payee_id: UUID | None = None) -> Withdrawal:
    """Her own change of mind; `payee_id` is whose it must be. Not once it is in a run."""
    return _undo(session, brand_id, withdrawal_id, "cancelled", "", now, payee_id)


def reject_withdrawal(session: Session, *, brand_id: int, withdrawal_id: UUID, reason: str, now: datetime) -> Withdrawal:
    """Finance says no; the reason is what the payee reads."""
    return _undo(session, brand_id, withdrawal_id, "rejected", required(reason, field="reason", most=200), now)


def _require_amount(session: Session, brand_id: int, payee_id: UUID, amount_minor: int) -> None:
    available = session.scalar(select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0)).where(
        LedgerEntry.payee_id == payee_id, LedgerEntry.phase == "available"))
    if amount_minor <= 0:
        raise Refused("amount_invalid", "提现金额要大于 0", field="amount")
    if amount_minor > int(available or 0):
        raise Refused("not_available", "超过了现在可以提现的金额", field="amount", available_minor=max(int(available or 0), 0))
    minimum = settings_of(session, brand_id=brand_id).withdrawal_minimum_minor
    if amount_minor < minimum:
        raise Refused("below_minimum", "没有达到最低提现金额", field="amount", minimum_minor=minimum)


def _undo(session: Session, brand_id: int, withdrawal_id: UUID, state: str, reason: str, now: datetime, payee_id: UUID | None = None) -> Withdrawal:
    one_at_a_time(session, f"payout:{brand_id}")
    withdrawal = session.scalar(select(Withdrawal).where(Withdrawal.id == withdrawal_id).with_for_update(of=Withdrawal)
                                .execution_options(populate_existing=True))
    if withdrawal is None or payee_id not in (None, withdrawal.payee_id):
        raise NotFound("withdrawal", withdrawal_id)
    if withdrawal.state == "paying":
        raise Conflict("withdrawal_paying", "已经列入打款批次，不能再改")
    if withdrawal.state != "requested":
        raise Conflict("withdrawal_closed", "这笔提现已经处理过了", state=withdrawal.state)
    withdrawal.state, withdrawal.reason, withdrawal.closed_at = state, reason, now
    session.flush()
    _move(session, withdrawal, "undone", "withdrawal_undo", "requested", "available", now)
    return withdrawal


def _move(session: Session, withdrawal: Withdrawal, what: str, kind: str, source: str, target: str, now: datetime) -> None:
    entries = [Entry(withdrawal.payee_id, "withdrawal", phase, sign * withdrawal.amount_minor) for phase, sign in ((source, -1), (target, 1))]
    post(session, brand_id=withdrawal.brand_id, cause=f"withdrawal:{withdrawal.id}:{what}", kind=kind, entries=entries, now=now,
         note={"withdrawal_id": str(withdrawal.id), "reason": withdrawal.reason} if withdrawal.reason else {"withdrawal_id": str(withdrawal.id)})
