"""The played cashier tells from which account was paid, as a real provider does; kept is a digest, and one account for three people is seen."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.fraud.rules import payer_digest
from app.domain.orders.models import Payment, PaymentEvent
from app.flows.place_order import place_order
from app.kernel.tenancy import BrandSession
from tests.builders.held import looked
from tests.builders.shops import ADDRESS, Shop
from tests.conftest import NOON


def paid(client: FlaskClient, brand: Brand, shop: Shop, phone: str, **sent: Any) -> Any:
    placed = place_order(shop.session, brand_id=brand.id, basket=shop.basket((shop.case, 1), share_code=shop.link.code), address=ADDRESS, now=NOON,
                         contact={"name": "王小明", "phone": phone})
    shop.session.commit()
    address = f"/b/{brand.slug}/pay/{placed.payment_id}?token={placed.secret}"
    assert f'name="payer" maxlength="64" value="+86{phone}"' in client.get(address).text
    assert client.post(address, **sent).status_code in (200, 303)
    return placed


def payer_of(session: BrandSession, placed: Any) -> str:
    return str(session.scalars(select(Payment.payer).where(Payment.id == placed.payment_id).execution_options(populate_existing=True)).one())


def test_by_the_page_and_by_program(client: FlaskClient, brand: Brand, shop: Shop, session: BrandSession) -> None:
    by_page = paid(client, brand, shop, "13800000001", data={"outcome": "succeed", "payer": " alipay-7 "})
    by_program = paid(client, brand, shop, "13800000002", json={"outcome": "succeed", "payer": "alipay-7"})
    silent = paid(client, brand, shop, "13800000003", json={"outcome": "succeed"})
    assert payer_of(session, by_page) == payer_of(session, by_program) == payer_digest(brand.id, "alipay-7")
    assert payer_of(session, silent) == ""
    assert all("alipay" not in str(row.payload) for row in session.scalars(select(PaymentEvent)))


def test_one_account_for_three_people_is_seen(client: FlaskClient, brand: Brand, shop: Shop) -> None:
    *_, last = [paid(client, brand, shop, f"1380000000{number}", json={"outcome": "succeed", "payer": "alipay-7"}) for number in range(3)]
    hold = looked(shop, last)
    assert hold is not None and [(one["signal"], one["count"]) for one in hold.signals] == [("one_payer", 3)]


@pytest.mark.parametrize("payer", [7, None, [], {"a": "b"}, "\x00", "\ud800", "x" * 5000])
def test_what_is_no_account_hinders_nobody_from_paying(client: FlaskClient, brand: Brand, shop: Shop, payer: Any) -> None:
    paid(client, brand, shop, "13800000001", json={"outcome": "succeed", "payer": payer})
