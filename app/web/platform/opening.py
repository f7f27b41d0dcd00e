"""A brand is opened by the operator, or applies by itself and waits for approval."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField

from app.domain.brands.models import Brand
from app.domain.people.actors import Actor
from app.domain.people.rules import normal_email
from app.flows.open_brand import open_brand
from app.kernel.errors import Refused
from app.kernel.money import CURRENCIES
from app.kernel.tenancy import BrandSession
from app.kernel.texts import optional, required
from app.web.shared.application import act, now, operator_session
from app.web.shared.asking import options, tell
from app.web.shared.forms import NewPassword
from app.web.shared.own_password import checked_password
from app.web.shared.signing_in import hash_password
from app.web.shared.throttling import limit_forms

from .blueprint import platform
from .signing_in import every_brand

FIRST = ("CNY", "HKD", "USD", "EUR", "JPY", "SGD")
COINS = (*FIRST, *sorted(CURRENCIES - set(FIRST)))
ZONES = ["Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Europe/London", "Europe/Paris",
         "America/New_York", "America/Los_Angeles", "UTC"]


class BrandForm(NewPassword):
    """The application and the operator's form; the owner signs in with `email`."""

    name = StringField(_("品牌名称"), render_kw={"maxlength": 80})
    slug = StringField(_("短名"), render_kw={"maxlength": 40, "autocapitalize": "none", "autocomplete": "off"})
    contact = StringField(_("负责人姓名"), render_kw={"maxlength": 80, "autocomplete": "name"})
    phone = StringField(_("联系电话"), render_kw={"maxlength": 40, "inputmode": "tel", "autocomplete": "tel"})
    email = StringField(_("负责人邮箱"), render_kw={"maxlength": 200, "inputmode": "email", "autocomplete": "username"})
    currency = SelectField(_("币种"), choices=options((code, code) for code in COINS), default="CNY", validate_choice=False)
    timezone = SelectField(_("时区"), choices=options((zone, zone) for zone in ZONES), default="Asia/Shanghai", validate_choice=False)


@platform.get("/brands/new")
def new_brand() -> str:
    return render_template("platform/new_brand.html", form=BrandForm())


@platform.post("/brands/new")
def new_brand_post() -> ResponseReturnValue:
    form = BrandForm()
    try:
        brand = _open(every_brand(), form, status="approved")
    except Refused as refused:
        tell(form, refused)
        return render_template("platform/new_brand.html", form=form), 422
    flash(gettext("“%(name)s”已开通", name=brand.name), "ok")
    return redirect(url_for("platform.brand", brand_id=brand.id), 303)


@platform.get("/apply")
def apply() -> str:
    return render_template("platform/apply.html", form=BrandForm())


@platform.post("/apply")
@limit_forms
def apply_post() -> ResponseReturnValue:
    """Anybody may apply; nothing opens before the operator has said yes."""
    form, session = BrandForm(), operator_session()
    act(session, Actor("account", "", (form.contact.data or "")[:80]))
    try:
        _open(session, form, status="pending")
    except Refused as refused:
        tell(form, refused)
        return render_template("platform/apply.html", form=form), 422
    return redirect(url_for("platform.applied"), 303)


@platform.get("/applied")
def applied() -> str:
    return render_template("platform/applied.html")


def _open(session: BrandSession, form: BrandForm, *, status: str) -> Brand:
    email = normal_email(form.email.data, field="email")
    name, contact = required(form.name.data, field="name", most=80), required(form.contact.data, field="contact", most=80)
    phone = optional(form.phone.data, field="phone", most=40)
    password = checked_password(form, login=email)
    brand = open_brand(session, slug=(form.slug.data or "").strip().lower(), name=name, owner_login=email, owner_name=contact,
                       owner_password_hash=hash_password(password), currency=form.currency.data or "CNY",
                       timezone=form.timezone.data or "Asia/Shanghai", status=status, now=now())
    brand.contact_phone = phone
    return brand
