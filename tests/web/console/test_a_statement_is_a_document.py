"""R31: the statement of a guide, a store, the brand or the platform as page, CSV and PDF; each says the same and adds up."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from app.domain.ledger.queries import house_payees
from app.kernel.tenancy import BrandSession
from tests.builders.money import paid_order
from tests.builders.pdf_text import pages
from tests.builders.periods import Month, a_month
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock

PERIOD = "?from=2026-11-20&to=2026-12-20"


@pytest.fixture
def month(shop: Shop, clock: TestClock) -> Month:
    found = a_month(shop)
    clock.now = NOON + timedelta(days=21)
    return found


def everyone(month: Month) -> dict[str, UUID]:
    house = house_payees(month.shop.session, brand_id=month.shop.brand_id)
    return {"lin": month.shop.lin.payee_id, "store": month.shop.store.payee_id, "brand": house["brand"], "platform": house["platform"]}


def csv_of(owner: FlaskClient, payee_id: UUID) -> list[list[str]]:
    answer = owner.get(f"/console/statements/{payee_id}.csv{PERIOD}")
    assert answer.status_code == 200 and answer.headers["Content-Disposition"].endswith('2026-11-20-2026-12-20.csv"')
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def pdf_of(owner: FlaskClient, payee_id: UUID, period: str = PERIOD) -> list[str]:
    answer = owner.get(f"/console/statements/{payee_id}.pdf{period}")
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    return pages(answer.get_data())


def test_page_csv_and_pdf_end_at_the_same_balance(owner: FlaskClient, month: Month) -> None:
    for payee_id in everyone(month).values():
        rows = csv_of(owner, payee_id)
        opening, *lines, closing = rows[1:]
        assert Decimal(opening[16]) + sum(Decimal(row[15]) for row in lines) == Decimal(closing[16])
        shown = f"{Decimal(closing[16]):,.2f}".replace("-", "−")
        page = owner.get(f"/console/statements/{payee_id}{PERIOD}").get_data(as_text=True)
        assert shown in page and "不平" not in page
        assert shown in "\n".join(pdf_of(owner, payee_id)).split("\n")


def test_every_line_is_worked_out(owner: FlaskClient, month: Month) -> None:
    how = [row[14] for row in csv_of(owner, month.shop.lin.payee_id)]
    assert "299.00 × 1 − 品牌券 21.42 = 277.58；277.58 × 12% = 33.31；解冻前已扣回 12.65" in how
    assert "299.00 × 12% = 35.88；35.88 × 299.00 ÷ 299.00 = 35.88" in how


def test_the_paper_is_numbered_headed_and_says_how_to_dispute(owner: FlaskClient, month: Month) -> None:
    for _ in range(14):
        paid_order(month.shop, (month.shop.case, 1))
    told = pdf_of(owner, everyone(month)["brand"])
    assert len(told) == 3
    for number, page in enumerate(told, start=1):
        assert f"第 {number} / 3 页" in page and page.startswith("品牌 ")
    assert "进来的" in told[0] and all("怎么算" in page for page in told[1:]), "the head of the table stands on every page of it"
    carried, brought = told[1].split("过次页余额\n")[1], told[2].split("承前页余额\n")[1]
    assert carried.split("\n")[0] == brought.split("\n")[0], "what is carried is what is brought forward"
    assert "有异议时" in told[2]


def test_gross_tax_and_net_stand_apart(owner: FlaskClient, month: Month) -> None:
    told = "\n".join(pdf_of(owner, month.shop.lin.payee_id))
    assert "已打款 · 随工资发 · 应付 101.32 − 代扣税 0.00" in told and "已打款实付" in told


def test_an_empty_period_is_a_document_too(owner: FlaskClient, month: Month) -> None:
    [page] = pdf_of(owner, month.shop.lin.payee_id, "?week=2026-W30")
    assert "这一期没有变动。" in page and "2026-07-20 至 2026-07-26" in page
    assert owner.get(f"/console/statements/{month.shop.lin.payee_id}?week=2026-W30").status_code == 200


def test_a_download_is_written_down(owner: FlaskClient, month: Month, session: BrandSession) -> None:
    pdf_of(owner, month.shop.lin.payee_id)
    assert "2026-11-20-2026-12-20" in owner.get("/console/audit?action=export").get_data(as_text=True)


def test_who_may_see_no_money_gets_no_document(operations: FlaskClient, month: Month) -> None:
    for form in ("", ".csv", ".pdf"):
        assert operations.get(f"/console/statements/{month.shop.lin.payee_id}{form}").status_code == 404
