"""Why an amount is what it is, in the reader's language, from the trace that was frozen with it (R3, R4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext

from .formats import moment, priced, rate


def why(trace: Mapping[str, Any]) -> str:
    """One sentence: which rung, which rule, which version; and that it was cut, if it was."""
    text = _rung(trace)
    limits = per_unit(trace.get("unit_min_minor"), trace.get("unit_max_minor")) or per_line(trace.get("min_minor"), trace.get("max_minor"))
    if limits:
        text += gettext("，%(limits)s", limits=limits)
    if "rule" in trace:
        text += gettext("（规则 R-%(rule)s 第 %(version)s 版）", rule=trace["rule"], version=trace.get("version", 1))
    if "cut_from_minor" in trace:
        text += gettext("；原应 %(amount)s，已按可分上限截止", amount=priced(trace["cut_from_minor"]))
    return text


def per_unit(low_minor: int | None, high_minor: int | None) -> str:
    """'每件 ¥5.00–¥50.00': between what a rate pays a piece; '' when nothing bounds it."""
    low, high = (None if limit is None else priced(limit) for limit in (low_minor, high_minor))
    if low and high:
        return gettext("每件 %(low)s–%(high)s", low=low, high=high)
    return gettext("每件至少 %(low)s", low=low) if low else gettext("每件至多 %(high)s", high=high) if high else ""


def per_line(low_minor: int | None, high_minor: int | None) -> str:
    """'每行 ¥5.00–¥50.00': what bounds a store's split of an order line; '' when nothing does."""
    low, high = (None if limit is None else priced(limit) for limit in (low_minor, high_minor))
    if low and high:
        return gettext("每行 %(low)s–%(high)s", low=low, high=high)
    return gettext("每行至少 %(low)s", low=low) if low else gettext("每行至多 %(high)s", high=high) if high else ""


def _fee(trace: Mapping[str, Any], measure: str) -> str:
    """Which fee plan, which of its two rates, and that its free days were running (R28)."""
    text = gettext("平台扣点 F-%(plan)s · %(measure)s", plan=trace["plan"], measure=measure) if "plan" in trace else gettext(
        "平台扣点 %(measure)s", measure=measure)
    if "free_until" in trace:
        text += gettext("，免收到 %(at)s", at=moment(datetime.fromisoformat(str(trace["free_until"])), "yyyy-MM-dd HH:mm"))
    return text


RUNGS: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "no_commission": lambda trace, measure: gettext("不计佣商品"),
    "none": lambda trace, measure: gettext("没有适用的佣金规则"),
    "alliance": lambda trace, measure: gettext("联盟报价 %(measure)s", measure=measure),
    "activity": lambda trace, measure: gettext("活动 %(measure)s", measure=measure),
    "guide_variant": lambda trace, measure: gettext("导购在这款商品上的专属 %(measure)s", measure=measure),
    "variant": lambda trace, measure: gettext("这款商品 %(measure)s", measure=measure),
    "guide_category": lambda trace, measure: gettext("导购在类目“%(category)s”的专属 %(measure)s", category=_leaf(trace), measure=measure),
    "category": lambda trace, measure: gettext("类目“%(category)s” %(measure)s", category=_leaf(trace), measure=measure),
    "guide": lambda trace, measure: gettext("导购专属 %(measure)s", measure=measure),
    "group": lambda trace, measure: gettext("等级、门店或经销商 %(measure)s", measure=measure),
    "default": lambda trace, measure: gettext("品牌默认 %(measure)s", measure=measure),
    "referrer": lambda trace, measure: gettext("推荐人 %(measure)s", measure=measure),
    "platform_fee": lambda trace, measure: _fee(trace, measure),
    "split_plan": lambda trace, measure: gettext("分账方案 S-%(plan)s · %(measure)s", plan=trace.get("plan", ""), measure=measure),
    "remainder": lambda trace, measure: gettext("余下的都归品牌"),
}
"""What is said of each rung; said only when it is asked, for a statement asks a hundred thousand times."""


def _rung(trace: Mapping[str, Any]) -> str:
    say = RUNGS.get(str(trace.get("rung", "")))
    if say is None:
        return ""
    rate_bp = trace.get("rate_bp")
    return say(trace, rate(rate_bp) if rate_bp is not None else gettext("每件 %(amount)s", amount=priced(trace.get("unit_minor") or 0)))


def _leaf(trace: Mapping[str, Any]) -> str:
    return str(trace.get("category", "")).rsplit(" > ", 1)[-1]


def verdict(code: str) -> str:
    """Why a candidate won or lost the attribution (R8)."""
    return {
        "last_touch": gettext("有效期内最后一次打开"), "earlier": gettext("更早打开过"), "outside_window": gettext("超出归因窗口"),
        "bot": gettext("机器访问，不参与"), "guide_left": gettext("导购已离职，归门店"), "guide_suspended": gettext("导购已停用"),
        "guide_pending": gettext("导购还未通过审核"), "chosen": gettext("下单时指定"), "coupon": gettext("用了她的专属券"),
        "first_touch": gettext("有效期内第一次打开"), "binding": gettext("锁定的导购"), "store": gettext("算给门店"), "later": gettext("更晚打开"),
        "outranked": gettext("有更优先的依据"), "self_purchase": gettext("本人下单，不算给自己"), "binding_expired": gettext("锁客已过期"),
        "binding_open": gettext("锁客不独占，不参与"), "store_closed": gettext("门店已停业"), "dispute": gettext("申诉成立"),
        "overruled": gettext("申诉后改归他人"), "upheld": gettext("核查后不计佣"),
    }.get(code, code)
