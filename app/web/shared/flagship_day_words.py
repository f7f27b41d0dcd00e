"""What a day's comparison with a flagship is called, and where the cause of a difference is looked for."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.flagship_books.models import FlagshipDay, FlagshipDayLine

CAUSES: dict[str, tuple[Any, Any]] = {
    "unread": (_l("旗舰店不肯说这张订单"), _l("其他订单都读到了，只有这张它没有给出：到旗舰店后台看这张订单，或再核对一次")),
    "missing_there": (_l("旗舰店没有这张订单"), _l("云店收了钱，旗舰店说没有：到订单里看推送卡在哪里，重推或改由门店发货")),
    "missing_here": (_l("云店不知道这张订单"), _l("旗舰店的订单带着云店的编号，云店却没有记它已下单：到旗舰店核实，免得重复发货")),
    "amount_differs": (_l("金额不一样"), _l("告诉旗舰店的金额和它记的不一样：看旗舰店是否改了价、加了运费或用了券")),
    "currency_differs": (_l("币种不一样"), _l("旗舰店用另一种货币记这张订单，金额没有比较：检查旗舰店的店铺货币")),
    "state_differs": (_l("状态不一样"), _l("两边对这张订单走到哪一步说法不同：以实际为准，在说错的一边改过来")),
    "refund_missing_there": (_l("旗舰店没有退款"), _l("云店已把钱退给顾客，旗舰店还没有退：到旗舰店给这张订单退款或取消")),
    "refund_missing_here": (_l("云店没有退款"), _l("旗舰店已退款，云店没有退：顾客的钱在云店，请给这张订单退款")),
    "refund_differs": (_l("退款金额不一样"), _l("两边都退了，数目不同：核对退了哪几件")),
    "amount_unknown": (_l("旗舰店没说金额"), _l("没有可以比较的")),
    "refund_unknown": (_l("旗舰店没说退款"), _l("云店退了款；这种旗舰店的接口不说退款，请到它的后台核对")),
    "fee_unknown": (_l("旗舰店没说手续费"), _l("以它的结算单为准")),
}
KINDS = {"order": _l("订单"), "refund": _l("退款"), "fee": _l("手续费")}
STATES: dict[str, tuple[Any, str]] = {
    "queued": (_l("排队中"), "info"), "running": (_l("核对中"), "info"), "matched": (_l("一致"), "ok"), "differs": (_l("有不符"), "bad"),
    "failed": (_l("没有读到"), "warn"),
}
CHOICES = {"open": _l("还有待处理"), "differs": _l("有不符"), "matched": _l("一致"), "failed": _l("没有读到"), "under_way": _l("核对中")}
SHOWN = {"differs": _l("不符"), "open": _l("待处理"), "handled": _l("已处理"), "untold": _l("旗舰店没说的"), "all": _l("全部订单")}
OURS = {
    "waiting": _l("待推送"), "unsure": _l("推送结果不明"), "declined": _l("旗舰店拒收"), "given_up": _l("推送已放弃"), "placed": _l("已下单"),
    "paid_told": _l("已付款，待发货"), "shipped": _l("已发货"), "delivered": _l("已签收"), "cancel_asked": _l("已要求取消"), "cancelled": _l("已撤回"),
    "over": _l("已全部退款或取消"),
}
THEIRS = {
    "submitted": _l("已提交"), "awaiting_payment": _l("待付款"), "paid": _l("已付款，待发货"), "preparing": _l("备货中"), "shipped": _l("已发货"),
    "delivered": _l("已签收"), "refused": _l("拒收"), "locked": _l("已锁定"), "cancelled": _l("已取消"),
}


def title(cause: str) -> str:
    return str(CAUSES[cause][0]) if cause in CAUSES else gettext("一致")


def advice(cause: str) -> str:
    return str(CAUSES[cause][1]) if cause in CAUSES else ""


def failure(tried: FlagshipDay | FlagshipDayLine) -> str:
    """Why the last try did not come to its end, or an order stayed unread, in the reader's language."""
    said = str(gettext(tried.error_message)) if tried.error_message else ""
    try:
        return said % (tried.error_data or {}) if "%(" in said else said
    except (KeyError, TypeError, ValueError):
        return said


def stands(line: FlagshipDayLine) -> tuple[str, str]:
    """Where we and the flagship say the order stands."""
    return str(OURS.get(line.ours_state, line.ours_state)), str(THEIRS.get(line.theirs_state, line.theirs_state))


def sums(day: FlagshipDay) -> list[tuple[str, int, int]]:
    """(what, ours, theirs) in minor units: what should be equal."""
    return [(gettext("订单（货款加运费）"), day.orders_ours_minor, day.orders_theirs_minor),
            (gettext("退款"), day.refunds_ours_minor, day.refunds_theirs_minor)]
