"""A phone in a chat program, 390 px: from checkout to the provider's page and back, with scripts and without; refused, left, tried again."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.live import Live
from tests.browser.shopping import ADDRESS
from tests.browser.visitor import Visitor
from tests.builders.brands import a_brand
from tests.builders.shops import Shop, a_shop
from tests.builders.stripe_world import StripeWorld

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Store:
    slug: str
    shop: Shop


@pytest.fixture
def store(live: Live, world: StripeWorld) -> Store:
    """A shop that is open; the provider is there."""
    live.clock.now, live.app.gateways = datetime.now(UTC), replace(live.app.gateways, online=world.provider())
    brand = a_brand(live.app.database, slug=f"pay{next(_numbers)}", now=live.clock.now)
    with live.app.database.session(brand.id) as session:
        return Store(brand.slug, a_shop(session, live.clock.now))


def order(shopper: Visitor, store: Store) -> None:
    """Fill in the address and press twice, as people do; ends on the provider's page."""
    shopper.open(f"/b/{store.slug}/checkout?v={store.shop.case}&q=1")
    shopper.fill(**ADDRESS)
    shopper.page.locator("button[form=order]").dblclick(delay=20, no_wait_after=True)
    on_the_providers_page(shopper.page)


def on_the_providers_page(page: Page) -> None:
    expect(page).to_have_url(re.compile("/_pages/checkout/cs_"), timeout=15_000)
    expect(page.locator("body")).to_contain_text("轻旅箱 18 寸 ×1")
    expect(page.locator("body")).to_contain_text(re.compile(r"299\.?00"))


def presses(page: Page, outcome: str, method: str = "card") -> None:
    page.locator(f"input[value={method}]").check()
    page.locator(f"button[value={outcome}]").click()


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without"])
def test_to_the_page_and_back(visit: Visit, live: Live, store: Store, world: StripeWorld, script: bool) -> None:
    shopper = visit("phone", script=script)
    order(shopper, store)
    presses(shopper.page, "paid", "alipay")
    shopper.sees("已付款，等待发货")
    shopper.examine()
    assert "/orders/" in shopper.page.url
    assert live.violations(store.slug) == []
    keys = {one["idempotency_key"] for one in world.sees("calls")["calls"] if one["path"] == "/v1/checkout/sessions"}
    assert len(keys) == 1, "two presses, one session"


def test_refused_she_tries_another_way_then_leaves_and_comes_back(visit: Visit, live: Live, store: Store) -> None:
    shopper = visit("phone")
    order(shopper, store)
    presses(shopper.page, "declined")
    on_the_providers_page(shopper.page)
    shopper.page.locator("button[value=cancel]").click()
    shopper.sees("等待付款", "去付款")
    shopper.examine()
    shopper.touch(shopper.page.get_by_role("button", name=re.compile("去付款")))
    on_the_providers_page(shopper.page)
    presses(shopper.page, "paid", "wechat_pay")
    shopper.sees("已付款，等待发货")
    assert live.violations(store.slug) == []


def test_the_provider_is_away_and_comes_back(visit: Visit, live: Live, store: Store, world: StripeWorld) -> None:
    shopper = visit("phone")
    world.does("faults", api=[{"status": 500, "count": 2, "path": "^/v1/checkout/sessions$"}])
    shopper.open(f"/b/{store.slug}/checkout?v={store.shop.case}&q=1")
    shopper.fill(**ADDRESS)
    with shopper.refused(503):
        shopper.lead(shopper.page.locator("button[form=order]"))
        shopper.sees("支付渠道现在没有回答", "没有扣款")
    shopper.page.get_by_role("link", name="再试一次").tap()
    on_the_providers_page(shopper.page)


def test_while_nobody_knows_yet_the_page_looks_again_by_itself(visit: Visit, live: Live, store: Store, world: StripeWorld) -> None:
    """Without scripts: the answer's Refresh header does it."""
    shopper = visit("phone", script=False)
    order(shopper, store)
    world.does("faults", api=[{"status": 500, "count": 2, "path": "^/v1/checkout/sessions/cs_"}])
    presses(shopper.page, "paid")
    shopper.sees("正在等支付渠道的结果", "不用再付")
    shopper.examine()
    expect(shopper.page).to_have_url(re.compile("/orders/"), timeout=20_000)
    shopper.sees("已付款，等待发货")
