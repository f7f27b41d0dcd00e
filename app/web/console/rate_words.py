"""How rules and the rungs of their ladder are called (R3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.commission.models import CommissionRule
from app.web.shared.explaining import per_unit
from app.web.shared.formats import priced, rate

RUNGS: dict[str, Any] = {
    "no_commission": _l("不计佣商品"), "alliance": _l("联盟报价"), "activity": _l("活动"), "guide_variant": _l("导购 × 商品"), "variant": _l("商品、SKU"),
    "guide_category": _l("导购 × 类目"), "category": _l("类目，就近上级"), "guide": _l("导购"), "group": _l("等级、门店、经销商"), "default": _l("品牌默认"),
}
NEVER: dict[str, Any] = {
    "past": _l("它已经结束。"), "no_product": _l("范围里没有商品。"), "no_commission": _l("范围里的商品都在第 1 级“不计佣商品”，轮不到它。"),
    "hidden": _l("上面有一条更早命中的规则，范围把它盖住了。"), "activity_over": _l("它的活动已经结束。"),
    "activity_apart": _l("它生效的时间和活动的时间没有重合。"), "activity_goods": _l("活动里没有它范围内的商品。"),
}
SCOPES: dict[str, Any] = {
    "brand": _l("整个品牌"), "activity_id": _l("活动"), "variant_id": _l("SKU"), "product_id": _l("商品"), "category": _l("类目"), "guide_id": _l("导购"),
    "guide_level": _l("导购等级"), "store_id": _l("门店"), "dealer_id": _l("经销商"),
}
STATES: dict[str, Any] = {"in_force": _l("生效中"), "coming": _l("还没生效"), "ended": _l("已结束")}


def measure(rule: CommissionRule) -> str:
    """'12%' or '每件 5.00'."""
    return rate(rule.rate_bp) if rule.rate_bp is not None else gettext("每件 %(amount)s", amount=priced(rule.amount_minor or 0))


def limits(rule: CommissionRule) -> str:
    """'每件 ¥5.00–¥50.00', '' for none."""
    return per_unit(rule.min_minor, rule.max_minor)


def state(rule: CommissionRule, now: datetime) -> str:
    """A key of STATES."""
    if rule.effective_to is not None and rule.effective_to <= now:
        return "ended"
    return "coming" if rule.effective_from > now else "in_force"


def scope(rule: CommissionRule, names: dict[UUID, str]) -> str:
    """What a rule is narrowed to, in words."""
    units = [names.get(one, "—") for one in (rule.variant_id, rule.product_id, rule.guide_id, rule.store_id, rule.dealer_id) if one]
    activity = [gettext("活动“%(name)s”", name=names.get(rule.activity_id, "—"))] if rule.activity_id else []
    parts = [*activity, *units, *([rule.category] if rule.category else []), *([gettext("等级 %(level)s", level=rule.guide_level)] if rule.guide_level else [])]
    return " · ".join(parts) or gettext("整个品牌")
