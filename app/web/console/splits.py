"""Store splits: which plan holds for which unit, a new plan with its simulation, ending one (R22)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.guides.models import Guide
from app.domain.ledger.models import Payee
from app.domain.orgs.models import OrgUnit
from app.domain.orgs.queries import below, org_unit, tree
from app.domain.splits.actions import ROLES, add_plan, end_plan
from app.domain.splits.models import SplitPlan
from app.domain.splits.queries import current_plans, plan_by_id, plan_for
from app.flows.guard_margin import guard_margin
from app.kernel import money
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.kernel.paging import Page
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked
from . import order_words as words
from .blueprint import console
from .rate_example import Example, example_variant, exceeding, work_through
from .rate_form import bp_text, percent_bp
from .rehearsal import all_or_nothing

SIZE = 50
KINDS = ("region", "dealer", "mall", "store")


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
    return render_template("console/splits.html", page=page, words=words, q=q, kind=kind, query=asked.query(q=q, kind=kind), units=_unit_names(),
                           house=next((plan for plan in plans if plan.org_unit_id is None and plan.effective_from <= now()), None),
                           coming=[plan for plan in plans if plan.effective_from > now()], may_edit=actor().may("rates:edit"), filtered=bool(q or kind))


@console.route("/splits/new", methods=["GET", "POST"])
def new_split() -> ResponseReturnValue:
    actor().require("rates:edit")
    unit = _unit(request.values.get("unit", ""))
    if request.method == "GET" or request.form.get("try"):
        return _page(unit, *_try(unit))
    try:
        with all_or_nothing():
            plan = _add(unit)
            guard_margin(db(), brand_id=brand_id(), now=now())
    except Refused as refused:
        return _page(unit, None, exceeding(refused)), 422
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
    return render_template("console/split.html", plan=plan, history=history, units=_unit_names(), words=words, payee_names=names, now=now(),
                           may_edit=actor().may("rates:edit"))


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
    return add_plan(db(), brand_id=brand_id(), org_unit_id=unit.id if unit else None, shares=_shares(), effective_from=_moment(), now=now())


def _shares() -> list[dict[str, Any]]:
    """What is typed, one share a role; a role left empty takes no part."""
    form, currency = request.form, brand().currency
    typed = [(role, {name: form.get(f"{role}-{name}", "").strip() for name in ("rate", "min", "max", "payee")}) for role in ROLES]
    shares = []
    for role, cells in typed:
        if any(cells[name] for name in ("rate", "min", "max")):
            low, high = (money.parse(cells[name], currency, field=f"{role}-{name}") if cells[name] else None for name in ("min", "max"))
            shares.append({"role": role, "rate_bp": percent_bp(cells["rate"] or "0", field=f"{role}-rate"), "min": low, "max": high,
                           "payee_id": cells["payee"] or None})
    if not shares:
        raise Refused("shares_missing", "至少填写一个角色的比例")
    return shares


def _moment() -> datetime | None:
    typed = request.form.get("effective_from", "").strip()
    moment = asked.local_moment(typed) if typed else None
    if typed and moment is None:
        raise Refused("moment_invalid", "请填写日期和时间", field="effective_from")
    return moment


def _try(unit: OrgUnit | None) -> tuple[Example | None, str]:
    """One sale under the plan being typed, in a store it covers."""
    if request.method == "GET":
        return None, ""
    try:
        variant, guide = example_variant({}), _guide_under(unit)
        if variant is None or guide is None:
            _shares()
            return None, gettext("这里还没有商品或导购，没法试算；保存时仍会检查会不会超出。")
        return work_through(lambda: _tried(unit), variant_id=variant, guide_id=guide, at=_moment()), ""
    except NotFound:
        return None, gettext("选的收款方已经不在了，请重新选择。")
    except Refused as refused:
        return None, exceeding(refused)


def _tried(unit: OrgUnit | None) -> None:
    _add(unit)


def _guide_under(unit: OrgUnit | None) -> UUID | None:
    return db().scalar(
        select(Guide.id).join(OrgUnit, (OrgUnit.id == Guide.store_id) & (OrgUnit.brand_id == Guide.brand_id))
        .where(Guide.brand_id == brand_id(), Guide.status == "active", below(unit.path if unit else None)).order_by(Guide.id).limit(1))


def _page(unit: OrgUnit | None, example: Example | None, problem: str) -> str:
    settings = db().scalars(select(BrandSettings).where(BrandSettings.brand_id == brand_id())).one()
    plans = current_plans(db(), brand_id=brand_id(), now=now())
    inherited = plan_for(unit, plans, now()) if unit else next((plan for plan in plans if plan.org_unit_id is None and plan.effective_from <= now()), None)
    payees = db().execute(select(Payee.id, Payee.name).where(Payee.brand_id == brand_id(), Payee.party == "org_unit").order_by(Payee.name).limit(1000)).all()
    typed = request.form if request.method == "POST" else _filled(inherited)
    return render_template("console/split_form.html", unit=unit, inherited=inherited, roles=ROLES, words=words, payees=payees, typed=typed, example=example,
                           problem=problem, settings=settings, units=_unit_names(), trying=request.method == "POST")


def _filled(plan: SplitPlan | None) -> dict[str, str]:
    """The form starts from the plan that holds now."""
    typed: dict[str, str] = {}
    for share in plan.shares if plan else ():
        limits = {"min": share.min_minor, "max": share.max_minor}
        typed |= {f"{share.role}-{name}": money.decimal_text(value, brand().currency) for name, value in limits.items() if value is not None}
        typed |= {f"{share.role}-rate": bp_text(share.rate_bp), f"{share.role}-payee": str(share.payee_id or "")}
    return typed


def _unit_names() -> dict[UUID, str]:
    return {row[0]: row[1] for row in db().execute(select(OrgUnit.id, OrgUnit.name).where(OrgUnit.brand_id == brand_id()))}
