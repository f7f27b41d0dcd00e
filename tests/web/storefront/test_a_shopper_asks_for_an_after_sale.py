"""The shopper asks from her own order page, follows the case, sends the goods back, or thinks better of it; strangers do nothing."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.aftersales.models import AfterSale
from app.domain.brands.models import Brand, BrandSettings
from app.domain.orders.queries import lines_of
from app.flows.answer_after_sale import approve_after_sale, receive_goods, reject_after_sale, send_replacement
from app.flows.place_order import PlacedOrder
from tests.builders.after_sales import another, charge_back
from tests.builders.money import paid_order, received_order
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock


class Shopper:
    """A phone with one order open."""

    def __init__(self, client: FlaskClient, brand: Brand, shop: Shop, placed: PlacedOrder) -> None:
        self.client, self.brand, self.shop, self.placed = client, brand, shop, placed

    def address(self, tail: str = "", **query: str) -> str:
        return f"/b/{self.brand.slug}/orders/{self.placed.number}{tail}?{urlencode({'token': self.placed.secret, **query})}"

    def page(self, tail: str = "", status: int = 200, **query: str) -> str:
        answer = self.client.get(self.address(tail, **query), headers=ZH)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def post(self, tail: str, status: int = 303, **form: str) -> str:
        answer = self.client.post(self.address(tail), data=form, headers=ZH)
        assert answer.status_code == status, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)

    def line(self, number: int = 0) -> UUID:
        self.shop.session.rollback()
        return lines_of(self.shop.session, brand_id=self.shop.brand_id, order_id=self.placed.order_id)[number].id

    def ask(self, kind: str = "return_refund", number: int = 0, status: int = 303, **form: str) -> str:
        return self.post("/after-sale", status, kind=kind, **{f"quantity-{self.line(number)}": "1", "why": "不想要了", **form})

    def case(self) -> AfterSale:
        self.shop.session.rollback()
        return self.shop.session.scalars(select(AfterSale)).one()

    def brand_does(self, flow: object, **more: object) -> None:
        flow(self.shop.session, brand_id=self.shop.brand_id, after_sale_id=self.case().id, now=NOON, **more)  # type: ignore[operator]
        self.shop.session.commit()


@pytest.fixture
def shopper(client: FlaskClient, brand: Brand, shop: Shop, clock: TestClock) -> Shopper:
    """299.00 and two of 59.90, received."""
    shop.session.scalars(select(BrandSettings)).one().shipping_fee_minor = 1200
    shop.session.commit()
    return Shopper(client, brand, shop, received_order(shop))


def test_she_sends_it_back_and_gets_her_money(shopper: Shopper) -> None:
    assert "申请售后" in shopper.page() and "15 天内可以退换，不用说理由" in shopper.page()
    ways = shopper.page("/after-sale")
    assert all(way in ways for way in ("仅退款", "退货退款", "换货", "退运费"))
    assert "轻旅箱" in shopper.page("/after-sale", kind="return_refund")
    shopper.ask(reason="太大了")
    case = shopper.case()
    assert (case.kind, case.state, case.reason, case.requested_by) == ("return_refund", "requested", "不想要了 · 太大了", "顾客")
    page = shopper.page()
    assert "已提交，等商家答复" in page and case.number in page and "299.00" in page and "撤销申请" in page
    shopper.brand_does(approve_after_sale, answer="请用原包装寄回")
    page = shopper.page()
    assert "请寄回商品并填写运单号" in page and "请用原包装寄回" in page
    shopper.post(f"/after-sales/{case.id}/parcel", carrier="顺丰速运", tracking_no="SF-77")
    page = shopper.page()
    assert "商家收到后处理" in page and "SF-77" in page and "更正运单号" in page and "撤销申请" not in page
    shopper.brand_does(receive_goods)
    assert "商家已收到退货，正在退款" in shopper.page()


def test_a_kind_that_is_not_open_is_not_offered(client: FlaskClient, brand: Brand, shop: Shop, clock: TestClock) -> None:
    shopper = Shopper(client, brand, shop, paid_order(shop))
    ways = shopper.page("/after-sale")
    assert "仅退款" in ways and "退货退款" not in ways and "换货" not in ways, "nothing was sent yet"
    assert "仅退款" in shopper.page("/after-sale", kind="return_refund"), "a kind by hand leads back to the choice"
    assert "只能申请仅退款" in shopper.ask("return_refund", status=422)


def test_she_takes_it_back(shopper: Shopper) -> None:
    shopper.ask()
    case = shopper.case()
    assert "已经有售后单" in shopper.ask(status=422)
    shopper.post(f"/after-sales/{case.id}/cancel")
    assert shopper.case().state == "cancelled"
    shopper.post(f"/after-sales/{case.id}/cancel", status=409)


def test_a_no_is_told_with_its_reason(shopper: Shopper) -> None:
    shopper.ask()
    shopper.brand_does(reject_after_sale, answer="包装已拆，影响二次销售")
    page = shopper.page()
    assert "商家没有同意" in page and "包装已拆，影响二次销售" in page


def test_part_of_the_money_for_a_scratch(shopper: Shopper) -> None:
    first = shopper.line()
    shopper.post("/after-sale", kind="refund_only", **{f"quantity-{first}": "0", f"amount-{first}": "30", "why": "有瑕疵，协商退一部分"})
    [line] = shopper.case().lines
    assert (line.quantity, line.amount_minor) == (0, 3000)


def test_shipping_with_the_goods_and_alone(shopper: Shopper) -> None:
    shopper.ask("refund_only", with_shipping="1")
    assert shopper.case().shipping_minor == 1200
    assert "没有运费可退" in shopper.post("/after-sale", 422, kind="shipping_only")


def test_an_exchange_for_another_colour(shopper: Shopper) -> None:
    blue = another(shopper.shop, shopper.shop.case, "BLUE")
    assert "BLUE" in shopper.page("/after-sale", kind="exchange")
    shopper.ask("exchange", **{f"exchange-{shopper.line()}": str(blue)})
    shopper.brand_does(approve_after_sale)
    shopper.brand_does(receive_goods)
    assert "换的商品即将寄出" in shopper.page()
    shopper.brand_does(send_replacement, carrier="顺丰速运", tracking_no="SF-NEW")
    page = shopper.page()
    assert "换的商品已经寄出" in page and "SF-NEW" in page and "包裹 2 · 换货" in page


def test_after_the_window_nothing_is_offered_and_nothing_taken(shopper: Shopper, clock: TestClock) -> None:
    clock.now = NOON + timedelta(days=16)
    assert "申请售后" not in shopper.page()
    assert "现在没有可以申请的" in shopper.page("/after-sale")
    assert "售后期已经过了" in shopper.ask(status=422)


@pytest.mark.parametrize(("form", "said"), [
    ({"kind": ""}, "售后方式"), ({"kind": "x"}, "售后方式"), ({"quantity": "0"}, "选择要处理的商品"), ({"quantity": "9"}, "件数"), ({"quantity": "x"}, "整数"),
    ({"quantity": "-1"}, "件数"), ({"kind": "refund_only", "quantity": "0", "amount": "1e9"}, "不是金额"),
    ({"kind": "refund_only", "quantity": "0", "amount": "299.01"}, "最多还能退 ¥299.00"), ({"kind": "exchange"}, "换成哪一款")])
def test_what_cannot_be_is_said_and_nothing_is_opened(shopper: Shopper, form: dict[str, str], said: str) -> None:
    first = shopper.line()
    sent = {"kind": "return_refund", "quantity": "1", **form}
    data = {name if name == "kind" else f"{name}-{first}": value for name, value in sent.items()}
    assert said in shopper.post("/after-sale", 422, **data)
    assert shopper.shop.session.scalars(select(AfterSale)).all() == []


def test_the_secret_is_asked_for_each_time(shopper: Shopper, client: FlaskClient, brand: Brand, shop: Shop) -> None:
    shopper.ask()
    case, other = shopper.case(), Shopper(client, brand, shop, received_order(shop))
    bare = f"/b/{brand.slug}/orders/{shopper.placed.number}"
    for tail in ("/after-sale", f"/after-sales/{case.id}/cancel", f"/after-sales/{case.id}/parcel"):
        for secret in ("", other.placed.secret):
            assert client.post(f"{bare}{tail}", data={"token": secret, "carrier": "x", "tracking_no": "y"}, headers=ZH).status_code == 404
    assert client.get(f"{bare}/after-sale", headers=ZH).status_code == 404
    other.post(f"/after-sales/{case.id}/cancel", 404)
    other.post("/after-sales/x/cancel", 404)
    assert shopper.case().state == "requested"


def test_while_her_bank_decides_the_brand_is_not_asked(shopper: Shopper) -> None:
    charge_back(shopper.shop, shopper.placed, 100)
    assert "申请售后" not in shopper.page()
    assert "拒付在处理" in shopper.ask(status=422)


def test_the_page_is_never_kept_by_a_cache(shopper: Shopper) -> None:
    for tail in ("", "/after-sale"):
        assert "no-store" in shopper.client.get(shopper.address(tail), headers=ZH).headers["Cache-Control"]
