"""Errors stand at their fields, a moved price or a sold-out product says which, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.domain.brands.models import Brand
from app.domain.catalog.models import Variant
from app.domain.orders.models import Order
from app.domain.promotions.models import Coupon
from app.kernel.tenancy import BrandSession
from tests.builders.shoppers import ZH, filled
from tests.builders.shops import Shop
from tests.conftest import NOON

Buy = Callable[..., Any]


@pytest.fixture(autouse=True)
def nothing_written(session: BrandSession) -> Any:
    yield
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Order)) == 0


def test_every_wrong_field_is_told_at_once(buy: Buy) -> None:
    answer = buy(name="", phone="12", province="", street="x" * 200)
    assert answer.status_code == 422
    assert answer.text.count('aria-invalid="true"') == 4
    assert "请填写收货人姓名" in answer.text


@pytest.mark.parametrize("quantity", ["0", "-1", "1000000000000", "9" * 400, "1.5", "two", "１"])
def test_odd_quantities_are_refused(client: FlaskClient, brand: Brand, shop: Shop, quantity: str) -> None:
    answer = client.get(f"/b/{brand.slug}/checkout", query_string={"v": str(shop.case), "q": quantity}, headers=ZH)
    assert answer.status_code == 422
    assert "数量要在 1 到 999 之间" in answer.text


def test_too_many_say_how_many_are_left(client: FlaskClient, session: BrandSession, brand: Brand, shop: Shop) -> None:
    session.execute(update(Variant).where(Variant.id == shop.case).values(stock=2))
    session.commit()
    answer = client.get(f"/b/{brand.slug}/checkout?v={shop.case}&q=3&share={shop.link.code}", headers=ZH)
    assert answer.status_code == 409
    assert "还剩 2 件" in answer.text
    assert f"/s/{shop.link.code}/p/{shop.case_product}" in answer.text


def test_a_moved_price_is_shown_before_it_is_paid(client: FlaskClient, session: BrandSession, brand: Brand, shop: Shop) -> None:
    address = f"/b/{brand.slug}/checkout?share={shop.link.code}&v={shop.case}&q=1"
    form = filled(client.get(address, headers=ZH).text)
    session.execute(update(Variant).where(Variant.id == shop.case).values(price_minor=31900))
    session.commit()
    answer = client.post(address, data=form, headers=ZH)
    assert answer.status_code == 409
    assert "价格刚刚有变动" in answer.text
    assert 'value="31900"' in answer.text


def test_a_coupon_is_tried_before_it_is_used(client: FlaskClient, session: BrandSession, brand: Brand, shop: Shop) -> None:
    session.add(Coupon(code="SAVE30", amount_minor=3000, starts_at=NOON - timedelta(days=1), ends_at=NOON + timedelta(days=1), max_uses=1))
    session.commit()
    address = f"/b/{brand.slug}/checkout?share={shop.link.code}&v={shop.case}&q=1"
    form = filled(client.get(address, headers=ZH).text, coupon=" save30 ")
    answer = client.post(address, data={**form, "go": "coupon"}, headers=ZH)
    assert (answer.status_code, "269.00" in answer.text) == (200, True)
    wrong = client.post(address, data={**form, "coupon": "NOPE", "go": "coupon"}, headers=ZH)
    assert wrong.status_code == 422
    assert "299.00" in wrong.text
    assert 'aria-invalid="true"' in wrong.text


@pytest.mark.parametrize("field", ["name", "street", "note", "coupon", "key"])
def test_unreadable_letters_are_turned_away(buy: Buy, field: str) -> None:
    assert buy(**{field: "a\x00b"}).status_code == 400


@pytest.mark.parametrize("total", ["-1", "1e999", "x", "9" * 4000])
def test_a_forged_total_is_a_moved_price(buy: Buy, total: str) -> None:
    assert buy(seen_total=total).status_code == 409


def test_unknown_variants_are_not_found(client: FlaskClient, brand: Brand) -> None:
    for variant in ("nonsense", "00000000-0000-7000-8000-000000000000"):
        assert client.get(f"/b/{brand.slug}/checkout?v={variant}").status_code == 404


def test_an_unknown_share_code_is_no_obstacle(client: FlaskClient, brand: Brand, shop: Shop) -> None:
    answer = client.get(f"/b/{brand.slug}/checkout?v={shop.case}&share=nosuchcode", headers=ZH)
    assert answer.status_code == 200
    assert "/s/nosuchcode" not in answer.text
