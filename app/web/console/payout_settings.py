"""How a brand pays out: days on which runs draft themselves, withdrawals, tax of individuals, invoices of companies."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField

from app.domain.brands.actions import change_settings
from app.domain.brands.models import BrandSettings
from app.domain.brands.queries import settings_of
from app.kernel import money
from app.kernel.errors import Refused
from app.web.shared.asking import options, tell, whole
from app.web.shared.serving import actor, brand, brand_id, db

from .blueprint import console
from .payout_words import WEEKDAYS

SCHEDULES = (("none", _l("不自动起草")), ("weekly", _l("每周")), ("monthly", _l("每月")))
SCHEMES = (("none", _l("不代扣，收款方自行申报")), ("cn_labour", _l("按劳务报酬预扣预缴（中国大陆）")))
AMOUNT = {"inputmode": "decimal", "maxlength": 16}


class PayoutSettingsForm(FlaskForm):
    payout_schedule = RadioField(_l("自动起草打款"), choices=options(SCHEDULES), validate_choice=False)
    weekday = SelectField(_l("每周哪天"), choices=options((str(day), text) for day, text in enumerate(WEEKDAYS, 1)), validate_choice=False)
    month_day = SelectField(_l("每月哪天"), choices=options((str(day), str(day)) for day in range(1, 29)), validate_choice=False)
    payout_minimum_minor = StringField(_l("最低打款额"), render_kw=AMOUNT)
    withdrawals = BooleanField(_l("导购可以在手机上申请提现"))
    withdrawal_minimum_minor = StringField(_l("最低提现额"), render_kw=AMOUNT)
    tax_scheme = RadioField(_l("个人收款方的税"), choices=options(SCHEMES), validate_choice=False)
    company_invoices = BooleanField(_l("公司收款方先有发票再打款"))


@console.get("/payouts/settings")
def payout_settings() -> str:
    actor().require("money:approve")
    return render_template("console/payout_settings.html", form=_filled(settings_of(db(), brand_id=brand_id())))


@console.post("/payouts/settings")
def payout_settings_post() -> ResponseReturnValue:
    actor().require("money:approve")
    form = PayoutSettingsForm()
    try:
        change_settings(db(), brand_id=brand_id(), **_typed(form))
    except Refused as refused:
        db().rollback()
        tell(form, refused)
        return render_template("console/payout_settings.html", form=form), 422
    flash(gettext("打款设置已保存"), "success")
    return redirect(url_for("console.payouts"), 303)


def _typed(form: PayoutSettingsForm) -> dict[str, int | str | bool]:
    schedule = _one_of(form.payout_schedule.data, SCHEDULES, "payout_schedule")
    chosen = form.weekday if schedule == "weekly" else form.month_day
    day = whole(chosen.data or "1", field=chosen.name)
    amounts = {name: money.parse(form._fields[name].data or "0", brand().currency, field=name) for name in ("payout_minimum_minor", "withdrawal_minimum_minor")}
    return {"payout_schedule": schedule, "payout_day": day, "withdrawals": bool(form.withdrawals.data), **amounts,
            "tax_scheme": _one_of(form.tax_scheme.data, SCHEMES, "tax_scheme"), "company_invoices": bool(form.company_invoices.data)}


def _one_of(value: str | None, choices: tuple[tuple[str, object], ...], field: str) -> str:
    if value not in dict(choices):
        raise Refused("required", "请选一项", field=field)
    return str(value)


def _filled(row: BrandSettings) -> PayoutSettingsForm:
    amounts = {name: money.decimal_text(getattr(row, name), brand().currency) for name in ("payout_minimum_minor", "withdrawal_minimum_minor")}
    weekly = row.payout_schedule == "weekly"
    return PayoutSettingsForm(formdata=None, data={
        "payout_schedule": row.payout_schedule, "weekday": str(row.payout_day if weekly else 1), "month_day": str(row.payout_day if not weekly else 1),
        "withdrawals": row.withdrawals, "tax_scheme": row.tax_scheme, "company_invoices": row.company_invoices, **amounts})
