"""R15 is asked again when a run is executed: suspended, paid another way, another account or no invoice is taken out; the others are paid."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select, text

from app.domain.guides.models import Guide
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.bank_details import change_payment, set_bank_details
from app.domain.settlement.invoices import record_invoice, void_invoice
from app.domain.settlement.models import Invoice, PayoutRun
from app.domain.settlement.payout_orders import payout_orders
from app.extensions import Database
from app.flows.pay_out import execute_payout_run
from app.flows.withdraw import request_withdrawal
from app.gateways.payouts.files import FilePayouts
from app.kernel.errors import Conflict
from app.kernel.tenancy import BrandSession
from tests.builders.money import due_to, whole
from tests.builders.payouts import LateBank, approved, credit, executed, payouts, some_files, with_account, withdrawal_of
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

NEW = {"holder": "王骗子", "bank": "某银行", "account": "9999999999999999"}


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """Lin, an individual, has 100.00; He, an employee, 20.00."""
    shop = a_shop(session)
    act_as(session, command("one"))
    with_account(session, shop.lin.payee_id)
    credit(session, shop.lin.payee_id, 10_000)
    credit(session, shop.he.payee_id, 2_000)
    session.commit()
    return shop


def suspend(shop: Shop) -> None:
    change_payment(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, status="suspended")


def suspend_guide(shop: Shop) -> None:
    shop.session.scalars(select(Guide).where(Guide.id == shop.lin.id)).one().status = "suspended"


def other_account(shop: Shop) -> None:
    set_bank_details(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, **NEW)


def other_kind(shop: Shop) -> None:
    change_payment(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, tax_kind="employee")


@pytest.mark.parametrize(("how", "reason"), [
    (suspend, "suspended"), (suspend_guide, "suspended"), (other_account, "no_bank_details"), (other_kind, "details_changed")])
def test_taken_out_with_the_reason_and_the_others_go_on(shop: Shop, how: Callable[[Shop], None], reason: str) -> None:
    run = approved(shop.session)
    assert (run.payout_count, run.amount_minor) == (2, 12_000)
    how(shop)
    files = some_files()
    execute(shop, run, files)
    assert {payee: (one.state, one.reason) for payee, one in payouts(shop.session, run).items()} == {
        shop.lin.payee_id: ("cancelled", reason), shop.he.payee_id: ("paid", "")}
    assert (run.state, run.payout_count, run.amount_minor) == ("executed", 1, 2_000)
    assert due_to(shop, shop.lin.payee_id) == {"available": 10_000}, "her entries are given back"
    assert "林晓芸" not in files.get(run.file_key).decode("utf-8-sig")
    whole(shop)


def execute(shop: Shop, run: PayoutRun, files: object) -> None:
    execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(files), now=NOON)  # type: ignore[arg-type]
    shop.session.commit()


def test_a_voided_invoice_takes_a_company_out(shop: Shop) -> None:
    change_payment(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, tax_kind="company")
    bill: Invoice = record_invoice(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, number="1", amount_minor=10_000,
                                   issued_on=date(2026, 11, 1), today=date(2026, 11, 1), now=NOON)
    shop.session.commit()
    run = approved(shop.session)
    assert run.payout_count == 2
    void_invoice(shop.session, brand_id=shop.brand_id, invoice_id=bill.id, now=NOON)
    execute(shop, run, some_files())
    assert payouts(shop.session, run)[shop.lin.payee_id].reason == "no_invoice"
    whole(shop)


def test_a_withdrawal_taken_out_is_asked_for_again_and_says_why(shop: Shop) -> None:
    row = request_withdrawal(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=4_000, now=NOON)
    shop.session.commit()
    run = approved(shop.session, "withdrawals")
    suspend(shop)
    execute(shop, run, some_files())
    row = withdrawal_of(shop.session, row)
    assert (row.state, row.reason, row.payout_id, run.payout_count) == ("requested", "suspended", None, 0)
    assert due_to(shop, shop.lin.payee_id) == {"available": 6_000, "requested": 4_000}
    whole(shop)
    change_payment(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, status="active")
    shop.session.commit()
    assert executed(shop.session, "withdrawals").amount_minor == 4_000
    assert withdrawal_of(shop.session, row).reason == ""
    whole(shop)


def test_without_the_question_the_new_account_would_be_in_the_file(shop: Shop) -> None:
    """The twin: what is handed over as it stands, nobody asked."""
    run = approved(shop.session)
    other_account(shop)
    shop.session.commit()
    assert NEW["account"] in {order.account for order in payout_orders(shop.session, run=run)}


def test_an_account_cannot_change_while_the_file_is_written(shop: Shop, database: Database) -> None:
    """Who was found verified is held until the commit: the file says what was checked."""
    run = approved(shop.session)
    assert changed_while_writing(shop, database, run) == []


def test_an_account_that_is_not_held_changes_under_the_file(shop: Shop, database: Database) -> None:
    """The twin: the same reading without the lock."""
    run = approved(shop.session)
    assert changed_while_writing(shop, database, run, held=False) == [NEW["account"]]


def changed_while_writing(shop: Shop, database: Database, run: PayoutRun, *, held: bool = True) -> list[str]:
    """Between the question and the file someone else saves a new account; which new accounts got into the file."""
    written: list[str] = []

    class Slow:
        name = "slow"

        def take(self, orders, *, brand_id, run_id):  # type: ignore[no-untyped-def]
            change.start()
            change.join(1.0)
            known = list(orders)
            written.extend(order.account for order in known)
            return FilePayouts(some_files()).take(known, brand_id=brand_id, run_id=run_id)

        def deliver(self, order):  # type: ignore[no-untyped-def]
            raise AssertionError

    def save() -> None:
        with database.transaction(shop.brand_id) as session:
            act_as(session, command("thief"))
            set_bank_details(session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, **NEW)

    change = threading.Thread(target=save)
    with database.session(shop.brand_id) as session:
        act_as(session, command("two"))
        if held:
            execute_payout_run(session, brand_id=shop.brand_id, run_id=run.id, provider=Slow(), now=NOON)
        else:
            assert session.scalar(text("SELECT bank_verified_at IS NOT NULL FROM payees WHERE id = :id"), {"id": shop.lin.payee_id})
            fresh = session.scalars(select(PayoutRun).where(PayoutRun.id == run.id)).one()
            Slow().take(payout_orders(session, run=fresh), brand_id=shop.brand_id, run_id=run.id)
        session.rollback()
    change.join(20)
    return [account for account in written if account == NEW["account"]]


def test_an_account_is_left_alone_while_money_is_on_its_way_to_it(shop: Shop) -> None:
    executed(shop.session, provider=LateBank())
    with pytest.raises(Conflict, match="正在途中"):
        other_account(shop)
