"""Finance at its desk: withdrawals, runs of their own, the bank's results, invoices, and how the brand pays out."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.people.audit import AuditEvent
from app.domain.settlement.models import Payout, PayoutRun, Withdrawal
from app.flows.withdraw import request_withdrawal
from tests.builders.money import due_to, whole
from tests.builders.payouts import credit, with_account
from tests.builders.shops import Shop
from tests.conftest import NOON


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def run_through(owner: FlaskClient, finance: FlaskClient, scope: str = "all") -> str:
    run = owner.post("/console/payouts", data={"scope": scope}).headers["Location"]
    assert finance.post(run + "/approve").status_code == 303
    assert finance.post(run + "/execute").status_code == 303
    return run


@pytest.fixture
def rich(shop: Shop) -> Shop:
    """Lin, an employee: 100.00. He, an individual whose account is verified: 3,800.00. The brand withholds tax."""
    shop.session.scalars(select(BrandSettings)).one().tax_scheme = "cn_labour"
    with_account(shop.session, shop.he.payee_id)
    credit(shop.session, shop.lin.payee_id, 10_000)
    credit(shop.session, shop.he.payee_id, 380_000)
    shop.session.commit()
    return shop


def test_a_withdrawal_is_paid_by_a_run_of_its_own(owner: FlaskClient, finance: FlaskClient, rich: Shop) -> None:
    request_withdrawal(rich.session, brand_id=rich.brand_id, payee_id=rich.lin.payee_id, amount_minor=3_000, now=NOON)
    rich.session.commit()
    queue = page(owner, "/console/withdrawals")
    assert "W-1" in queue and "林晓芸" in queue and "30.00" in queue and "提现申请 1" in re.sub(r"\s+", " ", queue)
    assert "没有符合条件的申请" in page(owner, "/console/withdrawals?q=某人") and "W-1" in page(owner, "/console/withdrawals?state=requested&sort=amount")
    run = run_through(owner, finance, "withdrawals")
    shown = page(owner, run)
    assert "只付提现申请" in shown and "30.00" in shown and "3,800.00" not in shown
    assert due_to(rich, rich.lin.payee_id) == {"available": 7_000, "paid": 3_000}
    assert "已打款" in page(owner, "/console/withdrawals")
    whole(rich)


def test_a_rejected_withdrawal_needs_a_reason(owner: FlaskClient, rich: Shop) -> None:
    row = request_withdrawal(rich.session, brand_id=rich.brand_id, payee_id=rich.lin.payee_id, amount_minor=3_000, now=NOON)
    rich.session.commit()
    assert owner.post(f"/console/withdrawals/{row.id}/reject", data={"reason": ""}).status_code == 422
    assert owner.post(f"/console/withdrawals/{row.id}/reject", data={"reason": "请先补签协议"}).status_code == 303
    assert "请先补签协议" in page(owner, "/console/withdrawals")
    assert due_to(rich, rich.lin.payee_id) == {"available": 10_000}
    assert owner.post("/console/withdrawals/nothing/reject", data={"reason": "x"}).status_code == 404


def test_gross_tax_and_net_stand_side_by_side_with_how(owner: FlaskClient, finance: FlaskClient, rich: Shop) -> None:
    run = run_through(owner, finance)
    shown = page(owner, run)
    for text in ("3,900.00", "600.00", "3,300.00", "3,200.00", "减除费用 800.00 → 3,000.00 × 20% = 600.00", "2 笔还没有银行结果"):
        assert text in shown, text
    payroll = owner.get(run + ".csv?part=payroll")
    assert "payout-1-payroll.csv" in payroll.headers["Content-Disposition"] and "林晓芸" in payroll.get_data(as_text=True)
    assert "何敏" not in payroll.get_data(as_text=True)
    assert owner.get(run + ".csv?part=../x").status_code == 200, "an unknown part is everything"
    exports = rich.session.scalars(select(AuditEvent.after).where(AuditEvent.action == "export"))
    assert sorted(after["part"] for after in exports if after) == ["all", "payroll"]
    payee = page(owner, f"/console/payees/{rich.he.payee_id}")
    assert "3,800.00" in payee and "−600.00" in payee and "3,200.00" in payee


def test_one_by_one_and_the_payee_learns_why(owner: FlaskClient, finance: FlaskClient, rich: Shop) -> None:
    run = run_through(owner, finance)
    lin, he = (rich.session.scalars(select(Payout.id).where(Payout.payee_id == one)).one() for one in (rich.lin.payee_id, rich.he.payee_id))
    assert owner.post(f"{run}/{lin}/confirm").status_code == 303
    assert owner.post(f"{run}/{lin}/confirm").status_code == 409
    assert owner.post(f"{run}/{he}/fail", data={"reason": ""}).status_code == 422
    assert owner.post(f"{run}/{he}/fail", data={"reason": "户名与账号不符", "doubt": "1"}).status_code == 303
    shown = page(owner, run)
    assert "户名与账号不符" in shown and "银行结果已齐" in shown and "上传银行结果" not in shown
    assert "户名与账号不符" in page(owner, run + "?state=failed") and "没有符合条件" in page(owner, run + "?state=waiting")
    assert due_to(rich, rich.he.payee_id) == {"available": 380_000}
    assert "等待核验" in page(owner, f"/console/payees/{rich.he.payee_id}"), "the account is verified again before it is used"
    whole(rich)


def test_what_is_left_is_confirmed_at_once(owner: FlaskClient, finance: FlaskClient, rich: Shop) -> None:
    run = run_through(owner, finance)
    assert owner.post(run + "/confirm").status_code == 303
    assert rich.session.scalars(select(PayoutRun.reconciled_at)).one() is not None
    assert "银行结果已齐" in page(owner, "/console/payouts") and "没有这种状态的批次" in page(owner, "/console/payouts?state=unreconciled")


def upload(client: FlaskClient, run: str, content: bytes) -> Any:
    return client.post(run + "/results", data={"file": (BytesIO(content), "result.csv")}, content_type="multipart/form-data")


def test_the_banks_file_is_shown_before_it_is_taken(owner: FlaskClient, finance: FlaskClient, rich: Shop) -> None:
    run = run_through(owner, finance)
    lin, he = (rich.session.scalars(select(Payout.id).where(Payout.payee_id == one)).one() for one in (rich.lin.payee_id, rich.he.payee_id))
    assert "需要哪些列" in page(owner, run + "/results")
    assert upload(owner, run, b"").status_code == 422
    seen = upload(owner, run, f"打款编号,结果,原因\n{lin},成功,\n{he},失败,账户冻结\nx,成功,\n".encode("gbk"))
    text = seen.get_data(as_text=True)
    assert seen.status_code == 200 and "到账 1，失败 1，已登记过 0，有问题 1 行" in text and "不是打款编号" in text
    assert due_to(rich, rich.he.payee_id) == {"paid": 320_000, "withheld": 60_000}, "nothing is written yet"
    token = re.search(r'name="token" value="([^"]+)"', text)
    assert token
    assert owner.post(run + "/results/apply", data={"token": token[1]}).status_code == 422
    assert finance.post(run + "/results/apply", data={"token": token[1], "skip_errors": "1"}).status_code == 422, "another person's preview"
    assert owner.post(run + "/results/apply", data={"token": token[1], "skip_errors": "1"}).status_code == 303
    assert due_to(rich, rich.he.payee_id) == {"available": 380_000}
    assert owner.post(run + "/results/apply", data={"token": "forged"}).status_code == 422
    whole(rich)


def test_invoices_are_recorded_and_voided(owner: FlaskClient, rich: Shop) -> None:
    assert "没有公司收款方" in page(owner, "/console/invoices")
    with_account(rich.session, rich.store.payee_id, "company")
    credit(rich.session, rich.store.payee_id, 50_000)
    rich.session.commit()
    assert "还差 ¥500.00" in page(owner, "/console/invoices")
    form = {"payee_id": str(rich.store.payee_id), "number": "25442000000000000001", "amount": "300.00", "issued_on": "2026-11-01"}
    for wrong in ({"payee_id": ""}, {"payee_id": "x"}, {"number": ""}, {"amount": "-1"}, {"amount": "x"}, {"issued_on": "2027-01-01"}, {"issued_on": "soon"}):
        assert owner.post("/console/invoices", data={**form, **wrong}).status_code in (422, 404), wrong
    assert owner.post("/console/invoices", data=form).status_code == 303
    assert owner.post("/console/invoices", data=form).status_code == 422, "the same invoice"
    shown = page(owner, "/console/invoices?q=2544")
    assert "25442000000000000001" in shown and "还差 ¥200.00" in shown
    run = owner.post("/console/payouts").headers["Location"]
    assert "发票不够" in page(owner, run + "?tab=passed_over") and "发票不够" in page(owner, run + "?tab=passed_over&reason=no_invoice")
    invoice = re.search(r"/console/invoices/([0-9a-f-]+)/void", shown)
    assert invoice and owner.post(invoice[0]).status_code == 303
    assert owner.post(invoice[0]).status_code == 409
    assert "还差 ¥500.00" in page(owner, "/console/invoices")
    assert "登记发票" in page(owner, f"/console/payees/{rich.store.payee_id}")


def test_how_the_brand_pays_out_is_finances_to_set(owner: FlaskClient, finance: FlaskClient, operations: FlaskClient, rich: Shop) -> None:
    assert operations.get("/console/payouts/settings").status_code == 404
    form = {"payout_schedule": "monthly", "weekday": "1", "month_day": "10", "payout_minimum_minor": "5", "withdrawal_minimum_minor": "10",
            "tax_scheme": "cn_labour", "company_invoices": "y"}
    for wrong in ({"payout_schedule": "daily"}, {"month_day": "29"}, {"month_day": "0"}, {"month_day": "x"}, {"tax_scheme": "flat"}, {"withdrawal_minimum_minor": "-1"},
                  {"payout_schedule": "weekly", "weekday": "8"}):
        assert finance.post("/console/payouts/settings", data={**form, **wrong}).status_code == 422, wrong
    assert finance.post("/console/payouts/settings", data=form).status_code == 303
    rich.session.rollback()
    row = rich.session.scalars(select(BrandSettings).execution_options(populate_existing=True)).one()
    assert (row.payout_schedule, row.payout_day, row.payout_minimum_minor, row.withdrawals, row.withdrawal_minimum_minor, row.tax_scheme, row.company_invoices) == (
        "monthly", 10, 500, False, 1_000, "cn_labour", True)
    assert "每月 10 日 9:00 自动起草" in page(owner, "/console/payouts") and 'value="10" selected' in re.sub(r"selected value=\"10\"", 'value="10" selected', page(
        finance, "/console/payouts/settings"))


def test_who_runs_no_money_sees_none_of_it(operations: FlaskClient, rich: Shop) -> None:
    request_withdrawal(rich.session, brand_id=rich.brand_id, payee_id=rich.lin.payee_id, amount_minor=3_000, now=NOON)
    rich.session.commit()
    row = rich.session.scalars(select(Withdrawal.id)).one()
    for path in ("/console/withdrawals", "/console/invoices", "/console/payouts/settings"):
        assert operations.get(path).status_code == 404
    assert operations.post(f"/console/withdrawals/{row}/reject", data={"reason": "x"}).status_code == 404
