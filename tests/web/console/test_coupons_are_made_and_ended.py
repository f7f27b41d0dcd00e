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


def test_a_store_or_a_guide_funds_it(owner: FlaskClient, shop: Shop) -> None:
    shop.lin.employee_no = "E-7"
    shop.session.commit()
    for code, given, payer in (("STORE", {"funder": "store", "org_unit_id": str(shop.store.id)}, "静安嘉里店"), ("BY-NO", {"funder": "guide", "guide_id": " E-7 "}, "林晓芸"),
                               ("BY-PHONE", {"funder": "guide", "guide_id": "139 0000 0001"}, "林晓芸"),
                               ("BRAND", {"funder": "brand", "org_unit_id": str(shop.store.id), "guide_id": "E-7"}, "品牌出资")):
        assert owner.post("/console/coupons/new", data={**GOOD, "code": code, **given}).status_code == 303, code
        assert payer in owner.get(f"/console/coupons?q={code}").get_data(as_text=True)
    made = {one.code: (one.org_unit_id, one.guide_id) for one in shop.session.scalars(select(Coupon))}
    assert (made["STORE"], made["BY-NO"], made["BY-PHONE"], made["BRAND"]) == (
        (shop.store.id, None), (None, shop.lin.id), (None, shop.lin.id), (None, None))
    text = owner.get("/console/coupons?funder=guide").get_data(as_text=True)
    assert "BY-NO" in text and "BY-PHONE" in text and "STORE" not in text


def test_who_cannot_fund_one_is_told(owner: FlaskClient, shop: Shop) -> None:
    shop.he.status = "suspended"
    shop.session.commit()
    for given, text in (({"funder": "store"}, "请选择由哪家门店或哪位导购出资"), ({"funder": "guide"}, "请选择由哪家门店或哪位导购出资"),
                        ({"funder": "guide", "guide_id": "13900000009"}, "没有工号或手机号是"), ({"funder": "guide", "guide_id": "x"}, "不是有效的手机号"),
                        ({"funder": "guide", "guide_id": "13900000002"}, "这位导购现在不在职"), ({"funder": ""}, "请选择谁出钱")):
        answer = owner.post("/console/coupons/new", data={**GOOD, **given})
        assert answer.status_code == 422 and text in answer.get_data(as_text=True), given
    for given in ({"funder": "store", "org_unit_id": "nonsense"}, {"funder": "store", "org_unit_id": "00000000-0000-7000-8000-000000000000"}):
        assert owner.post("/console/coupons/new", data={**GOOD, **given}).status_code == 404


def test_what_is_wrong_is_told_at_its_field(owner: FlaskClient, finance: FlaskClient, shop: Shop) -> None:
    owner.post("/console/coupons/new", data=GOOD)
    for wrong in ({"code": "x y"}, {"code": ""}, {"amount": "0"}, {"amount": "-5"}, {"amount": "250"}, {"minimum": "1e9"}, {"max_uses": "0"},
                  {"max_uses": "99999999999"}, {"ends_at": ""}, {"ends_at": "2026-01-01T00:00"}, {"funder": "me"}, {}):
        assert owner.post("/console/coupons/new", data={**GOOD, **wrong}).status_code == 422, wrong
    assert finance.post("/console/coupons/new", data={**GOOD, "code": "OTHER"}).status_code == 404
