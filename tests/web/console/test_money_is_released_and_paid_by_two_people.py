"""Settlement, payout by two people, statements that add up, bank details, the ledger's check."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from app.domain.ledger.queries import house_payees
from tests.builders.sales import received
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def released(owner: FlaskClient, shop: Shop, clock: TestClock) -> None:
    received(shop)
    clock.now = NOON + timedelta(days=16)
    assert "2 行可以结算" in text_of(owner, "/console/settlement")
    assert owner.post("/console/settlement").status_code == 303


def test_settlement_shows_what_is_due_and_releases_it(owner: FlaskClient, shop: Shop, clock: TestClock) -> None:
    """Guide 42.21, referrer 7.77, store 19.44: 69.42."""
    released(owner, shop, clock)
    page = text_of(owner, "/console/settlement")
    assert "69.42" in page and "0 行可以结算" in page


def test_the_drafter_cannot_approve_and_sees_why(owner: FlaskClient, finance: FlaskClient, shop: Shop, clock: TestClock) -> None:
    released(owner, shop, clock)
    run = owner.post("/console/payouts").headers["Location"]
    page = text_of(owner, run)
    assert "这批是你起草的" in page and "69.42" in page and "42.21" in page and "19.44" in page
    assert owner.post(run + "/approve").status_code == 422
    assert finance.post(run + "/approve").status_code == 303
    assert owner.post("/console/payouts").status_code == 409
    assert "42.21" in owner.get(run + ".csv").get_data(as_text=True)
    assert finance.post(run + "/execute").status_code == 303
    assert finance.post(run + "/execute").status_code == 409
    assert "已打款" in text_of(owner, run)


def test_a_cancelled_draft_gives_everything_back(owner: FlaskClient, shop: Shop, clock: TestClock) -> None:
    released(owner, shop, clock)
    run = owner.post("/console/payouts").headers["Location"]
    assert owner.post(run + "/cancel").status_code == 303
    assert owner.post("/console/payouts").status_code == 303


def test_operations_sees_no_money(operations: FlaskClient) -> None:
    for path in ("settlement", "payouts", "payees", "statements", "ledger", "ledger/check"):
        assert operations.get(f"/console/{path}").status_code == 404


def test_a_statement_adds_up(owner: FlaskClient, finance: FlaskClient, shop: Shop, clock: TestClock) -> None:
    released(owner, shop, clock)
    run = owner.post("/console/payouts").headers["Location"]
    finance.post(run + "/approve")
    finance.post(run + "/execute")
    path = f"/console/statements/{shop.lin.payee_id}"
    page = text_of(owner, f"{path}?month=2026-12")
    assert "期初 + 每一项 = 期末" in page and "277.58 × 12% = 33.31" in page and "8.90" in page and "−42.21" in page
    lines = text_of(owner, f"{path}.csv?month=2026-12").splitlines()
    assert len(lines) == 1 + 1 + 3 + 1 and "33.31" in lines[2] + lines[3]
    assert "林晓芸" in text_of(owner, "/console/statements?month=2026-12")
    assert "这一期还没有变动" in text_of(owner, "/console/statements?month=2026-10")


def test_bank_details_are_sealed_and_verified_by_another_person(owner: FlaskClient, finance: FlaskClient, shop: Shop) -> None:
    path = f"/console/payees/{shop.lin.payee_id}"
    assert owner.post(path + "/verify").status_code == 422
    assert owner.post(path + "/bank", data={"holder": "林晓芸", "bank": "招商银行", "account": "12"}).status_code == 422
    assert owner.post(path + "/bank", data={"holder": "林晓芸", "bank": "招商银行", "account": "6225 8801 1234 6688"}).status_code == 303
    page = text_of(owner, path)
    assert "招商银行 ··6688" in page and "62258801" not in page and "等待核验" in page
    assert owner.post(path + "/verify").status_code == 422 and "是你填写的" in page
    assert finance.post(path + "/verify").status_code == 303
    assert finance.post(path + "/verify").status_code == 409
    assert "已核验" in text_of(owner, path)
    assert owner.post(path + "/payment", data={"tax_kind": "individual", "status": "suspended"}).status_code == 303
    assert "已停用" in text_of(owner, path)


def test_the_brands_own_accounts_have_no_payee_page(owner: FlaskClient, shop: Shop) -> None:
    for party, payee_id in house_payees(shop.session, brand_id=shop.brand_id).items():
        assert owner.get(f"/console/payees/{payee_id}").status_code == 404
        assert owner.get(f"/console/statements/{payee_id}").status_code == (200 if party in ("brand", "platform") else 404)


def test_the_check_says_balanced_and_the_top_bar_repeats_it(owner: FlaskClient, shop: Shop) -> None:
    received(shop)
    assert owner.post("/console/ledger/check").status_code == 303
    assert "对账平衡" in text_of(owner, "/console/ledger/check")
    assert "对账平衡 ·" in text_of(owner, "/console/orders")
    assert "42.21" in text_of(owner, "/console/ledger/accounts?role=guide&phase=held")
