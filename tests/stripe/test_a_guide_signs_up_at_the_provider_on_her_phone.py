"""On a phone: she opens an account, goes to Stripe's pages, comes back half done and then done; at the desk finance sees it and hands a store its page."""

from __future__ import annotations

import os
import re

import pytest

from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from tests.browser.conftest import Visit
from tests.browser.headquarters import sign_in
from tests.browser.live import Live
from tests.browser.visitor import Visitor
from tests.builders.brands import a_brand
from tests.builders.people import a_guide, a_unit

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def people(live: Live) -> tuple[str, Guide, OrgUnit]:
    """The owner's login, a guide, her store."""
    slug = "paying"
    brand = a_brand(live.app.database, slug=slug, now=live.clock.now)
    with live.app.database.transaction(brand.id) as session:
        store = a_unit(session, "store", "静安嘉里店")
        guide = a_guide(session, store, "林晓芸", now=live.clock.now, password=True)
    return f"owner@{slug}.example", guide, store


def shot(visitor: Visitor, name: str) -> None:
    folder = os.environ.get("SHOTS")
    if folder:
        visitor.page.screenshot(path=f"{folder}/{name}-{visitor.size}.png", full_page=True)


def at_stripe(visitor: Visitor, press: str, answer: str) -> None:
    """Follow a button of ours to Stripe's page, answer there, and be sent back."""
    with visitor.page.expect_navigation(url=re.compile("/_pages/onboard/")):
        visitor.touch(visitor.page.get_by_role("button", name=press))
    with visitor.page.expect_navigation(url=re.compile("^" + re.escape(visitor.live.address))):
        visitor.page.get_by_role("button", name=answer, exact=True).click()
    visitor.faults = [fault for fault in visitor.faults if visitor.live.address in fault]
    visitor.examine()


def test_she_signs_up(live: Live, visit: Visit, people: tuple[str, Guide, OrgUnit]) -> None:
    _, guide, _ = people
    phone = visit("phone")
    sign_in(phone, "guide", guide.phone)
    phone.open("/guide/bank")
    phone.sees("开一个 Stripe 账户", "新加坡")
    shot(phone, "bank-none")
    phone.fill(email="lin@example")
    with phone.refused(422):
        phone.press("开户，去 Stripe 填资料")
    phone.sees("请填写有效的邮箱")
    phone.fill(email="lin@example.com")
    at_stripe(phone, "开户，去 Stripe 填资料", "Leave")
    phone.sees("等待填资料", "Stripe 还要什么")
    shot(phone, "bank-onboarding")
    phone.open("/guide/")
    phone.sees("收款账户要补资料")
    phone.open("/guide/bank")
    at_stripe(phone, "去 Stripe 补资料", "Submit, under review")
    phone.sees("等待填资料")
    at_stripe(phone, "去 Stripe 补资料", "Finish")
    phone.sees("可以收款", "打款直接到 Stripe 账户")
    shot(phone, "bank-ready")
    phone.open("/guide/notices")
    phone.sees("可以收款了")


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_finance_opens_one_for_a_store(live: Live, visit: Visit, people: tuple[str, Guide, OrgUnit], size: str) -> None:
    owner, _, store = people
    desk = visit(size)
    sign_in(desk, "console", owner)
    desk.open(f"/console/payees/{store.payee_id}")
    desk.sees("还没有 Stripe 账户")
    shot(desk, "payee")
    desk.press("去开户")
    shot(desk, "account-none")
    desk.fill(ref="acct_nowhere")
    with desk.refused(422):
        desk.press("绑定账户")
    desk.sees("我们的 Stripe 平台上没有这个账户")
    desk.fill(email="store@example.com")
    desk.press("开户")
    desk.sees("等待填资料", "给收款方的页面")
    shot(desk, "account-onboarding")
    link = desk.page.locator("code", has_text="/console/onboarding/").inner_text()
    hers = visit("phone")
    hers.open(link)
    hers.sees("静安嘉里店", "Stripe 还要什么")
    shot(hers, "onboarding")
    at_stripe(hers, "去 Stripe 填资料", "Finish")
    hers.sees("可以收款")
    shot(hers, "onboarding-ready")
    desk.press("问一下 Stripe")
    desk.sees("刚刚问过 Stripe，现在：可以收款。")
    shot(desk, "account-ready")
    desk.open("/console/payees?account=ready")
    desk.sees("静安嘉里店")
    shot(desk, "payees")
    desk.page.goto(f"{live.address}/console/payees/{store.payee_id}/account")
    ref = desk.page.locator("dd", has_text="acct_").inner_text()
    desk.confirm("停用", "停用")
    desk.sees("已停用")
    desk.fill(ref=ref)
    desk.press("绑定账户")
    desk.sees("等待核验", "是你填写的")
    shot(desk, "account-waits")
    desk.confirm("停用", "停用")
    with hers.refused(422):
        hers.open(link)
    hers.sees("这个链接已失效")
