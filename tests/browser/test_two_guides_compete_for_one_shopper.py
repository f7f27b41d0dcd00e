"""R8–R10 in real browsers: guides A and B compete for one shopper across login, two devices, cached pages, lost cookies and expiry."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.brands.actions import change_settings
from app.domain.orders.models import AttributionDecision
from app.domain.sharing.actions import share_link
from tests.browser.conftest import Visit
from tests.browser.live import Live
from tests.browser.shopping import order, pay, sign_in_by_code
from tests.browser.visitor import Visitor
from tests.builders.brands import a_brand
from tests.builders.shops import a_shop
from tests.conftest import NOON

SLUG = "rivals"


class Contest:
    """A shop with two guides, the devices of one shopper, and who earned what she ordered last."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.brand = a_brand(live.app.database, slug=SLUG, now=NOON)
        with live.app.database.transaction(self.brand.id) as session:
            shop = a_shop(session)
            change_settings(session, brand_id=self.brand.id, binding_exclusive=True)
            self.names = {shop.lin.id: "A", shop.he.id: "B", None: "-"}
            self.codes = {name: share_link(session, brand_id=self.brand.id, guide_id=guide.id).code for name, guide in (("A", shop.lin), ("B", shop.he))}
            self.product = shop.cover_product

    def opens(self, device: Visitor, guide: str) -> None:
        """The share page, and the touch that travels beside it."""
        with device.page.expect_response(re.compile(f"/s/{self.codes[guide]}/touch$")):
            device.open(f"/s/{self.codes[guide]}")

    def signs_in(self, device: Visitor) -> None:
        sign_in_by_code(device, SLUG)

    def orders(self, device: Visitor, *, paying: bool = False) -> tuple[str, str]:
        """From the brand's own shelf, where no link is in the address."""
        device.open(f"/b/{SLUG}/p/{self.product}")
        device.press("立即购买", exact=False)
        order(device, "59.90")
        if paying:
            pay(device, "59.90")
        with self.live.app.database.transaction(self.brand.id) as session:
            made: Any = session.scalars(select(AttributionDecision).order_by(AttributionDecision.id.desc())).first()
            return self.names[made.guide_id], made.reason


@pytest.fixture
def contest(live: Live) -> Contest:
    return Contest(live)


def test_the_ladder_decides_whatever_the_browsers_do(contest: Contest, visit: Visit, live: Live) -> None:
    """Both devices are phones: a desk's Chromium says here that it is a program, and programs do not compete."""
    phone, other = visit("phone"), visit("phone")
    contest.opens(phone, "A")
    contest.signs_in(phone)
    assert contest.orders(phone) == ("A", "last_touch")

    live.pass_days(1)
    contest.opens(other, "B")
    assert contest.orders(phone) == ("A", "last_touch"), "nobody knows yet that it is she on the other phone"
    contest.signs_in(other)
    assert contest.orders(phone, paying=True) == ("B", "last_touch"), "now B's link was the last one she opened, if on another device"

    live.pass_days(1)
    contest.opens(phone, "A")
    phone.open(f"/s/{contest.codes['B']}/qr.svg")
    phone.page.go_back()
    assert contest.orders(other) == ("A", "last_touch"), "a picture of B's link is no visit; the cached page of A's was one"

    phone.context.clear_cookies(name="yd_v")
    assert contest.orders(phone) == ("A", "last_touch"), "the visitor's cookie is lost, she is still signed in"
    contest.opens(phone, "B")
    assert contest.orders(other) == ("B", "last_touch"), "and what she opens under the new cookie is hers too"

    live.pass_days(15)
    assert contest.orders(phone) == ("A", "binding"), "every touch has expired; she had signed in by A's link, and was protected when B won an order"
    live.pass_days(365)
    assert contest.orders(other) == ("-", "brand")
