"""How refunds are called: to headquarters with what went wrong, to shoppers with what happens next."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.orders.models import Refund

REFUND_STATES: dict[str, tuple[Any, str]] = {
    "pending": (_l("退款中"), "warn"), "succeeded": (_l("已退回"), "ok"), "failed": (_l("退款失败"), "bad"),
}
PROBLEMS: dict[str, Any] = {
    "insufficient_funds": _l("支付平台的余额不够，补足后自动退出"), "lost_or_stolen_card": _l("顾客的卡已挂失"),
    "expired_or_canceled_card": _l("顾客的卡已过期或注销"), "declined": _l("顾客的银行没有收下"), "failed": _l("支付平台没有退成"),
    "unknown": _l("顾客的银行没有说原因"), "merchant_request": _l("在支付平台上撤销了"), "charge_disputed": _l("这笔付款有拒付，支付平台不让退"),
    "charge_for_pending_refund_disputed": _l("这笔付款有拒付，支付平台不让退"), "charge_already_refunded": _l("支付平台上已经全部退过了"),
    "no_charge": _l("支付平台还没有这笔付款，收到后自动退"),
}
REVERSALS: dict[str, tuple[Any, str]] = {
    "due": (_l("等待追回"), "warn"), "sending": (_l("追回中"), "warn"), "done": (_l("已追回"), "ok"), "short": (_l("余额不够，记欠款"), "bad"),
}


def refund_problem(refund: Refund) -> str:
    """Why a refund waits or failed; the provider's own code where we have no words for it."""
    return str(PROBLEMS.get(refund.problem, refund.problem))


def for_shopper(refund: Refund) -> str:
    """Where her money is."""
    if refund.state == "succeeded":
        return gettext("已用其他方式退给你") if refund.outside_ref else gettext("已原路退回")
    return gettext("没有退成，商家会联系你") if refund.state == "failed" else gettext("退款在路上，到账时间看你的银行")
