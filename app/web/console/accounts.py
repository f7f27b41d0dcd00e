"""Colleagues: invite, scope, end. Only the owner sees this page."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from app.domain.orgs.queries import org_unit, tree, units_by_id
from app.domain.people import actions
from app.domain.people.audit import note
from app.domain.people.models import Account
from app.domain.people.queries import colleagues_page
from app.domain.people.rules import SCOPES
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.activation import DAYS, activation_url
from app.web.shared.asking import options, page_number, query, tell
from app.web.shared.qr_picture import qr_picture
from app.web.shared.serving import account_id as own_account_id
from app.web.shared.serving import actor, brand_id, db

from .blueprint import console
from .navigation import ROLES
from .orgs import KINDS

NOTES = {
    "owner": _("可以做所有事，包括邀请同事"), "operations": _("商品、导购、订单、佣金规则、品牌设置"),
    "finance": _("结算、打款、退款、台账"), "region_manager": _("只看到所选组织及其下级"), "store_manager": _("只看到自己的门店"),
}


class AccountForm(FlaskForm):
    login = StringField(_("邮箱"), render_kw={"maxlength": 200, "inputmode": "email", "autocapitalize": "none"})
    name = StringField(_("姓名"), render_kw={"maxlength": 80})
    role = SelectField(_("角色"), choices=options(ROLES.items()), default="operations", validate_choice=False)
    org_unit_id = SelectField(_("管理范围"), validate_choice=False)


@console.get("/accounts")
def accounts() -> str:
    actor().require("accounts:edit")
    kept = query("q", "role")
    page = colleagues_page(db(), brand_id=brand_id(), **kept, number=page_number())
    units = units_by_id(db(), brand_id=brand_id(), ids={one.org_unit_id for one in page.items if one.org_unit_id})
    return render_template("console/accounts.html", page=page, query=kept, roles=ROLES, units=units)


@console.get("/accounts/new")
def add_account() -> str:
    actor().require("accounts:edit")
    return _form_page(AccountForm(formdata=None, data={"role": request.args.get("role", "operations")}))


@console.post("/accounts/new")
def add_account_post() -> ResponseReturnValue:
    actor().require("accounts:edit")
    form = AccountForm()
    try:
        unit_id, kind = _scope(form)
        account = actions.invite_account(db(), brand_id=brand_id(), login=form.login.data or "", name=form.name.data or "",
                                         role=form.role.data or "", org_unit_id=unit_id, unit_kind=kind)
    except Refused as refused:
        tell(form, refused)
        return _form_page(form), 422
    flash(gettext("已邀请%(name)s，请把激活链接发给对方", name=account.name), "ok")
    return redirect(url_for("console.account", account_id=account.id), 303)


@console.get("/accounts/<account_id>")
def account(account_id: str) -> str:
    actor().require("accounts:edit")
    return _page(_account(account_id))


@console.post("/accounts/<account_id>/role")
def change_account_role(account_id: str) -> ResponseReturnValue:
    actor().require("accounts:edit")
    found, form = _account(account_id), AccountForm()
    try:
        unit_id, kind = _scope(form)
        actions.change_role(db(), brand_id=brand_id(), account_id=found.id, role=form.role.data or "", org_unit_id=unit_id, unit_kind=kind)
    except Refused as refused:
        tell(form, refused)
        return _page(found, form), 422
    flash(gettext("角色已更改，立即生效"), "ok")
    return redirect(url_for("console.account", account_id=found.id), 303)


@console.post("/accounts/<account_id>/activation")
def account_activation(account_id: str) -> str:
    """Shows the link by which a colleague sets her password; who made it is written down."""
    actor().require("accounts:edit")
    found = _account(account_id)
    note(db(), action="activation_link", subject_kind="accounts", subject_id=found.id, subject_name=found.name)
    url = activation_url("console", found)
    return _page(found, activation={"url": url, "qr": qr_picture(url), "days": DAYS})


@console.post("/accounts/<account_id>/end")
def end_account(account_id: str) -> ResponseReturnValue:
    actor().require("accounts:edit")
    ended = actions.end_colleague(db(), brand_id=brand_id(), account_id=_account(account_id).id, own_id=own_account_id())
    flash(gettext("%(name)s的账号已停用，登录立即失效", name=ended.name), "ok")
    return redirect(url_for("console.account", account_id=ended.id), 303)


@console.post("/accounts/<account_id>/restore")
def restore_account(account_id: str) -> ResponseReturnValue:
    actor().require("accounts:edit")
    found = _account(account_id)
    actions.restore_access(db(), account=found)
    flash(gettext("%(name)s的账号已恢复", name=found.name), "ok")
    return redirect(url_for("console.account", account_id=found.id), 303)


def _account(text: str) -> Account:
    return actions.colleague(db(), brand_id=brand_id(), account_id=parse_id(text))


def _scope(form: AccountForm) -> tuple[UUID | None, str | None]:
    """The unit of a scoped role; a role for the whole brand has none, whatever the select still shows."""
    if form.role.data not in SCOPES or not form.org_unit_id.data:
        return None, None
    unit = org_unit(db(), brand_id=brand_id(), unit_id=parse_id(form.org_unit_id.data))
    return unit.id, unit.kind


def _page(found: Account, form: AccountForm | None = None, *, activation: dict[str, object] | None = None) -> str:
    form = form or AccountForm(formdata=None, obj=found)
    _choices(form)
    unit = units_by_id(db(), brand_id=brand_id(), ids={found.org_unit_id}).get(found.org_unit_id) if found.org_unit_id else None
    return render_template("console/account.html", account=found, form=form, roles=ROLES, unit=unit, activation=activation,
                           own=found.id == own_account_id(), notes=NOTES)


def _choices(form: AccountForm) -> None:
    rows = tree(db(), brand_id=brand_id())
    form.org_unit_id.choices = options([("", gettext("整个品牌")), *(
        (row.unit.id, "　" * row.depth + f"{row.unit.name}（{KINDS[row.unit.kind]}）") for row in rows if row.unit.status == "open")])
    form.org_unit_id.data = str(form.org_unit_id.data or "")


def _form_page(form: AccountForm) -> str:
    _choices(form)
    return render_template("console/account_form.html", form=form, notes=NOTES)
