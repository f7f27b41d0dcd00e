"""What headquarters does in the console, as clicks."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.visitor import Visitor

PASSWORD = "correct horse battery"
FEED_HEAD = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>青行旗舰店</title>'
ITEMS = (
    ("81", "CASE-20-BLUE", "CASE", "轻旅登机箱", "雾蓝", "20 寸", "299.00 CNY", "40"),
    ("82", "CASE-20-OAT", "CASE", "轻旅登机箱", "燕麦", "20 寸", "299.00 CNY", "3"),
    ("83", "CASE-24-BLUE", "CASE", "轻旅登机箱", "雾蓝", "24 寸", "399.00 CNY", "12"),
    ("84", "CASE-24-OAT", "CASE", "轻旅登机箱", "燕麦", "24 寸", "399.00 CNY", "12"),
    ("85", "COVER-20", "COVER", "弹力箱套", "", "", "59.90 CNY", "100"),
    ("86", "STRAP", "STRAP", "行李绑带", "", "", "", "9"),
)
"""id, sku, group, title, colour, size, price, stock; the last has no price, so it fails with its reason."""


def feed(host: str) -> bytes:
    items = []
    for number, sku, group, title, colour, size, price, stock in ITEMS:
        fields = {"id": number, "mpn": sku, "item_group_id": group, "title": title, "color": colour, "size": size, "price": price,
                  "quantity_to_sell_on_facebook": stock, "availability": "in_stock", "product_type": "箱包 &gt; 登机箱",
                  "image_link": f"https://{host}/{group}.png", "description": "四组静音轮，内里分区收纳。"}
        items.append("<item>" + "".join(f"<g:{name}>{value}</g:{name}>" for name, value in fields.items() if value) + "</item>")
    return (FEED_HEAD + "".join(items) + "</channel></rss>").encode()


def sign_in(visitor: Visitor, surface: str, login: str, password: str = PASSWORD) -> None:
    visitor.open(f"/{surface}/sign-in")
    visitor.fill(login=login, password=password)
    visitor.press("登录")


def connect_and_preview(owner: Visitor, content: bytes) -> None:
    """Choose the kind, upload a file, try it, connect and preview; the run is queued when this returns."""
    owner.open("/console/")
    owner.press(re.compile("^去接入"), exact=False)
    owner.press("连接旗舰店")
    owner.press(re.compile("选这种.*商品数据源"), exact=False)
    owner.page.locator('input[name="file"]').set_input_files({"name": "feed.xml", "mimeType": "application/xml", "buffer": content})
    owner.press("测试连接")
    owner.sees("轻旅登机箱", "1 项读不懂")
    owner.press("连接并看差异")


def wait_for_run(owner: Visitor, words: str) -> None:
    """The page of a run moves by itself until the run rests."""
    expect(owner.page.locator("h1 .bdg")).to_have_text(words, timeout=40_000)
    owner.examine()


def outcomes(owner: Visitor) -> dict[str, int]:
    """The counts below the progress bar, which account for every item."""
    cells = owner.page.locator("#progress .oc > *")
    return {cell.locator("span").inner_text().strip(): int(cell.locator("b").inner_text()) for cell in cells.all()}


def add_unit(owner: Visitor, kind: str, name: str, code: str, parent: str = "") -> None:
    owner.open("/console/orgs")
    owner.press("新增组织")
    owner.fill(kind=kind, name=name, code=code)
    if parent:
        owner.choose("parent_id", parent)
    owner.press("保存")
    owner.sees(f"已新增“{name}”")


def add_offline_product(owner: Visitor) -> None:
    owner.open("/console/products")
    owner.press("录入线下商品")
    owner.fill(name="门店行李牌", category="箱包 > 配件", sku_0="TAG-01", price_0="19.00", stock_0="30")
    owner.press("录入")
    owner.sees("门店行李牌", "线下录入")


def upload_roster(owner: Visitor, content: str) -> None:
    owner.open("/console/guides")
    owner.press("导入花名册")
    owner.page.locator('input[name="file"]').set_input_files({"name": "花名册.csv", "mimeType": "text/csv", "buffer": content.encode("utf-8-sig")})
    owner.press("预览")


def invite(owner: Visitor, store: str) -> str:
    """The address a guide opens to join the store."""
    owner.open("/console/invites")
    owner.press("发邀请码")
    owner.choose("store_id", store)
    owner.press("生成")
    return owner.page.locator(".copy code").inner_text()


def add_rule(owner: Visitor, percent: str, *, sku: str = "", guide: str = "") -> None:
    owner.open("/console/rates/new")
    owner.fill(sku=sku, rate_bp=percent)
    if guide:
        owner.choose("guide_id", guide)
    expect(owner.page.locator("#example")).to_contain_text("与计佣金额分毫不差")
    owner.press("保存规则")
    owner.sees("已保存")


def add_store_split(owner: Visitor, store: str, percent: str) -> None:
    owner.open("/console/splits")
    owner.lead(owner.page.locator("tr", has_text=store).get_by_role("link", name=re.compile("^单独定")))
    owner.page.locator('[name="store-rate"]').fill(percent)
    owner.press("保存方案")


def add_colleague(owner: Visitor, name: str, login: str, role: str) -> str:
    """The activation address for her to set her own password."""
    owner.open("/console/accounts")
    owner.press("邀请同事")
    owner.fill(name=name, login=login, role=role)
    owner.press("邀请")
    if not owner.page.locator(".copy code").count():
        owner.press("生成激活链接")
    return owner.page.locator(".copy code").inner_text()


def activate(person: Visitor, address: str) -> None:
    person.open(address)
    person.fill(password=PASSWORD, again=PASSWORD)
    person.press("设置并登录")


def search(owner: Visitor, words: str) -> None:
    """In the bar on top of every page; `/` leads there."""
    owner.page.keyboard.press("/")
    owner.page.keyboard.type(words)
    with owner.page.expect_navigation(wait_until="load"):
        owner.page.keyboard.press("Enter")
    owner.examine()


def open_order(owner: Visitor, number: str) -> None:
    owner.open("/console/orders")
    owner.lead(owner.page.get_by_role("link", name=re.compile(number)).first)
    owner.press("完整页面")


def ship_and_deliver(owner: Visitor, number: str) -> None:
    open_order(owner, number)
    owner.press("去发货")
    owner.fill(carrier="顺丰速运", tracking_no="SF1029384756")
    owner.press("确认发货")
    owner.confirm("标记签收", "确认签收")
    owner.sees("已签收")


def refund(owner: Visitor, number: str, amount: str, reason: str) -> None:
    """A part of the first line, after seeing what everybody gives back."""
    open_order(owner, number)
    owner.press("发起退款")
    owner.page.locator('[name^="amount-"]').first.fill(amount)
    owner.fill(reason=reason)
    owner.press("看看会怎样")
    owner.sees("将退给顾客")
    owner.press(re.compile("^确认退款"), exact=False)


def download(visitor: Visitor, name: str) -> Path:
    with visitor.page.expect_download() as coming:
        visitor.touch(visitor.page.get_by_role("link", name=name).first)
    return Path(coming.value.path())
