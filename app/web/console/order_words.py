"""How an order's facts are called in the console."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.web.shared.money_words import LEDGER_ROLES as LEDGER_ROLES
from app.web.shared.money_words import PHASES as PHASES
from app.web.shared.money_words import POSTING_KINDS as POSTING_KINDS
from app.web.shared.money_words import ROLES as ROLES
from app.web.shared.money_words import refund_reason as refund_reason
from app.web.shared.money_words import word as word
from app.web.shared.refund_words import REFUND_STATES as REFUND_STATES
from app.web.shared.refund_words import REVERSALS as REVERSALS
from app.web.shared.refund_words import refund_problem as refund_problem

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
PLACES: dict[str, Any] = {**PHASES, "netted": _l("抵了之前的扣回"), "taken_back": _l("扣回")}
CHANNELS: dict[str, Any] = {"guide_link": _l("导购链接"), "storefront": _l("云店直达")}
PAYMENT_STATES: dict[str, tuple[Any, str]] = {
    "open": (_l("等待付款"), ""), "succeeded": (_l("已收款"), "ok"), "failed": (_l("付款失败"), "bad"), "expired": (_l("已过期"), ""),
}


def tone(words: dict[str, tuple[Any, str]], code: str) -> str:
    return words[code][1] if code in words else ""
