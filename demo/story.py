"""Two weeks of the sample brand, as a table of days. `plan.py` works it out order by order, `stage.py` performs it.

Turns: what becomes of some of a day's orders; all others are paid, sent and received.
  two parcels      a part goes today, the rest tomorrow
  ship from store  the guide's store sends it
  declined         the bank says no, the second try goes through
  unpaid           nobody pays; a day later stock and coupons come back
  called off       paid, then cancelled before anything is sent: everything goes back
  one unsent       one piece is refunded before the rest is sent
  one back         one piece comes back while commission is on hold
  a bump           a corner is bumped: a tenth of the first line is refunded, the goods stay
  all back         everything comes back, shipping too
  back when free   one piece comes back after settlement, before anyone was paid
  back when paid   one piece comes back after the payout: the guide's next payout nets it (R14)
  back twice       a bump on hold, and one piece more after the payout
  to be sent       paid, and still on headquarters' list
  waiting          placed just now, not paid yet
Roads: how some shoppers come.
  rival            another guide's link days before; the last touch earns (R8)
  no link          she comes back by herself: her last touch counts
  by herself       nobody's link at all: the brand's own order
  leaver           the link of a guide who has left: the store's (R21)
  suspended        a suspended guide's link, after a colleague's: the colleague earns
  her own rate     徐薇 sells the one SKU she has her own rate for
  at cost          a spare part that pays no commission
  per piece        luggage tags, which pay a fixed amount each
  robot            a crawler opened another link in between; it does not compete
"""

from __future__ import annotations

from dataclasses import dataclass

from demo.brand import OPERATOR
from demo.goods import COMMISSION_FREE


@dataclass(frozen=True)
class Day:
    """`orders` placed, some of which take a turn or come by a special road."""

    title: str
    orders: int
    turns: tuple[str, ...] = ()
    roads: tuple[str, ...] = ()


DAYS = (
    Day("开店当晚，静安嘉里店发出第一批链接", 5, ("back when paid",)),
    Day("第一天，各店晨会讲解怎么分享", 9, ("back when paid", "back twice", "two parcels", "one back"), ("rival",)),
    Day("开业券最后一天", 11, ("a bump", "unpaid", "back when paid", "ship from store"), ("robot", "per piece")),
    Day("工作日，午休和打烊后各一波", 10, ("one unsent", "declined", "called off"), ("rival", "no link", "her own rate")),
    Day("周末前夜", 12, ("back when free", "two parcels", "unpaid", "back when free"), ("rival",)),
    Day("周六，商场客流最高的一天；蒋一鸣离职", 16, ("all back", "one back", "ship from store", "unpaid"), ("rival", "by herself")),
    Day("周日，离职导购的旧链接还有人打开", 14, ("two parcels", "a bump", "one unsent"), ("leaver", "leaver", "no link")),
    Day("配件佣金从 12% 提到 14%", 10, ("declined", "one back"), ("rival", "robot", "per piece")),
    Day("魏子墨停用；她发过的链接归同事", 9, ("called off", "a bump"), ("suspended", "at cost")),
    Day("出差季开始，双肩包卖得好", 10, ("two parcels", "unpaid", "ship from store"), ("rival", "suspended", "her own rate")),
    Day("店长邀请新人加入", 11, ("one back", "one unsent"), ("no link", "leaver")),
    Day("第一次结算和打款", 12, ("all back", "a bump", "two parcels"), ("rival", "by herself")),
    Day("打款之后的退货", 13, ("unpaid", "ship from store", "declined"), ("rival", "rival")),
    Day("第二次结算，财务起草打款，等人批准", 11, ("two parcels", "called off", "one unsent", "to be sent"), ("robot", "no link")),
    Day("今天", 10, ("two parcels", "called off", "to be sent", "to be sent", "to be sent", "waiting", "waiting"), ("rival",)),
)


@dataclass(frozen=True)
class House:
    """Something that is done at a clock time. `who` is a colleague's or the operator's e-mail, or a guide's staff number."""

    day: int
    clock: str
    verb: str
    who: str
    what: str = ""


OPS, FINANCE, SECOND, EAST, SHOP = (f"{name}@farway.example" for name in ("ops", "finance", "finance2", "east", "sh01"))
PLATFORM = OPERATOR[0]
HOUSE = (
    House(0, "16:30", "set_fee", PLATFORM, "100 60 3 开店前三天免收"),
    House(0, "16:40", "open_activity", OPS, "开业三日专享"),
    House(0, "17:00", "everyone_shares", OPS),
    House(0, "17:10", "invite", SHOP, "SH01 5 30"),
    House(0, "17:20", "invite", EAST, "HZ01 2 3"),
    House(0, "17:30", "invite", OPS, "BJ01 20 60"),
    House(4, "09:40", "revoke", OPS, "BJ01"),
    House(5, "19:30", "leave", OPS, "FW1017"),
    House(7, "00:00", "raise_rate", OPS),
    House(8, "09:30", "suspend", OPS, "FW1032"),
    House(9, "00:00", "set_fee", PLATFORM, "90 50 0 第二档"),
    House(9, "00:00", "pay_shippers", OPS),
    House(9, "09:00", "open_activity", OPS, "秋冬清仓"),
    House(10, "20:15", "join", SHOP, "SH01 苗青 13800002481"),
    House(11, "09:30", "settle", FINANCE),
    House(11, "09:35", "withdraw", "FW1001", "50"),
    House(11, "09:40", "draft", FINANCE, "withdrawals"),
    House(11, "09:45", "approve", SECOND),
    House(11, "09:50", "execute", FINANCE),
    House(11, "09:55", "invoice", FINANCE, "D-SUZHOU 25322000000117045 5000"),
    House(11, "10:00", "draft", FINANCE, "all"),
    House(11, "15:00", "approve", SECOND),
    House(11, "15:30", "execute", FINANCE),
    House(12, "09:30", "bounce", FINANCE, "FW1040 收款户名不符"),
    House(12, "09:35", "bank", FINANCE, "FW1040 中国农业银行 6228480039912745"),
    House(12, "09:40", "confirm", FINANCE),
    House(12, "12:40", "join", SHOP, "SH01 田甜 13800002518"),
    House(13, "09:30", "settle", FINANCE),
    House(13, "10:30", "draft", FINANCE, "all"),
    House(13, "16:00", "forgive", FINANCE, "FW1035 60 单笔拒付，导购没有过错"),
    House(13, "17:30", "agree", SECOND, "FW1035"),
    House(14, "09:00", "settle", FINANCE),
    House(14, "09:10", "forgive", FINANCE, "FW1035 30 顾客已注销，再免一部分"),
    House(14, "09:30", "withdraw", "FW1001", "20"),
    House(14, "10:00", "reconcile", FINANCE),
)
LEAVER, SUSPENDED, SUSPENDED_COLLEAGUE = "FW1017", "FW1032", "FW1031"
"""蒋一鸣 leaves; 魏子墨 is suspended and 金铭 works in the same store."""
ASIDE = {"leaver": LEAVER, "suspended": SUSPENDED, "her own rate": "FW1004"}
"""Road → whose link it is."""
CHOSEN = {"her own rate": ("FW-L18-OAT", 1), "at cost": (COMMISSION_FREE, 1), "per piece": ("FW-TG-CAM", 2)}
"""Road → what is bought."""
