"""Rules are added, given a new version, or ended; saved only if no order could exceed its base (R3, R4, R22)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.catalog.models import Product, Variant
from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.domain.people.audit import acting
from app.domain.promotions.models import Activity
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import parse_id
from app.kernel.locks import one_at_a_time
from app.kernel.money import FULL_BP, MAX_MINOR
from app.kernel.texts import clean

from .models import CommissionRule
from .queries import as_rule, current_rules, reach_of
from .rules import SEPARATOR, never_matches

ID_SCOPES: dict[str, tuple[type[Product] | type[Variant] | type[Guide] | type[OrgUnit] | type[Activity], str | None]] = {
    "product_id": (Product, None), "variant_id": (Variant, None), "guide_id": (Guide, None), "store_id": (OrgUnit, "store"),
    "dealer_id": (OrgUnit, "dealer"), "activity_id": (Activity, None)}
TEXT_SCOPES = {"category": 200, "guide_level": 20}
SCOPES = (*ID_SCOPES, *TEXT_SCOPES)


def add_rule(session: Session, *, brand_id: int, scope: Mapping[str, Any], rate_bp: int | None = None, amount_minor: int | None = None,
             min_minor: int | None = None, max_minor: int | None = None, referrer_bp: int = 0, effective_from: datetime | None = None,
             effective_to: datetime | None = None, replaces: UUID | None = None, now: datetime) -> tuple[CommissionRule, list[str]]:
    """Saves a rule, or the next version of one (`replaces`); also says why it can never match, if it cannot.

    `min_minor` and `max_minor` bound what a rate pays per unit. The caller proves the whole by `flows.guard_margin` before
    committing. Edits are prospective: a start that has passed is now, and orders placed before keep what was frozen (R4).
    """
    one_at_a_time(session, f"terms:{brand_id}")
    _refuse_measure(rate_bp, amount_minor, referrer_bp)
    _refuse_limits(rate_bp, min_minor, max_minor)
    start = max(effective_from or now, now)
    if effective_to is not None and effective_to <= start:
        raise Refused("period_invalid", "结束时间要晚于生效时间", field="effective_to")
    columns = _scope_columns(session, scope)
    old = _replaced(session, replaces, start) if replaces else None
    number = old.number if old else (session.scalar(select(func.max(CommissionRule.number))) or 0) + 1
    rule = CommissionRule(
        brand_id=brand_id, number=number, version=old.version + 1 if old else 1, rate_bp=rate_bp, amount_minor=amount_minor,
        min_minor=min_minor, max_minor=max_minor, referrer_bp=referrer_bp, effective_from=start, effective_to=effective_to,
        created_by=acting(session).name, **columns)
    session.add(rule)
    session.flush()
    why = why_never(session, brand_id=brand_id, rule=rule, now=now)
    return rule, [why] if why else []


def end_rule(session: Session, *, brand_id: int, rule_id: UUID, at: datetime | None = None, now: datetime) -> CommissionRule:
    """The rule stops applying to new orders at `at` (default now)."""
    rule = session.scalar(select(CommissionRule).where(CommissionRule.id == rule_id).with_for_update())
    if rule is None:
        raise NotFound("commission_rule", rule_id)
    moment = max(at or now, now)
    if rule.effective_to is not None and rule.effective_to <= moment:
        raise Conflict("already_ended", "这条规则已经结束")
    if moment <= rule.effective_from:
        moment = rule.effective_from + (rule.effective_from.resolution)
    rule.effective_to = moment
    session.flush()
    return rule


def why_never(session: Session, *, brand_id: int, rule: CommissionRule, now: datetime) -> str | None:
    """A reason of `rules.never_matches`; None when the rule can match."""
    others = [as_rule(other) for other in current_rules(session, brand_id=brand_id, now=now) if other.id != rule.id]
    return never_matches(as_rule(rule), others, reach_of(session, brand_id=brand_id, rule=rule), now=now)


def _refuse_measure(rate_bp: int | None, amount_minor: int | None, referrer_bp: int) -> None:
    if (rate_bp is None) == (amount_minor is None):
        raise Refused("one_measure", "比例和每件固定额要填一个，也只能填一个", field="rate_bp")
    if rate_bp is not None and not 0 <= rate_bp <= FULL_BP:
        raise Refused("rate_invalid", "比例要在 0 到 100%% 之间", field="rate_bp")
    if amount_minor is not None and not 0 <= amount_minor < MAX_MINOR:
        raise Refused("amount_out_of_range", "金额超出范围", field="amount")
    if not 0 <= referrer_bp <= FULL_BP:
        raise Refused("rate_invalid", "比例要在 0 到 100%% 之间", field="referrer_bp")


def _refuse_limits(rate_bp: int | None, low: int | None, high: int | None) -> None:
    for name, limit in (("min", low), ("max", high)):
        if limit is not None and not 0 <= limit < MAX_MINOR:
            raise Refused("amount_out_of_range", "金额超出范围", field=name)
        if limit is not None and rate_bp is None:
            raise Refused("limit_of_a_rate", "固定额已经是每件的数，不再设每件最少或最多", field=name)
    if low is not None and high is not None and high < low:
        raise Refused("max_below_min", "上限不能小于下限", field="max")


def _scope_columns(session: Session, scope: Mapping[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, value in scope.items():
        if name not in SCOPES:
            raise Refused("scope_unknown", "不认识范围 %(name)s", field=f"scope.{name}", name=str(name)[:40])
        if value in (None, ""):
            continue
        columns[name] = _text(name, value) if name in TEXT_SCOPES else _row_id(session, name, value)
    return columns


def _text(name: str, value: object) -> str:
    text = SEPARATOR.join(clean(part) for part in clean(value).split(">"))
    if not text or len(text) > TEXT_SCOPES[name]:
        raise Refused("scope_invalid", "范围 %(name)s 不对", field=f"scope.{name}", name=name)
    return text


def _row_id(session: Session, name: str, value: object) -> UUID:
    table, kind = ID_SCOPES[name]
    row_id = parse_id(value, name)
    found = select(table.id).where(table.id == row_id)
    if kind:
        found = found.where(OrgUnit.kind == kind)
    if session.scalar(found) is None:
        raise NotFound(name, value)
    return row_id


def _replaced(session: Session, rule_id: UUID, start: datetime) -> CommissionRule:
    old = session.scalar(select(CommissionRule).where(CommissionRule.id == rule_id).with_for_update())
    if old is None:
        raise NotFound("commission_rule", rule_id)
    if old.superseded_at is not None:
        raise Conflict("superseded", "这条规则已有更新的版本，请刷新后再改")
    if start <= old.effective_from:
        raise Refused("too_early", "新版本要晚于旧版本的生效时间", field="effective_from")
    old.superseded_at = start
    old.effective_to = min(old.effective_to, start) if old.effective_to else start
    session.flush()
    return old
