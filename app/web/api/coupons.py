"""/coupons: an amount off an order, and whose money it is (R7)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.promotions.actions import FUNDERS, add_coupon, end_coupon
from app.domain.promotions.models import Coupon
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "coupons"}


class CouponOut(Shape):
    id = Ref("coupon")
    code = Text(40)
    name = Text(80)
    funder = Choice(*FUNDERS)
    org_unit_id = Ref("store", allow_none=True)
    guide_id = Ref("guide", allow_none=True)
    owner_id = Ref("guide", allow_none=True)
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
    org_unit_id = Ref("store", load_default=None, allow_none=True, metadata={"description": "The store whose share pays, if the funder is `store`."})
    guide_id = Ref("guide", load_default=None, allow_none=True, metadata={"description": "The guide whose share pays, if the funder is `guide`."})
    owner_id = Ref("guide", load_default=None, allow_none=True, metadata={"description": "The guide whose coupon it is: who uses it was won by her."})
    amount = Amount(1, required=True)
    minimum = Amount(load_default=0, metadata={"description": "Minor units of goods from which it applies."})
    starts_at = When(load_default=None, allow_none=True)
    ends_at = When(required=True, metadata={"description": "Not included."})
    max_uses = Whole(1, 1_000_000, load_default=1)


class CouponQuery(Paging):
    funder = Choice(*FUNDERS, load_default=None)
    org_unit_id = Ref("store", load_default=None)
    guide_id = Ref("guide", load_default=None)


@v1.get("/coupons", listed=CouponOut, query=CouponQuery, scope="promotions:read", summary="Coupons", **TAG)
def list_coupons(query: dict[str, Any]) -> Rows:
    return listed(select(Coupon), Coupon, query, "funder", "org_unit_id", "guide_id")


@v1.get("/coupons/<id>", out=CouponOut, scope="promotions:read", summary="One coupon", **TAG)
def get_coupon(id: str) -> Coupon:
    return found(Coupon, id)


@v1.post("/coupons", body=NewCoupon, out=CouponOut, status=201, scope="promotions:write", summary="Make a coupon", **TAG)
def make_coupon(body: dict[str, Any]) -> Coupon:
    """Brand-funded lowers the commission base, the others do not: platform, store or guide pays it out of its own share.

    A store's or guide's coupon counts only on orders credited to it (409 `coupon_not_hers`), and never beyond its share of
    the order (409 `coupon_exceeds_share`). An order with an owner's coupon is credited to her before any touch.
    """
    values = {name: body[name] for name in ("code", "name", "funder", "org_unit_id", "guide_id", "owner_id", "ends_at", "max_uses")}
    coupon = add_coupon(db(), brand_id=brand_id(), amount_minor=body["amount"], minimum_minor=body["minimum"],
                        starts_at=body["starts_at"] or now(), **values)
    return found(Coupon, coupon.id, fresh=True)


@v1.post("/coupons/<id>/end", out=CouponOut, scope="promotions:write", summary="End a coupon", **TAG)
def end_coupon_now(id: str) -> Coupon:
    """No new order can use it."""
    return end_coupon(db(), brand_id=brand_id(), coupon_id=found(Coupon, id).id, now=now())
