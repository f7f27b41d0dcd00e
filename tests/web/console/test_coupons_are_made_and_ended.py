"""A coupon made in the console applies at checkout until it is ended."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.promotions.models import Coupon
from tests.builders.shops import Shop

GOOD = {"code": "nov-50", "funder": "platform", "amount": "50", "minimum": "200", "max_uses": "3", "ends_at": "2026-12-31T23:59"}


def test_a_coupon_is_made_and_ended(owner: FlaskClient, shop: Shop) -> None:
    assert owner.post("/console/coupons/new", data=GOOD).status_code == 303
    text = owner.get("/console/coupons?state=live").get_data(as_text=True)
    assert "NOV-50" in text and "平台出资" in text and "0 / 3" in text
    coupon = shop.session.scalars(select(Coupon).where(Coupon.code == "NOV-50")).one()
    assert (coupon.amount_minor, coupon.minimum_minor) == (5000, 20000) and coupon.ends_at.isoformat() == "2026-12-31T15:59:00+00:00"
    assert owner.post(f"/console/coupons/{coupon.id}/end").status_code == 303
    assert owner.post(f"/console/coupons/{coupon.id}/end").status_code == 409
    assert "NOV-50" in owner.get("/console/coupons?state=over").get_data(as_text=True)


def test_what_is_wrong_is_told_at_its_field(owner: FlaskClient, finance: FlaskClient, shop: Shop) -> None:
    owner.post("/console/coupons/new", data=GOOD)
    for wrong in ({"code": "x y"}, {"code": ""}, {"amount": "0"}, {"amount": "-5"}, {"amount": "250"}, {"minimum": "1e9"}, {"max_uses": "0"},
                  {"max_uses": "99999999999"}, {"ends_at": ""}, {"ends_at": "2026-01-01T00:00"}, {"funder": "me"}, {}):
        assert owner.post("/console/coupons/new", data={**GOOD, **wrong}).status_code == 422, wrong
    assert finance.post("/console/coupons/new", data={**GOOD, "code": "OTHER"}).status_code == 404
