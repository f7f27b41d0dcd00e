"""The platform's fee of one brand: plans that hold one after another, never edited (R22, R28)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, SelectField, StringField

from app.domain.brands import queries
from app.domain.brands.fees import as_fee_plan, fee_plan_at, fee_plans
from app.domain.brands.models import Brand
from app.domain.brands.rules import GUIDE_LINK, STOREFRONT
from app.flows.set_fee import set_fee
from app.kernel.errors import Refused
from app.web.shared.application import now
from app.web.shared.asking import local_moment, options, tell, whole
from app.web.shared.rates import rate_bp

from .blueprint import platform
from .signing_in import every_brand, known, one_brand

DECIMAL = {"inputmode": "decimal", "maxlength": 8}


class FeeForm(FlaskForm):
    rate_bp = StringField(_("导购链接的订单"), render_kw=DECIMAL)
    storefront_bp = StringField(_("其他订单"), render_kw=DECIMAL)
    free_days = StringField(_("免收天数"), render_kw={"inputmode": "numeric", "maxlength": 4})
    provider_fee_party = SelectField(_("支付渠道的手续费"), validate_choice=False, choices=options([("brand", _("品牌承担")), ("platform", _("平台承担"))]))
    effective_from = DateTimeLocalField(_("生效"), format="%Y-%m-%dT%H:%M")
    note = StringField(_("说明"), render_kw={"maxlength": 200})


@platform.get("/brands/<int:brand_id>/fees")
def fees(brand_id: int) -> ResponseReturnValue:
    return _page(queries.brand(every_brand(), brand_id=known(brand_id)), FeeForm(formdata=None, data={"free_days": "0"}))


@platform.post("/brands/<int:brand_id>/fees")
def add_fee(brand_id: int) -> ResponseReturnValue:
    found, form = queries.brand(every_brand(), brand_id=known(brand_id)), FeeForm()
    session = one_brand(brand_id)
    try:
        with session.begin_nested():
            plan = set_fee(session, brand_id=brand_id, now=now(), **_typed(form, found.timezone))
    except Refused as refused:
        tell(form, refused)
        return _page(found, form), 422
    flash(gettext("扣点方案 %(number)d 已保存，从生效起的新订单按它计", number=plan.number), "ok")
    return redirect(url_for("platform.fees", brand_id=brand_id), 303)


def _typed(form: FeeForm, timezone: str) -> dict[str, Any]:
    asked = (form.effective_from.raw_data or [""])[0].strip()
    begins = local_moment(asked, timezone) if asked else None
    if asked and begins is None:
        raise Refused("moment_invalid", "请填写日期和时间", field="effective_from")
    tagged = rate_bp(form.rate_bp.data or "", field="rate_bp")
    other = rate_bp(form.storefront_bp.data, field="storefront_bp") if (form.storefront_bp.data or "").strip() else tagged
    return {"rate_bp": tagged, "storefront_bp": other, "free_days": whole(form.free_days.data or "0", field="free_days"), "effective_from": begins,
            "provider_fee_party": form.provider_fee_party.data or "brand", "note": form.note.data or ""}


def fee_now(brand_id: int) -> dict[str, Any] | None:
    """The plan that holds, what it takes at this moment, and until when: the end of its free days, or the next plan."""
    plans, moment = fee_plans(one_brand(brand_id), brand_id=brand_id), now()
    row = fee_plan_at(plans, moment)
    if row is None:
        return None
    plan, coming = as_fee_plan(row), [one.effective_from for one in plans if one.effective_from > moment]
    free = moment < plan.free_until
    return {"plan": plan, "tagged_bp": plan.fee_bp(GUIDE_LINK, moment), "storefront_bp": plan.fee_bp(STOREFRONT, moment), "free": free,
            "until": min([*coming, *([plan.free_until] if free else [])], default=None)}


def _page(found: Brand, form: FeeForm) -> str:
    plans = fee_plans(one_brand(found.id), brand_id=found.id)
    return render_template("platform/fees.html", brand=found, form=form, plans=plans, fee=fee_now(found.id), now=now(),
                           until={plan.id: after.effective_from for plan, after in zip(plans[1:], plans, strict=False)}, as_fee_plan=as_fee_plan)
