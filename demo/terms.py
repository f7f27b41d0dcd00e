"""What a sale pays to whom: the sample brand's rates, split plans and coupons, as tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """One rule of the ladder (R3). Scopes that are empty do not narrow; exactly one of rate_bp and each_minor is set.

    `product` names any SKU of the product. `replaces` is the name of the rule whose next version this is.
    """

    name: str
    rate_bp: int | None = None
    each_minor: int | None = None
    sku: str = ""
    product: str = ""
    category: str = ""
    guide: str = ""
    store: str = ""
    replaces: str = ""


@dataclass(frozen=True)
class Share:
    role: str
    rate_bp: int
    min_minor: int | None = None
    max_minor: int | None = None


@dataclass(frozen=True)
class Ticket:
    """A coupon, valid from the opening to the end of `last_day`."""

    code: str
    name: str
    funder: str
    amount_minor: int
    minimum_minor: int
    last_day: int
    max_uses: int


RATES = (
    Rate("品牌默认", 800),
    Rate("箱包", 1_000, category="箱包"),
    Rate("前开盖新品", 1_100, category="箱包 > 前开盖"),
    Rate("配件", 1_200, category="配件"),
    Rate("主推 SKU：Air 20 寸雾蓝", 1_300, sku="FW-A20-FOG"),
    Rate("主推 SKU：轻旅箱燕麦", 1_250, sku="FW-L18-OAT"),
    Rate("母子箱套装", 900, product="FW-D-PIN"),
    Rate("行李牌每件 8 元", each_minor=800, product="FW-TG-PIN"),
    Rate("林晓芸", 1_100, guide="FW1001"),
    Rate("徐薇卖轻旅箱燕麦", 1_500, sku="FW-L18-OAT", guide="FW1004"),
    Rate("湖滨店", 900, store="HZ01"),
    Rate("童箱：还没有这个类目，永远不会命中", 1_500, category="箱包 > 童箱"),
)
RAISED = Rate("配件", 1_400, category="配件", replaces="配件")
"""Day 7: accessories pay more from then on; what was ordered before keeps 12 % (R4)."""

BRAND_PLAN = (Share("store", 500, min_minor=200), Share("dealer", 300), Share("mall", 400), Share("region", 100, max_minor=1_500))
OWN_PLANS = {"SH01": (Share("store", 700, min_minor=200), Share("region", 100, max_minor=1_500))}
"""The first store carries the show: 7 % for itself."""

COUPONS = (
    Ticket("NEW30", "新客满 299 减 30", "brand", 3_000, 29_900, 40, 500),
    Ticket("TRIP20", "平台出行补贴满 199 减 20", "platform", 2_000, 19_900, 40, 500),
    Ticket("OPEN50", "开业三日满 599 减 50", "brand", 5_000, 59_900, 2, 60),
)
