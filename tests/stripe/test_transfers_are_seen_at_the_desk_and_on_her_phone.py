"""A mixed run at the desk: what goes to whose account in which currency, what waits and why; on her phone it says what arrived."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.domain.people.actions import set_password
from app.domain.people.models import Account
from app.domain.provider.models import Transfer
from app.domain.settlement.models import Payout, PayoutRun
from app.flows.send_transfers import send_transfers
from tests.browser.conftest import Visit
from tests.browser.headquarters import sign_in
from tests.browser.live import Live
from tests.browser.visitor import Visitor
from tests.builders.brands import PASSWORD_HASH, a_brand
from tests.builders.callers import Caller, a_token
from tests.builders.payouts import approved, credit
from tests.builders.shops import a_shop
from tests.builders.stripe_accounts import a_ready_account, filled_in
from tests.builders.stripe_transfers import LATER, brand_payee, r23_online, released_through_stripe
from tests.builders.stripe_world import StripeWorld
from tests.proof.processes import wait_until

pytestmark = pytest.mark.browser


def shot(visitor: Visitor, name: str) -> None:
    folder = os.environ.get("SHOTS")
    if folder:
        visitor.page.screenshot(path=f"{folder}/{name}-{visitor.size}.png", full_page=True)


@pytest.fixture(scope="module")
def people(live: Live, open_world: StripeWorld) -> dict[str, Any]:
    """Two orders of R23, 10.00 of reward; Lin and the brand have accounts, the store's is stopped, He is paid by file. Approved, not executed."""
    now = live.clock.now
    brand = a_brand(live.app.database, slug="mixed", now=now)
    with live.app.database.session(brand.id) as session:
        shop = r23_online(a_shop(session, now), now)
        set_password(session, account=session.scalars(select(Account).where(Account.id == shop.lin.account_id)).one(), password_hash=PASSWORD_HASH)
        session.commit()
        for _ in range(2):
            released_through_stripe(live.app, open_world, shop)
        a_ready_account(live.app, open_world, brand.id, shop.lin.payee_id)
        a_ready_account(live.app, open_world, brand.id, brand_payee(shop))
        filled_in(live.app, open_world, a_ready_account(live.app, open_world, brand.id, shop.store.payee_id), "restrict")
        credit(session, shop.lin.payee_id, 1000, now=now)
        session.commit()
        run = approved(session, now=now + LATER)
        return {"own": brand_payee(shop), "brand": brand, "owner": "owner@mixed.example", "phone": shop.lin.phone, "run": run.id, "lin": shop.lin.payee_id}


def test_a_mixed_run_at_the_desk(live: Live, visit: Visit, people: dict[str, Any], open_world: StripeWorld) -> None:
    """84.42 + 10.00 to Lin, 605.08 less the reward to the brand; the reward comes out of what is available, which is too little at first."""
    desk, phone = visit("desk"), visit("phone")
    sign_in(desk, "console", people["owner"])
    sign_in(phone, "console", people["owner"])
    desk.open(f"/console/payouts/{people['run']}")
    desk.sees("Stripe 账户", "随工资发")
    shot(desk, "run-approved")
    desk.open(f"/console/payouts/{people['run']}?tab=passed_over")
    desk.sees("静安嘉里店", "Stripe 账户暂停收款，恢复后下一批再付")
    open_world.does("debit", account="platform", amount=100000, currency="sgd")
    desk.open(f"/console/payouts/{people['run']}")
    with live.worker.held_back():
        desk.confirm("执行打款", "确认执行")
        desk.sees("2 笔自动转到 Stripe 账户，几分钟内到齐。", "2 笔还在转到 Stripe 账户。")
        shot(desk, "run-executed")
    with live.app.database.session(people["brand"].id) as session:
        wait_until(lambda: (session.rollback(), session.scalar(select(Payout.state).where(Payout.payee_id == people["own"])))[1] == "paid")
        assert sorted(session.scalars(select(Transfer.state))) == ["sent", "sent", "sent", "sent", "waiting"]
    desk.open(f"/console/payouts/{people['run']}")
    desk.sees("1 笔还在转到 Stripe 账户。", "1 笔还没转")
    shot(desk, "run-waiting")
    for visitor in (desk, phone):
        visitor.open(f"/console/payouts/{people['run']}?tab=transfers")
        visitor.sees("林晓芸", "S$7.59", "Stripe 可用余额不足，稍后自动再转", "可用余额", "已转")
        shot(visitor, "run-transfers")
    desk.open(f"/console/payouts/{people['run']}?tab=transfers&state=waiting&q=林")
    desk.sees("S$1.79")
    assert "S$7.59" not in desk.text()
    phone.open(f"/console/payouts/{people['run']}")
    shot(phone, "run")
    desk.open("/console/")
    assert "Stripe 转账要看一下" not in desk.text()
    live.clock.now += timedelta(days=1, hours=1)
    desk.open("/console/")
    desk.sees("1 笔 Stripe 转账要看一下", "第 1 批：一天还没转成")
    shot(desk, "home")


def test_what_arrived_is_on_her_phone(live: Live, visit: Visit, people: dict[str, Any], open_world: StripeWorld) -> None:
    open_world.does("debit", account="platform", amount=-100000, currency="sgd")
    live.clock.now += LATER
    with live.app.database.session(people["brand"].id) as session:
        assert send_transfers(live.app.database, brand_id=people["brand"].id, provider=live.app.gateways.online, now=live.clock.now) == 1
        assert session.scalars(select(PayoutRun.reconciled_at).where(PayoutRun.id == people["run"])).one() is None, "He's file is the bank's to speak of"
    her = visit("phone")
    sign_in(her, "guide", people["phone"])
    her.open("/guide/payouts")
    her.sees("Stripe 账户")
    shot(her, "her-payouts")
    her.lead(her.page.locator("main a[href*='/guide/payouts/']").first)
    her.sees("转到 Stripe 账户", "S$16.97，3 笔")
    shot(her, "her-payout")
    her.open(f"/guide/statements/{live.clock.now.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m}")
    her.sees("第 1 批打款", "Stripe 账户")
    with live.app.database.session(people["brand"].id) as session:
        credit(session, people["lin"], 2000, now=live.clock.now)
        session.commit()
    her.open("/guide/withdraw")
    her.sees("怎么到账", "Stripe 账户")
    assert live.violations("mixed") == []


def test_by_program(live: Live, people: dict[str, Any]) -> None:
    api = Caller(live.app.test_client(), a_token(live.app.database, people["brand"], ["money:read"]), people["brand"])
    rows = api.get(f"/payout-runs/{people['run']}/transfers?limit=200")["data"]
    hers = [(one["amount"], one["settled_amount"], one["currency"], one["settled_currency"], one["state"], one["payment_id"] is None)
            for one in rows if one["payee_id"] == str(people["lin"])]
    assert sorted(hers) == [(1000, 179, "CNY", "SGD", "sent", True), (4221, 759, "CNY", "SGD", "sent", False), (4221, 759, "CNY", "SGD", "sent", False)]
    assert api.get(f"/payout-runs/{people['run']}/transfers?state=waiting")["data"] == []
    api.get(f"/payout-runs/{people['run']}/transfers?state=gone", status=422)
    api.get(f"/payout-runs/{people['lin']}/transfers", status=404)
    payouts = api.get(f"/payout-runs/{people['run']}")["payouts"]
    assert sorted(one["method"] for one in payouts) == ["payroll", "stripe", "stripe", "stripe"]
