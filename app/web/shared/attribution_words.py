"""Why an order is credited to whom, in words: for the guide who earns it, without other guides' names, and for headquarters (R8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from .explaining import verdict
from .formats import moment

RUNGS: dict[str, Any] = {"chosen": _l("下单时填工号"), "coupon": _l("专属券"), "touch": _l("打开链接"), "binding": _l("锁客"), "store": _l("门店码"),
                         "dispute": _l("申诉")}
DISPUTE_STATES: dict[str, tuple[Any, str]] = {"open": (_l("处理中"), "warn"), "accepted": (_l("已改归属"), "ok"), "refused": (_l("未通过"), "bad")}


def winner(attribution: Mapping[str, Any]) -> dict[str, Any] | None:
    """The candidate the decision fell to, if it was one of them."""
    return next((one for one in attribution.get("candidates", ()) if one.get("verdict") == attribution.get("reason")), None)


def because(attribution: Mapping[str, Any], *, hers: bool) -> str:
    """One sentence; `hers` speaks to the guide herself."""
    won, reason = winner(attribution), str(attribution.get("reason") or "brand")
    if won is None and reason == "last_touch":
        reason = "chosen"
    known = won or {}
    until = moment(datetime.fromisoformat(known["until"])) if known.get("until") else ""
    return (_to_her if hers else _to_headquarters)(reason, {"at": at(won), "until": until, "mark": known.get("mark", "")})


def _to_her(reason: str, told: dict[str, str]) -> str:
    return {
        "chosen": gettext("顾客下单时填了你的工号。"), "coupon": gettext("顾客用了你的专属券 %(mark)s。", **told),
        "last_touch": gettext("顾客 %(at)s 打开你的链接，是归因期内最后一次有效打开。", **told),
        "first_touch": gettext("顾客 %(at)s 打开你的链接，是归因期内第一次有效打开。", **told),
        "binding": gettext("你是这位顾客的锁定导购，有效到 %(until)s，归因期内没有更近的触达。", **told),
        "dispute": gettext("你的申诉已被采纳，这一单改记给你。"), "upheld": gettext("核查后认定不是有效的推广，佣金转回品牌。"),
    }.get(reason, gettext("按下单时的归因。"))


def _to_headquarters(reason: str, told: dict[str, str]) -> str:
    return {
        "chosen": gettext("顾客下单时指定了这位导购。"), "coupon": gettext("顾客用了她的专属券 %(mark)s。", **told),
        "last_touch": gettext("%(at)s 顾客打开她的链接，是归因期内最后一次有效触达。", **told),
        "first_touch": gettext("%(at)s 顾客打开她的链接，是归因期内第一次有效触达。", **told),
        "binding": gettext("归因期内没有有效触达；顾客锁定在她名下，到 %(until)s。", **told),
        "store": gettext("没有导购可以得到这一单，算给门店：门店码，或分享的导购已不在岗、是本人下单。"),
        "brand": gettext("没有有效的导购触达，算品牌自己的订单。"), "dispute": gettext("申诉后改归这位导购。"),
        "upheld": gettext("核查后认定是自购或凑单，导购的佣金转回品牌。"),
    }[reason]


def told_to_guide(attribution: Mapping[str, Any], guide_id: object) -> list[dict[str, str]]:
    """Every candidate, the winner first; other guides are not named to her."""
    won = winner(attribution)
    ranked = sorted(attribution.get("candidates", ()), key=lambda one: one is not won)
    return [_row(one, gettext("你") if one.get("guide_id") == str(guide_id) else gettext("门店") if not one.get("guide_id") else gettext("另一位导购"))
            for one in ranked]


def told(candidates: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Every candidate by name."""
    return [_row(one, one.get("guide_name") or gettext("门店")) for one in candidates]


def _row(one: Mapping[str, Any], who: str) -> dict[str, str]:
    how = str(RUNGS.get(str(one.get("rung", "touch")), ""))
    return {"who": who, "how": f"{how} {one['mark']}" if one.get("mark") else how, "at": at(one), "why": verdict(str(one.get("verdict", "")))}


def at(candidate: Mapping[str, Any] | None) -> str:
    return moment(datetime.fromisoformat(candidate["at"])) if candidate else ""
