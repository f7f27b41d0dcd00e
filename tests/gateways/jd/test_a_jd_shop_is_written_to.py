from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from jd_shops import Open, products
from jd_shops import Shop as UnderTest

from app.domain.catalog.ports import FlagshipUnreachable
from app.domain.fulfilment.ports import ORDER_STATE, Declined, Done, Stage, Unsure
from app.gateways.jd.shop_orders import STAGES, Shop

STOCK = "jingdong.stock.write.increaseSkuStock"
SHIP = "jingdong.pop.order.shipment"


def first_sku(shop: UnderTest) -> str:
    return min(shop.live())


def an_order(shop: UnderTest, number: int = 1) -> str:
    return str(shop.control("order", {"items": [{"skuId": int(first_sku(shop)), "num": number}]})["orderId"])


def minutes(before: float, after: float = 1) -> dict[str, datetime]:
    now = datetime.now(UTC)
    return {"since": now - timedelta(minutes=before), "until": now + timedelta(minutes=after)}


def test_stock_is_set_and_changed(jd: Open) -> None:
    shop = jd()
    sku, floor = first_sku(shop), Shop(shop.gateway())
    assert floor.set_stock(sku, 7) == Done() and floor.set_stock(sku, 7) == Done()
    assert shop.live()[sku]["stock"] == 7
    assert floor.change_stock(sku, -2, key="order-1") == Done() and floor.change_stock(sku, -2, key="order-1") == Done()
    assert shop.live()[sku]["stock"] == 5, "the same key counts once"
    told = floor.change_stock(sku, -6, key="order-2")
    assert isinstance(told, Declined) and told.code == "out_of_stock" and "库存不足" in told.message % told.data
    assert floor.set_price(sku, 12345) == Done() and shop.live()[sku]["price"] == "123.45"


@pytest.mark.parametrize("kind", ["timeout", "reset", "http", "empty", "html", "error", "malformed", "lost", "slow"])
def test_a_delta_counts_once_whatever_happens_to_the_answer(jd: Open, kind: str) -> None:
    shop = jd()
    sku = first_sku(shop)
    before = shop.live()[sku]["stock"]
    shop.fault(kind, STOCK, seconds=0.2, code="66", count=2)
    assert Shop(shop.gateway()).change_stock(sku, -3, key="k1") == Done()
    assert shop.live()[sku]["stock"] == before - 3


def test_when_patience_ends_nobody_knows(jd: Open) -> None:
    shop = jd()
    shop.fault("lost", STOCK, count=-1)
    told = Shop(shop.gateway(tries=2)).change_stock(first_sku(shop), -3, key="k1")
    assert isinstance(told, Unsure) and told.message % told.data


def test_a_sku_of_another_shop_is_declined(jd: Open) -> None:
    told = Shop(jd().gateway()).set_stock("999", 1)
    assert isinstance(told, Declined) and told.code == "bad_request"


def test_a_parcel_of_a_store_goes_under_own_delivery_without_a_number(jd: Open) -> None:
    shop = jd()
    order_id, floor = an_order(shop), Shop(shop.gateway())
    assert floor.order(order_id).stage is Stage.PAID
    assert floor.ship(order_id) == Done()
    assert floor.order(order_id).stage is Stage.SHIPPED
    assert floor.ship(order_id) == Done(), "it is on its way already: so it is, whoever said it"
    other = an_order(shop)
    told = floor.ship(other, carrier="467")
    assert isinstance(told, Declined) and "运单号不能为空" in told.message % told.data
    assert floor.ship(other, carrier="467", tracking_no="SF123") == Done() and floor.order(other).tracking_no == "SF123"


@pytest.mark.parametrize("kind", ["reset", "lost", "malformed", "error"])
def test_a_shipment_is_sent_once_and_then_looked_up(jd: Open, kind: str) -> None:
    shop = jd()
    order_id = an_order(shop)
    shop.fault(kind, SHIP, code="65")
    told = Shop(shop.gateway()).ship(order_id)
    assert shop.calls(SHIP) == 1
    assert isinstance(told, Done if kind in ("lost", "malformed") else Unsure)


def test_the_shops_orders_are_read_without_the_shopper(jd: Open) -> None:
    shop = jd()
    order_id = an_order(shop, 2)
    [order] = Shop(shop.gateway()).orders(**minutes(5))
    price = round(float(shop.live()[first_sku(shop)]["price"]) * 100)
    assert (order.flagship_order_id, order.stage, order.raw_state) == (order_id, Stage.PAID, "WAIT_SELLER_STOCK_OUT")
    assert (order.total_minor, order.shipping_minor, order.root_order_id, order.ended_at) == (2 * price, 0, "", None)
    assert [(line.external_id, line.quantity, line.unit_price_minor) for line in order.lines] == [(first_sku(shop), 2, price)]
    assert order.mobile_masked == "138****0000" and order.paid_at is not None
    assert "AAS" not in repr(order), "no ciphertext of name, mobile and address is kept"


def test_more_orders_than_a_page_holds_come_by_halved_windows(jd: Open) -> None:
    goods = products(2)
    goods["wares"][0]["skus"][0]["stock"] = 500
    shop = jd(goods)
    placed = {an_order(shop) for _ in range(70)}
    began = {order.flagship_order_id for order in Shop(shop.gateway()).orders(**minutes(60 * 24 * 40))}
    assert began == placed
    shop.control("order/advance", {"orderId": int(min(placed)), "to": "cancel"})
    states = {order.flagship_order_id: order.stage for order in Shop(shop.gateway()).orders(**minutes(5))}
    assert states[min(placed)] is Stage.CANCELLED and states.keys() == placed


def test_every_state_of_jd_is_one_of_ours() -> None:
    ours = {state: ORDER_STATE.get(stage) for state, stage in STAGES.items()}
    assert ours == {"NOT_PAY": "pending_payment", "WAIT_SELLER_STOCK_OUT": "paid", "WAIT_SEND_CODE": "paid", "WAIT_SELLER_DELIVERY": "paid",
                    "WAIT_GOODS_RECEIVE_CONFIRM": "shipped", "FINISHED_L": "delivered", "TRADE_CANCELED": "cancelled", "LOCKED": None, "PAUSE": None,
                    "POP_ORDER_PAUSE": None}


def test_a_read_that_fails_says_so(jd: Open) -> None:
    shop = jd()
    shop.fault("html", "jingdong.pop.order.*", count=-1)
    with pytest.raises(FlagshipUnreachable):
        list(Shop(shop.gateway(tries=2)).orders(**minutes(5)))
