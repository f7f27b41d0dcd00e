"""Why an amount is what it is, in the reader's language, from the trace that was frozen with it (R3, R4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from .formats import priced, rate


def why(trace: Mapping[str, Any]) -> str:
    """One sentence: which rung, which rule, which version; and that it was cut, if it was."""
    text = _rung(trace)
    if "rule" in trace:
        text += gettext("（规则 R-%(rule)s 第 %(version)s 版）", rule=trace["rule"], version=trace.get("version", 1))
    if "cut_from_minor" in trace:
        text += gettext("；原应 %(amount)s，已按可分上限截止", amount=priced(trace["cut_from_minor"]))
    return text


def _rung(trace: Mapping[str, Any]) -> str:
    measure = rate(trace["rate_bp"]) if trace.get("rate_bp") is not None else gettext("每件 %(amount)s", amount=priced(trace.get("unit_minor") or 0))
    category = str(trace.get("category", "")).rsplit(" > ", 1)[-1]
    texts = {
        "no_commission": gettext("不计佣商品"),
        "none": gettext("没有适用的佣金规则"),
        "alliance": gettext("联盟报价 %(measure)s", measure=measure),
        "activity": gettext("活动 %(measure)s", measure=measure),
        "guide_variant": gettext("你在这款商品上的专属 %(measure)s", measure=measure),
        "variant": gettext("这款商品 %(measure)s", measure=measure),
        "guide_category": gettext("你在类目“%(category)s”的专属 %(measure)s", category=category, measure=measure),
        "category": gettext("类目“%(category)s” %(measure)s", category=category, measure=measure),
        "guide": gettext("导购专属 %(measure)s", measure=measure),
        "group": gettext("等级、门店或经销商 %(measure)s", measure=measure),
        "default": gettext("品牌默认 %(measure)s", measure=measure),
        "referrer": gettext("推荐人 %(measure)s", measure=measure),
        "platform_fee": gettext("平台扣点 %(measure)s", measure=measure),
        "split_plan": gettext("分账方案 S-%(plan)s · %(measure)s", plan=trace.get("plan", ""), measure=measure),
        "remainder": gettext("余下的都归品牌"),
    }
    return texts.get(str(trace.get("rung", "")), "")


def verdict(code: str) -> str:
    """Why a candidate won or lost the attribution (R8)."""
    return {
        "last_touch": gettext("有效期内最后一次打开"), "earlier": gettext("更早打开过"), "outside_window": gettext("超出归因窗口"),
        "bot": gettext("机器访问，不参与"), "guide_left": gettext("导购已离职，归门店"), "guide_suspended": gettext("导购已停用"),
        "guide_pending": gettext("导购还未通过审核"),
    }.get(code, code)
