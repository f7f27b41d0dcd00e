"""Goods of the alliance that pay a commission, and links that carry who recommended them (jd.union.open.*)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from app.domain.alliance.ports import GoodsQuestion, PoolGoods, PoolPage, PromotionLink
from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.flagship import values
from app.kernel.errors import Refused, msgid

from .amounts import basis_points, minor
from .gateway import Gateway
from .reactions import NoReply
from .replies import Body, objects, read_object, text, whole_number

T = TypeVar("T")
VERSION = "1.0"
ANSWERS = ("queryResult", "getResult", "result")
MOST = 30
"""Goods a page holds, at most; SKUs named in one question are 20."""
NAMED = 20
LAST_PAGE = 10_000 // MOST
CODE = re.compile(r"[A-Za-z0-9_-]{1,80}")
BOTH_LINKS = 3
NO = msgid("京东联盟没有给出结果：%(words)s（%(jd_code)s）")


@dataclass(frozen=True, slots=True)
class UnionGoods:
    """`site_id` is the site or app registered at the alliance; with `by_code` the account may ask for links without one."""

    gateway: Gateway
    site_id: str = ""
    by_code: bool = False

    def goods(self, question: GoodsQuestion, *, page: int = 1) -> PoolPage:
        asked = {"goodsReqDTO": _question(question) | {"pageIndex": min(max(1, page), LAST_PAGE), "pageSize": MOST}}

        def read(told: Body) -> PoolPage:
            found = tuple(goods for row in objects(told.get("data")) if (goods := _pool_goods(row)))
            total = whole_number(told.get("totalCount"))
            return PoolPage(found, total, page * MOST >= min(total, LAST_PAGE * MOST))

        return self.ask("goods.query", asked, read)

    def link(self, external_id: str, *, code: str, position: int) -> PromotionLink:
        """A link of one SKU for one guide. `code` is opaque (her share code, never her name); `position` stands for her store.

        Raises Refused for a code JD would not carry.
        """
        if not CODE.fullmatch(code):
            raise Refused("union_code_invalid", "推广码只能有字母、数字、下划线和连字符，最长 80 个", field="code")
        asked: dict[str, Any] = {"materialId": f"https://item.jd.com/{int(external_id)}.html", "subUnionId": code, "positionId": position}
        if self.by_code:
            return self.ask("promotion.bysubunionid.get", {"promotionCodeReq": asked | {"chainType": BOTH_LINKS}}, _link)
        return self.ask("promotion.common.get", {"promotionCodeReq": asked | {"siteId": self.site_id}}, _link)

    def ask(self, name: str, params: Mapping[str, Any], read: Callable[[Body], T]) -> T:
        """What `read` finds in the inner answer. JD wraps it as JSON text inside JSON, so it is parsed twice."""
        def inner(body: Body) -> T:
            told = next((body[key] for key in ANSWERS if body.get(key) is not None), None)
            if not isinstance(told, str | dict):
                raise NoReply(200)
            answer = read_object(told) if isinstance(told, str) else told
            if text(answer.get("code")) not in ("200", "0"):
                raise FlagshipUnreachable("union_refused", NO, words=text(answer.get("message"))[:200], jd_code=text(answer.get("code")))
            return read(answer)

        return self.gateway.call(f"jd.union.open.{name}", params, inner, version=VERSION)


def _question(asked: GoodsQuestion) -> dict[str, Any]:
    """Yuan and percent as JD counts them, exact as text."""
    told = {"keyword": asked.keyword, "brandCode": asked.brand_code, "shopId": asked.shop_id, "sortName": asked.sort,
            "skuIds": [int(sku) for sku in asked.skus][:NAMED], "pricefrom": _hundredth(asked.price_from_minor), "priceto": _hundredth(asked.price_to_minor),
            "commissionShareStart": _hundredth(asked.commission_from_bp), "isCoupon": int(asked.with_coupon), "sort": "asc" if asked.ascending else "desc"}
    return {name: value for name, value in told.items() if value not in ("", [], None, 0)}


def _hundredth(value: int | None) -> float | None:
    """A filter, not money: JD wants a number here."""
    return None if value is None else value / 100


def _pool_goods(row: Body) -> PoolGoods | None:
    """None for goods without a price: nothing can be said about what they pay."""
    prices, commission, categories = row.get("priceInfo") or {}, row.get("commissionInfo") or {}, row.get("categoryInfo") or {}
    price = minor(prices.get("lowestPrice", prices.get("price")))
    if not price or not whole_number(row.get("skuId")):
        return None
    names = (text(categories.get(f"cid{level}Name")) for level in (1, 2, 3))
    pictures = objects((row.get("imageInfo") or {}).get("imageList"))
    return PoolGoods(
        external_id=text(row["skuId"]), title=text(row.get("skuName"))[:values.MAX_TITLE], brand=text(row.get("brandName")),
        shop=text((row.get("shopInfo") or {}).get("shopName")), category=" > ".join(filter(None, names)), material_url=text(row.get("materialUrl")),
        price_minor=price, coupon_price_minor=minor(prices.get("lowestCouponPrice")), commission_bp=basis_points(commission.get("commissionShare")),
        commission_minor=minor(commission.get("couponCommission", commission.get("commission"))) or 0,
        in_stock=text(row.get("stockState", 1)) == "1", images=values.image_links(text(one.get("url")) for one in pictures))


def _link(told: Body) -> PromotionLink:
    data = told.get("data") or {}
    long_url, short_url = text(data.get("clickURL")), text(data.get("shortURL"))
    if not long_url and not short_url:
        raise NoReply(200)
    return PromotionLink(long_url or short_url, short_url)
