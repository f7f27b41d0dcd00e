"""A provider over a network: 'sent' at execution, delivered by a job outside of any transaction, booked when it answers (R18)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.models import PayoutRun
from app.domain.settlement.ports import PayoutAnswer, PayoutOrder
from app.extensions import Database
from app.flows.pay_out import execute_payout_run
from app.flows.reconcile_payouts import confirm_payouts, fail_payout, record_answers
from app.flows.send_payouts import JOB, send_payouts
from app.flows.withdraw import request_withdrawal
from app.jobs import REGISTRY
from app.jobs.worker import queue_app, run_job
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.money import due_to, whole
from tests.builders.payouts import LateBank, approved, credit, executed, payouts, withdrawal_of
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

QUEUED = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :job AND status = 'todo' AND (args ->> 'brand_id')::int = :brand")


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    shop = a_shop(session)
    act_as(session, command("one"))
    credit(session, shop.lin.payee_id, 10_000)
    credit(session, shop.he.payee_id, 2_000)
    session.commit()
    return shop


def states(shop: Shop, run: PayoutRun) -> dict[str, str]:
    names = {shop.lin.payee_id: "lin", shop.he.payee_id: "he"}
    return {names[payee]: one.state for payee, one in payouts(shop.session, run).items()}


def test_sent_then_paid_or_failed(shop: Shop, database: Database) -> None:
    bank = LateBank({"何敏": ("failed", "账户冻结")})
    run = executed(shop.session, provider=bank)
    assert (run.state, states(shop, run)) == ("executed", {"lin": "sent", "he": "sent"})
    assert due_to(shop, shop.lin.payee_id) == {"in_payout": 10_000}
    assert shop.session.scalar(QUEUED, {"job": JOB, "brand": shop.brand_id}) == 1
    whole(shop)
    assert send_payouts(database, brand_id=shop.brand_id, run_id=run.id, provider=bank, now=NOON) == 2
    assert states(shop, run) == {"lin": "paid", "he": "failed"}
    assert (due_to(shop, shop.lin.payee_id), due_to(shop, shop.he.payee_id)) == ({"paid": 10_000}, {"available": 2_000})
    assert send_payouts(database, brand_id=shop.brand_id, run_id=run.id, provider=bank, now=NOON) == 0, "nothing is left to deliver"
    assert list(bank.moved.values()) == [10_000]
    whole(shop)


def test_the_job_delivers_by_the_provider_in_use(app: Application, shop: Shop) -> None:
    bank = LateBank()
    run = executed(shop.session, provider=bank)
    queue_app(app, by_itself=False)
    before = app.gateways
    app.gateways = replace(before, payouts=bank)
    try:
        with app.app_context():
            run_job(app, REGISTRY[JOB], {"brand_id": shop.brand_id, "run_id": str(run.id)})
    finally:
        app.gateways = before
    assert states(shop, run) == {"lin": "paid", "he": "paid"}
    whole(shop)


def test_on_its_way_is_told_by_the_bank_at_last(shop: Shop, database: Database) -> None:
    """Delivered, and still under way: it is not sent again, and the bank's own word ends it."""
    bank = LateBank({"林晓芸": ("sent", ""), "何敏": ("sent", "")})
    run = executed(shop.session, provider=bank)
    assert send_payouts(database, brand_id=shop.brand_id, run_id=run.id, provider=bank, now=NOON) == 2
    assert send_payouts(database, brand_id=shop.brand_id, run_id=run.id, provider=bank, now=NOON) == 0
    he = payouts(shop.session, run)[shop.he.payee_id]
    fail_payout(shop.session, brand_id=shop.brand_id, run_id=run.id, payout_id=he.id, reason="退回", now=NOON)
    assert confirm_payouts(shop.session, brand_id=shop.brand_id, run_id=run.id, now=NOON) == 1
    shop.session.commit()
    assert states(shop, run) == {"lin": "paid", "he": "failed"}
    assert (due_to(shop, shop.lin.payee_id), due_to(shop, shop.he.payee_id)) == ({"paid": 10_000}, {"available": 2_000})
    assert shop.session.scalars(select(PayoutRun.reconciled_at).where(PayoutRun.id == run.id)).one() == NOON
    whole(shop)


def test_an_answer_given_twice_counts_once(shop: Shop) -> None:
    run = executed(shop.session, provider=LateBank())
    lin = payouts(shop.session, run)[shop.lin.payee_id]
    for state in ("paid", "paid", "failed", "sent"):
        record_answers(shop.session, brand_id=shop.brand_id, run_id=run.id, answers=[PayoutAnswer(lin.id, state, "ref")], now=NOON)
        shop.session.commit()
    assert states(shop, run)["lin"] == "paid"
    assert due_to(shop, shop.lin.payee_id) == {"paid": 10_000}
    whole(shop)


def test_refused_at_once_is_available_at_once(shop: Shop) -> None:
    """A withdrawal whose payout the provider refuses while the run is booked."""

    class Refusing(LateBank):
        def take(self, orders, *, brand_id, run_id):  # type: ignore[no-untyped-def]
            handover = super().take(orders, brand_id=brand_id, run_id=run_id)
            return replace(handover, answers=[PayoutAnswer(one.id, "failed", "", "不支持的银行") for one in handover.answers])

    row = request_withdrawal(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=3_000, now=NOON)
    shop.session.commit()
    executed(shop.session, "withdrawals", provider=Refusing())
    assert due_to(shop, shop.lin.payee_id) == {"available": 10_000}
    assert (withdrawal_of(shop.session, row).state, withdrawal_of(shop.session, row).reason) == ("failed", "不支持的银行")
    whole(shop)


def test_a_provider_that_forgets_someone_executes_nothing(shop: Shop) -> None:
    class Forgetful(LateBank):
        def take(self, orders, *, brand_id, run_id):  # type: ignore[no-untyped-def]
            handover = super().take(orders, brand_id=brand_id, run_id=run_id)
            return replace(handover, answers=list(handover.answers)[1:])

    run = approved(shop.session)
    with pytest.raises(RuntimeError, match="did not answer"):
        execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=Forgetful(), now=NOON)
    shop.session.rollback()
    assert states(shop, run) == {"lin": "approved", "he": "approved"}
    whole(shop)


def test_the_key_is_the_payouts_own(shop: Shop, database: Database) -> None:
    """Delivered twice, as after a kill between the delivery and the booking, the bank pays once. The twin has a key of its own each time."""
    bank = LateBank({"林晓芸": ("sent", ""), "何敏": ("sent", "")})
    run = executed(shop.session, provider=bank)
    from app.domain.settlement.payout_orders import payout_orders
    orders = list(payout_orders(shop.session, run=run))
    for order in [*orders, *orders]:
        bank.deliver(order)
    assert sorted(bank.moved.values()) == [2_000, 10_000]

    class Careless(PayoutOrder):
        tries = 0

        @property
        def key(self) -> str:
            Careless.tries += 1
            return f"{self.id}:{Careless.tries}"

    careless = LateBank()
    for order in [*orders, *orders]:
        careless.deliver(Careless(*(getattr(order, name) for name in PayoutOrder.__slots__)))
    assert sorted(careless.moved.values()) == [2_000, 2_000, 10_000, 10_000]
