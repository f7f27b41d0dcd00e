"""R31: employees by payroll, individuals less tax, companies as far as they invoiced, the brand's own units by booking."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.guides.models import Guide
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.bank_details import change_payment
from app.domain.settlement.invoices import companies, record_invoice, void_invoice
from app.domain.settlement.models import Invoice, Payout
from app.domain.settlement.payout_files import file_key, payout_file
from app.flows.pay_out import execute_payout_run
from app.flows.reconcile_payouts import fail_payout
from app.gateways.payouts.files import FilePayouts
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import due_to, whole
from tests.builders.payouts import approved, credit, drafted, executed, payouts, some_files, with_account
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    shop = a_shop(session)
    act_as(session, command("one"))
    session.scalars(select(BrandSettings)).one().tax_scheme = "cn_labour"
    session.scalars(select(Guide).where(Guide.id == shop.lin.id)).one().employee_no = "E0007"
    session.commit()
    return shop


def invoice(shop: Shop, amount_minor: int, number: str = "25442000000000000001", payee_id: UUID | None = None) -> Invoice:
    row = record_invoice(shop.session, brand_id=shop.brand_id, payee_id=payee_id or shop.store.payee_id, number=number, amount_minor=amount_minor,
                         issued_on=date(2026, 11, 1), today=date(2026, 11, 22), now=NOON)
    shop.session.commit()
    return row


def test_every_kind_has_its_own_file(shop: Shop) -> None:
    """Lin is an employee, He an individual with 3,800.00, the store the brand's own."""
    with_account(shop.session, shop.he.payee_id, holder="何敏")
    for payee_id, amount in ((shop.lin.payee_id, 10_000), (shop.he.payee_id, 380_000), (shop.store.payee_id, 50_000)):
        credit(shop.session, payee_id, amount)
    files = some_files()
    run = approved(shop.session)
    preview = payout_file(shop.session, brand_id=shop.brand_id, run_id=run.id, files=files, part="bank").decode("utf-8-sig")
    assert "招商银行 ··5678" in preview and "6225880212345678" not in preview, "nobody pays from a preview"
    execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(files), now=NOON)
    shop.session.commit()
    parts = {part: files.get(file_key(shop.brand_id, run.id, part)).decode("utf-8-sig").splitlines() for part in ("", "payroll", "bank", "internal")}
    ids = {payee_id: payout.id for payee_id, payout in payouts(shop.session, run).items()}
    assert parts["payroll"] == ["工号,姓名,应付,代扣税,实付,币种,批次,打款编号", f"E0007,林晓芸,100.00,0.00,100.00,CNY,1,{ids[shop.lin.payee_id]}"]
    assert parts["bank"] == ["户名,开户行,账号,金额,币种,收款方,批次,打款编号", f"何敏,招商银行,6225880212345678,3200.00,CNY,何敏,1,{ids[shop.he.payee_id]}"]
    assert parts["internal"] == ["收款方,金额,币种,批次,打款编号", f"静安嘉里店,500.00,CNY,1,{ids[shop.store.payee_id]}"]
    assert parts[""][-1] == "合计,,,,,,,4400.00,600.00,3800.00,CNY,"
    assert payout_file(shop.session, brand_id=shop.brand_id, run_id=run.id, files=files, part="bank") == files.get(file_key(shop.brand_id, run.id, "bank"))
    with pytest.raises(NotFound):
        payout_file(shop.session, brand_id=shop.brand_id, run_id=run.id, files=files, part="../../etc/passwd")
    whole(shop)


def test_tax_is_withheld_once_a_month_and_given_back_with_what_failed(shop: Shop) -> None:
    """3,800.00 → 600.00 · 2,000.00 → (5,800.00 → 928.00) − 600.00 = 328.00 · the first fails · 3,800.00 again → 928.00 − 328.00 = 600.00."""
    he = shop.he.payee_id
    with_account(shop.session, he)
    first = paid(shop, 380_000)
    assert (first.tax_withheld_minor, first.tax_kind) == (60_000, "individual")
    assert due_to(shop, he) == {"paid": 320_000, "withheld": 60_000}
    assert paid(shop, 200_000).tax_withheld_minor == 32_800
    assert due_to(shop, he) == {"paid": 320_000 + 167_200, "withheld": 92_800}
    whole(shop)
    fail_payout(shop.session, brand_id=shop.brand_id, run_id=first.run_id, payout_id=first.id, reason="户名不符", now=NOON)
    shop.session.commit()
    assert due_to(shop, he) == {"available": 380_000, "paid": 167_200, "withheld": 32_800}
    whole(shop)
    again = payouts(shop.session, executed(shop.session))[he]
    assert (again.amount_minor, again.tax_withheld_minor) == (380_000, 60_000)
    assert again.tax_trace is not None and again.tax_trace["paid_before_minor"] == 200_000
    whole(shop)
    december = NOON + timedelta(days=10)
    assert paid(shop, 380_000, now=december).tax_withheld_minor == 60_000, "another month begins at nothing"
    whole(shop)


def paid(shop: Shop, amount_minor: int, now: datetime = NOON) -> Payout:
    credit(shop.session, shop.he.payee_id, amount_minor, now=now)
    shop.session.commit()
    return payouts(shop.session, executed(shop.session, now=now))[shop.he.payee_id]


def test_the_month_is_that_of_the_payment_not_of_the_draft(shop: Shop) -> None:
    """Drafted on 30 November after a payout of the month: 2,000.00 on top of 3,800.00. Executed on 1 December, it is alone."""
    he = shop.he.payee_id
    with_account(shop.session, he)
    paid(shop, 380_000)
    credit(shop.session, he, 200_000)
    run = approved(shop.session, now=NOON + timedelta(days=8))
    assert payouts(shop.session, run)[he].tax_withheld_minor == 32_800
    execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(some_files()), now=NOON + timedelta(days=9))
    shop.session.commit()
    assert payouts(shop.session, run)[he].tax_withheld_minor == 24_000, "(2,000 − 800) × 20 %"
    whole(shop)


def test_nothing_is_withheld_where_the_brand_says_so(shop: Shop) -> None:
    shop.session.scalars(select(BrandSettings)).one().tax_scheme = "none"
    with_account(shop.session, shop.he.payee_id)
    one = paid(shop, 380_000)
    assert (one.tax_withheld_minor, one.tax_trace) == (0, None)
    assert due_to(shop, shop.he.payee_id) == {"paid": 380_000}


def test_a_company_is_paid_as_far_as_its_invoices_reach(shop: Shop) -> None:
    store = shop.store.payee_id
    with_account(shop.session, store, "company", holder="静安商贸有限公司")
    credit(shop.session, store, 50_000)
    credit(shop.session, shop.lin.payee_id, 100)
    assert payouts(shop.session, executed(shop.session))[store].reason == "no_invoice"
    short = invoice(shop, 49_999)
    credit(shop.session, shop.lin.payee_id, 100)
    assert payouts(shop.session, executed(shop.session))[store].reason == "no_invoice", "a fen short is short"
    invoice(shop, 1, "25442000000000000002")
    assert payouts(shop.session, executed(shop.session))[store].state == "paid"
    [cover] = companies(shop.session, brand_id=shop.brand_id)
    assert (cover.invoiced_minor, cover.used_minor, cover.left_minor, cover.due_minor, cover.missing_minor) == (50_000, 50_000, 0, 0, 0)
    void_invoice(shop.session, brand_id=shop.brand_id, invoice_id=short.id, now=NOON)
    credit(shop.session, store, 100)
    invoice(shop, 100, "25442000000000000003")
    credit(shop.session, shop.lin.payee_id, 100)
    assert payouts(shop.session, executed(shop.session))[store].reason == "no_invoice", "what was paid on a void one has to be covered first"
    assert companies(shop.session, brand_id=shop.brand_id)[0].missing_minor == 49_999
    shop.session.scalars(select(BrandSettings)).one().company_invoices = False
    shop.session.commit()
    assert payouts(shop.session, executed(shop.session))[store].state == "paid", "unless the brand asks for none"
    whole(shop)


def test_an_invoice_is_recorded_once_for_a_company_and_voided_once(shop: Shop) -> None:
    with pytest.raises(Refused, match="只有公司"):
        invoice(shop, 100)
    change_payment(shop.session, brand_id=shop.brand_id, payee_id=shop.store.payee_id, tax_kind="company")
    row = invoice(shop, 100)
    with pytest.raises(Conflict, match="已经登记"):
        invoice(shop, 100)
    with pytest.raises(Refused, match="大于 0"):
        invoice(shop, 0, "2")
    with pytest.raises(Refused, match="晚于今天"):
        record_invoice(shop.session, brand_id=shop.brand_id, payee_id=shop.store.payee_id, number="3", amount_minor=1, issued_on=date(2026, 11, 23),
                       today=date(2026, 11, 22), now=NOON)
    void_invoice(shop.session, brand_id=shop.brand_id, invoice_id=row.id, now=NOON)
    with pytest.raises(Conflict, match="已经作废"):
        void_invoice(shop.session, brand_id=shop.brand_id, invoice_id=row.id, now=NOON)
    with pytest.raises(NotFound):
        void_invoice(shop.session, brand_id=shop.brand_id, invoice_id=new_id(), now=NOON)


def test_too_little_waits_and_says_so(shop: Shop) -> None:
    shop.session.scalars(select(BrandSettings)).one().payout_minimum_minor = 1_000
    credit(shop.session, shop.lin.payee_id, 999)
    credit(shop.session, shop.he.payee_id, 1_000)
    run = drafted(shop.session)
    assert {payee: one.reason for payee, one in payouts(shop.session, run).items()} == {shop.lin.payee_id: "below_minimum", shop.he.payee_id: ""}
