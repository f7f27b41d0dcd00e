"""What is done to an order in the console: sent in parts, received, refunded with each party's part told first, cancelled."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.orders.models import Order, OrderLine
from app.domain.orders.queries import lines_of
from tests.builders.sales import paid, received
from tests.builders.shops import Shop


def state(shop: Shop, order_id: object) -> str:
    shop.session.rollback()
    return shop.session.scalars(select(Order.state).where(Order.id == order_id)).one()


def lines(shop: Shop, order_id: object) -> list[OrderLine]:
    shop.session.rollback()
    return lines_of(shop.session, brand_id=shop.brand_id, order_id=order_id)  # type: ignore[arg-type]  # a UUID


def test_parts_are_sent_and_the_rest_stays_open(owner: FlaskClient, shop: Shop) -> None:
    placed = paid(shop)
    case, cover = lines(shop, placed.order_id)
    sent = owner.post(f"/console/orders/{placed.order_id}/ship", data={f"quantity-{case.id}": "1", f"quantity-{cover.id}": "0", "carrier": "顺丰速运",
                                                                       "tracking_no": "SF123", "store": str(shop.store.id)})
    assert sent.status_code == 303 and state(shop, placed.order_id) == "partly_shipped"
    text = owner.get(f"/console/orders/{placed.order_id}").get_data(as_text=True)
    assert "SF123" in text and "门店发货" in text and "标记签收" in text
    assert owner.post(f"/console/orders/{placed.order_id}/deliver").status_code == 303


def test_more_than_is_open_is_refused_on_the_form(owner: FlaskClient, shop: Shop) -> None:
    placed = paid(shop)
    case, _ = lines(shop, placed.order_id)
    for typed in ("2", "-1", "x", "999999999999999"):
        answer = owner.post(f"/console/orders/{placed.order_id}/ship", data={f"quantity-{case.id}": typed})
        assert answer.status_code == 422 and "没有发货" in answer.get_data(as_text=True)
    assert owner.post(f"/console/orders/{placed.order_id}/ship", data={}).status_code == 422
    assert state(shop, placed.order_id) == "paid"


def test_a_refund_is_told_before_it_is_made(owner: FlaskClient, shop: Shop) -> None:
    """100.00 of A's 263.30 paid: guide 33.31 × 100/263.30 = 12.65, referrer 2.11, store 5.27, platform 1.06."""
    placed = received(shop)
    case, _ = lines(shop, placed.order_id)
    asked = {f"amount-{case.id}": "100", "reason": "尺寸不合"}
    told = owner.post(f"/console/orders/{placed.order_id}/refund", data=asked)
    text = told.get_data(as_text=True)
    assert told.status_code == 200 and all(amount in text for amount in ("100.00", "12.65", "2.11", "5.27", "1.06"))
    assert lines(shop, placed.order_id)[0].refunded_minor == 0
    assert owner.post(f"/console/orders/{placed.order_id}/refund", data={**asked, "sure": "1"}).status_code == 303
    assert lines(shop, placed.order_id)[0].refunded_minor == 10000
    assert "尺寸不合" in owner.get("/console/after-sales/refunds").get_data(as_text=True)


def test_more_than_was_paid_is_refused_with_the_amount(owner: FlaskClient, shop: Shop) -> None:
    placed = paid(shop)
    case, _ = lines(shop, placed.order_id)
    for asked in ({f"amount-{case.id}": "263.31"}, {f"quantity-{case.id}": "2"}, {"shipping": "12.01"}, {f"amount-{case.id}": "1e9"}, {}):
        answer = owner.post(f"/console/orders/{placed.order_id}/refund", data={**asked, "sure": "1"})
        assert answer.status_code == 422, asked
    text = owner.post(f"/console/orders/{placed.order_id}/refund", data={f"amount-{case.id}": "263.31"}).get_data(as_text=True)
    assert "最多还能退 ¥263.30" in text


def test_a_paid_order_is_cancelled_by_who_may_refund(owner: FlaskClient, store_manager: FlaskClient, shop: Shop) -> None:
    placed = paid(shop)
    assert store_manager.post(f"/console/orders/{placed.order_id}/cancel").status_code == 404
    assert owner.post(f"/console/orders/{placed.order_id}/cancel", data={"reason": "缺货"}).status_code == 303
    assert state(shop, placed.order_id) == "cancelled"
