"""Regions, dealers, malls and stores: as a list, as a tree, one by one."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from app.domain.guides.queries import guide_counts
from app.domain.orgs import actions, queries
from app.domain.orgs.models import OrgUnit
from app.flows import place_unit
from app.flows.close_store import close_store
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import options, page_number, query, tell, text_of
from app.web.shared.here import here_picture
from app.web.shared.serving import actor, brand_id, db

from .blueprint import console

KINDS = {"region": _("大区"), "dealer": _("经销商"), "mall": _("商场"), "store": _("门店")}
STATUSES = {"open": _("营业中"), "closed": _("已关闭")}
ADDRESS = ("province", "city", "district", "address", "phone")


class OrgForm(FlaskForm):
    kind = SelectField(_("类型"), choices=options(KINDS.items()), validate_choice=False)
    name = StringField(_("名称"), render_kw={"maxlength": 80})
    code = StringField(_("编码"), render_kw={"maxlength": 40, "autocapitalize": "characters"})
    parent_id = SelectField(_("上级"), validate_choice=False)
    province = StringField(_("省"), render_kw={"maxlength": 40})
    city = StringField(_("市"), render_kw={"maxlength": 40})
    district = StringField(_("区县"), render_kw={"maxlength": 40})
    address = StringField(_("详细地址"), render_kw={"maxlength": 200})
    phone = StringField(_("电话"), render_kw={"maxlength": 40, "inputmode": "tel"})


@console.get("/orgs")
def orgs() -> str:
    actor().require("orgs:view")
    kept = query("q", "kind", "status", "sort")
    page = queries.units_page(db(), brand_id=brand_id(), within=actor().within, **kept, number=page_number())
    parents = queries.units_by_id(db(), brand_id=brand_id(), ids={unit.parent_id for unit in page.items if unit.parent_id})
    return render_template("console/orgs.html", page=page, query=kept, kinds=KINDS, statuses=STATUSES, parents=parents,
                           guide_counts=guide_counts(db(), brand_id=brand_id(), store_ids=[unit.id for unit in page.items]),
                           counts=queries.counts(db(), brand_id=brand_id(), within=actor().within))


@console.get("/orgs/tree")
def orgs_tree() -> str:
    actor().require("orgs:view")
    rows = queries.tree(db(), brand_id=brand_id(), within=actor().within)
    return render_template("console/orgs_tree.html", rows=rows, kinds=KINDS, statuses=STATUSES,
                           guide_counts=guide_counts(db(), brand_id=brand_id(), store_ids=[row.unit.id for row in rows]))


@console.get("/orgs/new")
def add_org() -> str:
    actor().require("orgs:edit")
    form = OrgForm(formdata=None, data={"kind": request.args.get("kind", "store"), "parent_id": request.args.get("parent", "")})
    return _form_page(form)


@console.post("/orgs/new")
def add_org_post() -> ResponseReturnValue:
    actor().require("orgs:edit")
    form = OrgForm()
    try:
        unit = place_unit.add_unit(db(), brand_id=brand_id(), kind=form.kind.data or "", name=form.name.data or "", code=form.code.data or "",
                                   parent_id=_parent(form), now=now(), **text_of(form, *ADDRESS))
    except Refused as refused:
        db().rollback()
        return _refused(form, refused)
    flash(gettext("已新增“%(name)s”", name=unit.name), "ok")
    return redirect(url_for("console.org", unit_id=unit.id), 303)


@console.get("/orgs/<unit_id>")
def org(unit_id: str) -> str:
    actor().require("orgs:view")
    unit = _unit(unit_id)
    on_path = queries.units_by_id(db(), brand_id=brand_id(), ids={parse_id(part) for part in unit.path.strip("/").split("/")[:-1]})
    below = queries.tree(db(), brand_id=brand_id(), within=unit.path)[1:]
    return render_template("console/org.html", unit=unit, scan=here_picture(store=unit.code) if unit.kind == "store" else "",
                           above=sorted(on_path.values(), key=lambda one: len(one.path)), below=below,
                           kinds=KINDS, statuses=STATUSES, parents=queries.possible_parents(db(), brand_id=brand_id()),
                           guide_counts=guide_counts(db(), brand_id=brand_id(), store_ids=[unit.id, *(row.unit.id for row in below)]))


@console.get("/orgs/<unit_id>/edit")
def edit_org(unit_id: str) -> str:
    actor().require("orgs:edit")
    unit = _unit(unit_id)
    return _form_page(OrgForm(formdata=None, obj=unit), unit)


@console.post("/orgs/<unit_id>/edit")
def edit_org_post(unit_id: str) -> ResponseReturnValue:
    actor().require("orgs:edit")
    unit, form = _unit(unit_id), OrgForm()
    try:
        actions.edit_org_unit(db(), brand_id=brand_id(), unit_id=unit.id, name=form.name.data or "", code=form.code.data or "",
                              **text_of(form, *ADDRESS))
        place_unit.move_unit(db(), brand_id=brand_id(), unit_id=unit.id, parent_id=_parent(form), now=now())
    except Refused as refused:
        db().rollback()
        return _refused(form, refused, _unit(unit_id))
    flash(gettext("已保存"), "ok")
    return redirect(url_for("console.org", unit_id=unit.id), 303)


@console.post("/orgs/<unit_id>/close")
def close_org(unit_id: str) -> ResponseReturnValue:
    actor().require("orgs:edit")
    unit = close_store(db(), brand_id=brand_id(), unit_id=_unit(unit_id).id, now=now())
    flash(gettext("“%(name)s”已关闭", name=unit.name), "ok")
    return redirect(url_for("console.org", unit_id=unit.id), 303)


@console.post("/orgs/<unit_id>/open")
def open_org(unit_id: str) -> ResponseReturnValue:
    actor().require("orgs:edit")
    unit = place_unit.reopen_unit(db(), brand_id=brand_id(), unit_id=_unit(unit_id).id, now=now())
    flash(gettext("“%(name)s”已恢复营业", name=unit.name), "ok")
    return redirect(url_for("console.org", unit_id=unit.id), 303)


def _unit(unit_id: str) -> OrgUnit:
    return queries.org_unit(db(), brand_id=brand_id(), unit_id=parse_id(unit_id), within=actor().within)


def _parent(form: OrgForm) -> UUID | None:
    return parse_id(form.parent_id.data) if form.parent_id.data else None


def _refused(form: OrgForm, refused: Refused, unit: OrgUnit | None = None) -> ResponseReturnValue:
    tell(form, refused)
    return _form_page(form, unit), 422


def _form_page(form: OrgForm, unit: OrgUnit | None = None) -> str:
    parents = queries.possible_parents(db(), brand_id=brand_id())
    inside = unit.path if unit else None
    form.parent_id.choices = options([("", gettext("品牌总部")), *(
        (one.id, f"{KINDS[one.kind]} · {one.name}") for one in parents if not (inside and one.path.startswith(inside)))])
    form.parent_id.data = str(form.parent_id.data or "")
    return render_template("console/org_form.html", form=form, unit=unit)
