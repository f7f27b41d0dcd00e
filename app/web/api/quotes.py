"""/quotes: what each party would get of a basket, to the smallest unit, and why."""

from __future__ import annotations

from typing import Any

from app.domain.orders.baskets import Basket, BasketLine, Quote
from app.flows.quote_order import quote_order
from app.kernel.errors import Refused
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .order_facts import allocation
from .order_shapes import QuoteAsk, QuoteOut
from .v1 import v1


def basket_of(body: dict[str, Any]) -> Basket:
    return Basket(lines=tuple(BasketLine(line["variant_id"], line["quantity"]) for line in body["lines"]),
                  share_code=body.get("share_code") or None, guide_id=body.get("guide_id"), store_code=body.get("store_code") or "",
                  coupon_codes=tuple(code.strip().upper() for code in body["coupon_codes"]))


def shown(quote: Quote) -> dict[str, Any]:
    names = ("gross_minor", "discount_minor", "shipping_minor", "total_minor", "attribution", "coupons")
    lines = []
    for line in quote.lines:
        fields = {name: getattr(line, name) for name in line.__slots__ if name != "allocations"}
        lines.append({**fields, "allocations": [allocation(share) for share in line.allocations]})
    return {**{name: getattr(quote, name) for name in names}, "lines": lines}


@v1.post("/quotes", body=QuoteAsk, out=QuoteOut, scope="rates:read", summary="Quote a basket", tag="rates")
def quote(body: dict[str, Any]) -> dict[str, Any]:
    """Nothing is written. By `guide_id`, or as by a share link; the allocations of a line sum to its `commission_base`."""
    if body["guide_id"] and body["share_code"]:
        raise Refused("one_of", "guide_id 和 share_code 只填一个", field="share_code")
    return shown(quote_order(db(), brand_id=brand_id(), basket=basket_of(body), now=now()))
