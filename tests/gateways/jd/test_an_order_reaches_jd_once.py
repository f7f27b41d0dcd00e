"""The order channel: a lost answer, a killed worker or a second push never makes a second order."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

import pytest
from jd_shops import Open, Sealed, products
from jd_shops import Shop as UnderTest

from app.domain.catalog.ports import Answer, FlagshipUnreachable
from app.domain.fulfilment.ports import (
    Absent,
    AfterSaleAsked,
    Declined,
    Destination,
    Done,
    Pending,
    Placed,
    Stage,
    Unsure,
    WantedAfterSale,
    WantedLine,
    WantedOrder,
)
from app.gateways.jd.ctp import Channel, ChannelOrders, _reason
from app.gateways.jd.ctp_shapes import submitted

SUBMIT, QUERY, PUSH, CANCEL = (f"jingdong.ctp.order.{name}" for name in ("submitOrder", "querySubmitOrder", "pushOrder", "cancelOrder"))
HOME = Destination("李四", "13911112222", "北京朝阳区测试路2号", (1, 72, 2799, 0))


def channel(shop: UnderTest, **more: Any) -> ChannelOrders:
    return ChannelOrders(shop.gateway(**more), Channel(1, 1, "brand"))


def wanted(shop: UnderTest, number: str = "YD1", *, quantity: int = 2) -> WantedOrder:
    sku, told = min(shop.live().items())
    return WantedOrder(number, (WantedLine(sku, quantity, round(float(told["price"]) * 100), "旅行箱"),), 600, "CNY", HOME)


class Recording:
    """Talk that answers every question with a refusal, and remembers it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, *_: object, body: bytes = b"", **__: object) -> Answer:
        form = dict(parse_qsl(body.decode()))
        self.asked.append((form["method"], json.loads(form["360buy_param_json"])))
        return Answer(200, {}, json.dumps({"error_response": {"code": "61", "zh_desc": "x"}}).encode())


def orders_at(shop: UnderTest) -> int:
    return len(shop.control("state")["orders"])


def test_submit_pay_ship_receive(jd: Open) -> None:
    shop = jd()
    orders, order = channel(shop), wanted(shop)
    assert orders.find("YD1") == Absent()
    placed = orders.submit(order)
    assert isinstance(placed, Placed) and not placed.already
    order_id = placed.flagship_order_id
    assert orders.status(order_id).stage is Stage.AWAITING_PAYMENT
    assert orders.tell_paid(order_id) == Done() and orders.tell_paid(order_id) == Done()
    now = orders.status(order_id)
    assert (now.stage, now.total_minor, now.shipping_minor) == (Stage.PAID, order.goods_minor + 600, 600)
    assert [(line.external_id, line.quantity, line.unit_price_minor) for line in now.lines] == [(order.lines[0].external_id, 2, order.lines[0].unit_price_minor)]
    assert orders.tracks(order_id) == ()
    shop.gateway().call("jingdong.pop.order.shipment", {"orderId": order_id, "logiCoprId": "467", "logiNo": "SF9"}, lambda body: body)
    [track] = orders.tracks(order_id)
    assert (track.tracking_no, [step.text for step in track.steps]) == ("SF9", ["商家已出库"]) and track.steps[0].at is not None
    assert orders.status(order_id).stage is Stage.SHIPPED
    shop.control("order/advance", {"orderId": int(order_id), "to": "finish"})
    assert orders.status(order_id).stage is Stage.DELIVERED


def test_pushed_twice_it_is_one_order(jd: Open) -> None:
    shop = jd()
    first, second = channel(shop).submit(wanted(shop)), channel(shop).submit(wanted(shop))
    assert isinstance(first, Placed) and second == Placed(first.flagship_order_id, already=True)
    assert shop.calls(SUBMIT) == 1, "the second push asked, and did not submit"


@pytest.mark.parametrize("kind", ["lost", "malformed", "slow"])
def test_an_answer_lost_after_the_effect_is_asked_for(jd: Open, kind: str) -> None:
    shop = jd()
    stock = shop.live()[min(shop.live())]["stock"]
    shop.fault(kind, SUBMIT, seconds=0.2)
    placed = channel(shop).submit(wanted(shop))
    assert isinstance(placed, Placed) and shop.calls(SUBMIT) == 1 and orders_at(shop) == 1
    assert shop.live()[min(shop.live())]["stock"] == stock - 2, "reserved once"


@pytest.mark.parametrize("kind", ["timeout", "reset", "http", "empty", "html", "error"])
def test_an_answer_lost_before_the_effect_stays_unsure_and_the_next_push_settles_it(jd: Open, kind: str) -> None:
    """Not found a moment later proves nothing: the request may still be on its way. So it is not submitted again at once."""
    shop = jd()
    shop.fault(kind, SUBMIT, seconds=0.2, code="65")
    told = channel(shop).submit(wanted(shop))
    assert isinstance(told, Unsure) and told.message % told.data and shop.calls(SUBMIT) == 1 and orders_at(shop) == 0
    assert isinstance(channel(shop).submit(wanted(shop)), Placed) and orders_at(shop) == 1


def test_a_real_timeout_is_unsure_too(jd: Open) -> None:
    """The server answers after we have hung up."""
    shop = jd()
    shop.fault("slow", SUBMIT, seconds=1.5)
    orders = channel(shop, talk=partial(shop.talk, seconds=0.5))
    assert isinstance(orders.submit(wanted(shop)), Placed | Unsure)
    shop.control("faults/clear", {})
    assert isinstance(channel(shop).submit(wanted(shop)), Placed) and orders_at(shop) == 1 and shop.calls(SUBMIT) == 1


def test_when_even_the_question_gets_lost_nothing_is_submitted(jd: Open) -> None:
    shop = jd()
    shop.fault("lost", QUERY, count=-1)
    assert isinstance(channel(shop, tries=2).submit(wanted(shop)), Unsure) and shop.calls(SUBMIT) == 0
    shop.control("faults/clear", {})
    shop.fault("lost", SUBMIT)
    shop.fault("lost", QUERY, after=1, count=-1)
    assert isinstance(channel(shop, tries=2).submit(wanted(shop)), Unsure) and orders_at(shop) == 1
    shop.control("faults/clear", {})
    assert isinstance(channel(shop).submit(wanted(shop)), Placed) and orders_at(shop) == 1


def test_the_twin_that_submits_again_without_asking_relies_on_jd_alone(jd: Open) -> None:
    """Harm shown: without the question the order is submitted twice, and only JD's own memory of the number saves us."""
    shop = jd()
    orders = channel(shop)
    shop.fault("lost", SUBMIT)
    for _ in range(2):
        orders._write("submitOrder", {"param": submitted(wanted(shop), "brand", 2, 4)}, lambda told: Done())
    assert shop.calls(SUBMIT) == 2


@pytest.mark.parametrize(("change", "code"), [
    (lambda line: replace(line, unit_price_minor=line.unit_price_minor - 1), "price_changed"),
    (lambda line: replace(line, quantity=9999), "out_of_stock"),
    (lambda line: replace(line, external_id="99"), "not_sellable"),
])
def test_a_plain_no_is_declined_with_its_reason(jd: Open, change: Any, code: str) -> None:
    shop = jd()
    order = wanted(shop)
    told = channel(shop).submit(replace(order, lines=(change(order.lines[0]),)))
    assert isinstance(told, Declined) and told.code == code and told.message % told.data
    assert orders_at(shop) == 0


def test_what_a_person_must_set_right_is_raised_and_nothing_was_placed(jd: Open) -> None:
    shop = jd()
    shop.fault("error", SUBMIT, code="24")
    with pytest.raises(FlagshipUnreachable) as caught:
        channel(shop).submit(wanted(shop))
    assert caught.value.code == "jd_no_right" and orders_at(shop) == 0


@pytest.mark.parametrize("kind", ["lost", "malformed"])
def test_paid_is_told_though_the_answer_got_lost(jd: Open, kind: str) -> None:
    shop = jd()
    placed = channel(shop).submit(wanted(shop))
    assert isinstance(placed, Placed)
    shop.fault(kind, PUSH)
    assert channel(shop).tell_paid(placed.flagship_order_id) == Done()
    told = channel(shop).tell_paid("123")
    assert isinstance(told, Declined) and told.code == "not_found"


@pytest.mark.parametrize("kind", ["", "lost", "malformed"])
def test_a_cancelled_order_is_cancelled_once(jd: Open, kind: str) -> None:
    shop = jd()
    placed = channel(shop).submit(wanted(shop))
    assert isinstance(placed, Placed)
    if kind:
        shop.fault(kind, CANCEL)
    assert channel(shop).cancel(placed.flagship_order_id) == Done()
    assert channel(shop).cancel(placed.flagship_order_id) == Done()
    assert channel(shop).status(placed.flagship_order_id).stage is Stage.CANCELLED


def test_a_parcel_on_its_way_is_not_cancelled(jd: Open) -> None:
    shop = jd()
    placed = channel(shop).submit(wanted(shop))
    assert isinstance(placed, Placed)
    channel(shop).tell_paid(placed.flagship_order_id)
    shop.gateway().call("jingdong.pop.order.shipment", {"orderId": placed.flagship_order_id, "logiCoprId": "1274", "logiNo": ""}, lambda body: body)
    told = channel(shop).cancel(placed.flagship_order_id, shipped=True)
    assert isinstance(told, Declined) and told.code == "wrong_state"


def test_jd_may_see_about_a_cancellation_later(jd: Open) -> None:
    shop = jd(late_cancel=True)
    placed = channel(shop).submit(wanted(shop))
    assert isinstance(placed, Placed) and channel(shop).cancel(placed.flagship_order_id) == Pending()


def test_taken_is_not_yet_cancelled(jd: Open) -> None:
    """JD's "3" is its answer in both cases; only the order tells them apart."""
    shop = jd(late_cancel=True)
    placed = channel(shop).submit(wanted(shop))
    assert isinstance(placed, Placed)
    channel(shop).cancel(placed.flagship_order_id)
    shop.control("order/advance", {"orderId": int(placed.flagship_order_id), "to": "cancel"})
    assert channel(shop).cancel(placed.flagship_order_id) == Done()


@pytest.mark.parametrize(("said", "chosen"), [("尺码不合适", "不合适"), ("想换一个", "其他"), ("质量问题很大", "其他")])
def test_jds_own_reason_that_fits_is_given(said: str, chosen: str) -> None:
    """One that wants a picture is not taken while there is another."""
    rows = [{"applyReasonName": "质量问题", "needUploadPic": True}, {"applyReasonName": "不合适"}, {"applyReasonName": "其他"}]
    assert (_reason(rows, said) or {}).get("applyReasonName") == chosen


def test_a_reason_is_found_among_any() -> None:
    assert _reason([], "x") is None and _reason([{"applyReasonName": "质量问题", "needUploadPic": "true"}], "x") == {"applyReasonName": "质量问题", "needUploadPic": "true"}


def test_who_asks_stands_where_the_method_wants_it() -> None:
    """As the clients do that run: an object of the method's own name, or flat among the parameters."""
    talk = Recording()
    shop = UnderTest("http://jd.example", Sealed({"access_token": "t"}), talk)
    line = WantedLine("1", 1, 100, "x")
    order = WantedOrder("YD1", (line,), 0, "CNY", HOME)
    for act in (lambda: channel(shop).find("YD1"), lambda: channel(shop).status("7"), lambda: channel(shop).cancel("7"), lambda: channel(shop).tell_paid("7"),
                lambda: channel(shop).tracks("7"), lambda: channel(shop).shipping_minor(order), lambda: channel(shop).in_stock((line,), HOME),
                lambda: channel(shop).after_sale("7"), lambda: channel(shop).ask_after_sale(WantedAfterSale("7", "1", 1, "return", "x"))):
        with suppress(FlagshipUnreachable):
            act()
    where = {method.removeprefix("jingdong.ctp."): next((name for name in ("protocol", "ctpProtocol") if name in asked), "flat") for method, asked in talk.asked}
    assert where == {"order.querySubmitOrder": "flat", "order.getOrderDetail": "flat", "order.cancelOrder": "flat", "order.pushOrder": "flat", "order.getLogistics": "flat",
                     "order.getFreightFee": "protocol", "ware.stock.queryAreaStockState": "ctpProtocol", "afs.servicenbill.getAfsServiceDetail": "ctpProtocol",
                     "afs.operate.apply.getApplyReason": "ctpProtocol"}
    flat = dict(talk.asked)["jingdong.ctp.order.cancelOrder"]
    assert {"appKey", "customerId", "channelId", "traceId", "orderId", "pin"} <= flat.keys() and (flat["cancelReasonCode"], flat["orderId"]) == (4, 7), "4: not wanted any more"


def test_stock_where_the_shopper_lives(jd: Open) -> None:
    shop = jd()
    line = wanted(shop).lines[0]
    other = replace(line, external_id=max(shop.live()), quantity=9999)
    assert channel(shop).in_stock((line, other), HOME) == {line.external_id: True, other.external_id: False}


def test_freight_and_after_sales(jd: Open) -> None:
    shop = jd(products(3), late_cancel=False, thin=False)
    orders, order = channel(shop), wanted(shop, quantity=1)
    assert (orders.shipping_minor(order), orders.shipping_minor(wanted(shop, quantity=2))) == (600, 0)
    placed = orders.submit(order)
    assert isinstance(placed, Placed)
    ask = WantedAfterSale(placed.flagship_order_id, order.lines[0].external_id, 1, "return", "不合适")
    told = orders.ask_after_sale(ask)
    assert isinstance(told, Declined) and "订单未完成" in told.message % told.data
    told = orders.ask_after_sale(replace(ask, flagship_order_id="7"))
    assert isinstance(told, Declined) and "订单不存在" in told.message % told.data
    shop.control("order/advance", {"orderId": int(placed.flagship_order_id), "to": "finish"})
    assert orders.ask_after_sale(ask) == AfterSaleAsked("880010001"), "the number of the application"
    now = orders.after_sale("880000001")
    assert (now.raw_state, now.refund_minor) == ("10001", None), "the case, by the number of JD's message"
    with pytest.raises(FlagshipUnreachable) as caught:
        orders.after_sale("1")
    assert "服务单不存在" in caught.value.message % caught.value.data


def test_jd_is_told_a_mobile_as_it_writes_them(jd: Open) -> None:
    """We keep numbers with their country; JD has 11 digits. A number of another country stays whole."""
    at_home, abroad = (replace(wanted(jd()), destination=replace(HOME, mobile=mobile)) for mobile in ("+8613911112222", "+85291234567"))
    assert submitted(at_home, "brand", 2, 4)["receiver"] == {"receiverName": "李四", "receiverMobile": "13911112222"}
    assert submitted(abroad, "brand", 2, 4)["receiver"]["receiverMobile"] == "+85291234567"
