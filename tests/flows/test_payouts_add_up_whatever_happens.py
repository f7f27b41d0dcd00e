"""Any sequence of credits, clawbacks, withdrawals, runs, answers and failures: Σ entries = amount, each entry in at most one payout (R15).

PAYOUT_MACHINE_EXAMPLES raises the number of lives it tries.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text

from app.domain.brands.models import BrandSettings
from app.domain.ledger.checking import check_ledger
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.bank_details import change_payment
from app.domain.settlement.models import Payout, PayoutRun, Withdrawal
from app.extensions import Database
from app.flows.pay_out import approve_payout_run, cancel_payout_run, draft_payout_run, execute_payout_run
from app.flows.reconcile_payouts import confirm_payouts, fail_payout
from app.flows.send_payouts import send_payouts
from app.flows.withdraw import cancel_withdrawal, reject_withdrawal, request_withdrawal
from app.gateways.payouts.files import FilePayouts
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession
from tests.builders.brands import a_brand
from tests.builders.payouts import LateBank, credit, some_files, with_account
from tests.builders.shops import a_shop
from tests.conftest import NOON

_numbers = itertools.count(1)
PICK = st.integers(0, 20)
WHO = st.integers(0, 2)
SETTINGS = settings(max_examples=int(os.environ.get("PAYOUT_MACHINE_EXAMPLES", "15")), stateful_step_count=40, deadline=None,
                    suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate, Phase.shrink])

TWICE = "SELECT count(*) FROM (SELECT entry_id FROM payout_entries WHERE brand_id = :brand GROUP BY entry_id HAVING count(*) > 1) x"
WORTH = """SELECT count(*) FROM payouts p WHERE p.brand_id = :brand AND p.state IN ('draft', 'approved', 'sent', 'paid') AND p.amount_minor <> (
  SELECT coalesce(sum(e.amount_minor), 0) FROM payout_entries x JOIN ledger_entries e ON e.brand_id = x.brand_id AND e.id = x.entry_id
  WHERE x.brand_id = p.brand_id AND x.payout_id = p.id)"""
CLAIMED = "SELECT count(*) FROM payout_entries x JOIN payouts p ON p.brand_id = x.brand_id AND p.id = x.payout_id " \
          "WHERE x.brand_id = :brand AND p.state IN ('failed', 'cancelled', 'left_out')"
TOTAL = "SELECT coalesce(sum(amount_minor), 0) FROM ledger_entries WHERE brand_id = :brand AND payee_id = :payee"


class Payouts(RuleBasedStateMachine):
    """One brand; Lin an employee, He an individual with tax, the store the brand's own. What a rule refuses is undone whole."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database, self.now, self.files, self.bank = database, NOON, some_files(), LateBank()
        self.brand_id = a_brand(database, slug=f"p{os.getpid()}-{next(_numbers)}", now=NOON).id
        with database.transaction(self.brand_id) as session:
            shop = a_shop(session, rates=False)
            session.scalars(select(BrandSettings)).one().tax_scheme = "cn_labour"
            act_as(session, command("one"))
            with_account(session, shop.he.payee_id)
            self.payees = [shop.lin.payee_id, shop.he.payee_id, shop.store.payee_id]
            for payee in self.payees:
                credit(session, payee, 100_000, now=self.now)
        self.given = dict.fromkeys(self.payees, 100_000)

    def do(self, work: Callable[[BrandSession], Any], who: str = "one") -> Any:
        try:
            with self.database.transaction(self.brand_id) as session:
                act_as(session, command(who))
                return work(session)
        except Refused:
            return None

    def first(self, table: Any, *states: str, pick: int = 0) -> Any:
        with self.database.session(self.brand_id) as session:
            found = session.scalars(select(table).where(table.state.in_(states)).order_by(table.id)).all()
            return found[pick % len(found)] if found else None

    @rule(who=WHO, amount=st.integers(1, 600_000), back=st.booleans())
    def earn_or_give_back(self, who: int, amount: int, back: bool) -> None:
        amount = -amount if back else amount
        self.do(lambda session: credit(session, self.payees[who], amount, now=self.now))
        self.given[self.payees[who]] += amount

    @rule(who=WHO, amount=st.integers(1, 200_000))
    def ask(self, who: int, amount: int) -> None:
        self.do(lambda session: request_withdrawal(session, brand_id=self.brand_id, payee_id=self.payees[who], amount_minor=amount, now=self.now))

    @rule(pick=PICK, reject=st.booleans())
    def undo(self, pick: int, reject: bool) -> None:
        row = self.first(Withdrawal, "requested", "paying", pick=pick)
        if row and reject:
            self.do(lambda session: reject_withdrawal(session, brand_id=self.brand_id, withdrawal_id=row.id, reason="x", now=self.now))
        elif row:
            self.do(lambda session: cancel_withdrawal(session, brand_id=self.brand_id, withdrawal_id=row.id, now=self.now))

    @rule(scope=st.sampled_from(["all", "withdrawals"]), before=st.sampled_from([0, 0, 3]))
    def draft(self, scope: str, before: int) -> None:
        """Sometimes with a cut-off in the past, as a schedule's."""
        self.do(lambda session: draft_payout_run(session, brand_id=self.brand_id, scope=scope, cutoff=self.now - timedelta(hours=before), now=self.now))

    @rule(end=st.sampled_from(["execute", "execute", "late", "cancel"]))
    def move(self, end: str) -> None:
        run = self.first(PayoutRun, "draft", "approved")
        if run is None:
            return
        names = {"brand_id": self.brand_id, "run_id": run.id, "now": self.now}
        if end == "cancel":
            self.do(lambda session: cancel_payout_run(session, **names))
            return
        provider = self.bank if end == "late" else FilePayouts(self.files)
        self.do(lambda session: approve_payout_run(session, **names), "two")
        self.do(lambda session: execute_payout_run(session, provider=provider, **names))

    @rule(fails=st.sampled_from(["", "何敏", "林晓芸"]))
    def deliver(self, fails: str) -> None:
        payout = self.first(Payout, "sent")
        if payout:
            self.bank.answers = {fails: ("failed", "x")} if fails else {}
            send_payouts(self.database, brand_id=self.brand_id, run_id=payout.run_id, provider=self.bank, now=self.now)

    @rule(pick=PICK, confirm=st.booleans())
    def hear(self, pick: int, confirm: bool) -> None:
        payout = self.first(Payout, "paid", "sent", pick=pick)
        if payout and confirm:
            self.do(lambda session: confirm_payouts(session, brand_id=self.brand_id, run_id=payout.run_id, payout_ids=[payout.id], now=self.now))
        elif payout:
            self.do(lambda session: fail_payout(session, brand_id=self.brand_id, run_id=payout.run_id, payout_id=payout.id, reason="x", now=self.now))

    @rule(who=WHO, suspended=st.booleans(), kind=st.sampled_from([None, "employee"]))
    def change(self, who: int, suspended: bool, kind: str | None) -> None:
        self.do(lambda session: change_payment(session, brand_id=self.brand_id, payee_id=self.payees[who], tax_kind=kind if who == 0 else None,
                                               status="suspended" if suspended else "active"))

    @rule(hours=st.sampled_from([1, 24 * 20]))
    def wait(self, hours: int) -> None:
        self.now: datetime = self.now + timedelta(hours=hours)

    @invariant()
    def everything_adds_up(self) -> None:
        with self.database.session(self.brand_id) as session:
            assert check_ledger(session, brand_id=self.brand_id) == []
            for question in (TWICE, WORTH, CLAIMED):
                assert session.scalar(text(question), {"brand": self.brand_id}) == 0, question
            for payee, given in self.given.items():
                assert session.scalar(text(TOTAL), {"brand": self.brand_id, "payee": payee}) == given, "nothing is made or lost on the way out"


class Careless(Payouts):
    """The twin: someone tells of a failed payout in the table alone."""

    @rule(pick=PICK)
    def fail_by_hand(self, pick: int) -> None:
        self.do(lambda session: session.execute(text("UPDATE payouts SET state = 'failed' WHERE state = 'paid'")))


def test_nothing_is_ever_paid_twice_or_lost(database: Database) -> None:
    run_state_machine_as_test(partial(Payouts, database), settings=SETTINGS)


def test_a_careless_hand_is_found(database: Database) -> None:
    quick = settings(SETTINGS, max_examples=30, phases=[Phase.generate], print_blob=False)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(partial(Careless, database), settings=quick)


def test_payouts_reach_every_state(database: Database) -> None:
    """A machine that never pays would prove nothing."""
    machine = Payouts(database)
    for step in (partial(machine.ask, 0, 5_000), partial(machine.draft, "withdrawals", 0), partial(machine.move, "execute"), partial(machine.hear, 0, True),
                 partial(machine.draft, "all", 0), partial(machine.move, "late"), partial(machine.deliver, "何敏"), partial(machine.draft, "all", 0),
                 partial(machine.move, "cancel"), partial(machine.change, 1, True, None), partial(machine.earn_or_give_back, 0, 700, False),
                 partial(machine.draft, "all", 0)):
        step()
        machine.everything_adds_up()
    with database.session(machine.brand_id) as session:
        assert set(session.scalars(select(Payout.state))) == {"paid", "failed", "cancelled", "left_out", "draft"}
        assert session.scalars(select(Withdrawal.state)).all() == ["paid"]
