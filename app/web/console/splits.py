"""Store splits: which plan holds for which unit, a new plan with its simulation, ending one (R22)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.brands.fees import as_fee_plan, fee_plan_at, fee_plans
from app.domain.brands.models import BrandSettings
from app.domain.brands.rules import FeePlan
from app.domain.insights.rate_samples import sample_seller
from app.domain.ledger.models import Payee
from app.domain.orgs.models import OrgUnit
from app.domain.orgs.queries import org_unit, tree
from app.domain.splits.actions import ROLES, add_plan
from app.domain.splits.models import SplitPlan
from app.domain.splits.queries import current_plans, plan_by_id, plan_for
from app.flows.end_terms import end_plan
from app.flows.guard_margin import guarded
from app.kernel.errors import Invalid, NotFound, Refused
from app.kernel.ids import parse_id
from app.kernel.paging import Page
from app.web.shared.application import now
from app.web.shared.asking import page_number, read_all
from app.web.shared.errors import says
from app.web.shared.serving import actor, brand_id, db

from . import asked, past_orders
from . import order_words as words
from .blueprint import console
from .rate_example import Example, example_variant, work_through
from .rate_form import amount_of, amount_text, bp_text, percent_bp
from .rehearsal import all_or_nothing
from .split_words import payee_text, shares_text, unit_names

SIZE = 50
KINDS = ("region", "dealer", "mall", "store")
CELLS = ("rate", "min", "max")
SHARE_FIELD = re.compile(r"shares\.([0-9])\.(rate|min|max)(?:_bp)?", re.ASCII)


@console.get("/splits")
def splits() -> ResponseReturnValue:
    """Every unit with the plan that holds for it, its own or inherited."""
    actor().require("rates:view")
    q, kind = asked.text("q"), asked.one_of("kind", KINDS)
    plans = current_plans(db(), brand_id=brand_id(), now=now())
    rows = [row for row in tree(db(), brand_id=brand_id(), within=actor().within)
            if (not kind or row.unit.kind == kind) and (not q or q.lower() in f"{row.unit.name} {row.unit.code}".lower())]
    number = min(page_number(), max(1, -(-len(rows) // SIZE)))
    page = Page([(row, plan_for(row.unit, plans, now())) for row in rows[(number - 1) * SIZE:number * SIZE]], len(rows), number, SIZE)
    return render_template("console/splits.html", page=page, words=words, shares=shares_text, q=q, kind=kind, query=asked.query(q=q, kind=kind),
                           units=unit_names(),
                           house=next((plan for plan in plans if plan.org_unit_id is None and plan.effective_from <= now()), None),
                           coming=[plan for plan in plans if plan.effective_from > now()], may_edit=actor().may("rates:edit"), filtered=bool(q or kind))


@console.route("/splits/new", methods=["GET", "POST"])
def new_split() -> ResponseReturnValue:
    actor().require("rates:edit")
    unit = _unit(request.values.get("unit", ""))
    if request.method == "GET" or request.form.get("try") or request.form.get("rehearse"):
        return _page(unit, *_try(unit))
    try:
        with all_or_nothing(), guarded(db(), brand_id=brand_id(), now=now(), field="shares"):
            plan = _add(unit)
    except NotFound:
        return _page(unit, None, {"": gettext("选的收款方已经不在了，请重新选择。")}), 422
    except Refused as refused:
        return _page(unit, None, _told(refused)), 422
    flash(gettext("分账方案 S-%(number)d 已保存，影响以后的新订单。", number=plan.number), "success")
    return redirect(url_for("console.split", plan_id=plan.id), 303)


@console.get("/splits/<plan_id>")
def split(plan_id: str) -> ResponseReturnValue:
    actor().require("rates:view")
    plan = plan_by_id(db(), brand_id=brand_id(), plan_id=parse_id(plan_id, "split_plan"))
    mine = SplitPlan.org_unit_id == plan.org_unit_id if plan.org_unit_id else SplitPlan.org_unit_id.is_(None)
    history = db().scalars(select(SplitPlan).where(SplitPlan.brand_id == brand_id(), mine)
                           .order_by(SplitPlan.effective_from.desc(), SplitPlan.number.desc())).all()
    payees = [share.payee_id for share in plan.shares if share.payee_id]
    names = {row[0]: row[1] for row in db().execute(select(Payee.id, Payee.name).where(Payee.brand_id == brand_id(), Payee.id.in_(payees)))}
    return render_template("console/split.html", plan=plan, history=history, units=unit_names(), words=words, shares=shares_text, now=now(),
                           payee=lambda share: payee_text(share, names), may_edit=actor().may("rates:edit"))


@console.post("/splits/<plan_id>/end")
def stop_split(plan_id: str) -> ResponseReturnValue:
    actor().require("rates:edit")
    plan = end_plan(db(), brand_id=brand_id(), plan_id=parse_id(plan_id, "split_plan"), now=now())
    flash(gettext("分账方案 S-%(number)d 已停用，改用上一级的方案。", number=plan.number), "success")
    return redirect(url_for("console.splits"), 303)


def _unit(text: str) -> OrgUnit | None:
    """The unit a plan is for; None is the whole brand."""
    return org_unit(db(), brand_id=brand_id(), unit_id=parse_id(text, "org_unit")) if text else None


def _add(unit: OrgUnit | None) -> SplitPlan:
    terms = read_all(shares=_shares, effective_from=_moment, effective_to=lambda: _moment("effective_to"))
    return add_plan(db(), brand_id=brand_id(), org_unit_id=unit.id if unit else None, **terms, now=now())


def _typed() -> list[str]:
    """The roles that take part: one left empty does not."""
    return [role for role in ROLES if any(_cell(role, name) for name in CELLS)]


def _cell(role: str, name: str) -> str:
    return request.form.get(f"{role}-{name}", "").strip()


def _shares() -> list[dict[str, Any]]:
    """What is typed, one share a role."""
    cells: dict[str, Callable[[], Any]] = {f"{role}-rate": partial(percent_bp, _cell(role, "rate") or "0", field=f"{role}-rate") for role in _typed()}
    cells |= {f"{role}-{name}": partial(amount_of, _cell(role, name), field=f"{role}-{name}") for role in _typed() for name in ("min", "max")}
    if not cells:
        raise Refused("shares_missing", "至少填写一个角色的比例")
    read = read_all(**cells)
    return [{"role": role, "rate_bp": read[f"{role}-rate"], "min": read[f"{role}-min"], "max": read[f"{role}-max"], "payee_id": _cell(role, "payee") or None}
            for role in _typed()]


def _moment(name: str = "effective_from") -> datetime | None:
    typed = request.form.get(name, "").strip()
    moment = asked.local_moment(typed) if typed else None
    if typed and moment is None:
        raise Refused("moment_invalid", "请填写日期和时间", field=name)
    return moment


def _told(refused: Refused) -> dict[str, str]:
    """Cell of the form → what is wrong there; '' for what is wrong with the whole."""
    return {_place(one.field or ""): says(one) for one in (refused.errors if isinstance(refused, Invalid) else [refused])}


def _place(field: str) -> str:
    """'shares.1.rate_bp' of the core is the second role's rate."""
    named = SHARE_FIELD.fullmatch(field)
    if named:
        return f"{_typed()[int(named[1])]}-{named[2]}"
    return field if field.rpartition("-")[2] in CELLS or field.startswith("effective_") else ""


def _try(unit: OrgUnit | None) -> tuple[Example | None, dict[str, str]]:
    """One sale under the plan being typed, in a store it covers."""
    if request.method == "GET":
        return None, {}
    try:
        variant = example_variant({})
        seller = sample_seller(db(), brand_id=brand_id(), scope={"unit_id": unit.id if unit else None})
        if variant is None or seller is None:
            _shares()
            return None, {"": gettext("这里还没有商品或导购，没法试算；保存时仍会检查会不会超出。")}
        return work_through(lambda: _tried(unit), variant_id=variant, guide_id=seller[0], at=_moment()), {}
    except NotFound:
        return None, {"": gettext("选的收款方已经不在了，请重新选择。")}
    except Refused as refused:
        return None, _told(refused)


def _tried(unit: OrgUnit | None) -> None:
    _add(unit)


def _page(unit: OrgUnit | None, example: Example | None, wrong: dict[str, str]) -> str:
    settings = db().scalars(select(BrandSettings).where(BrandSettings.brand_id == brand_id())).one()
    plans = current_plans(db(), brand_id=brand_id(), now=now())
    inherited = plan_for(unit, plans, now()) if unit else next((plan for plan in plans if plan.org_unit_id is None and plan.effective_from <= now()), None)
    payees = db().execute(select(Payee.id, Payee.name).where(Payee.brand_id == brand_id(), Payee.party == "org_unit").order_by(Payee.name).limit(1000)).all()
    typed = request.form if request.method == "POST" else _filled(inherited)
    return render_template("console/split_form.html", unit=unit, inherited=inherited, roles=ROLES, words=words, payees=payees, typed=typed, example=example,
                           wrong=wrong, problem="", settings=settings, fee=_fee(), units=unit_names(), trying=request.method == "POST",
                           **past_orders.asked_for(lambda: _add(unit), _moment))


def _fee() -> FeePlan | None:
    plan = fee_plan_at(fee_plans(db(), brand_id=brand_id()), now())
    return as_fee_plan(plan) if plan else None


def _filled(plan: SplitPlan | None) -> dict[str, str]:
    """The form starts from the plan that holds now."""
    typed: dict[str, str] = {}
    for share in plan.shares if plan else ():
        limits = {"min": share.min_minor, "max": share.max_minor}
        typed |= {f"{share.role}-{name}": amount_text(value) for name, value in limits.items() if value is not None}
        typed |= {f"{share.role}-rate": bp_text(share.rate_bp), f"{share.role}-payee": str(share.payee_id or "")}
    return typed
