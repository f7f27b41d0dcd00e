"""R9, R10: what one person did on two devices competes together once she has signed in; the ladder decides, also when a cookie is lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from app.domain.brands.actions import change_settings
from app.domain.brands.models import Brand
from app.domain.customers.models import CustomerBinding, VisitorLogin
from app.domain.guides.models import Guide
from app.domain.orders.models import AttributionDecision
from app.domain.sharing.actions import share_link
from app.web.shared.application import Application
from tests.builders.people import a_guide
from tests.builders.shoppers import ZH, filled, signed_in_guide
from tests.builders.shops import CONTACT, Shop
from tests.builders.signed_in_shopper import sign_in_shopper_on
from tests.conftest import NOON, TestClock

PHONE, HOUR = CONTACT["phone"], timedelta(hours=1)


class Phones:
    """Devices of shoppers, the clock between two acts, and who earned what they ordered."""

    def __init__(self, app: Application, brand: Brand, shop: Shop, clock: TestClock) -> None:
        self.app, self.brand, self.shop, self.clock = app, brand, shop, clock
        self.codes = {guide.id: share_link(shop.session, brand_id=brand.id, guide_id=guide.id).code for guide in (shop.lin, shop.he)}
        shop.session.commit()

    def device(self) -> FlaskClient:
        return self.app.test_client()

    def opens(self, device: FlaskClient, guide: Guide) -> FlaskClient:
        self.clock.now += HOUR
        assert device.post(f"/s/{self.codes[guide.id]}/touch", headers=ZH).status_code == 204
        return device

    def signs_in(self, device: FlaskClient, phone: str = PHONE) -> FlaskClient:
        self.clock.now += HOUR
        return sign_in_shopper_on(device, self.app, self.brand, phone)

    def puts_in_bag(self, device: FlaskClient, guide: Guide) -> None:
        self.clock.now += HOUR
        device.post(f"/b/{self.brand.slug}/buy", headers=ZH, data={"product": self.shop.case_product, "share": self.codes[guide.id], "go": "bag", "quantity": 1})

    def orders(self, device: FlaskClient, query: str = "", **changes: str) -> str:
        """Who earned it: 'lin', 'he', a store or the brand, with the rung that decided."""
        self.clock.now += HOUR
        address = f"/b/{self.brand.slug}/checkout?{query or f'v={self.shop.cover}'}"
        answer = device.post(address, data=filled(device.get(address, headers=ZH).text, **changes), headers=ZH)
        assert answer.status_code == 303, answer.text
        self.shop.session.rollback()
        made: Any = self.shop.session.scalars(select(AttributionDecision).order_by(AttributionDecision.id.desc())).first()
        names = {self.shop.lin.id: "lin", self.shop.he.id: "he", None: "store" if made.store_id else "brand"}
        return f"{names[made.guide_id]} {made.reason}"


@pytest.fixture
def phones(app: Application, brand: Brand, shop: Shop, clock: TestClock) -> Phones:
    return Phones(app, brand, shop, clock)


def test_the_last_touch_of_either_device_earns(phones: Phones, shop: Shop) -> None:
    one, two = phones.device(), phones.device()
    phones.signs_in(phones.opens(one, shop.lin))
    phones.signs_in(phones.opens(two, shop.he))
    assert phones.orders(one) == "he last_touch", "she opened He's link last, if on the other phone"
    phones.opens(one, shop.lin)
    assert phones.orders(two) == "lin last_touch"


def test_without_the_merge_each_device_would_be_a_stranger(phones: Phones, shop: Shop) -> None:
    one, two = phones.device(), phones.device()
    phones.signs_in(phones.opens(one, shop.lin))
    phones.signs_in(phones.opens(two, shop.he))
    shop.session.execute(delete(VisitorLogin))
    shop.session.commit()
    assert phones.orders(one) == "lin last_touch"


def test_devices_nobody_signed_in_on_stay_apart(phones: Phones, shop: Shop) -> None:
    one, two = phones.opens(phones.device(), shop.lin), phones.opens(phones.device(), shop.he)
    assert [phones.orders(device) for device in (one, two)] == ["lin last_touch", "he last_touch"]


def test_a_cookie_lost_after_the_login_loses_nothing(phones: Phones, shop: Shop) -> None:
    device = phones.signs_in(phones.opens(phones.device(), shop.lin))
    device.delete_cookie("yd_v")
    assert phones.orders(device) == "lin last_touch"
    phones.opens(device, shop.he)
    assert phones.orders(phones.signs_in(phones.device())) == "he last_touch", "and what comes after it is hers too"


def test_a_cookie_lost_before_the_login_loses_what_was_before(phones: Phones, shop: Shop) -> None:
    device = phones.opens(phones.device(), shop.lin)
    device.delete_cookie("yd_v")
    assert phones.orders(phones.signs_in(device)) == "brand brand"


def test_the_link_in_the_address_survives_a_lost_cookie(phones: Phones, shop: Shop) -> None:
    assert phones.orders(phones.device(), f"share={phones.codes[shop.lin.id]}&v={shop.case}") == "lin last_touch"


def test_the_back_button_to_an_older_page_buys_from_that_page(phones: Phones, shop: Shop) -> None:
    device = phones.opens(phones.opens(phones.device(), shop.lin), shop.he)
    assert phones.orders(device, f"share={phones.codes[shop.lin.id]}&v={shop.case}") == "lin last_touch"


def test_a_bag_counts_from_when_it_was_filled(phones: Phones, shop: Shop) -> None:
    device = phones.device()
    phones.puts_in_bag(device, shop.lin)
    assert phones.orders(device, "bag=1") == "lin last_touch"
    phones.puts_in_bag(device, shop.lin)
    phones.opens(device, shop.he)
    assert phones.orders(device, "bag=1") == "he last_touch"


def test_touches_expire_on_every_device(phones: Phones, shop: Shop, clock: TestClock) -> None:
    device = phones.signs_in(phones.opens(phones.device(), shop.lin))
    clock.now = NOON + timedelta(days=15)
    other = phones.opens(phones.device(), shop.he)
    clock.now += timedelta(hours=-1)
    assert phones.orders(device) == "brand brand"
    assert phones.orders(phones.signs_in(other)) == "he last_touch"


def test_who_comes_second_on_a_device_is_somebody_else(phones: Phones, shop: Shop) -> None:
    device = phones.signs_in(phones.opens(phones.device(), shop.lin))
    with device.session_transaction() as cookie:
        cookie.pop("shopper")
    before = device.get_cookie("yd_v")
    phones.signs_in(device, "13911112222")
    after = device.get_cookie("yd_v")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert phones.orders(device, phone="13911112222") == "brand brand", "the touch was the first one's"


def test_signing_in_by_a_link_binds_as_an_order_does(phones: Phones, shop: Shop, brand: Brand) -> None:
    change_settings(shop.session, brand_id=brand.id, binding_exclusive=True)
    shop.session.commit()
    phones.signs_in(phones.opens(phones.device(), shop.lin))
    shop.session.rollback()
    bound = shop.session.scalars(select(CustomerBinding)).one()
    assert (bound.guide_id, bound.via) == (shop.lin.id, "sign_in")


def test_who_served_her_comes_first(phones: Phones, shop: Shop) -> None:
    shop.he.employee_no, device = "E7", phones.opens(phones.device(), shop.lin)
    shop.session.commit()
    assert phones.orders(device, guide_number="E7") == "he chosen"
    assert device.get(f"/b/{phones.brand.slug}/here?g=E7&store=SH01").status_code == 303
    page = device.get(f"/b/{phones.brand.slug}/checkout?v={shop.cover}", headers=ZH).text
    assert 'value="E7"' in page, "what was scanned stands in its field"
    wrong = device.post(f"/b/{phones.brand.slug}/checkout?v={shop.cover}", data=filled(page, guide_number="E8"), headers=ZH)
    assert wrong.status_code == 422
    assert "没有工号是“E8”的导购" in wrong.text


def test_a_store_that_was_scanned_earns_what_no_guide_does(phones: Phones, shop: Shop) -> None:
    device = phones.device()
    device.get(f"/b/{phones.brand.slug}/here?store=SH01")
    assert phones.orders(device) == "store store"
    device.get(f"/b/{phones.brand.slug}/here?store=NOWHERE&g=NOBODY")
    assert phones.orders(device) == "brand brand"


def test_a_guides_own_browser_is_hers_after_she_signed_out(phones: Phones, shop: Shop, brand: Brand, clock: TestClock) -> None:
    anna = a_guide(shop.session, shop.store, now=NOON, password=True)
    shop.session.commit()
    code = share_link(shop.session, brand_id=brand.id, guide_id=anna.id).code
    shop.session.commit()
    device = phones.opens(phones.device(), shop.lin)
    signed_in_guide(device, anna)
    device.post(f"/s/{code}/touch", headers=ZH)
    with device.session_transaction() as cookie:
        cookie.pop("guide")
    assert phones.orders(device, f"share={code}&v={shop.case}") == "lin last_touch", "her own click does not compete (R20), Lin's does"
