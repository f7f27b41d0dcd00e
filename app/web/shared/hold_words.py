"""Held sales in words: states, signals, and what each saw; a guide reads no other guide's name and no phone (R35)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

STATES: dict[str, tuple[Any, str]] = {"open": (_l("核查中"), "warn"), "appealed": (_l("已申诉"), "warn"), "cleared": (_l("已放行"), "ok"),
                                      "upheld": (_l("不计佣"), "bad"), "watched": (_l("观察"), "info")}
MODES: dict[str, Any] = {"off": _l("关闭"), "watch": _l("观察"), "hold": _l("扣住")}
SIGNALS: dict[str, Any] = {"phone": _l("手机号是导购的"), "device": _l("导购登录过的浏览器"), "own_address": _l("她自己收货的地址"),
                           "own_payer": _l("她自己付款的账户"), "one_address": _l("很多手机号寄到一个地址"), "one_payer": _l("一个账户替很多手机号付款"),
                           "burst": _l("一小时里很多新顾客"), "refunded_late": _l("解冻后才退款的单太多")}
EXPLAINED: dict[str, Any] = {
    "phone": _l("收货或登录的手机号属于品牌的任何一位导购。"), "device": _l("下单的浏览器里登录过导购端；门店共用的平板也会这样，所以默认只观察。"),
    "own_address": _l("和这位导购自己买东西时的收货地址相同。"), "own_payer": _l("和这位导购自己买东西时的付款账户相同；付款渠道告知账户时才有。"),
    "one_address": _l("同一位导购，前后 7 天里寄到同一地址的手机号超过这么多。"), "one_payer": _l("同一位导购，前后 7 天里由同一账户付款的手机号超过这么多。"),
    "burst": _l("同一位导购，前后一小时里第一次买的顾客超过这么多。"), "refunded_late": _l("同一位导购，90 天里佣金解冻后才退款的订单超过这么多。")}


def saw(one: Mapping[str, Any]) -> str:
    """What a signal saw, for headquarters."""
    count = one["count"]
    if one["signal"] == "phone":
        who = gettext("就是这位导购") if one["same"] else gettext("导购 %(name)s", name=one["guide"])
        return gettext("手机号 %(phone)s，%(who)s", phone=one["phone"], who=who)
    if one["signal"] == "device":
        return gettext("这位导购在这个浏览器里登录过") if one["same"] else gettext("导购 %(name)s 在这个浏览器里登录过", name=one["guide"])
    return counted(one) or gettext("她自己的 %(count)d 张订单", count=count)


def counted(one: Mapping[str, Any]) -> str:
    """The signals that count, with how many are usual."""
    numbers = {"count": one["count"], "most": one["most"]}
    return {"one_address": lambda: gettext("%(count)d 个手机号寄到一个地址，平常最多 %(most)d 个", **numbers),
            "one_payer": lambda: gettext("一个账户替 %(count)d 个手机号付款，平常最多 %(most)d 个", **numbers),
            "burst": lambda: gettext("一小时里 %(count)d 位新顾客，平常最多 %(most)d 位", **numbers),
            "refunded_late": lambda: gettext("%(count)d 张订单解冻后才退款，平常最多 %(most)d 张", **numbers)}.get(one["signal"], str)()


def told_to_guide(one: Mapping[str, Any]) -> str:
    """What a signal saw, for the guide whose sale it is."""
    return counted(one) or {
        "phone": gettext("下单的手机号是你自己的") if one["same"] else gettext("下单的手机号是同事的"),
        "device": gettext("下单的浏览器里登录过导购端"), "own_address": gettext("收货地址和你自己买东西时相同"),
        "own_payer": gettext("付款账户和你自己买东西时相同")}[one["signal"]]
