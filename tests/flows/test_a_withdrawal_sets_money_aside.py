"""R16: a payee asks for part of what is available; it stands requested until it is paid, failed, rejected or cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.guides.models import Guide
from app.domain.ledger.models import Payee
from app.domain.ledger.queries import house_payees
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.bank_details import set_bank_details
from app.domain.settlement.models import Withdrawal
from app.flows.pay_out import cancel_payout_run
from app.flows.reconcile_payouts import fail_payout
from app.flows.withdraw import cancel_withdrawal, reject_withdrawal, request_withdrawal
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.tenancy import BrandSession
from tests.builders.money import due_to, whole
from tests.builders.payouts import BANK, credit, drafted, executed, payouts, with_account, withdrawal_of
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """Lin, an employee, has 100.00 available."""
    shop = a_shop(session)
    act_as(session, command("one"))
    credit(session, shop.lin.payee_id, 10_000)
    session.commit()
    return shop


def ask(shop: Shop, amount_minor: int = 3_000, payee_id: Any = None) -> Withdrawal:
    row = request_withdrawal(shop.session, brand_id=shop.brand_id, payee_id=payee_id or shop.lin.payee_id, amount_minor=amount_minor, now=NOON)
    shop.session.commit()
    return row


def test_it_is_set_aside_and_paid_by_a_run_of_its_own(shop: Shop) -> None:
    row = ask(shop)
    assert due_to(shop, shop.lin.payee_id) == {"available": 7_000, "requested": 3_000}
    whole(shop)
    run = executed(shop.session, "withdrawals")
    assert (run.payout_count, run.amount_minor, run.scope) == (1, 3_000, "withdrawals")
    assert due_to(shop, shop.lin.payee_id) == {"available": 7_000, "paid": 3_000}
    assert withdrawal_of(shop.session, row).state == "paid"
    whole(shop)
    assert executed(shop.session).amount_minor == 7_000, "the rest goes with the next run of everything"
    assert due_to(shop, shop.lin.payee_id) == {"paid": 10_000}
    whole(shop)


def test_a_run_of_everything_leaves_what_is_asked_for_alone(shop: Shop) -> None:
    ask(shop)
    assert executed(shop.session).amount_minor == 7_000
    assert due_to(shop, shop.lin.payee_id) == {"requested": 3_000, "paid": 7_000}
    whole(shop)
    assert executed(shop.session, "withdrawals").amount_minor == 3_000
    whole(shop)


@pytest.mark.parametrize(("amount", "code"), [(10_001, "not_available"), (0, "amount_invalid"), (-1, "amount_invalid"), (499, "below_minimum")])
def test_only_a_positive_part_of_what_is_there(shop: Shop, amount: int, code: str) -> None:
    shop.session.scalars(select(BrandSettings)).one().withdrawal_minimum_minor = 500
    with pytest.raises(Refused) as refused:
        ask(shop, amount)
    assert (refused.value.code, refused.value.field) == (code, "amount")


def test_the_last_fen_may_be_asked_for(shop: Shop) -> None:
    ask(shop, 10_000)
    assert due_to(shop, shop.lin.payee_id) == {"requested": 10_000}


def suspend_payee(shop: Shop) -> None:
    shop.session.scalars(select(Payee).where(Payee.id == shop.lin.payee_id)).one().status = "suspended"


def suspend_guide(shop: Shop) -> None:
    shop.session.scalars(select(Guide).where(Guide.id == shop.lin.id)).one().status = "suspended"


def no_account(shop: Shop) -> None:
    shop.session.scalars(select(Payee).where(Payee.id == shop.lin.payee_id)).one().tax_kind = "individual"


def unverified(shop: Shop) -> None:
    no_account(shop)
    set_bank_details(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, **BANK)


def switched_off(shop: Shop) -> None:
    shop.session.scalars(select(BrandSettings)).one().withdrawals = False


@pytest.mark.parametrize(("how", "code"), [
    (suspend_payee, "suspended"), (suspend_guide, "suspended"), (no_account, "no_bank_details"), (unverified, "bank_unverified"), (switched_off, "withdrawals_off")])
def test_who_could_not_be_paid_is_told_what_to_do(shop: Shop, how: Callable[[Shop], None], code: str) -> None:
    how(shop)
    with pytest.raises(Refused) as refused:
        ask(shop)
    assert refused.value.code == code


def test_one_at_a_time(shop: Shop) -> None:
    row = ask(shop)
    with pytest.raises(Conflict, match="上一笔提现"):
        ask(shop)
    shop.session.rollback()
    run = drafted(shop.session, "withdrawals")
    with pytest.raises(Conflict, match="上一笔提现"):
        ask(shop)
    shop.session.rollback()
    with pytest.raises(Conflict, match="已经列入"):
        cancel_withdrawal(shop.session, brand_id=shop.brand_id, withdrawal_id=row.id, now=NOON)
    shop.session.rollback()
    cancel_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, now=NOON)
    shop.session.commit()
    again = withdrawal_of(shop.session, row)
    assert (again.state, again.payout_id) == ("requested", None)
    assert due_to(shop, shop.lin.payee_id) == {"available": 7_000, "requested": 3_000}
    whole(shop)
    assert executed(shop.session, "withdrawals").amount_minor == 3_000


@pytest.mark.parametrize("how", ["cancel", "reject"])
def test_it_comes_back_whole(shop: Shop, how: str) -> None:
    row = ask(shop)
    if how == "cancel":
        cancel_withdrawal(shop.session, brand_id=shop.brand_id, withdrawal_id=row.id, payee_id=shop.lin.payee_id, now=NOON)
    else:
        with pytest.raises(Refused, match="必须填写"):
            reject_withdrawal(shop.session, brand_id=shop.brand_id, withdrawal_id=row.id, reason=" ", now=NOON)
        reject_withdrawal(shop.session, brand_id=shop.brand_id, withdrawal_id=row.id, reason="请先补签协议", now=NOON)
    shop.session.commit()
    row = withdrawal_of(shop.session, row)
    assert (row.state, row.reason, row.closed_at) == (("cancelled", "", NOON) if how == "cancel" else ("rejected", "请先补签协议", NOON))
    assert due_to(shop, shop.lin.payee_id) == {"available": 10_000}
    with pytest.raises(Conflict, match="已经处理过"):
        cancel_withdrawal(shop.session, brand_id=shop.brand_id, withdrawal_id=row.id, now=NOON)
    shop.session.rollback()
    assert ask(shop, 10_000).number == row.number + 1
    whole(shop)
    assert executed(shop.session, "withdrawals").amount_minor == 10_000, "what was undone is neither paid nor missing"
    whole(shop)


def test_only_her_own_and_only_people(shop: Shop) -> None:
    row = ask(shop)
    with pytest.raises(NotFound):
        cancel_withdrawal(shop.session, brand_id=shop.brand_id, withdrawal_id=row.id, payee_id=shop.he.payee_id, now=NOON)
    for house in house_payees(shop.session, brand_id=shop.brand_id).values():
        with pytest.raises(NotFound):
            ask(shop, payee_id=house)


def test_a_failed_one_is_available_again_and_paid_with_the_next_run(shop: Shop) -> None:
    row = ask(shop)
    run = executed(shop.session, "withdrawals")
    payout = payouts(shop.session, run)[shop.lin.payee_id]
    fail_payout(shop.session, brand_id=shop.brand_id, run_id=run.id, payout_id=payout.id, reason="账号不存在", now=NOON)
    shop.session.commit()
    row = withdrawal_of(shop.session, row)
    assert (row.state, row.reason) == ("failed", "账号不存在")
    assert due_to(shop, shop.lin.payee_id) == {"available": 10_000}
    whole(shop)
    assert executed(shop.session).amount_minor == 10_000
    whole(shop)


def test_a_clawback_beyond_the_balance_blocks_it_until_it_is_netted(shop: Shop) -> None:
    """100.00 asked for, 40.00 taken back afterwards: −40.00 stands available, so nothing is paid before it is earned again (R14)."""
    ask(shop, 10_000)
    credit(shop.session, shop.lin.payee_id, -4_000)
    credit(shop.session, shop.he.payee_id, 500)
    ask(shop, 500, shop.he.payee_id)
    run = drafted(shop.session, "withdrawals")
    assert {payee: (one.state, one.reason) for payee, one in payouts(shop.session, run).items()} == {
        shop.lin.payee_id: ("left_out", "owes"), shop.he.payee_id: ("draft", "")}
    cancel_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, now=NOON)
    credit(shop.session, shop.lin.payee_id, 4_000)
    shop.session.commit()
    assert executed(shop.session, "withdrawals").amount_minor == 10_500
    assert due_to(shop, shop.lin.payee_id) == {"paid": 10_000}
    whole(shop)


def test_an_account_changed_after_asking_waits_for_its_verification(shop: Shop) -> None:
    with_account(shop.session, shop.lin.payee_id)
    row = ask(shop)
    set_bank_details(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, holder="林晓芸", bank="工商银行", account="6222020000001111")
    credit(shop.session, shop.he.payee_id, 500)
    ask(shop, 500, shop.he.payee_id)
    run = executed(shop.session, "withdrawals")
    assert payouts(shop.session, run)[shop.lin.payee_id].reason == "no_bank_details"
    assert withdrawal_of(shop.session, row).state == "requested"
    whole(shop)
