"""Every page, full and empty, on a phone and at a desk: no fault in the browser, no scrolling sideways, WCAG 2.2 AA."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta

import pytest

from tests.browser import pages
from tests.browser.conftest import Visit
from tests.browser.filled import Filled, a_full_brand, an_empty_brand, an_operator
from tests.browser.live import Live
from tests.browser.shopping import ask_for_a_code, sign_in_by_code
from tests.browser.visitor import Visitor
from tests.builders.brands import PASSWORD

pytestmark = pytest.mark.browser
SIZES = ("phone", "desk")


@pytest.fixture(scope="module")
def full(live: Live) -> Filled:
    return a_full_brand(live)


@pytest.fixture(scope="module")
def empty(live: Live) -> Filled:
    return an_empty_brand(live)


@pytest.fixture(scope="module")
def operator(live: Live) -> str:
    return an_operator(live)


def look_at(visitor: Visitor, addresses: Iterable[str], ids: dict[str, str]) -> None:
    """All of them, then what was wrong with any."""
    wrong: list[str] = []
    for address in addresses:
        try:
            visitor.open(address.format(**ids))
            assert visitor.last_status == 200
        except AssertionError as fault:
            wrong.append(str(fault))
            visitor.faults.clear()
    assert not wrong, "\n\n".join(wrong)


def sign_in(visitor: Visitor, surface: str, login: str) -> Visitor:
    visitor.open(f"/{surface}/sign-in")
    visitor.fill(login=login, password=PASSWORD)
    visitor.press("登录" if visitor.language == "zh" else re.compile("^(Sign in|登录)$"))
    return visitor


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_the_signed_out(visit: Visit, full: Filled, size: str) -> None:
    look_at(visit(size), (*pages.SIGNED_OUT, *pages.EVERYBODY), full.ids)


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_the_shopper(visit: Visit, full: Filled, size: str) -> None:
    look_at(visit(size), pages.STOREFRONT, full.ids)


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_a_shopper_who_signs_in(visit: Visit, full: Filled, live: Live, size: str) -> None:
    asking = visit(size)
    ask_for_a_code(asking, full.ids["slug"])
    look_at(asking, pages.ASKED, full.ids)
    live.clock.now += timedelta(minutes=2)
    known = visit(size)
    sign_in_by_code(known, full.ids["slug"])
    look_at(known, pages.SHOPPER, full.ids)
    live.clock.now += timedelta(minutes=2)


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_headquarters(visit: Visit, full: Filled, size: str) -> None:
    look_at(sign_in(visit(size), "console", full.owner), (*pages.CONSOLE_LISTS, *pages.CONSOLE_ROWS), full.ids)


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_a_guide(visit: Visit, full: Filled, size: str) -> None:
    look_at(sign_in(visit(size), "guide", full.guide), (*pages.GUIDE_LISTS, *pages.GUIDE_ROWS), full.ids)
    look_at(sign_in(visit(size), "guide", full.waiting), pages.WAITING, full.ids)


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_the_operator(visit: Visit, full: Filled, operator: str, size: str) -> None:
    look_at(sign_in(visit(size), "platform", operator), pages.PLATFORM, full.ids)


@pytest.mark.parametrize("size", SIZES)
def test_pages_of_a_brand_with_nothing_in_it(visit: Visit, live: Live, empty: Filled, size: str) -> None:
    """Examined for accessibility on the phone; at the desk only for faults and width."""
    live.seen -= {key for key in live.seen if key[1] == "phone"}
    look_at(sign_in(visit(size), "console", empty.owner), pages.CONSOLE_LISTS, empty.ids)
    look_at(sign_in(visit(size), "guide", empty.guide), pages.GUIDE_LISTS, empty.ids)
    look_at(visit(size), ("/b/{slug}", "/b/{slug}/bag"), empty.ids)


@pytest.mark.parametrize("size", SIZES)
def test_pages_in_english(visit: Visit, full: Filled, size: str) -> None:
    look_at(sign_in(visit(size, language="en"), "console", full.owner), ENGLISH_CONSOLE, full.ids)
    look_at(sign_in(visit(size, language="en"), "guide", full.guide), ENGLISH_GUIDE, full.ids)
    look_at(visit(size, language="en"), ENGLISH_SHOP, full.ids)


ENGLISH_CONSOLE = ("/console/", "/console/orders/{order}", "/console/rates/{commission_rule}", "/console/payouts/{payout_run}", "/console/settings")
ENGLISH_GUIDE = ("/guide/", "/guide/earnings", "/guide/products/{product}")
ENGLISH_SHOP = ("/s/{share_code}", "/b/{slug}/checkout?share={share_code}&v={variant}", "/b/{slug}/orders/{order_number}?token={order_token}")


def test_no_page_is_left_out(live: Live, full: Filled) -> None:
    """A page that is added to the application is added to the table here."""
    looked_at = {live.endpoint(address.format(**full.ids).partition("?")[0]) for address in pages.ALL}
    there = {rule.endpoint for rule in live.app.url_map.iter_rules() if "GET" in (rule.methods or set()) and not rule.rule.startswith("/api/")}
    assert there - looked_at == pages.NOT_PAGES
