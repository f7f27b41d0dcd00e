"""From the link to a paid order; pressing twice, at checkout and at the cashier, changes nothing (R10, R18)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.ledger.checking import check_ledger
from app.domain.orders.models import Order, Payment
from app.kernel.tenancy import BrandSession
from tests.builders.shoppers import ZH, filled, token_of
from tests.builders.shops import Shop

Buy = Callable[..., Any]


def orders(session: BrandSession) -> list[Order]:
    session.rollback()
    return list(session.scalars(select(Order).order_by(Order.placed_at)))


def test_order_pay_and_the_order_page(client: FlaskClient, session: BrandSession, brand: Brand, shop: Shop, buy: Buy) -> None:
    answer = buy(2, note="请包好 <b>")
    assert answer.status_code == 303
    [order] = orders(session)
    assert (order.state, order.total_minor, order.guide_id, order.share_link_id) == ("pending_payment", 59800, shop.lin.id, shop.link.id)
    assert "598.00" in client.get(answer.location, headers=ZH).text
    paid = client.post(answer.location, data={"outcome": "succeed"}, headers=ZH)
    assert paid.status_code == 303
    page = client.get(paid.location, headers=ZH)
    for word in ("已付款，等待发货", order.number, "598.00", "王**", "138****8000", "请包好 &lt;b&gt;"):
        assert word in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert client.get(paid.location + "&lang=en").status_code == 200
    assert f"token={token_of(paid.location)}&amp;lang=en" in page.text
    assert not check_ledger(session, brand_id=brand.id)


def test_the_same_form_twice_is_one_order(client: FlaskClient, session: BrandSession, brand: Brand, shop: Shop) -> None:
    address = f"/b/{brand.slug}/checkout?share={shop.link.code}&v={shop.case}&q=1"
    form = filled(client.get(address, headers=ZH).text)
    first, second = (client.post(address, data=form, headers=ZH) for _ in range(2))
    assert first.location == second.location
    assert len(orders(session)) == 1
    client.post(first.location, data={"outcome": "succeed"})
    assert "/orders/" in client.post(address, data=form, headers=ZH).location
    assert len(orders(session)) == 1


def test_the_cashier_counts_a_press_once(client: FlaskClient, session: BrandSession, buy: Buy) -> None:
    cashier = buy().location
    for _ in range(2):
        answer = client.post(cashier, json={"outcome": "succeed"})
        assert (answer.status_code, answer.json["order"]["state"]) == (200, "paid")
    assert client.post(cashier, json={"outcome": "fail"}).json["order"]["state"] == "paid"
    assert [payment.state for payment in session.scalars(select(Payment))] == ["succeeded"]
    assert client.get(cashier, headers=ZH).status_code == 303


def test_a_failed_payment_can_be_made_again(client: FlaskClient, session: BrandSession, brand: Brand, buy: Buy) -> None:
    cashier = buy().location
    page = client.post(cashier, data={"outcome": "fail"}, headers=ZH, follow_redirects=True).text
    assert "付款没有成功" in page
    number, token = orders(session)[0].number, token_of(cashier)
    again = client.post(f"/b/{brand.slug}/orders/{number}/pay", data={"token": token}, headers=ZH).location
    assert again != cashier
    client.post(again, json={"outcome": "succeed"})
    assert orders(session)[0].state == "paid"


def test_an_unpaid_order_can_be_cancelled_a_paid_one_not(client: FlaskClient, session: BrandSession, brand: Brand, buy: Buy) -> None:
    cashier = buy().location
    number, token = orders(session)[0].number, token_of(cashier)
    cancel = f"/b/{brand.slug}/orders/{number}/cancel"
    assert client.post(cancel, data={"token": "wrong"}).status_code == 404
    assert "已取消" in client.post(cancel, data={"token": token}, headers=ZH, follow_redirects=True).text
    paid = buy().location
    client.post(paid, json={"outcome": "succeed"})
    other = next(order.number for order in orders(session) if order.state == "paid")
    assert client.post(f"/b/{brand.slug}/orders/{other}/cancel", data={"token": token_of(paid)}).status_code == 409


def test_only_the_secret_opens_order_and_cashier(client: FlaskClient, session: BrandSession, brand: Brand, buy: Buy) -> None:
    cashier, stranger = buy().location, buy().location
    number = next(order.number for order in orders(session) if str(order.id))
    page = f"/b/{brand.slug}/orders/{number}"
    tokens = {token_of(cashier), token_of(stranger)}
    assert sorted(client.get(f"{page}?token={token}").status_code for token in tokens) == [200, 404]
    for wrong in ("", "x", "é", "0" * 5000):
        assert client.get(page, query_string={"token": wrong}).status_code == 404
    bare = cashier.split("?")[0]
    assert client.get(bare).status_code == 404
    assert client.post(bare + "?token=no", json={"outcome": "succeed"}).status_code == 404
    assert client.get(f"/b/{brand.slug}/pay/nonsense?token=x").status_code == 404


def test_the_cashier_takes_only_two_answers(client: FlaskClient, buy: Buy) -> None:
    cashier = buy().location
    for body in ({"outcome": "maybe"}, {}, {"outcome": None}, {"outcome": ["succeed"]}, [], "succeed", 1):
        answer = client.post(cashier, json=body)
        assert (answer.status_code, answer.json["code"]) == (422, "outcome_unknown"), body
    assert client.post(cashier, data=b"{", content_type="application/json").status_code == 422
    assert client.post(cashier, data={"outcome": "x" * 5000}).status_code == 422
