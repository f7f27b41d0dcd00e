"""How an order's facts are called in the console."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

ORDER_STATES: dict[str, tuple[Any, str]] = {
    "pending_payment": (_l("待付款"), ""),
    "paid": (_l("已付款"), "info"),
    "partly_shipped": (_l("部分发货"), "warn"),
    "shipped": (_l("已发货"), "info"),
    "delivered": (_l("已签收"), "ok"),
    "completed": (_l("已完成"), "ok"),
    "cancelled": (_l("已关闭"), ""),
    "refunded": (_l("已退款"), "bad"),
}
TABS: tuple[tuple[str, Any], ...] = (
    ("", _l("全部")), ("paid", _l("待发货")), ("partly_shipped", _l("部分发货")), ("shipped", _l("已发货")), ("delivered", _l("已签收")),
    ("pending_payment", _l("待付款")), ("refunding", _l("有退款")), ("cancelled", _l("已关闭")),
)
ROLES: dict[str, Any] = {
    "guide": _l("导购"), "referrer": _l("推荐人"), "store": _l("门店"), "fulfilling_store": _l("发货门店"), "dealer": _l("经销商"),
    "mall": _l("商场"), "region": _l("大区"), "platform": _l("平台"), "brand": _l("品牌"),
}
CHANNELS: dict[str, Any] = {"guide_link": _l("导购链接"), "storefront": _l("云店直达")}
PAYMENT_STATES: dict[str, tuple[Any, str]] = {
    "open": (_l("等待付款"), ""), "succeeded": (_l("已收款"), "ok"), "failed": (_l("付款失败"), "bad"), "expired": (_l("已过期"), ""),
}
REFUND_STATES: dict[str, tuple[Any, str]] = {
    "pending": (_l("退款中"), "warn"), "succeeded": (_l("已退回"), "ok"), "failed": (_l("退款失败"), "bad"),
}
POSTING_KINDS: dict[str, Any] = {
    "placed": _l("下单"), "paid": _l("付款"), "received": _l("签收"), "reversed": _l("退款扣回"), "cancelled": _l("取消"),
    "released": _l("解冻"), "payout": _l("列入打款"), "payout_done": _l("打款"), "payout_undone": _l("打款取消"),
    "late_payment": _l("迟到的付款"), "late_refund": _l("迟到付款退回"),
}
PHASES: dict[str, Any] = {
    "expected": _l("待收款"), "received": _l("已收款"), "estimated": _l("预估"), "pending": _l("待结算"), "held": _l("冻结"),
    "available": _l("可提现"), "in_payout": _l("打款中"), "paid": _l("已打款"),
}
LEDGER_ROLES: dict[str, Any] = {**ROLES, "clearing": _l("代收"), "shipping": _l("运费"), "platform_subsidy": _l("平台补贴"), "payout": _l("打款")}


def word(words: dict[str, Any], code: str) -> str:
    """The word for a code; an unknown code reads as itself."""
    found = words.get(code, code)
    return str(found[0] if isinstance(found, tuple) else found)


def tone(words: dict[str, tuple[Any, str]], code: str) -> str:
    return words[code][1] if code in words else ""


def refund_reason(text: str) -> str:
    """Reasons the house writes itself are codes, all others a person's words."""
    return {"cancelled": gettext("订单取消"), "unpaid": gettext("超时未付款"), "late_payment": gettext("订单已关闭或已付款，原路退回")}.get(text, text)
