"""Finance at a desk and on a phone, with scripts and without: finds the refund that did not arrive, sends it again, and says how she was paid."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect

from app.flows.follow_refunds import apply_refund
from app.flows.place_order import PlacedOrder
from tests.browser.conftest import Visit
from tests.browser.live import Live
from tests.browser.visitor import Visitor
from tests.builders.brands import PASSWORD, a_brand
from tests.builders.people import a_colleague
from tests.builders.shops import Shop, a_shop
from tests.builders.stripe_orders import paid_online
from tests.builders.stripe_refunds import booked, hundred, received, refund_of, send, transferred, with_receiver
from tests.builders.stripe_world import StripeWorld


class Desk:
    """A brand whose guide was paid by transfer and whose refund of 33.33 came back."""

    def __init__(self, live: Live, world: StripeWorld, shop: Shop) -> None:
        self.live, self.world, self.shop = live, world, hundred(shop)
        with_receiver(live.app, world, shop, shop.lin.payee_id)
        self.placed: PlacedOrder = received(live.app, world, shop, (shop.case, 1))
        paid_online(live.app, world, shop, (shop.case, 1))
        live.clock.now += timedelta(days=40)
        transferred(live.app, shop, live.clock.now)
        self.refund_id: UUID = booked(shop, self.placed, 3333, live.clock.now)
        self.come_back()
        self.login = a_colleague(shop.session, "finance").login
        shop.session.commit()

    def come_back(self) -> None:
        """The provider takes it, and her bank does not."""
        ref = send(self.live.app, self.shop, self.refund_id).provider_ref
        self.world.does(f"refunds/{ref}/fail", reason="expired_or_canceled_card")
        self.shop.session.rollback()
        apply_refund(self.live.app.database, provider=self.live.app.gateways.online, ref=ref, now=self.live.clock.now)


@pytest.mark.browser
@pytest.mark.parametrize(("size", "script"), [("desk", True), ("phone", True), ("phone", False)], ids=["desk", "phone", "without scripts"])
def test_it(visit: Visit, live: Live, world: StripeWorld, size: str, script: bool) -> None:
    live.clock.now, live.app.gateways = datetime.now(UTC), replace(live.app.gateways, online=world.provider())
    slug = f"back{datetime.now(UTC):%H%M%S%f}"
    brand = a_brand(live.app.database, slug=slug, now=live.clock.now)
    with live.app.database.session(brand.id) as session, live.worker.held_back():
        desk = Desk(live, world, a_shop(session, live.clock.now))
        finance = visit(size, script=script)
        finance.open("/console/sign-in")
        finance.fill(login=desk.login, password=PASSWORD)
        finance.press("登录")
        finance.open("/console/after-sales/refunds?state=failed")
        finance.sees("顾客的卡已过期或注销")
        opened(finance, desk)
        finance.sees("退款没有退成", "已追回", "4.12")
        press(finance, "再退一次", "确认再退")
        finance.sees("退款在路上")
        desk.come_back()
        opened(finance, desk)
        press(finance, "已用其他方式退", "确认已付给顾客", reference="招行回单 8812")
        finance.sees("已登记", "招行回单 8812")
        assert refund_of(desk.shop, desk.refund_id).outside_ref == "招行回单 8812"
        finance.open("/console/after-sales/refunds?state=failed")
        finance.sees("没有失败的退款")
        shopper = visit("phone", script=script)
        shopper.open(f"/b/{slug}/orders/{desk.placed.number}?token={desk.placed.secret}")
        shopper.sees("已用其他方式退给你")


def opened(finance: Visitor, desk: Desk) -> None:
    finance.open(f"/console/after-sales/refunds/{desk.refund_id}")


def press(finance: Visitor, label: str, yes: str, **fields: str) -> None:
    """Opens the question, answers it."""
    finance.page.locator("summary", has_text=re.compile(label)).click()
    for name, value in fields.items():
        finance.page.locator(f"input[name={name}]").fill(value)
    finance.page.get_by_role("button", name=yes).click()
    expect(finance.page.locator("h1")).to_contain_text("33.33")
