"""R15, R18: confirmed or failed, one by one or by the bank's file; what failed is available again, once, and may be paid by the next run."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.models import PayoutEntry, PayoutRun
from app.flows.import_results import ResultsTaken, import_results
from app.flows.reconcile_payouts import confirm_payout, confirm_payouts, fail_payout
from app.gateways.tables import read_table
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import due_to, whole
from tests.builders.payouts import credit, drafted, executed, payouts
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    shop = a_shop(session)
    act_as(session, command("one"))
    for payee_id, amount in ((shop.lin.payee_id, 10_000), (shop.he.payee_id, 2_000), (shop.store.payee_id, 300)):
        credit(session, payee_id, amount)
    session.commit()
    return shop


def fresh(shop: Shop, run: PayoutRun) -> PayoutRun:
    return shop.session.scalars(select(PayoutRun).where(PayoutRun.id == run.id).execution_options(populate_existing=True)).one()


def fail(shop: Shop, run: PayoutRun, payee_id: object, reason: str = "账号不存在") -> None:
    payout = payouts(shop.session, run)[payee_id]  # type: ignore[index]
    fail_payout(shop.session, brand_id=shop.brand_id, run_id=run.id, payout_id=payout.id, reason=reason, now=NOON)
    shop.session.commit()


def confirm(shop: Shop, run: PayoutRun, payee_id: object) -> None:
    payout = payouts(shop.session, run)[payee_id]  # type: ignore[index]
    confirm_payout(shop.session, brand_id=shop.brand_id, run_id=run.id, payout_id=payout.id, now=NOON)
    shop.session.commit()


def test_a_run_is_reconciled_when_each_payout_is_spoken_of(shop: Shop) -> None:
    run = executed(shop.session)
    confirm(shop, run, shop.lin.payee_id)
    fail(shop, run, shop.he.payee_id)
    assert fresh(shop, run).reconciled_at is None
    assert confirm_payouts(shop.session, brand_id=shop.brand_id, run_id=run.id, now=NOON) == 1, "the last one"
    assert fresh(shop, run).reconciled_at == NOON
    assert confirm_payouts(shop.session, brand_id=shop.brand_id, run_id=run.id, now=NOON) == 0
    assert {one.state for one in payouts(shop.session, run).values()} == {"paid", "failed"}
    whole(shop)


def test_what_failed_is_available_again_and_the_next_run_takes_it(shop: Shop) -> None:
    run = executed(shop.session)
    lin = payouts(shop.session, run)[shop.lin.payee_id]
    fail(shop, run, shop.lin.payee_id)
    lin = payouts(shop.session, run)[shop.lin.payee_id]
    assert (lin.state, lin.reason, lin.failed_at) == ("failed", "账号不存在", NOON)
    assert due_to(shop, shop.lin.payee_id) == {"available": 10_000}
    assert shop.session.scalars(select(PayoutEntry.id).where(PayoutEntry.payout_id == lin.id)).all() == []
    whole(shop)
    again = executed(shop.session)
    assert (again.payout_count, again.amount_minor) == (1, 10_000)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 10_000}
    whole(shop)


def test_nobody_fails_twice_and_a_reason_is_needed(shop: Shop) -> None:
    run = executed(shop.session)
    with pytest.raises(Refused, match="必须填写"):
        fail(shop, run, shop.lin.payee_id, " ")
    fail(shop, run, shop.lin.payee_id)
    for again in (fail, confirm):
        with pytest.raises(Conflict):
            again(shop, run, shop.lin.payee_id)
        shop.session.rollback()
    assert due_to(shop, shop.lin.payee_id) == {"available": 10_000}
    with pytest.raises(NotFound):
        fail_payout(shop.session, brand_id=shop.brand_id, run_id=run.id, payout_id=new_id(), reason="x", now=NOON)


def test_money_that_bounces_after_it_was_confirmed_comes_back_too(shop: Shop) -> None:
    run = executed(shop.session)
    confirm(shop, run, shop.lin.payee_id)
    fail(shop, run, shop.lin.payee_id, "退汇")
    assert due_to(shop, shop.lin.payee_id) == {"available": 10_000}
    whole(shop)


def test_only_an_executed_run_has_results(shop: Shop) -> None:
    run = drafted(shop.session)
    with pytest.raises(Conflict):
        confirm_payouts(shop.session, brand_id=shop.brand_id, run_id=run.id, now=NOON)
    with pytest.raises(NotFound):
        confirm_payouts(shop.session, brand_id=shop.brand_id, run_id=new_id(), now=NOON)


def take(shop: Shop, run: PayoutRun, text: str, encoding: str = "utf-8", **how: bool) -> ResultsTaken:
    taken = import_results(shop.session, brand_id=shop.brand_id, run_id=run.id, rows=read_table(text.encode(encoding)), now=NOON, **how)
    shop.session.commit()
    return taken


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk"])
def test_the_banks_file_says_it_for_all(shop: Shop, encoding: str) -> None:
    run = executed(shop.session)
    ids = {payee: one.id for payee, one in payouts(shop.session, run).items()}
    text = ("企业网银批量付款结果,,,\n序号,附言,处理结果,失败原因\n"
            f"1,{ids[shop.lin.payee_id]},付款成功,\n2,{ids[shop.he.payee_id]},退汇,户名与账号不符\n3,'{ids[shop.store.payee_id]},成功,\n合计,,,\n")
    seen = take(shop, run, text, encoding, dry_run=True)
    assert (seen.confirmed, seen.failed, seen.applied) == (2, 1, False)
    assert {one.state for one in payouts(shop.session, run).values()} == {"paid"}
    taken = take(shop, run, text, encoding)
    assert (taken.confirmed, taken.failed, taken.unchanged, taken.errors, taken.applied) == (2, 1, 0, (), True)
    he = payouts(shop.session, run)[shop.he.payee_id]
    assert (he.state, he.reason) == ("failed", "户名与账号不符")
    assert due_to(shop, shop.he.payee_id) == {"available": 2_000}
    assert fresh(shop, run).reconciled_at == NOON
    whole(shop)
    again = take(shop, run, text, encoding)
    assert (again.confirmed, again.failed, again.unchanged) == (0, 0, 3), "the same file again changes nothing"
    whole(shop)


def test_every_bad_line_says_why_and_nothing_is_taken_with_it(shop: Shop) -> None:
    run = executed(shop.session)
    lin, he, store = (payouts(shop.session, run)[payee].id for payee in (shop.lin.payee_id, shop.he.payee_id, shop.store.payee_id))
    fail(shop, run, shop.store.payee_id)
    text = (f"打款编号,结果,原因\n{lin},成功,\n{lin},成功,\nx,成功,\n{new_id()},成功,\n{he},失败,\n{he},也许,\n{store},成功,\n")
    taken = take(shop, run, text)
    assert not taken.applied and taken.confirmed == 1
    assert [(error.line, error.field, error.code) for error in taken.errors] == [
        (3, "payout", "payout_repeated"), (4, "payout", "payout_unknown"), (5, "payout", "payout_not_in_run"), (6, "reason", "required"),
        (7, "payout", "payout_repeated"), (8, "result", "payout_failed_before")]
    assert payouts(shop.session, run)[shop.lin.payee_id].confirmed_at is None
    assert take(shop, run, text, skip_errors=True).applied
    assert payouts(shop.session, run)[shop.lin.payee_id].confirmed_at == NOON
    whole(shop)


@pytest.mark.parametrize(("text", "code"), [("打款编号,金额\nx,1\n", "results_header"), ("打款编号,结果\n", "results_empty"), ("", "file_empty")])
def test_what_is_no_result_file_is_refused(shop: Shop, text: str, code: str) -> None:
    run = executed(shop.session)
    with pytest.raises(Refused) as refused:
        take(shop, run, text)
    assert refused.value.code == code
