"""Guides: the list, enrolling one, one guide, and what can be done with her."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, StringField

from app.domain.guides import actions, queries
from app.domain.guides.models import Guide
from app.domain.guides.rules import normal_phone
from app.domain.orgs.models import OrgUnit
from app.domain.orgs.queries import stores
from app.domain.people.audit import note
from app.flows import move_guide as moving
from app.flows.approve_guide import approve_guide
from app.flows.enrol_guide import enrol_guide
from app.flows.leave_guide import rehire_guide
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.web.shared.activation import DAYS, activation_url
from app.web.shared.application import now
from app.web.shared.asking import chosen_id, options, page_number, query, tell
from app.web.shared.errors import says
from app.web.shared.qr_picture import qr_picture
from app.web.shared.serving import actor, brand_id, db

from .blueprint import console

STATUSES = {"active": _("在职"), "pending": _("待审核"), "suspended": _("已停用"), "left": _("已离职"), "rejected": _("未通过")}
BADGES = {"active": "ok", "pending": "warn", "suspended": "bad", "left": "", "rejected": ""}
KINDS = {"staff": _("员工"), "affiliate": _("分销员")}


class GuideForm(FlaskForm):
    name = StringField(_("姓名"), render_kw={"maxlength": 40})
    phone = StringField(_("手机号"), render_kw={"maxlength": 40, "inputmode": "tel"})
    employee_no = StringField(_("工号"), render_kw={"maxlength": 40})
    store_id = SelectField(_("门店"), validate_choice=False)
    kind = RadioField(_("类型"), choices=options(KINDS.items()), default="staff", validate_choice=False)


@console.get("/guides")
def guides() -> str:
    actor().require("guides:view")
    kept, store = query("q", "status", "sort", "store"), request.args.get("store", "")
    filters = {name: value for name, value in kept.items() if name != "store"}
    page = queries.guides_page(db(), brand_id=brand_id(), within=actor().within, store_id=_store_filter(store), **filters, number=page_number())
    return render_template("console/guides.html", page=page, query=kept, statuses=STATUSES, badges=BADGES, kinds=KINDS,
                           counts=queries.counts_by_status(db(), brand_id=brand_id(), within=actor().within), stores=_stores())


@console.get("/guides/new")
def add_guide() -> str:
    actor().require("guides:edit")
    return _form_page(GuideForm(formdata=None, data={"store_id": request.args.get("store", ""), "kind": "staff"}))


@console.post("/guides/new")
def add_guide_post() -> ResponseReturnValue:
    actor().require("guides:edit")
    form = GuideForm()
    try:
        guide = enrol_guide(db(), brand_id=brand_id(), name=form.name.data or "", phone=form.phone.data or "",
                            employee_no=form.employee_no.data or "", store_id=chosen_id(form.store_id.data, field="store_id"),
                            kind=form.kind.data or "", within=actor().within, now=now())
    except Refused as refused:
        tell(form, refused)
        return _form_page(form), 422
    flash(gettext("已新增导购“%(name)s”。把激活链接发给她，她就能设置密码并登录。", name=guide.name), "ok")
    return redirect(url_for("console.guide", guide_id=guide.id), 303)


@console.get("/guides/<guide_id>")
def guide(guide_id: str) -> str:
    actor().require("guides:view")
    return _page(_guide(guide_id))


@console.post("/guides/<guide_id>/activation")
def guide_activation(guide_id: str) -> str:
    """Shows the link by which she sets her password. Who made it is written down; a manager makes it only for a guide without one."""
    actor().require("guides:edit")
    found = _guide(guide_id)
    if found.account is None or not may_link(found):
        raise NotFound("guide", guide_id)
    note(db(), action="activation_link", subject_kind="guides", subject_id=found.id, subject_name=found.name)
    url = activation_url("guide", found.account)
    return _page(found, activation={"url": url, "qr": qr_picture(url), "days": DAYS})


def may_link(found: Guide) -> bool:
    fresh = found.account is not None and not found.account.password_hash
    return found.status == "active" and actor().may("guides:edit") and (fresh or actor().within is None)


@console.get("/guides/<guide_id>/edit")
def edit_guide(guide_id: str) -> str:
    actor().require("guides:edit")
    found = _guide(guide_id)
    return _form_page(GuideForm(formdata=None, obj=found), found)


@console.post("/guides/<guide_id>/edit")
def edit_guide_post(guide_id: str) -> ResponseReturnValue:
    actor().require("guides:edit")
    found, form = _guide(guide_id), GuideForm()
    try:
        actions.edit_guide(db(), brand_id=brand_id(), guide_id=found.id, name=form.name.data or "", phone=form.phone.data or "",
                           employee_no=form.employee_no.data or "", within=actor().within)
    except Refused as refused:
        db().rollback()
        tell(form, refused)
        return _form_page(form, _guide(guide_id)), 422
    flash(gettext("已保存"), "ok")
    return redirect(url_for("console.guide", guide_id=found.id), 303)


@console.post("/guides/<guide_id>/move")
def move_guide(guide_id: str) -> ResponseReturnValue:
    actor().require("guides:edit")
    store_id = chosen_id(request.form.get("store_id"), field="store_id")
    moved = moving.move_guide(db(), brand_id=brand_id(), guide_id=_guide(guide_id).id, store_id=store_id, within=actor().within, now=now())
    flash(gettext("“%(name)s”已调到%(store)s", name=moved.name, store=moved.store.name), "ok")
    return redirect(url_for("console.guide", guide_id=moved.id), 303)


@console.post("/guides/<guide_id>/referrer")
def set_referrer(guide_id: str) -> ResponseReturnValue:
    """By her phone, as people know each other."""
    actor().require("guides:edit")
    found, typed = _guide(guide_id), request.form.get("referrer", "")
    try:
        referrer = queries.guide_by_phone(db(), brand_id=brand_id(), phone=normal_phone(typed, field="referrer"))
        if referrer is None:
            raise Refused("referrer_unknown", "没有手机号为 %(phone)s 的导购", field="referrer", phone=typed[:40])
        actions.set_referrer(db(), brand_id=brand_id(), guide_id=found.id, referrer_id=referrer.id, within=actor().within)
    except Refused as refused:
        return _page(found, referrer_problem=says(refused)), 422
    flash(gettext("“%(name)s”的推荐人是“%(referrer)s”", name=found.name, referrer=referrer.name), "ok")
    return redirect(url_for("console.guide", guide_id=found.id), 303)


DEEDS: dict[str, tuple[Callable[..., Guide], bool, object]] = {
    "approve": (approve_guide, True, _("“%(name)s”已通过，现在可以登录")),
    "reject": (actions.reject_guide, False, _("已拒绝“%(name)s”的申请")),
    "suspend": (actions.suspend_guide, False, _("“%(name)s”已停用")),
    "reinstate": (actions.reinstate_guide, False, _("“%(name)s”已恢复")),
    "rehire": (rehire_guide, True, _("“%(name)s”已复职，请发新的激活链接给她")),
}
"""What is done → (action, whether it needs the time, what is said)."""


@console.post("/guides/<guide_id>/<any(approve, reject, suspend, reinstate, rehire):deed>")
def turn_guide(guide_id: str, deed: str) -> ResponseReturnValue:
    actor().require("guides:edit")
    action, timed, said = DEEDS[deed]
    turned = action(db(), brand_id=brand_id(), guide_id=_guide(guide_id).id, within=actor().within, **({"now": now()} if timed else {}))
    flash(str(said) % {"name": turned.name}, "ok")
    waiting = request.form.get("back") == "waiting"
    return redirect(url_for("console.waiting_guides") if waiting else url_for("console.guide", guide_id=turned.id), 303)


@console.get("/guides/waiting")
def waiting_guides() -> str:
    """Who asked to join and waits for an answer."""
    actor().require("guides:view")
    page = queries.guides_page(db(), brand_id=brand_id(), within=actor().within, status="pending", sort="name", number=page_number())
    return render_template("console/waiting_guides.html", page=page)


def _guide(guide_id: str) -> Guide:
    return queries.guide(db(), brand_id=brand_id(), guide_id=parse_id(guide_id), within=actor().within)


def _page(found: Guide, *, activation: dict[str, object] | None = None, referrer_problem: str = "") -> str:
    referrer = queries.guide(db(), brand_id=brand_id(), guide_id=found.referrer_id) if found.referrer_id else None
    return render_template("console/guide.html", guide=found, statuses=STATUSES, badges=BADGES, kinds=KINDS, activation=activation,
                           referrer=referrer.name if referrer else "", referrer_problem=referrer_problem, typed=request.form.get("referrer", ""),
                           may_link=may_link(found), stores=[one for one in _stores() if one.status == "open" and one.id != found.store_id])


def _stores() -> Sequence[OrgUnit]:
    return stores(db(), brand_id=brand_id(), within=actor().within)


def _store_filter(text: str) -> UUID | None:
    """A store in the address that is none shows an empty list, not an error."""
    try:
        return parse_id(text) if text else None
    except NotFound:
        return UUID(int=0)


def _form_page(form: GuideForm, found: Guide | None = None) -> str:
    choices = stores(db(), brand_id=brand_id(), within=actor().within, open_only=True)
    form.store_id.choices = options([("", gettext("请选择")), *((one.id, f"{one.code} · {one.name}") for one in choices)])
    form.store_id.data = str(form.store_id.data or "")
    return render_template("console/guide_form.html", form=form, guide=found)
