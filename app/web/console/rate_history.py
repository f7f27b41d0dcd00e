"""Who changed what of the rates, splits, fees and the settings that bound them: before → after, by whom, when (R4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.brands.models import PlatformFeePlan
from app.domain.commission.models import CommissionRule
from app.domain.insights.rate_choices import scope_names
from app.domain.insights.terms_history import KINDS, Change, terms_history
from app.domain.splits.models import SplitPlan
from app.web.shared.asking import page_number
from app.web.shared.formats import moment, rate
from app.web.shared.names import kept_name
from app.web.shared.serving import actor, brand_id, db

from . import asked, rate_words
from .blueprint import console
from .split_words import shares_text, unit_names

WORDS: dict[str, Any] = {"rule": _l("佣金规则"), "plan": _l("分账方案"), "fee": _l("平台扣点"), "settings": _l("品牌设置")}
DEEDS: dict[str, tuple[Any, str]] = {"made": (_l("新增"), "info"), "changed": (_l("修改"), "warn"), "ended": (_l("停用"), "")}
ITEM = re.compile(r"(?:[RrSs]-?)?([0-9]{1,6})", re.ASCII)
Fact = tuple[str, str, str]
"""(what, before or '', after)."""


@console.get("/rates/history")
def rate_history() -> ResponseReturnValue:
    actor().require("rates:view")
    kept = {"kind": asked.one_of("kind", KINDS), "q": asked.text("q"), "who": asked.text("who")}
    since, until = asked.days()
    item = ITEM.fullmatch(kept["q"])
    page = terms_history(db(), brand_id=brand_id(), kind=kept["kind"], who=kept_name(kept["who"]), item=int(item[1]) if item else (-1 if kept["q"] else None),
                         since=since, until=until, number=page_number())
    rules = [row for change in page.items for row in (change.before, change.after) if isinstance(row, CommissionRule)]
    names, units = scope_names(db(), brand_id=brand_id(), rules=rules), unit_names()
    query = asked.query(**kept, **{"from": asked.day("from"), "to": asked.day("to")})
    return render_template("console/rate_history.html", page=page, kept=kept, kinds=WORDS, deeds=DEEDS, query=query,
                           rows=[_row(change, names, units) for change in page.items])


def _row(change: Change, names: dict[UUID, str], units: dict[UUID, str]) -> dict[str, Any]:
    shown = change.after or change.before
    title, href = str(WORDS[change.kind]), ""
    if isinstance(shown, CommissionRule):
        title, href = f"R-{shown.number} {rate_words.scope(shown, names)}", url_for("console.rule", rule_id=shown.id)
    elif isinstance(shown, SplitPlan):
        title, href = f"S-{shown.number} {_unit(shown, units)}", url_for("console.split", plan_id=shown.id)
    elif isinstance(shown, PlatformFeePlan):
        title = gettext("平台扣点方案 %(number)d", number=shown.number)
    return {"at": change.at, "who": change.who, "kind": WORDS[change.kind], "deed": DEEDS[change.deed], "title": title, "href": href,
            "facts": list(_facts(change, names, units))}


def _facts(change: Change, names: dict[UUID, str], units: dict[UUID, str]) -> Iterable[Fact]:
    """What differs; all of it when there was nothing before."""
    if change.kind == "settings":
        return [(str(_SETTINGS[name][0]), _SETTINGS[name][1](change.before.get(name)), _SETTINGS[name][1](value)) for name, value in change.after.items()]
    if change.deed == "ended":
        return [(gettext("结束"), "—", moment(change.before.effective_to, "yyyy-MM-dd HH:mm"))] if change.before else []
    read = {"rule": lambda row: _rule(row, names), "plan": lambda row: _plan(row, units), "fee": _fee}[change.kind]
    before, after = (read(row) if row else {} for row in (change.before, change.after))
    return [(what, before.get(what, "—") if before else "", text) for what, text in after.items() if before.get(what) != text]


def _rule(row: CommissionRule, names: dict[UUID, str]) -> dict[str, str]:
    limits = rate_words.limits(row)
    return {gettext("范围"): rate_words.scope(row, names), gettext("导购"): rate_words.measure(row) + (f" · {limits}" if limits else ""),
            gettext("推荐人"): rate(row.referrer_bp), **_period(row)}


def _plan(row: SplitPlan, units: dict[UUID, str]) -> dict[str, str]:
    return {gettext("范围"): _unit(row, units), gettext("怎么分"): shares_text(row), **_period(row)}


def _fee(row: PlatformFeePlan) -> dict[str, str]:
    return {gettext("导购链接"): rate(row.rate_bp), gettext("云店直达"): rate(row.storefront_bp),
            gettext("免收"): gettext("%(days)d 天", days=row.free_days),
            gettext("支付渠道的手续费"): gettext("平台承担") if row.provider_fee_party == "platform" else gettext("品牌承担"),
            gettext("生效"): moment(row.effective_from, "yyyy-MM-dd HH:mm"),
            **({gettext("说明"): row.note} if row.note else {})}


def _period(row: CommissionRule | SplitPlan) -> dict[str, str]:
    return {gettext("生效"): moment(row.effective_from, "yyyy-MM-dd HH:mm")}


def _unit(row: SplitPlan, units: dict[UUID, str]) -> str:
    return units.get(row.org_unit_id, "—") if row.org_unit_id else gettext("整个品牌")


def _yes(value: object) -> str:
    return gettext("开") if value else gettext("关")


_SETTINGS: dict[str, tuple[Any, Callable[[Any], str]]] = {
    "guard_bp": (_l("品牌保底"), lambda value: rate(value or 0)), "commission_cap_bp": (_l("佣金上限"), lambda value: rate(value or 0)),
    "two_levels": (_l("两级分佣"), _yes)}
