"""From an application to the first commission paid, by clicking: console at a desk, guide and shopper on phones, then at a desk too."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import guiding, headquarters, opening, shopping
from tests.browser.conftest import Visit
from tests.browser.live import Live
from tests.browser.opening import GUIDE, OWNER, PHONE, SLUG, STORE
from tests.browser.visitor import Visitor
from tests.builders.brands import a_brand
from tests.builders.shops import a_shop

pytestmark = pytest.mark.browser


def balanced(live: Live) -> None:
    assert live.violations(SLUG) == []


def test_from_the_flagship_to_the_first_commission(live: Live, visit: Visit, tmp_path: Path) -> None:
    owner, finance, guide, shopper = visit("desk"), visit("desk"), visit("phone"), visit("phone")
    opening.approve_the_brand(live, visit, owner)
    opening.sync_the_flagship(live, owner)
    opening.open_a_store_and_enrol(owner, guide)
    balanced(live)
    opening.set_terms(owner)
    balanced(live)
    link = share_a_product(guide, tmp_path)
    first = buy_one(live, shopper, link)
    second = buy_from_the_bag(live, visit("desk"), link)
    on_their_way(live, owner, guide, shopper, first, second)
    settle_and_pay(live, owner, finance)
    statements_add_up(owner, guide)
    everything_at_the_other_size(owner, guide, visit)


def share_a_product(guide: Visitor, folder: Path) -> str:
    """12 % of 299.00 is 35.88; QR code and poster lead where the link leads."""
    link = guiding.share(guide, "轻旅登机箱")
    guide.sees("35.88", "47.88", "12%", link, "文案")
    guide.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    guide.touch(guide.page.get_by_role("button", name="复制文案"))
    expect(guide.page.locator(".toast-y")).to_be_visible()
    assert link in guide.page.evaluate("navigator.clipboard.readText()")
    assert guiding.seen_in_picture(guide, f"{link}/poster.png", folder) == link
    poster = guide.page.locator("img.poster")
    poster.scroll_into_view_if_needed()
    expect(poster).to_have_js_property("naturalWidth", 750)
    expect(guide.page.locator("img.qr")).to_have_js_property("complete", True)
    return link


def buy_one(live: Live, shopper: Visitor, link: str) -> shopping.Bought:
    shopper.open(link)
    shopper.sees(GUIDE, STORE, "轻旅登机箱", "品牌认证导购")
    expect(shopper.page.locator("img.main-pic").first).to_have_js_property("naturalWidth", 600)
    shopping.pick(shopper, "燕麦", "20 寸")
    expect(shopper.page.locator("[data-stock]")).to_have_text("仅剩 3 件")
    shopping.pick(shopper, "雾蓝")
    shopper.press("立即购买", exact=False)
    shopping.order(shopper, "299.00")
    bought = shopping.pay(shopper, "299.00")
    balanced(live)
    return bought


def buy_from_the_bag(live: Live, shopper: Visitor, link: str) -> shopping.Bought:
    """At a desk: a case and two covers, 299.00 + 119.80."""
    shopper.open(link)
    shopping.pick(shopper, "雾蓝", "20 寸")
    shopper.press("加入")
    shopper.open(link)
    shopper.press("逛逛全店")
    shopper.press("弹力箱套", exact=False)
    shopper.press("加入")
    shopper.page.get_by_label("弹力箱套 数量").fill("2")
    shopper.lead(shopper.page.locator("form.chg", has=shopper.page.get_by_label("弹力箱套 数量")).get_by_role("button", name="更新"))
    shopper.press("去结算")
    shopping.order(shopper, "418.80")
    bought = shopping.pay(shopper, "418.80")
    balanced(live)
    return bought


def on_their_way(live: Live, owner: Visitor, guide: Visitor, shopper: Visitor, first: shopping.Bought, second: shopping.Bought) -> None:
    """Guide: 35.88 + 35.88 + 9.58 = 81.34; 100.00 of 299.00 back takes round(35.88 × 100 / 299) = 12.00."""
    owner.open("/console/orders")
    assert owner.page.locator("main table tbody tr").count() == 2, "a double press made a second order"
    headquarters.search(owner, GUIDE)
    assert owner.page.locator("main table tbody tr").count() == 2
    assert guiding.states(guide) == {"预估": "0.00", "待结算": "81.34", "冻结": "0.00", "可提现": "0.00", "打款中": "0.00", "已打款": "0.00"}
    headquarters.ship_and_deliver(owner, first.number)
    headquarters.ship_and_deliver(owner, second.number)
    shopper.open(first.address)
    shopper.sees("已签收", "顺丰速运", "SF1029384756")
    headquarters.refund(owner, first.number, "100.00", "轮子有划痕")
    balanced(live)
    assert guiding.states(guide) == {"预估": "0.00", "待结算": "0.00", "冻结": "69.34", "可提现": "0.00", "打款中": "0.00", "已打款": "0.00"}
    guide.sees("12 月 7 日可提现", "还有 15 天")
    guiding.unfold(guide)
    guide.sees("扣回 · 部分退款", "轮子有划痕", "35.88 × 100.00 ÷ 299.00 = 12.00")
    shopper.open(first.address)
    shopper.sees("已退", "100.00", "轮子有划痕")


def settle_and_pay(live: Live, owner: Visitor, finance: Visitor) -> None:
    """Store: 14.95 + 14.95 + 5.99 − 5.00 = 30.89; with the guide's 69.34 that is 100.23."""
    headquarters.activate(finance, headquarters.add_colleague(owner, "顾敏", "finance@qingxing.example", "finance"))
    live.pass_days(17)
    owner.open("/console/settlement")
    owner.sees("100.23")
    owner.confirm("现在结算", "确认结算")
    balanced(live)
    owner.open("/console/payouts")
    owner.confirm("起草打款", "起草")
    owner.sees("100.23", "等待另一位同事批准")
    finance.open("/console/payouts")
    finance.press("第 1 批")
    finance.confirm("批准", "确认批准")
    owner.open(finance.page.url)
    owner.confirm("执行打款", "确认执行")
    owner.touch(owner.page.locator("summary", has_text="下载文件"))
    rows = headquarters.download(owner, "全部明细").read_text(encoding="utf-8-sig")
    assert f"payroll,{GUIDE}" in rows and f"internal,{STORE}" in rows and "合计,,,,,,,100.23" in rows
    balanced(live)


def statements_add_up(owner: Visitor, guide: Visitor) -> None:
    """Each line of the page, summed by whoever reads it: earned and taken back, then paid out, is nothing left."""
    for name, earned in ((GUIDE, "69.34"), (STORE, "30.89")):
        owner.open("/console/statements")
        owner.press(name)
        rows = owner.page.locator("section", has_text="每一笔").locator("tbody tr:not(.tt) td:nth-last-child(2)").all_inner_texts()
        lines = guiding.amounts(rows)
        assert sum(lines) == 0 and -min(lines) == Decimal(earned), rows
    assert guiding.states(guide)["已打款"] == "69.34"
    guide.open("/guide/statements/2026-12")
    assert sum(guiding.amounts(guide.page.locator("section.ln .am").all_inner_texts())) == 0
    owner.open("/console/")
    assert owner.page.get_by_text("全部完成").count() == 1, "every step of the checklist is done"


def everything_at_the_other_size(owner: Visitor, guide: Visitor, visit: Visit) -> None:
    """The console on a phone, the guide app at a desk."""
    small, wide = visit("phone"), visit("desk")
    headquarters.sign_in(small, "console", OWNER)
    for address in ("/console/orders", "/console/products", "/console/payouts", "/console/ledger", "/console/sources"):
        small.open(address)
    headquarters.sign_in(wide, "guide", PHONE)
    guiding.share(wide, "轻旅登机箱")
    wide.open("/guide/orders")
    wide.lead(wide.page.locator("section.ln a").first)
    assert guiding.states(wide) == guiding.states(guide)


def test_a_shopper_without_javascript_buys(live: Live, visit: Visit) -> None:
    """The same pages, plain forms; the button pressed twice sends two requests and makes one order."""
    brand = a_brand(live.app.database, slug="plain", now=live.clock.now)
    with live.app.database.session(brand.id) as session:
        code = a_shop(session, live.clock.now).link.code
    shopper = visit("phone", script=False)
    shopper.open(f"/s/{code}/shop")
    shopper.press("轻旅箱 18 寸", exact=False)
    shopper.press("立即购买", exact=False)
    shopping.order(shopper, "299.00")
    shopping.pay(shopper, "299.00")
    owner = visit("desk")
    headquarters.sign_in(owner, "console", "owner@plain.example")
    owner.open("/console/orders")
    assert owner.page.locator("main table tbody tr").count() == 1
    owner.sees("林晓芸")
    assert live.violations("plain") == []
