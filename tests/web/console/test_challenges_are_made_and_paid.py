"""Operations makes a challenge, finance confirms it; guides see how far they are; managers of a scope have no part in the brand's money."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.challenges.models import Challenge
from app.domain.sharing.actions import share_link
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.money import paid_order
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop
from tests.conftest import TestClock

GOOD = {"title": "周末卖满一单", "goal_kind": "orders", "goal": "1", "reward": "50.00", "budget": "120", "from_day": "2026-11-22", "to_day": "2026-11-22"}


def make(client: FlaskClient, session: BrandSession) -> Challenge:
    assert client.post("/console/challenges/new", data=GOOD).status_code == 303
    session.rollback()
    return session.scalars(select(Challenge)).one()


def sell(shop: Shop) -> None:
    link = share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id)
    paid_order(shop, (shop.case, 1), share_code=link.code)


def test_from_making_it_to_her_money(operations: FlaskClient, finance: FlaskClient, app: Application, clock: TestClock, session: BrandSession, shop: Shop) -> None:
    made = make(operations, session)
    assert (made.goal, made.reward_minor, made.budget_minor, made.to_day) == (1, 5000, 12000, date(2026, 11, 22))
    sell(shop)
    phone = signed_in_guide(app.test_client(), shop.lin)
    assert "还剩 1 个名额" in phone.get("/guide/challenges", headers=ZH).text
    page = finance.get(f"/console/challenges/{made.id}").text
    assert "林晓芸" in page and "得奖" in page and "确认发奖" not in page
    early = finance.post(f"/console/challenges/{made.id}/pay", follow_redirects=True).text
    assert "还在退货期内" in early
    assert "等确认发奖" not in finance.get("/console/").text
    clock.now += timedelta(days=16) - timedelta(hours=12)
    assert "“周末卖满一单”等确认发奖" in finance.get("/console/").text and "等确认发奖" not in operations.get("/console/").text
    assert "确认发奖" in finance.get(f"/console/challenges/{made.id}").text
    assert "已发奖，1 人到账" in finance.post(f"/console/challenges/{made.id}/pay", follow_redirects=True).text
    assert "已经有结果" in finance.post(f"/console/challenges/{made.id}/pay", follow_redirects=True).text
    phone = signed_in_guide(app.test_client(), shop.lin)
    assert "“周末卖满一单”达标，奖励 ¥50.00 可以提现了" in phone.get("/guide/notices", headers=ZH).text
    for address in ("/guide/challenges", "/guide/earnings?state=avail", "/guide/statements/2026-12"):
        assert "50.00" in phone.get(address, headers=ZH).text, address
    assert "挑战奖励" in finance.get("/console/ledger").text


def test_who_made_it_cannot_confirm_it(owner: FlaskClient, session: BrandSession, shop: Shop, clock: TestClock) -> None:
    made = make(owner, session)
    clock.now += timedelta(days=17)
    assert "等另一位同事确认" in owner.get(f"/console/challenges/{made.id}").text
    assert "必须是两个人" in owner.post(f"/console/challenges/{made.id}/pay", follow_redirects=True).text


def test_operations_makes_and_does_not_pay_finance_pays_and_does_not_make(operations: FlaskClient, finance: FlaskClient, session: BrandSession) -> None:
    made = make(operations, session)
    assert operations.post(f"/console/challenges/{made.id}/pay").status_code == 404
    assert finance.get("/console/challenges/new").status_code == 404


def test_a_manager_of_a_scope_finds_none(store_manager: FlaskClient, operations: FlaskClient, session: BrandSession) -> None:
    made = make(operations, session)
    assert [store_manager.get(f"/console/challenges{path}").status_code for path in ("", "/new", f"/{made.id}")] == [404, 404, 404]


@pytest.mark.parametrize(("data", "field"), [
    ({"goal": "x"}, "goal"), ({"goal": "9" * 30}, "goal"), ({"goal_kind": "sales", "goal": "1.001"}, "goal"), ({"reward": "-1"}, "reward"),
    ({"budget": "49.99"}, "budget"), ({"budget": "1e99"}, "budget"), ({"to_day": "2026-11-21"}, "to_day"), ({"from_day": "x"}, "from_day")])
def test_bad_terms_are_told_at_their_field(operations: FlaskClient, session: BrandSession, data: dict[str, str], field: str) -> None:
    answer = operations.post("/console/challenges/new", data=GOOD | data)
    assert answer.status_code == 422 and f'id="{field}-err"' in answer.text
    session.rollback()
    assert session.scalars(select(Challenge)).all() == []


def test_the_list_is_searched_and_filtered(operations: FlaskClient, session: BrandSession) -> None:
    make(operations, session)
    assert "周末卖满一单" in operations.get("/console/challenges?q=周末&state=running&sort=-budget").text
    assert "没有符合条件的挑战赛" in operations.get("/console/challenges?state=paid&page=99999999&q=x").text


def test_it_is_called_off_only_before_it_begins(operations: FlaskClient, session: BrandSession) -> None:
    made = make(operations, session)
    assert "不能取消" in operations.post(f"/console/challenges/{made.id}/cancel", follow_redirects=True).text
