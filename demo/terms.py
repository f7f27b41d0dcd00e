"""What a sale pays to whom and what it costs: the sample brand's rates, split plans, coupons and activities, as tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """One rule of the ladder (R3). Scopes that are empty do not narrow; exactly one of rate_bp and each_minor is set.

    `product` names any SKU of the product, `activity` an activity's name; min and max are per piece. `replaces` is the name
    of the rule whose next version this is.
    """

    name: str
    rate_bp: int | None = None
    each_minor: int | None = None
    sku: str = ""
    product: str = ""
    category: str = ""
    guide: str = ""
    store: str = ""
    activity: str = ""
    min_minor: int | None = None
    max_minor: int | None = None
    replaces: str = ""


@dataclass(frozen=True)
class Share:
    role: str
    rate_bp: int
    min_minor: int | None = None
    max_minor: int | None = None


@dataclass(frozen=True)
class Ticket:
    """A coupon, valid from the opening to the end of `last_day`. `owner` is the store or guide whose share pays it."""

    code: str
    name: str
    funder: str
    amount_minor: int
    minimum_minor: int
    last_day: int
    max_uses: int
    owner: str = ""


@dataclass(frozen=True)
class Special:
    """An activity: SKU → price in minor units for who comes by a link, from when it is opened on its first day to the end of the last."""

    name: str
    first_day: int
    last_day: int
    prices: dict[str, int]
    rate: Rate | None = None


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
    Rate("通勤双肩包：每只最少 25 元、最多 45 元", 1_200, category="背包 > 通勤双肩包", min_minor=2_500, max_minor=4_500),
)
RAISED = Rate("配件", 1_400, category="配件", replaces="配件")
"""Day 7: accessories pay more from then on; what was ordered before keeps 12 % (R4)."""

BRAND_PLAN = (Share("store", 500, min_minor=200), Share("dealer", 300), Share("mall", 400), Share("region", 100, max_minor=1_500))
OWN_PLANS = {"SH01": (Share("store", 700, min_minor=200), Share("region", 100, max_minor=1_500))}
"""The first store carries the show: 7 % for itself."""
SHIPPER_PLAN = (*BRAND_PLAN, Share("fulfilling_store", 200))
"""From day 9: whoever ships gets 2 % more; what the flagship ships is the brand's."""

COUPONS = (
    Ticket("NEW30", "新客满 299 减 30", "brand", 3_000, 29_900, 40, 500),
    Ticket("TRIP20", "平台出行补贴满 199 减 20", "platform", 2_000, 19_900, 40, 500),
    Ticket("OPEN50", "开业三日满 599 减 50", "brand", 5_000, 59_900, 2, 60),
)
OWN_COUPONS = (
    Ticket("JINGAN20", "静安嘉里店满 300 减 20", "store", 2_000, 30_000, 40, 100, owner="SH01"),
    Ticket("XIAOYUN10", "晓芸的老客券满 200 减 10", "guide", 1_000, 20_000, 40, 50, owner="FW1001"),
)
"""Paid out of a store's or a guide's own share, so only on her orders."""
ACTIVITIES = (
    Special("开业三日专享", 0, 2, {"FW-P20-CLD": 79_900, "FW-P20-GAR": 79_900}),
    Special("秋冬清仓", 9, 24, {"FW-E20-INK": 69_900, "FW-B26-FOG": 89_900, "FW-NSS-BLU": 3_900, "FW-HT-PIN": 18_900},
            Rate("秋冬清仓", 1_400, activity="秋冬清仓")),
)
"""One is over, one is live; the second pays 14 %."""
