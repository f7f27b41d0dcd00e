"""Money to pay out, and who moves it: credits without orders, runs walked through, a provider that answers later."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

from sqlalchemy import select

from app.domain.ledger.actions import Entry, post
from app.domain.ledger.models import Payee
from app.domain.ledger.queries import house_payees
from app.domain.people.actors import command
from app.domain.people.audit import act_as, acting
from app.domain.settlement.bank_details import change_payment, set_bank_details, verify_bank_details
from app.domain.settlement.models import Payout, PayoutRun, Withdrawal
from app.domain.settlement.ports import Handover, PayoutAnswer, PayoutOrder, PayoutProvider
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import LocalFiles
from app.kernel.tenancy import BrandSession, served_brand
from tests.conftest import NOON

_numbers = itertools.count(1)
BANK = {"holder": "林晓芸", "bank": "招商银行", "account": "6225880212345678"}


def credit(session: BrandSession, payee_id: UUID, amount_minor: int, *, role: str = "guide", now: datetime = NOON) -> None:
    """Available at once, from the brand's own; negative is a clawback."""
    brand_id = served_brand(session)
    brand = house_payees(session, brand_id=brand_id)["brand"]
    post(session, brand_id=brand_id, cause=f"test:{next(_numbers)}", kind="write_off" if amount_minor > 0 else "reversed", now=now,
         entries=[Entry(payee_id, role, "available", amount_minor), Entry(brand, "brand", "available", -amount_minor)])


def with_account(session: BrandSession, payee_id: UUID, tax_kind: str = "individual", **bank: str) -> Payee:
    """Paid by bank transfer, to an account one person entered and another verified."""
    brand_id = served_brand(session)
    change_payment(session, brand_id=brand_id, payee_id=payee_id, tax_kind=tax_kind)
    set_bank_details(session, brand_id=brand_id, payee_id=payee_id, **{**BANK, **bank})
    before = acting(session)
    act_as(session, command("verifier"))
    payee = verify_bank_details(session, brand_id=brand_id, payee_id=payee_id, now=NOON)
    act_as(session, before)
    session.flush()
    return payee


def some_files() -> LocalFiles:
    return LocalFiles(Path(mkdtemp(prefix="yundian-payouts-")))


def drafted(session: BrandSession, scope: str = "all", now: datetime = NOON) -> PayoutRun:
    act_as(session, command("one"))
    run = draft_payout_run(session, brand_id=served_brand(session), scope=scope, now=now)
    session.commit()
    return run


def approved(session: BrandSession, scope: str = "all", now: datetime = NOON) -> PayoutRun:
    run = drafted(session, scope, now)
    act_as(session, command("two"))
    approve_payout_run(session, brand_id=run.brand_id, run_id=run.id, now=now)
    session.commit()
    return run


def executed(session: BrandSession, scope: str = "all", now: datetime = NOON, provider: PayoutProvider | None = None) -> PayoutRun:
    run = approved(session, scope, now)
    execute_payout_run(session, brand_id=run.brand_id, run_id=run.id, provider=provider or FilePayouts(some_files()), now=now)
    session.commit()
    return run


def payouts(session: BrandSession, run: PayoutRun) -> dict[UUID, Payout]:
    """By payee, as they stand now."""
    rows = session.scalars(select(Payout).where(Payout.run_id == run.id).execution_options(populate_existing=True))
    return {row.payee_id: row for row in rows}


def withdrawal_of(session: BrandSession, withdrawal: Withdrawal) -> Withdrawal:
    return session.scalars(select(Withdrawal).where(Withdrawal.id == withdrawal.id).execution_options(populate_existing=True)).one()


@dataclass
class LateBank:
    """A provider over a network: takes note, is delivered to later, pays one key once. `answers` by payee name, paid otherwise."""

    answers: dict[str, tuple[str, str]] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)
    """key → minor units that really left."""
    name: str = "late"

    def take(self, orders: Iterable[PayoutOrder], *, brand_id: int, run_id: UUID) -> Handover:
        return Handover([PayoutAnswer(order.id, "sent") for order in orders])

    def deliver(self, order: PayoutOrder) -> PayoutAnswer:
        state, reason = self.answers.get(order.payee, ("paid", ""))
        if state != "failed":
            self.moved.setdefault(order.key, order.net_minor)
        return PayoutAnswer(order.id, state, f"ref-{order.id}", reason)
