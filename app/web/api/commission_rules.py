"""/commission-rules: what a sale pays its guide; the most particular rule wins (R3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select

from app.domain.commission.actions import add_rule
from app.domain.commission.models import CommissionRule
from app.flows.end_terms import end_rule
from app.flows.guard_margin import guarded
from app.flows.rehearse_terms import rehearse_terms
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Rate, Ref, Switch, Text, When, Whole
from .operations import Rows
from .rehearsals import PERIODS, PastOrders, asked_period, past_orders
from .rows import found, listed
from .shapes import Currency, Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "rates"}
SCOPE = ("product_id", "variant_id", "category", "guide_id", "store_id", "dealer_id", "guide_level", "activity_id")


class RuleScope(Shape):
    """{} is the brand's default."""

    product_id = Ref("product", allow_none=True)
    variant_id = Ref("variant", allow_none=True)
    category = Text(200, allow_none=True, metadata={"description": "`A > B`; what lies below belongs to it."})
    guide_id = Ref("guide", allow_none=True)
    store_id = Ref("store", allow_none=True)
    dealer_id = Ref("dealer", allow_none=True)
    guide_level = Text(20, allow_none=True)
    activity_id = Ref("activity", allow_none=True)


class NewRule(Shape):
    scope = Nest(RuleScope, load_default=dict)
    rate_bp = Rate(load_default=None, allow_none=True)
    amount = Amount(load_default=None, allow_none=True, metadata={"description": "Minor units a piece, instead of a rate."})
    min = Amount(load_default=None, allow_none=True, metadata={"description": "What a rate pays at least, in minor units a piece."})
    max = Amount(load_default=None, allow_none=True, metadata={"description": "What a rate pays at most, in minor units a piece."})
    referrer_bp = Rate(load_default=0)
    effective_from = When(load_default=None, allow_none=True, metadata={"description": "Now, if not given."})
    effective_to = When(load_default=None, allow_none=True, metadata={"description": "Not included."})
    replaces = Ref("commission rule", load_default=None, allow_none=True, metadata={"description": "The rule this is a new version of."})


class RuleTrial(NewRule):
    period = Choice(*PERIODS, load_default="month", metadata={"description": "The last calendar month, or so many days up to now."})


class RuleOut(Shape):
    id = Ref("commission rule")
    number = Whole()
    version = Whole()
    scope = Nest(RuleScope)
    rate_bp = Rate(allow_none=True)
    amount = Amount(attribute="amount_minor", allow_none=True)
    min = Amount(attribute="min_minor", allow_none=True)
    max = Amount(attribute="max_minor", allow_none=True)
    currency = Currency()
    referrer_bp = Rate()
    effective_from = When()
    effective_to = When(allow_none=True)
    superseded_at = When(allow_none=True)
    created_at = When()


class SavedRule(RuleOut):
    warnings = Listed(Text(40), metadata={
        "description": "Why it can never match: past, activity_over, activity_apart, activity_goods, no_product, no_commission or hidden."})


class RuleQuery(Paging):
    current = Switch(load_default=None)
    product_id = Ref("product", load_default=None)
    variant_id = Ref("variant", load_default=None)
    guide_id = Ref("guide", load_default=None)
    store_id = Ref("store", load_default=None)
    activity_id = Ref("activity", load_default=None)


class EndRule(Shape):
    at = When(load_default=None, allow_none=True)


def shown(rule: CommissionRule) -> dict[str, Any]:
    scope = {name: getattr(rule, name) for name in SCOPE if getattr(rule, name) is not None}
    names = ("id", "number", "version", "rate_bp", "amount_minor", "min_minor", "max_minor", "referrer_bp", "effective_from", "effective_to",
             "superseded_at", "created_at")
    return {**{name: getattr(rule, name) for name in names}, "scope": scope}


def _add(body: dict[str, Any]) -> tuple[CommissionRule, list[str]]:
    return add_rule(
        db(), brand_id=brand_id(), scope={name: value for name, value in body["scope"].items() if value is not None}, rate_bp=body["rate_bp"],
        amount_minor=body["amount"], min_minor=body["min"], max_minor=body["max"], referrer_bp=body["referrer_bp"],
        effective_from=body["effective_from"], effective_to=body["effective_to"], replaces=body["replaces"], now=now())


@v1.get("/commission-rules", listed=RuleOut, query=RuleQuery, scope="rates:read", summary="Commission rules", **TAG)
def list_commission_rules(query: dict[str, Any]) -> Rows:
    """All versions, newest first; `current=true` are those in force or still to come."""
    statement = select(CommissionRule)
    if query["current"]:
        statement = statement.where(or_(CommissionRule.effective_to.is_(None), CommissionRule.effective_to > now()))
    page = listed(statement, CommissionRule, query, "product_id", "variant_id", "guide_id", "store_id", "activity_id")
    return Rows([shown(rule) for rule in page.items], page.next_cursor)


@v1.post("/commission-rules", body=NewRule, out=SavedRule, status=201, scope="rates:write", summary="Save a rule", **TAG)
def save_commission_rule(body: dict[str, Any]) -> dict[str, Any]:
    """It holds for orders placed from `effective_from` on. Refused if some order could then pay out more than its base."""
    with guarded(db(), brand_id=brand_id(), now=now(), field="amount" if body["rate_bp"] is None else "rate_bp"):
        rule, warnings = _add(body)
    return {**shown(found(CommissionRule, rule.id, fresh=True)), "warnings": warnings}


@v1.post("/commission-rules/simulate", body=RuleTrial, out=PastOrders, scope="rates:read", summary="Try a rule on past orders", **TAG)
def simulate_commission_rule(body: dict[str, Any]) -> dict[str, Any]:
    """What the orders of a period would have paid under this draft, and whether it could be saved. Nothing is saved."""
    since, until = asked_period(body["period"])
    return past_orders(rehearse_terms(db(), brand_id=brand_id(), change=lambda: _add(body)[0], since=since, until=until, at=body["effective_from"],
                                      now=now()))


@v1.get("/commission-rules/<id>", out=RuleOut, scope="rates:read", summary="One rule", **TAG)
def get_commission_rule(id: str) -> dict[str, Any]:
    return shown(found(CommissionRule, id))


@v1.post("/commission-rules/<id>/end", body=EndRule, out=RuleOut, scope="rates:write", summary="End a rule", **TAG)
def end_commission_rule(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Orders already placed keep what was frozen on them. Refused if a rule below it could then pay out more than its base."""
    rule = end_rule(db(), brand_id=brand_id(), rule_id=found(CommissionRule, id).id, at=body["at"], now=now())
    return shown(found(CommissionRule, rule.id, fresh=True))
