"""Inside WeChat a share page asks what its card is signed with: for its own address only, and not at all where no account is set up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from app import create_app
from app.config import Settings
from app.domain.sharing.wechat_keys import signature
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop
from tests.conftest import TestClock
from tests.gateways.doubles.wechat import WeChatDouble


@pytest.fixture
def double() -> Iterator[WeChatDouble]:
    double = WeChatDouble()
    with double.open():
        yield double


@pytest.fixture
def inside(settings: Settings, clock: TestClock, double: WeChatDouble) -> Iterator[FlaskClient]:
    """A house with a public account."""
    app = create_app(replace(settings, wechat_app_id=double.app_id, wechat_secret=double.secret, wechat_api=double.url), clock=clock)
    with app.database.transaction() as session:
        session.execute(text("DELETE FROM wechat_keys"))
    yield app.test_client()
    app.database.dispose()


def test_our_own_address_is_signed(inside: FlaskClient, double: WeChatDouble, shop: Shop) -> None:
    url = f"http://localhost/s/{shop.link.code}/p/{shop.case_product}?from=singlemessage"
    said = inside.get(f"/s/{shop.link.code}/wechat-config", query_string={"url": url + "#top"}).get_json()
    assert said["app_id"] == double.app_id
    assert said["signature"] == signature(ticket="TICKET-1", nonce=said["nonce"], timestamp=said["timestamp"], url=url)


@pytest.mark.parametrize("url", ["", "https://evil.example/s/{code}", "http://localhost/s/{code}x", "http://localhost.evil.example/s/{code}",
                                 "http://localhost/console", "javascript:alert(1)"])
def test_nobody_elses_is(inside: FlaskClient, double: WeChatDouble, shop: Shop, url: str) -> None:
    answer = inside.get(f"/s/{shop.link.code}/wechat-config", query_string={"url": url.format(code=shop.link.code)})
    assert answer.status_code == 404 and not double.asked


def test_while_wechat_says_no_the_page_shares_as_any_page(inside: FlaskClient, double: WeChatDouble, shop: Shop) -> None:
    double.codes = [45009]
    answer = inside.get(f"/s/{shop.link.code}/wechat-config", query_string={"url": f"http://localhost/s/{shop.link.code}"})
    assert (answer.status_code, answer.data) == (204, b"")


def test_without_an_account_nothing_of_wechat_is_there(client: FlaskClient, inside: FlaskClient, shop: Shop) -> None:
    page = client.get(f"/s/{shop.link.code}", headers=ZH)
    assert "wechat" not in page.text and "wx.qq.com" not in page.headers["Content-Security-Policy"]
    assert client.get(f"/s/{shop.link.code}/wechat-config?url=http://localhost/s/{shop.link.code}").status_code == 404
    with_account = inside.get(f"/s/{shop.link.code}", headers=ZH)
    scripts = re.search(r"script-src ([^;]*)", with_account.headers["Content-Security-Policy"])
    assert scripts is not None and scripts[1].startswith("'self' https://res.wx.qq.com") and "unsafe" not in scripts[1]
    assert f'data-wechat-url="/s/{shop.link.code}/wechat-config"' in with_account.text


def test_a_product_page_says_of_itself_what_a_card_needs(client: FlaskClient, shop: Shop) -> None:
    page = client.get(f"/s/{shop.link.code}/p/{shop.case_product}", headers=ZH).text
    told = dict(re.findall(r'<meta property="([^"]+)" content="([^"]*)">', page))
    assert told["og:url"] == f"http://localhost/s/{shop.link.code}/p/{shop.case_product}"
    assert (told["product:price:amount"], told["product:price:currency"], told["product:availability"]) == ("299.00", "CNY", "in stock")
    assert told["og:title"] == "轻旅箱 18 寸" and told["og:type"] == "product" and told["og:description"]
