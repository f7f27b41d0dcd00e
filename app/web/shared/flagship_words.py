"""How an order on its way to a flagship is spoken of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.kernel.errors import Refused

from .errors import says

PUSH_STATES: dict[str, tuple[Any, str]] = {
    "waiting": (_("等待推送"), "warn"), "unsure": (_("核对中"), "warn"), "placed": (_("已下单"), "info"), "paid_told": (_("待旗舰店发货"), "info"),
    "shipped": (_("旗舰店已发货"), "info"), "delivered": (_("已签收"), "ok"), "declined": (_("旗舰店拒绝"), "bad"), "cancel_asked": (_("撤回中"), "warn"),
    "cancelled": (_("已取消"), ""), "given_up": (_("已停止重试"), "bad"),
}
STOCK_STATES: dict[str, tuple[Any, str]] = {
    "waiting": (_("等待改写"), "warn"), "unsure": (_("核对中"), "warn"), "done": (_("已改写"), "ok"), "declined": (_("旗舰店拒绝"), "bad"),
    "given_up": (_("已停止重试"), "bad"), "dropped": (_("不再改写"), ""),
}
TROUBLES: dict[str, Any] = {
    "declined": _("旗舰店没有接受这张订单。改好原因再重试，或改由门店发货，或取消并退款。"),
    "given_up": _("连续几天没有推成，已停止自动重试。订单和付款都在，处理好后点重试。"),
    "cancelled_there": _("旗舰店取消了这张订单，顾客的钱没有自动退。请重新推送、改由门店发货，或取消并退款。"),
    "cancel_declined": _("旗舰店没有同意撤回，货可能照常发出。请到旗舰店后台拦截。"),
    "pay_declined": _("旗舰店没有接受“已付款”的通知，还不会发货。"),
    "stuck_there": _("这张订单在旗舰店停住了，请到旗舰店后台看一下。"),
    "sent_too_much": _("旗舰店发出了已经退款的商品，请拦截或联系顾客寄回。"),
    "refunded_there": _("顾客的钱已经退了，旗舰店已发出一部分，其余的请到旗舰店拦截。"),
}
EVENTS: dict[str, Any] = {
    "written": _("等待推送"), "placed": _("旗舰店收下订单"), "paid_told": _("已通知付款"), "shipped": _("旗舰店发货"), "delivered": _("签收"),
    "declined": _("旗舰店拒绝"), "unsure": _("没有得到答复，先核对"), "waiting": _("核对过没有这张订单，重新推送"), "cancel_asked": _("请旗舰店撤回"),
    "cancelled": _("旗舰店那边已取消"), "given_up": _("停止自动重试"), "retried": _("重试"), "silent": _("旗舰店没有回答，稍后再试"), "fewer": _("件数减少"),
    "settled": _("已处理"),
}
SENDS_BACK: dict[str, tuple[Any, Any]] = {
    "nothing": (_("不回传"), _("订单在云店里发货，旗舰店不知道。")),
    "orders": (_("订单交给旗舰店发货"), _("付款后自动推送，发货和签收自动回到云店。")),
    "stock": (_("只改旗舰店库存"), _("卖出多少，旗舰店就少多少；由我们或门店发货。")),
}


def no_areas_asked() -> Refused:
    return Refused("areas_not_asked", "这种旗舰店直接收地址，不用地区编号", field="areas")


def no_areas() -> str:
    """A warning for a flagship that ships our orders and of whose places nothing is known here."""
    return gettext("还没有地区编号。下单时先问旗舰店的地址库；应用没有地址库权限、或查不到的地址，订单会被它拒绝，"
                   "而顾客的钱已经收了。请先上传地区编号表。")


def told(message: str, data: Mapping[str, Any] | None) -> str:
    """What a flagship said, in the reader's language; a message an outside connector did not fill is shown as it is."""
    facts = {key: value for key, value in (data or {}).items() if key not in ("code", "message", "field", "self")}
    try:
        return says(Refused("told", message, **facts)) if message else ""
    except (KeyError, ValueError, TypeError):
        return str(gettext(message))
