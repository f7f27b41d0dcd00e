"""Money that leaves the house in the story: runs, what the bank answers, invoices, accounts, debts that are forgiven."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.domain.guides.models import Guide
from app.domain.ledger.models import Payee
from app.domain.orgs.models import OrgUnit
from app.domain.settlement.bank_details import set_bank_details
from app.domain.settlement.invoices import record_invoice
from app.domain.settlement.models import Payout, PayoutRun, WriteOff
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.flows.reconcile import reconcile
from app.flows.reconcile_payouts import confirm_payouts, fail_payout
from app.flows.settle_period import settle
from app.flows.withdraw import request_withdrawal
from app.flows.write_off import approve_write_off, request_write_off
from app.gateways.payouts.files import FilePayouts
from app.kernel.clock import day_start, local_day
from app.kernel.tenancy import BrandSession
from demo.brand import LAST_DAY, TIMEZONE
from demo.scene import Scene


def _settle(scene: Scene) -> None:
    settle(scene.session, brand_id=scene.brand_id, as_of=scene.now, now=scene.now)


def _withdraw(scene: Scene) -> None:
    """'yuan': the guide herself asks."""
    request_withdrawal(scene.session, brand_id=scene.brand_id, payee_id=payee_of(scene.session, scene.who).id, amount_minor=int(scene.what) * 100, now=scene.now)


def _draft(scene: Scene) -> None:
    """'scope'"""
    draft_payout_run(scene.session, brand_id=scene.brand_id, scope=scene.what, now=scene.now)


def _approve(scene: Scene) -> None:
    approve_payout_run(scene.session, brand_id=scene.brand_id, run_id=_run(scene.session, "draft"), now=scene.now)


def _execute(scene: Scene) -> None:
    execute_payout_run(scene.session, brand_id=scene.brand_id, run_id=_run(scene.session, "approved"), provider=FilePayouts(scene.files), now=scene.now)


def _bounce(scene: Scene) -> None:
    """'payee reason': the transfer comes back."""
    who, reason = scene.what.split()
    payout = scene.session.scalars(select(Payout).where(Payout.payee_id == payee_of(scene.session, who).id, Payout.state == "paid")).one()
    fail_payout(scene.session, brand_id=scene.brand_id, run_id=payout.run_id, payout_id=payout.id, reason=reason, now=scene.now)


def _confirm(scene: Scene) -> None:
    """Of every run that is out: the others arrived."""
    for run_id in scene.session.scalars(select(PayoutRun.id).where(PayoutRun.state == "executed", PayoutRun.reconciled_at.is_(None))).all():
        confirm_payouts(scene.session, brand_id=scene.brand_id, run_id=run_id, now=scene.now)


def _bank(scene: Scene) -> None:
    """'payee bank account': entered, and to be verified by somebody else."""
    who, bank, account = scene.what.split()
    payee = payee_of(scene.session, who)
    set_bank_details(scene.session, brand_id=scene.brand_id, payee_id=payee.id, holder=payee.name, bank=bank, account=account)


def _invoice(scene: Scene) -> None:
    """'company number yuan'"""
    who, number, yuan = scene.what.split()
    today = local_day(scene.now, TIMEZONE)
    record_invoice(scene.session, brand_id=scene.brand_id, payee_id=payee_of(scene.session, who).id, number=number, amount_minor=int(yuan) * 100,
                   issued_on=today - timedelta(days=1), today=today, now=scene.now)


def _forgive(scene: Scene) -> None:
    """'payee yuan reason': asked for."""
    who, yuan, reason = scene.what.split()
    request_write_off(scene.session, brand_id=scene.brand_id, payee_id=payee_of(scene.session, who).id, amount_minor=int(yuan) * 100, reason=reason,
                      now=scene.now)


def _agree(scene: Scene) -> None:
    """'payee': what was asked for her is approved."""
    asked = scene.session.scalars(select(WriteOff.id).where(
        WriteOff.payee_id == payee_of(scene.session, scene.what).id, WriteOff.state == "requested")).one()
    approve_write_off(scene.session, brand_id=scene.brand_id, write_off_id=asked, now=scene.now)


def _reconcile(scene: Scene) -> None:
    """The story so far, four ways."""
    today = local_day(scene.now, TIMEZONE)
    reconcile(scene.session, brand_id=scene.brand_id, from_=day_start(today - timedelta(days=LAST_DAY), TIMEZONE), to=scene.now, now=scene.now)


def payee_of(session: BrandSession, who: str) -> Payee:
    """By staff number or unit code."""
    paid = select(Guide.payee_id).where(Guide.employee_no == who).union(select(OrgUnit.payee_id).where(OrgUnit.code == who))
    return session.scalars(select(Payee).where(Payee.id.in_(paid))).one()


def _run(session: BrandSession, state: str) -> UUID:
    return session.scalars(select(PayoutRun.id).where(PayoutRun.state == state)).one()


VERBS = {
    "settle": _settle, "withdraw": _withdraw, "draft": _draft, "approve": _approve, "execute": _execute, "bounce": _bounce, "confirm": _confirm,
    "bank": _bank, "invoice": _invoice, "forgive": _forgive, "agree": _agree, "reconcile": _reconcile}
