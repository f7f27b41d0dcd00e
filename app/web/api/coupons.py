"""/coupons: an amount off an order, and whose money it is (R7)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.promotions.actions import add_coupon, end_coupon
from app.domain.promotions.models import Coupon
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "coupons"}
FUNDERS = ("brand", "platform")


class CouponOut(Shape):
    id = Ref("coupon")
    code = Text(40)
    name = Text(80)
    funder = Choice(*FUNDERS)
    amount = Amount(attribute="amount_minor")
    minimum = Amount(attribute="minimum_minor")
    currency = Currency()
    starts_at = When()
    ends_at = When()
    max_uses = Whole()
    used_count = Whole()
    created_at = When()


class NewCoupon(Shape):
    code = Text(40, least=1, required=True, pattern="[A-Za-z0-9_-]+", metadata={"examples": ["SPRING30"]})
    name = Text(80, load_default="")
    funder = Choice(*FUNDERS, load_default="brand")
    amount = Amount(1, required=True)
    minimum = Amount(load_default=0, metadata={"description": "Minor units of goods from which it applies."})
    starts_at = When(load_default=None, allow_none=True)
    ends_at = When(required=True, metadata={"description": "Not included."})
    max_uses = Whole(1, 1_000_000, load_default=1)


@v1.get("/coupons", listed=CouponOut, scope="promotions:read", summary="Coupons", **TAG)
def list_coupons(query: dict[str, Any]) -> Rows:
    return listed(select(Coupon), Coupon, query)


@v1.get("/coupons/<id>", out=CouponOut, scope="promotions:read", summary="One coupon", **TAG)
def get_coupon(id: str) -> Coupon:
    return found(Coupon, id)


@v1.post("/coupons", body=NewCoupon, out=CouponOut, status=201, scope="promotions:write", summary="Make a coupon", **TAG)
def make_coupon(body: dict[str, Any]) -> Coupon:
    """Brand-funded lowers the commission base, platform-funded does not."""
    values = {name: body[name] for name in ("code", "name", "funder", "ends_at", "max_uses")}
    coupon = add_coupon(db(), brand_id=brand_id(), amount_minor=body["amount"], minimum_minor=body["minimum"],
                        starts_at=body["starts_at"] or now(), **values)
    return found(Coupon, coupon.id, fresh=True)


@v1.post("/coupons/<id>/end", out=CouponOut, scope="promotions:write", summary="End a coupon", **TAG)
def end_coupon_now(id: str) -> Coupon:
    """No new order can use it."""
    return end_coupon(db(), brand_id=brand_id(), coupon_id=found(Coupon, id).id, now=now())
