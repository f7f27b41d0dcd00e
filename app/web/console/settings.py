"""Brand settings: periods, shipping, money guard, looks. The platform's fee is shown, not changed."""

from __future__ import annotations

import hashlib

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, StringField

from app.domain.brands.actions import change_settings
from app.domain.brands.fees import as_fee_plan, fee_plan_at, fee_plans
from app.domain.brands.logo import logo_webp
from app.domain.brands.models import BrandSettings
from app.domain.brands.queries import settings_of
from app.flows.change_terms import change_terms
from app.kernel import money
from app.kernel.errors import Refused
from app.web.shared.application import app, now
from app.web.shared.asking import options, tell, whole
from app.web.shared.errors import says
from app.web.shared.media import SIZES
from app.web.shared.rates import percent_text, rate_bp
from app.web.shared.serving import actor, brand, brand_id, db

from .blueprint import console

DIGITS = {"inputmode": "numeric", "maxlength": 6}
AMOUNT = {"inputmode": "decimal", "maxlength": 16}
WHOLE = ("attribution_window_days", "binding_days", "binding_protection_days", "after_sale_days", "payment_minutes")
AMOUNTS = ("shipping_fee_minor", "free_shipping_from_minor")
RATES = {"guard_bp": "0", "commission_cap_bp": "100", "credit_online_bp": "100", "credit_selling_bp": "100", "credit_fulfilling_bp": "100"}
"""What an empty field means."""
CHOICES = ("attribution_model", "self_purchase")
TICKS = ("two_levels", "guides_invite", "outsiders", "binding_exclusive")
PLAIN = ("slogan", "service_phone", "color", "tint", "sand")


class SettingsForm(FlaskForm):
    attribution_window_days = StringField(_("归因窗口"), render_kw=DIGITS)
    attribution_model = SelectField(_("多次打开时"), validate_choice=False,
                                    choices=options([("last_touch", _("算最后一次打开的导购")), ("first_touch", _("算第一次打开的导购"))]))
    self_purchase = SelectField(_("导购自己买"), validate_choice=False, choices=options([
        ("none", _("不计佣，算门店的")), ("allowed", _("照常计佣")), ("discount", _("佣金直接抵扣货款"))]))
    binding_days = StringField(_("锁客有效期"), render_kw=DIGITS)
    binding_protection_days = StringField(_("锁客保护期"), render_kw=DIGITS)
    binding_exclusive = BooleanField(_("锁客独占"))
    after_sale_days = StringField(_("售后期"), render_kw=DIGITS)
    payment_minutes = StringField(_("付款时限"), render_kw=DIGITS)
    stock_ttl_hours = StringField(_("库存时效"), render_kw=DIGITS)
    guard_bp = StringField(_("品牌保底"), render_kw=AMOUNT)
    commission_cap_bp = StringField(_("佣金上限"), render_kw=AMOUNT)
    two_levels = BooleanField(_("开放两级分佣"))
    two_levels_read = BooleanField(_("我已读过上面的提示，确认开放"))
    guides_invite = BooleanField(_("导购可以邀请同事"))
    outsiders = BooleanField(_("可以邀请分销员"))
    shipping_fee_minor = StringField(_("运费"), render_kw=AMOUNT)
    free_shipping_from_minor = StringField(_("满额包邮"), render_kw=AMOUNT)
    credit_online_bp = StringField(_("线上团队"), render_kw=AMOUNT)
    credit_selling_bp = StringField(_("卖出的门店"), render_kw=AMOUNT)
    credit_fulfilling_bp = StringField(_("发货的门店"), render_kw=AMOUNT)
    slogan = StringField(_("品牌口号"), render_kw={"maxlength": 60})
    service_phone = StringField(_("客服电话"), render_kw={"maxlength": 40, "inputmode": "tel"})
    color = StringField(_("品牌色"), render_kw={"maxlength": 7, "spellcheck": "false"})
    tint = StringField(_("浅底色"), render_kw={"maxlength": 7, "spellcheck": "false"})
    sand = StringField(_("暖底色"), render_kw={"maxlength": 7, "spellcheck": "false"})


@console.get("/settings")
def settings() -> str:
    actor().require("settings:edit")
    return _page(_filled(settings_of(db(), brand_id=brand_id())))


@console.post("/settings")
def settings_post() -> ResponseReturnValue:
    actor().require("settings:edit")
    form = SettingsForm()
    try:
        change_terms(db(), brand_id=brand_id(), acknowledged=bool(form.two_levels_read.data), now=now(), **_typed(form))
    except Refused as refused:
        db().rollback()
        tell(form, refused)
        return _page(form), 422
    flash(gettext("设置已保存，之后的订单按新设置计"), "ok")
    return redirect(url_for("console.settings"), 303)


@console.post("/settings/logo")
def upload_logo() -> ResponseReturnValue:
    actor().require("settings:edit")
    file = request.files.get("logo")
    try:
        picture = logo_webp(file.read() if file else b"")
    except Refused as refused:
        return _page(_filled(settings_of(db(), brand_id=brand_id())), logo_problem=says(refused)), 422
    key = f"{brand_id()}/media/{hashlib.sha256(picture).hexdigest()[:32]}"
    for size in SIZES:
        app().gateways.files.put(f"{key}-{size}.webp", picture)
    change_settings(db(), brand_id=brand_id(), logo_key=key)
    flash(gettext("标志已更换"), "ok")
    return redirect(url_for("console.settings"), 303)


def _typed(form: SettingsForm) -> dict[str, int | str | bool | None]:
    fields = form._fields
    values: dict[str, int | str | bool | None] = {name: whole(fields[name].data, field=name) for name in WHOLE}
    values |= {name: money.parse(fields[name].data or "0", brand().currency, field=name) for name in AMOUNTS}
    values |= {name: fields[name].data or "" for name in (*PLAIN, *CHOICES)}
    values |= {name: rate_bp(fields[name].data or empty, field=name) for name, empty in RATES.items()}
    typed = (form.stock_ttl_hours.data or "").strip()
    values |= {name: bool(fields[name].data) for name in TICKS}
    return values | {"stock_ttl_hours": whole(typed, field="stock_ttl_hours") if typed else None}


def _filled(row: BrandSettings) -> SettingsForm:
    values = {name: getattr(row, name) for name in (*WHOLE, *PLAIN, *CHOICES, *TICKS, "stock_ttl_hours")}
    values |= {name: money.decimal_text(getattr(row, name), brand().currency) for name in AMOUNTS}
    return SettingsForm(formdata=None, data=values | {name: percent_text(getattr(row, name)) for name in RATES})


def _page(form: SettingsForm, *, logo_problem: str = "") -> str:
    plan = fee_plan_at(fee_plans(db(), brand_id=brand_id()), now())
    return render_template("console/settings.html", form=form, settings=settings_of(db(), brand_id=brand_id()), brand=brand(),
                           fee=as_fee_plan(plan) if plan else None, note=plan.note if plan else "", now=now(), logo_problem=logo_problem)
