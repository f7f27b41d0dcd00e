"""R27 at checkout: several coupons at once, each by its name; one that does not apply says why and takes nothing with it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.orders.models import Order
from app.domain.promotions.actions import end_coupon
from app.kernel.tenancy import BrandSession
from app.web.storefront.checkout_form import MOST_COUPONS
from tests.builders.activities import DAY, a_coupon, an_activity
from tests.builders.shoppers import ZH, filled
from tests.builders.shops import Shop
from tests.conftest import NOON


class Checkout:
    """One case by Lin's link: 299.00; her share 35.88, the store's 14.95."""

    def __init__(self, client: FlaskClient, brand: Brand, shop: Shop, share: str | None = None) -> None:
        self.client = client
        self.address = f"/b/{brand.slug}/checkout?share={shop.link.code if share is None else share}&v={shop.case}&q=1"
        self.page = client.get(self.address, headers=ZH)

    def send(self, **fields: str) -> Any:
        hidden = dict(re.findall(r'<input[^>]*name="(used)"[^>]*value="([^"]*)"', self.page.text))
        self.page = self.client.post(self.address, data=filled(self.page.text, **{**hidden, **fields}), headers=ZH)
        return self.page

    def use(self, code: str) -> str:
        return str(self.send(coupon=code, go="coupon").text)

    def rows(self) -> dict[str, str]:
        """label → amount, as the totals read."""
        found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", self.page.text, re.S)
        return {label: re.sub(r"<[^>]+>|\s", "", amount) for label, amount in found}


@pytest.fixture
def checkout(client: FlaskClient, brand: Brand, shop: Shop) -> Checkout:
    for code, amount, funder, who in (("BRAND30", 3000, "brand", {}), ("PLAT20", 2000, "platform", {}), ("STORE10", 1000, "store", {"store": shop.store.id}),
                                      ("LIN15", 1500, "guide", {"guide": shop.lin.id})):
        a_coupon(shop.session, code, amount, funder, **who)
    return Checkout(client, brand, shop)


def test_each_step_by_its_name(checkout: Checkout, shop: Shop, session: BrandSession) -> None:
    """299.00 − 40.00 by the activity − 30.00 − 20.00 − 10.00 − 15.00 = 184.00."""
    an_activity(session, {shop.case: 25900})
    for code in ("brand30", " plat20 ", "STORE10", "LIN15"):
        checkout.use(code)
    assert checkout.rows() == {"商品": "299.00", "活动优惠": "−40.00", "品牌券 BRAND30": "−30.00", "平台券 PLAT20": "−20.00", "门店券 STORE10": "−10.00",
                               "导购券 LIN15": "−15.00", "运费": "0.00", "应付": "¥184.00"}
    answer = checkout.send()
    assert answer.status_code == 303
    session.rollback()
    order = session.scalars(select(Order)).one()
    assert (order.total_minor, [one["code"] for one in order.coupons]) == (18400, ["BRAND30", "PLAT20", "STORE10", "LIN15"])
    assert "184.00" in checkout.client.get(answer.location, headers=ZH).text


def test_the_order_page_repeats_the_steps(checkout: Checkout, shop: Shop, session: BrandSession) -> None:
    an_activity(session, {shop.case: 25900})
    checkout.use("LIN15")
    cashier = checkout.send().location
    paid = checkout.client.post(cashier, data={"outcome": "succeed"}, headers=ZH)
    text = checkout.client.get(paid.location, headers=ZH).text
    for label, amount in (("商品", "299.00"), ("活动优惠", "−40.00"), ("导购券 LIN15", "−15.00")):
        assert re.search(rf"<dt>{label}</dt><dd>.*?{amount}", text, re.S), label


def test_one_that_does_not_apply_leaves_the_others(checkout: Checkout) -> None:
    checkout.use("BRAND30")
    text = checkout.use("NOPE")
    assert checkout.page.status_code == 422
    assert "没有这张券" in text and 'value="NOPE"' in text and 'aria-invalid="true"' in text
    assert checkout.rows()["应付"] == "¥269.00"
    checkout.use("PLAT20")
    assert checkout.rows()["应付"] == "¥249.00"


def test_one_is_put_back(checkout: Checkout) -> None:
    checkout.use("BRAND30")
    checkout.use("PLAT20")
    checkout.send(drop="BRAND30")
    assert (checkout.page.status_code, checkout.rows()["应付"], "BRAND30" in checkout.page.text) == (200, "¥279.00", False)


def test_one_that_ended_meanwhile_is_told_before_the_order(checkout: Checkout, shop: Shop, session: BrandSession, brand: Brand) -> None:
    extra = a_coupon(session, "EXTRA", 500)
    checkout.use("BRAND30")
    checkout.use("EXTRA")
    end_coupon(session, brand_id=brand.id, coupon_id=extra.id, now=NOON)
    session.commit()
    answer = checkout.send()
    assert answer.status_code == 422
    assert "没用上：券已过期" in answer.text and "价格刚刚有变动" in answer.text
    assert checkout.rows()["应付"] == "¥269.00"
    assert checkout.send().status_code == 303


def test_why_not_in_the_shoppers_words(client: FlaskClient, brand: Brand, shop: Shop, session: BrandSession, checkout: Checkout) -> None:
    a_coupon(session, "FROM300", 100, minimum_minor=30000)
    a_coupon(session, "BIG", 3589, "guide", guide=shop.lin.id)
    a_coupon(session, "HIS", 100, "guide", guide=shop.he.id)
    a_coupon(session, "LAST", 100, max_uses=1).used_count = 1
    a_coupon(session, "ALL", 29900)
    session.commit()
    for code, why in (("FROM300", "满 ¥300.00 才能用"), ("BIG", "这一单太小"), ("HIS", "这是另一位导购或门店的券"), ("LAST", "券已被领完")):
        assert why in checkout.use(code), code
    direct = Checkout(client, brand, shop, share="")
    assert "这是另一位导购或门店的券" in direct.use("LIN15")
    whole = Checkout(client, brand, shop)
    whole.use("ALL")
    assert "前面的券已经抵完了" in whole.use("BRAND30") and whole.rows()["应付"] == "¥0.00"


def test_a_coupon_not_yet_begun(client: FlaskClient, brand: Brand, shop: Shop, session: BrandSession) -> None:
    coupon = a_coupon(session, "LATER", 100)
    coupon.starts_at, coupon.ends_at = NOON + timedelta(hours=1), NOON + DAY
    session.commit()
    assert "还没到使用时间" in Checkout(client, brand, shop).use("LATER")


@pytest.mark.parametrize("code", ["a\x07b", "\u200bNOPE\u200b", "no pe", "<b>x</b>", "x" * 500, "，", "NOPE\tNOPE"])
def test_any_letters_may_be_typed(checkout: Checkout, code: str) -> None:
    checkout.use("BRAND30")
    text = checkout.use(code)
    assert checkout.page.status_code == 422 and "没有这张券" in text and "<b>x" not in text
    assert checkout.rows()["应付"] == "¥269.00"


@pytest.mark.parametrize("used", [" ".join(f"C{n}" for n in range(50)), "x" * 5000, "BRAND30 BRAND30 brand30", "<b>", "\u3000"])
def test_a_forged_list_of_coupons_breaks_nothing(checkout: Checkout, used: str) -> None:
    page = checkout.send(used=used, go="coupon", coupon="")
    assert page.status_code in (200, 422)
    assert page.text.count("没用上") <= MOST_COUPONS and "<b></b>" not in page.text
    assert page.text.count("−30.00") <= 1
