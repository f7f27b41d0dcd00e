"""A page kept in memory, or by a browser, is never shown past the moment at which an activity begins or ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import Client

from app.domain.brands.models import Brand
from app.web.shared.application import Application
from app.web.storefront.page_cache import PageCache
from tests.builders.activities import DAY, an_activity
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock


class Clocks:
    """The application's clock and the cache's, turned together."""

    def __init__(self, clock: TestClock) -> None:
        self.clock, self.start = clock, clock.now

    def __call__(self) -> float:
        return (self.clock.now - self.start).total_seconds()


@pytest.mark.parametrize(("left", "said"), [
    (60, "public, max-age=10, s-maxage=10"), (13, "public, max-age=10, s-maxage=10"), (12.9, "public, max-age=10, s-maxage=10, must-revalidate"),
    (9, "public, max-age=9, s-maxage=9, must-revalidate"), (3.7, "public, max-age=3, s-maxage=3, must-revalidate"),
    (0.5, "public, max-age=0, s-maxage=0, must-revalidate")])
@pytest.mark.parametrize("begins", [True, False])
def test_a_page_says_how_long_its_price_holds(client: FlaskClient, clock: TestClock, shop: Shop, brand: Brand, left: float, said: str, begins: bool) -> None:
    moment = NOON + timedelta(seconds=left)
    an_activity(shop.session, {shop.case: 25900}, starts_at=moment if begins else NOON - DAY, ends_at=moment + DAY if begins else moment, now=NOON - DAY)
    for address in (f"/s/{shop.link.code}", f"/s/{shop.link.code}/p/{shop.cover_product}", f"/b/{brand.slug}"):
        assert client.get(address, headers=ZH).headers["Cache-Control"] == said, address


def priced(client: Client, address: str) -> str:
    text = client.get(address, headers=ZH).text
    return "259.00" if 'data-price>259.00' in text else "299.00"


@pytest.mark.parametrize(("before", "after"), [("299.00", "259.00"), ("259.00", "299.00")])
def test_the_cache_turns_with_the_price(app: Application, clock: TestClock, shop: Shop, before: str, after: str) -> None:
    """Asked every quarter of a second around the moment, no answer is of the other side."""
    moment = NOON + timedelta(seconds=30)
    begins = before == "299.00"
    an_activity(shop.session, {shop.case: 25900}, starts_at=moment if begins else NOON - DAY, ends_at=moment + DAY if begins else moment, now=NOON - DAY)
    client = Client(PageCache(app.wsgi_app, seconds=10, clock=Clocks(clock)))
    address = f"/s/{shop.link.code}/p/{shop.case_product}"
    seen = []
    for step in range(240):
        clock.now = NOON + timedelta(seconds=step / 4)
        seen.append(priced(client, address) == (before if clock.now < moment else after))
    assert all(seen)


class Slow:
    """An application that answers while others ask: what the others get meanwhile is the old page, or their own."""

    def __init__(self, app: Application) -> None:
        self.app, self.meanwhile = app, None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return self.app.wsgi_app(environ, start_response)


@pytest.mark.parametrize("idle", [True, False])
def test_nobody_gets_the_old_price_while_another_renews_the_page(app: Application, clock: TestClock, shop: Shop, idle: bool) -> None:
    """`idle`: the page lay untouched for long; else it ended with its price."""
    moment = NOON + timedelta(seconds=100 if idle else 5)
    an_activity(shop.session, {shop.case: 25900}, starts_at=moment, ends_at=moment + DAY, now=NOON - DAY)
    slow, answers = Slow(app), []
    client = Client(PageCache(slow, seconds=10, clock=Clocks(clock)))
    address = f"/s/{shop.link.code}/p/{shop.case_product}"
    assert priced(client, address) == "299.00"
    clock.now = moment
    slow.meanwhile = lambda: answers.append(priced(client, address))
    assert priced(client, address) == "259.00"
    assert answers == ["259.00"]


def test_without_a_bound_a_kept_page_shows_the_old_price(app: Application, clock: TestClock, shop: Shop) -> None:
    """The twin: the same cache in front of pages that do not say when their price ends."""
    def forgetful(environ: Any, start_response: Any) -> Any:
        def say(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            return start_response(status, [(name, "public, max-age=10" if name == "Cache-Control" else value) for name, value in headers], error)
        return app.wsgi_app(environ, say)

    an_activity(shop.session, {shop.case: 25900}, starts_at=NOON + timedelta(seconds=5), ends_at=NOON + DAY)
    client = Client(PageCache(forgetful, seconds=10, clock=Clocks(clock)))
    address = f"/s/{shop.link.code}/p/{shop.case_product}"
    assert priced(client, address) == "299.00"
    clock.now = NOON + timedelta(seconds=6)
    assert priced(client, address) == "299.00", "a second too long"
