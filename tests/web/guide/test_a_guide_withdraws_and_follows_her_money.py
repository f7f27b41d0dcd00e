"""On her phone: ask for money, change her mind, enter her account, and see each payout down to the orders it is made of."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.bank_details import change_payment, verify_bank_details
from app.domain.settlement.models import Payout, Withdrawal
from app.flows.reconcile_payouts import fail_payout
from app.flows.settle_period import settle
from app.flows.withdraw import reject_withdrawal
from tests.builders.money import HOLD_OVER, due_to, received_order, whole
from tests.builders.payouts import credit, drafted, executed, payouts, with_account
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop
from tests.conftest import NOON


@pytest.fixture
def rich(shop: Shop) -> Shop:
    """100.00 available."""
    credit(shop.session, shop.lin.payee_id, 10_000)
    shop.session.commit()
    return shop


def page(lin: FlaskClient, path: str) -> str:
    answer = lin.get(path, headers=ZH)
    assert answer.status_code == 200, (path, answer.status_code)
    return re.sub(r"<[^>]+>", "", answer.get_data(as_text=True))


def ask(lin: FlaskClient, amount: str) -> int:
    return lin.post("/guide/withdraw", data={"amount": amount}, headers=ZH).status_code


def test_the_field_holds_all_of_it_and_part_may_be_asked_for(lin: FlaskClient, rich: Shop) -> None:
    html = lin.get("/guide/withdraw", headers=ZH).get_data(as_text=True)
    assert 'value="100.00"' in html and "随工资发放" in html
    for wrong in ("", "x", "0", "-5", "100.01", "59,90", "1e3", "0.001", "9" * 40):
        assert ask(lin, wrong) == 422, wrong
    assert ask(lin, "30") == 303
    assert ask(lin, "30") == 422, "one at a time"
    assert due_to(rich, rich.lin.payee_id) == {"available": 7_000, "requested": 3_000}
    shown = page(lin, "/guide/withdraw")
    assert "提现中 ¥30.00" in shown and "取消提现" in shown and "等待列入打款" in shown
    assert "品牌核销100.00" in shown and "申请提现−30.00" in shown and "现在可以提现70.00" in shown, "how it came about, to the fen"
    earnings = page(lin, "/guide/earnings?state=avail")
    assert "提现中 ¥30.00" in earnings and "可提现70.00打款中30.00已打款0.00" in earnings, "what is asked for is on its way, and not yet paid"
    whole(rich)


def test_she_changes_her_mind_until_it_is_in_a_run(lin: FlaskClient, rich: Shop) -> None:
    ask(lin, "30")
    first = rich.session.scalars(select(Withdrawal.id)).one()
    assert lin.post(f"/guide/withdrawals/{first}/cancel").status_code == 303
    assert lin.post(f"/guide/withdrawals/{first}/cancel").status_code == 409
    ask(lin, "40")
    second = rich.session.scalars(select(Withdrawal.id).where(Withdrawal.state == "requested")).one()
    drafted(rich.session, "withdrawals")
    assert lin.post(f"/guide/withdrawals/{second}/cancel").status_code == 409
    assert "已经列入打款，不能再取消" in page(lin, "/guide/withdraw")


def test_another_guides_withdrawal_is_not_hers(lin: FlaskClient, app, rich: Shop) -> None:  # type: ignore[no-untyped-def]
    ask(lin, "30")
    row = rich.session.scalars(select(Withdrawal.id)).one()
    he = signed_in_guide(app.test_client(), rich.he)
    assert he.post(f"/guide/withdrawals/{row}/cancel").status_code == 404
    run = executed(rich.session, "withdrawals")
    payout = payouts(rich.session, run)[rich.lin.payee_id].id
    assert he.get(f"/guide/payouts/{payout}").status_code == 404 and lin.get(f"/guide/payouts/{payout}").status_code == 200
    assert lin.get("/guide/payouts/nothing").status_code == 404


def test_without_an_account_she_is_sent_to_enter_one(lin: FlaskClient, rich: Shop) -> None:
    change_payment(rich.session, brand_id=rich.brand_id, payee_id=rich.lin.payee_id, tax_kind="individual")
    rich.session.commit()
    assert "填写收款账户" in page(lin, "/guide/withdraw") and ask(lin, "30") == 422
    assert lin.post("/guide/bank", data={"holder": "林晓芸", "bank": "招商银行", "account": "12"}).status_code == 422
    assert lin.post("/guide/bank", data={"holder": "林晓芸", "bank": "招商银行", "account": "6225 8801 1234 6688"}).status_code == 303
    shown = page(lin, "/guide/bank")
    assert "招商银行 ··6688" in shown and "等待核验" in shown and "62258801" not in shown
    assert "还没有核验" in page(lin, "/guide/withdraw") and ask(lin, "30") == 422
    act_as(rich.session, command("finance"))
    verify_bank_details(rich.session, brand_id=rich.brand_id, payee_id=rich.lin.payee_id, now=NOON)
    rich.session.commit()
    assert ask(lin, "30") == 303


def test_her_own_account_is_not_hers_to_verify(lin: FlaskClient, rich: Shop) -> None:
    lin.post("/guide/bank", data={"holder": "林晓芸", "bank": "招商银行", "account": "6225880112346688"})
    rich.session.rollback()
    payee = rich.lin.payee
    rich.session.refresh(payee)
    assert rich.lin.account and payee.bank_entered_by_id == f"account:{rich.lin.account.id}" and payee.bank_verified_at is None


def test_a_payout_opens_to_what_it_is_made_of(lin: FlaskClient, shop: Shop) -> None:
    """One order of 299.00 at 12 %: 35.88; paid as it is to an employee."""
    placed = received_order(shop, (shop.case, 1))
    settle(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    shop.session.commit()
    run = executed(shop.session, now=HOLD_OVER)
    assert "35.88" in page(lin, "/guide/payouts")
    html = lin.get(f"/guide/payouts/{payouts(shop.session, run)[shop.lin.payee_id].id}", headers=ZH).get_data(as_text=True)
    assert "轻旅箱 18 寸" in html and "35.88" in html and f"/guide/orders/{placed.order_id}" in html
    assert "打款记录" in page(lin, "/guide/earnings?state=paid")


def test_gross_tax_and_net_with_the_arithmetic(lin: FlaskClient, shop: Shop) -> None:
    shop.session.scalars(select(BrandSettings)).one().tax_scheme = "cn_labour"
    with_account(shop.session, shop.lin.payee_id)
    credit(shop.session, shop.lin.payee_id, 380_000)
    shop.session.commit()
    assert "全部提现约 ¥600.00" in page(lin, "/guide/withdraw")
    run = executed(shop.session)
    shown = page(lin, f"/guide/payouts/{payouts(shop.session, run)[shop.lin.payee_id].id}")
    assert all(text in shown for text in ("3,800.00", "600.00", "3,200.00", "2026-11 劳务报酬 ¥3,800.00", "减除费用 800.00 → 3,000.00 × 20% = 600.00"))


def test_she_reads_why_she_was_not_paid(lin: FlaskClient, rich: Shop) -> None:
    change_payment(rich.session, brand_id=rich.brand_id, payee_id=rich.lin.payee_id, tax_kind="individual")
    credit(rich.session, rich.he.payee_id, 100)
    rich.session.commit()
    executed(rich.session)
    shown = page(lin, "/guide/earnings")
    assert "最近一批打款没有付给你" in shown and "没有已核验的收款账户" in shown and "看收款账户" in shown
    assert "没有列入" in page(lin, "/guide/payouts")


def test_she_reads_why_it_failed_and_has_it_again(lin: FlaskClient, rich: Shop) -> None:
    ask(lin, "30")
    run = executed(rich.session, "withdrawals")
    payout = rich.session.scalars(select(Payout).where(Payout.run_id == run.id)).one()
    fail_payout(rich.session, brand_id=rich.brand_id, run_id=run.id, payout_id=payout.id, reason="工资卡已注销", now=NOON)
    rich.session.commit()
    shown = page(lin, "/guide/earnings")
    assert "打款没有成功，¥30.00 退回了可提现" in shown and "工资卡已注销" in shown and "100.00" in shown
    assert "工资卡已注销" in page(lin, "/guide/withdraw") and "工资卡已注销" in page(lin, f"/guide/payouts/{payout.id}")


def test_she_reads_why_finance_said_no(lin: FlaskClient, rich: Shop) -> None:
    ask(lin, "30")
    row = rich.session.scalars(select(Withdrawal)).one()
    reject_withdrawal(rich.session, brand_id=rich.brand_id, withdrawal_id=row.id, reason="请先补签协议", now=NOON)
    rich.session.commit()
    shown = page(lin, "/guide/withdraw")
    assert "请先补签协议" in shown and "已拒绝" in shown and "申请提现" in shown


def test_nothing_to_withdraw_and_a_debt_say_so(lin: FlaskClient, shop: Shop) -> None:
    assert "现在没有可以提现的金额" in page(lin, "/guide/withdraw")
    credit(shop.session, shop.lin.payee_id, -500)
    shop.session.commit()
    assert "有扣回还没抵完" in page(lin, "/guide/withdraw") and "−" in page(lin, "/guide/earnings")
    assert ask(lin, "1") == 422
