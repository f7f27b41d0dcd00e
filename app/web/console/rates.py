"""One commission rule: its form with a worked example, what past orders would have paid, its versions, its end (R3, R4, R22)."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.commission.actions import add_rule
from app.domain.commission.models import CommissionRule
from app.domain.commission.queries import current_rules, rule_by_id, rule_versions
from app.domain.insights.rate_choices import rate_choices, scope_names
from app.domain.insights.rate_samples import sample_seller
from app.flows.end_terms import end_rule
from app.flows.guard_margin import guarded
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.kernel.texts import clean
from app.web.shared.application import now
from app.web.shared.asking import tell
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand_id, db

from . import past_orders, rate_words
from .blueprint import console
from .rate_example import Example, example_moment, example_variant, work_through
from .rate_form import RuleForm, filled_from, terms_of, variant_of
from .rate_ladder import ladder
from .rehearsal import all_or_nothing


@console.route("/rates/new", methods=["GET", "POST"])
def new_rule() -> ResponseReturnValue:
    return _edit(None)


@console.route("/rates/<rule_id>", methods=["GET", "POST"])
def rule(rule_id: str) -> ResponseReturnValue:
    actor().require("rates:view")
    return _edit(rule_by_id(db(), brand_id=brand_id(), rule_id=parse_id(rule_id, "commission_rule")))


@console.post("/rates/preview")
def preview_rule() -> ResponseReturnValue:
    """The worked example alone, for the page that is being typed in."""
    actor().require("rates:view")
    replaces = request.args.get("rule", "")
    old = rule_by_id(db(), brand_id=brand_id(), rule_id=parse_id(replaces, "commission_rule")) if replaces else None
    form = RuleForm()
    example, problem = _try(form, old)
    return render_template("console/rule_example.html", example=example, problem=problem)


@console.post("/rates/<rule_id>/end")
def stop_rule(rule_id: str) -> ResponseReturnValue:
    actor().require("rates:edit")
    row = end_rule(db(), brand_id=brand_id(), rule_id=parse_id(rule_id, "commission_rule"), now=now())
    flash(gettext("规则 R-%(number)d 已停用，已下单的不受影响。", number=row.number), "success")
    return redirect(url_for("console.rules"), 303)


def two_levels() -> bool:
    return db().scalars(select(BrandSettings.two_levels).where(BrandSettings.brand_id == brand_id())).one()


def _edit(old: CommissionRule | None) -> ResponseReturnValue:
    actor().require("rates:edit" if request.method == "POST" or old is None else "rates:view")
    form = RuleForm(data=filled_from(old) if old and request.method == "GET" else None)
    if request.method == "GET" or request.form.get("try") or request.form.get("rehearse"):
        return _page(form, old)
    try:
        return _save(form, old)
    except NotFound:
        form.form_errors = [gettext("选的商品、导购、门店或活动已经不在了，请重新选择。")]
    except Refused as refused:
        tell(form, refused)
    return _page(form, old), 422


def _save(form: RuleForm, old: CommissionRule | None) -> ResponseReturnValue:
    terms = terms_of(form, two_levels=two_levels())
    with all_or_nothing(), guarded(db(), brand_id=brand_id(), now=now(), field="amount" if terms["rate_bp"] is None else "rate_bp"):
        row, warnings = add_rule(db(), brand_id=brand_id(), replaces=old.id if old else None, now=now(), **terms)
    flash(gettext("规则 R-%(number)d 第 %(version)d 版已保存。", number=row.number, version=row.version), "success")
    for why in warnings:
        flash(gettext("规则 R-%(number)d 永远不会命中：%(why)s", number=row.number, why=rate_words.NEVER[why]), "warning")
    return redirect(url_for("console.rule", rule_id=row.id), 303)


def _page(form: RuleForm, old: CommissionRule | None) -> str:
    rows = current_rules(db(), brand_id=brand_id(), now=now())
    versions = rule_versions(db(), brand_id=brand_id(), number=old.number) if old else []
    names = scope_names(db(), brand_id=brand_id(), rules=[*rows, *versions])
    choices = rate_choices(db(), brand_id=brand_id(), now=now())
    form.offer(choices)
    example, problem = _try(form, old)
    return render_template(
        "console/rule.html", form=form, rule=old, versions=versions, names=names, words=rate_words, choices=choices, example=example, problem=problem,
        two_levels=two_levels(), ladder=ladder(rows, names, example.rung if example else "", old), may_edit=actor().may("rates:edit"), now=now(),
        **past_orders.asked_for(lambda: _draft(form, old), lambda: terms_of(form, two_levels=two_levels())["effective_from"]))


def _draft(form: RuleForm, old: CommissionRule | None) -> CommissionRule:
    replaces = old.id if old and old.superseded_at is None else None
    return add_rule(db(), brand_id=brand_id(), replaces=replaces, now=now(), **terms_of(form, two_levels=two_levels()))[0]


def _try(form: RuleForm, old: CommissionRule | None) -> tuple[Example | None, str]:
    """The worked example of what is typed, or why there is none yet."""
    try:
        terms = terms_of(form, two_levels=two_levels())
        sku = clean(form.example_sku.data)
        variant = variant_of(sku, field="example_sku") if sku else example_variant(terms["scope"])
        if variant is None:
            return None, gettext("范围里还没有商品，等有了商品再试算。")
        guide = parse_id(form.example_guide.data, "guide") if form.example_guide.data else _seller(terms["scope"])
        return work_through(lambda: _draft(form, old).number, variant_id=variant, guide_id=guide,
                            at=example_moment(terms["scope"], terms["effective_from"])), ""
    except NotFound:
        return None, gettext("选的商品、导购、门店或活动已经不在了，请重新选择。")
    except Refused as refused:
        return None, says(refused) if form.is_submitted() else ""


def _seller(scope: dict[str, object]) -> UUID | None:
    chosen = sample_seller(db(), brand_id=brand_id(), scope=scope)
    return chosen[0] if chosen else None
