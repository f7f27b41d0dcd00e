"""Invite codes: one store, a quota, an expiry, a QR code to print and hang up."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from app.domain.brands.queries import settings_of
from app.domain.guides import actions, queries
from app.domain.guides.models import InviteCode
from app.domain.guides.rules import MAX_DAYS, MAX_USES
from app.domain.orgs.queries import stores
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import app, now
from app.web.shared.asking import chosen_id, options, page_number, tell, whole
from app.web.shared.qr_picture import qr_picture
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console

KINDS = {"staff": _("员工"), "affiliate": _("分销员")}
STATES = {"open": _("可用"), "full": _("名额已满"), "expired": _("已过期"), "revoked": _("已收回")}


class InviteForm(FlaskForm):
    store_id = SelectField(_("门店"), validate_choice=False)
    kind = SelectField(_("邀请谁"), choices=options(KINDS.items()))
    max_uses = StringField(_("名额"), default="20", render_kw={"inputmode": "numeric", "maxlength": 6})
    days = StringField(_("有效期"), default="7", render_kw={"inputmode": "numeric", "maxlength": 6})


@console.get("/invites")
def invites() -> str:
    actor().require("guides:view")
    q, chosen = asked.text("q"), asked.one_of("state", STATES)
    page = queries.invite_codes_page(db(), brand_id=brand_id(), within=actor().within, q=q, state=chosen, now=now(), number=page_number())
    return render_template("console/invites.html", page=page, states=STATES, state=state, kinds=KINDS, q=q, chosen=chosen, query=asked.query(q=q, state=chosen))


@console.get("/invites/new")
def add_invite() -> str:
    actor().require("guides:edit")
    return _form_page(InviteForm(formdata=None))


@console.post("/invites/new")
def add_invite_post() -> ResponseReturnValue:
    actor().require("guides:edit")
    form = InviteForm()
    try:
        made = actions.create_invite_code(
            db(), brand_id=brand_id(), store_id=chosen_id(form.store_id.data, field="store_id"),
            max_uses=whole(form.max_uses.data, field="max_uses"), days=whole(form.days.data, field="days"), kind=str(form.kind.data or "staff"),
            within=actor().within, now=now())
    except Refused as refused:
        tell(form, refused)
        return _form_page(form), 422
    return redirect(url_for("console.invite", code_id=made.id), 303)


@console.get("/invites/<code_id>")
def invite(code_id: str) -> str:
    """The code with its QR, ready to print."""
    actor().require("guides:view")
    found = _code(code_id)
    url = f"{app().settings.public_url}{url_for('guide.join', code=found.code)}"
    return render_template("console/invite.html", invite=found, url=url, qr=qr_picture(url), state=state(found), states=STATES, kinds=KINDS)


@console.post("/invites/<code_id>/revoke")
def revoke_invite(code_id: str) -> ResponseReturnValue:
    actor().require("guides:edit")
    found = actions.revoke_invite_code(db(), brand_id=brand_id(), code_id=_code(code_id).id, within=actor().within, now=now())
    flash(gettext("邀请码 %(code)s 已收回", code=found.code), "ok")
    return redirect(url_for("console.invites"), 303)


def state(found: InviteCode) -> str:
    if found.revoked_at is not None:
        return "revoked"
    if found.expires_at <= now():
        return "expired"
    return "full" if found.used_count >= found.max_uses else "open"


def _code(code_id: str) -> InviteCode:
    return queries.invite_code(db(), brand_id=brand_id(), code_id=parse_id(code_id), within=actor().within)


def _form_page(form: InviteForm) -> str:
    choices = stores(db(), brand_id=brand_id(), within=actor().within, open_only=True)
    if not settings_of(db(), brand_id=brand_id()).outsiders:
        del form.kind
    form.store_id.choices = options([("", gettext("请选择")), *((one.id, f"{one.code} · {one.name}") for one in choices)])
    return render_template("console/invite_form.html", form=form, most=MAX_USES, most_days=MAX_DAYS)
