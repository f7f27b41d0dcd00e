"""What a shopper does in the storefront, with and without JavaScript."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import expect

from tests.browser.visitor import Visitor

ADDRESS = {"name": "王小明", "phone": "13800138000", "province": "上海市", "city": "上海市", "district": "静安区", "street": "南京西路 1515 号"}


@dataclass(frozen=True)
class Bought:
    number: str
    address: str
    """Her own order page, with its secret."""


def pick(shopper: Visitor, *values: str) -> None:
    for value in values:
        shopper.touch(shopper.page.locator("form#buy label", has_text=value))


def order(shopper: Visitor, total: str) -> None:
    """Fill in the address and press the button twice, as people do; ends at the cashier."""
    shopper.sees("确认订单", total)
    shopper.fill(**ADDRESS)
    shopper.page.locator("button[form=order]").dblclick(delay=20, no_wait_after=True)
    expect(shopper.page).to_have_url(re.compile("/pay/"), timeout=15_000)
    shopper.examine()


def pay(shopper: Visitor, total: str) -> Bought:
    shopper.sees("收银台", total)
    shopper.press("付款成功")
    shopper.sees("已付款，等待发货")
    number = re.search(r"/orders/([^?]+)\?token=", shopper.page.url)
    assert number
    return Bought(number[1], shopper.page.url)


def ask_for_a_code(shopper: Visitor, slug: str) -> None:
    shopper.open(f"/b/{slug}/sign-in")
    shopper.fill(phone=ADDRESS["phone"])
    shopper.press("获取验证码")


def sign_in_by_code(shopper: Visitor, slug: str) -> None:
    """With the code the played carrier sent; ends at her orders."""
    ask_for_a_code(shopper, slug)
    shopper.press(re.compile("看短信"), exact=False)
    while not (sent := re.search(r"验证码 (\d{6})", shopper.page.content())):
        shopper.press("刷新")
    shopper.press("回去填验证码")
    shopper.fill(code=sent[1])
    shopper.press("登录")
    shopper.sees("我的订单")
