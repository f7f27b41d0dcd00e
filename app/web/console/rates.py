"""Commission rules: the ladder with the rules on it, one rule's form with a worked example, its versions (R3, R4, R22)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.commission.actions import add_rule, end_rule
from app.domain.commission.models import CommissionRule
from app.domain.commission.queries import as_rule, current_rules, rule_by_id, rule_versions
from app.domain.commission.rules import RUNGS, in_force, rung_of
from app.domain.insights.rate_choices import rate_choices, scope_names
from app.domain.insights.rules_at_rest import idle_rules, no_commission_count
from app.flows.guard_margin import guard_margin
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import parse_id
from app.kernel.paging import PAGE_SIZE, Page
from app.kernel.texts import clean
from app.web.shared.application import now
from app.web.shared.asking import page_number, tell
from app.web.shared.serving import actor, brand_id, db

from . import asked, rate_words
from .blueprint import console
from .rate_example import Example, example_guide, example_variant, exceeding, work_through
from .rate_form import RuleForm, filled_from, terms_of, variant_of
from .rehearsal import all_or_nothing


@console.get("/rates")
def rules() -> ResponseReturnValue:
    actor().require("rates:view")
    rows = current_rules(db(), brand_id=brand_id(), now=now())
    names = scope_names(db(), brand_id=brand_id(), rules=rows)
    rung, q = asked.one_of("rung", RUNGS), asked.text("q")
    shown = [row for row in rows if (not rung or rung_of(as_rule(row)) == rung) and (not q or q.lower() in _label(row, names).lower())]
    number = min(page_number(), max(1, -(-len(shown) // PAGE_SIZE)))
    page = Page(shown[(number - 1) * PAGE_SIZE:number * PAGE_SIZE], len(shown), number)
    idle = idle_rules(db(), brand_id=brand_id(), now=now())
    return render_template(
        "console/rules.html", page=page, names=names, words=rate_words, idle=idle, idle_ids={row.id for row, _ in idle}, rung=rung, q=q, now=now(),
        query=asked.query(rung=rung, q=q), rung_of=lambda row: rung_of(as_rule(row)), ladder=ladder(rows, names), has_rules=bool(rows))


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
    if request.method == "POST" and not request.form.get("try"):
        try:
            return _save(form, old)
        except NotFound:
            form.form_errors = [gettext("选的商品、导购或门店已经不在了，请重新选择。")]
        except Refused as refused:
            tell(form, Conflict(refused.code, exceeding(refused), field=refused.field) if refused.code == "exceeds_base" else refused)
        return _page(form, old), 422
    return _page(form, old)


def _save(form: RuleForm, old: CommissionRule | None) -> ResponseReturnValue:
    with all_or_nothing():
        row, warnings = add_rule(db(), brand_id=brand_id(), replaces=old.id if old else None, now=now(), **terms_of(form, two_levels=two_levels()))
        guard_margin(db(), brand_id=brand_id(), now=now(), field="rate_bp" if row.rate_bp is not None else "amount")
    flash(gettext("规则 R-%(number)d 第 %(version)d 版已保存。", number=row.number, version=row.version), "success")
    for why in warnings:
        flash(gettext("规则 R-%(number)d 永远不会命中：%(why)s", number=row.number, why=rate_words.NEVER[why]), "warning")
    return redirect(url_for("console.rule", rule_id=row.id), 303)


def _page(form: RuleForm, old: CommissionRule | None) -> str:
    rows = current_rules(db(), brand_id=brand_id(), now=now())
    versions = rule_versions(db(), brand_id=brand_id(), number=old.number) if old else []
    names = scope_names(db(), brand_id=brand_id(), rules=[*rows, *versions])
    choices = rate_choices(db(), brand_id=brand_id())
    form.offer(choices)
    example, problem = _try(form, old)
    return render_template(
        "console/rule.html", form=form, rule=old, versions=versions, names=names, words=rate_words, choices=choices, example=example, problem=problem,
        two_levels=two_levels(), ladder=ladder(rows, names, example.rung if example else "", old), may_edit=actor().may("rates:edit"), now=now())


def _try(form: RuleForm, old: CommissionRule | None) -> tuple[Example | None, str]:
    """The worked example of what is typed, or why there is none yet."""
    try:
        terms = terms_of(form, two_levels=two_levels())
        sku = clean(form.example_sku.data)
        variant = variant_of(sku, field="example_sku") if sku else example_variant(terms["scope"])
        if variant is None:
            return None, gettext("范围里还没有商品，等有了商品再试算。")
        guide = parse_id(form.example_guide.data, "guide") if form.example_guide.data else example_guide(terms["scope"])
        return work_through(lambda: add_rule(db(), brand_id=brand_id(), replaces=_current(old), now=now(), **terms)[0].number,
                            variant_id=variant, guide_id=guide, at=terms["effective_from"]), ""
    except NotFound:
        return None, gettext("选的商品、导购或门店已经不在了，请重新选择。")
    except Refused as refused:
        return None, exceeding(refused) if form.is_submitted() else ""


def _current(old: CommissionRule | None) -> UUID | None:
    return old.id if old and old.superseded_at is None else None


def _label(row: CommissionRule, names: dict[UUID, str]) -> str:
    return f"R-{row.number} {rate_words.scope(row, names)}"


def ladder(rows: Sequence[CommissionRule], names: dict[UUID, str], hit: str = "", on: CommissionRule | None = None) -> list[dict[str, Any]]:
    """The ten rungs with their rules; with a worked example, which one it hit and which it no longer asked."""
    live = [row for row in rows if in_force(as_rule(row), now())]
    found = RUNGS.index(hit) if hit in RUNGS else len(RUNGS)
    steps = []
    for place, rung in enumerate(RUNGS):
        mine = [row for row in live if rung_of(as_rule(row)) == rung]
        state = "pass" if place < found else "hit" if place == found else "aft"
        steps.append({"title": str(rate_words.RUNGS[rung]), "state": state, "result": _result(rung, mine, state if hit else ""),
                      "subs": [_sub(row, names, on) for row in mine[:6]] if state == "hit" or not hit else (),
                      "note": _label(on, names) if on and on in mine and hit and state != "hit" else ""})
    return steps


def _sub(row: CommissionRule, names: dict[UUID, str], on: CommissionRule | None) -> dict[str, Any]:
    return {"label": _label(row, names), "value": rate_words.measure(row), "on": bool(on and on.number == row.number),
            "href": url_for("console.rule", rule_id=row.id)}


def _result(rung: str, rows: Sequence[CommissionRule], state: str) -> str:
    if rung == "no_commission":
        count = no_commission_count(db(), brand_id=brand_id())
        text = gettext("%(count)d 个 SKU", count=count) if count else gettext("没有")
    else:
        text = gettext("%(count)d 条", count=len(rows)) if rows else gettext("无规则")
    said = {"pass": gettext("没命中"), "hit": gettext("命中"), "aft": gettext("不再看")}.get(state)
    return f"{text} · {said}" if said else text
