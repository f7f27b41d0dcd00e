"""The form of a commission rule: what is typed, and what the core is asked to save."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import DateTimeLocalField, RadioField, SelectField, StringField

from app.domain.catalog.models import Variant
from app.domain.commission.models import CommissionRule
from app.domain.insights.rate_choices import RateChoices
from app.kernel import money
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.kernel.texts import clean
from app.web.shared.asking import read_all
from app.web.shared.serving import brand, brand_id, db

from . import asked

PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?\s*%?", re.ASCII)
ANY = ("", _l("不限"))


class RuleForm(FlaskForm):
    """Fields are named as the core names them, so a refusal finds its field."""

    product_id = SelectField(_l("商品"), validate_choice=False)
    sku = StringField(_l("SKU"), render_kw={"list": "skus", "maxlength": 120, "autocomplete": "off"})
    category = SelectField(_l("类目"), validate_choice=False)
    guide_id = SelectField(_l("导购"), validate_choice=False)
    guide_level = SelectField(_l("导购等级"), validate_choice=False)
    store_id = SelectField(_l("门店"), validate_choice=False)
    dealer_id = SelectField(_l("经销商"), validate_choice=False)
    activity_id = SelectField(_l("活动"), validate_choice=False)
    mode = RadioField(_l("计法"), choices=[("rate", _l("按比例")), ("amount", _l("每件固定额"))], default="rate", validate_choice=False)
    rate_bp = StringField(_l("导购比例"), render_kw={"inputmode": "decimal", "maxlength": 8})
    amount = StringField(_l("每件"), render_kw={"inputmode": "decimal", "maxlength": 20})
    min = StringField(_l("每件最少"), render_kw={"inputmode": "decimal", "maxlength": 20})
    max = StringField(_l("每件最多"), render_kw={"inputmode": "decimal", "maxlength": 20})
    referrer_bp = StringField(_l("推荐人比例"), render_kw={"inputmode": "decimal", "maxlength": 8})
    effective_from = DateTimeLocalField(_l("生效"), format="%Y-%m-%dT%H:%M")
    effective_to = DateTimeLocalField(_l("结束"), format="%Y-%m-%dT%H:%M")
    example_sku = StringField(_l("拿哪个 SKU 试算"), render_kw={"list": "skus", "maxlength": 120, "autocomplete": "off"})
    example_guide = SelectField(_l("谁来卖"), validate_choice=False)

    def offer(self, choices: RateChoices) -> None:
        """Fill the pickers."""
        self.product_id.choices = [ANY, *((str(value), text) for value, text in choices.products)]
        self.category.choices = [ANY, *((name, name) for name in choices.categories)]
        self.guide_id.choices = [ANY, *((str(value), text) for value, text in choices.guides)]
        self.guide_level.choices = [ANY, *((name, name) for name in choices.levels)]
        self.store_id.choices = [ANY, *((str(value), text) for value, text in choices.stores)]
        self.dealer_id.choices = [ANY, *((str(value), text) for value, text in choices.dealers)]
        self.activity_id.choices = [ANY, *((str(value), text) for value, text in choices.activities)]
        self.example_guide.choices = [("", _l("自动选一位")), *((str(value), text) for value, text in choices.guides)]


def terms_of(form: RuleForm, *, two_levels: bool) -> dict[str, Any]:
    """Keyword arguments of `add_rule`. Refuses what cannot be read, at its field."""
    fixed = form.mode.data == "amount"
    return read_all(
        scope=lambda: _scope(form),
        rate_bp=lambda: None if fixed else percent_bp(form.rate_bp.data, field="rate_bp"),
        amount_minor=lambda: money.parse(form.amount.data or "", brand().currency, field="amount") if fixed else None,
        min_minor=lambda: None if fixed else amount_of(form.min.data, field="min"),
        max_minor=lambda: None if fixed else amount_of(form.max.data, field="max"),
        referrer_bp=lambda: percent_bp(form.referrer_bp.data or "0", field="referrer_bp") if two_levels else 0,
        effective_from=lambda: moment_of(form.effective_from), effective_to=lambda: moment_of(form.effective_to))


def _scope(form: RuleForm) -> dict[str, Any]:
    scope: dict[str, Any] = {name: form[name].data or "" for name in ("category", "guide_level")}
    scope |= {name: parse_id(form[name].data, name) if form[name].data else "" for name in ("product_id", "guide_id", "store_id", "dealer_id", "activity_id")}
    sku = clean(form.sku.data)
    return {**scope, "variant_id": variant_of(sku, field="sku")} if sku else scope


def variant_of(sku: str, *, field: str) -> UUID:
    """The variant with this SKU; refuses an unknown one at its field."""
    found = db().scalar(select(Variant.id).where(Variant.brand_id == brand_id(), Variant.sku == sku))
    if found is None:
        raise Refused("sku_unknown", "没有 SKU “%(sku)s”", field=field, sku=sku[:60])
    return found


def amount_of(text: str | None, *, field: str) -> int | None:
    """A typed amount in minor units; '' is none."""
    typed = (text or "").strip()
    return money.parse(typed, brand().currency, field=field) if typed else None


def percent_bp(text: str | None, *, field: str) -> int:
    """'12.5' or '12.5%' → 1250 basis points, exactly."""
    typed = PERCENT.fullmatch((text or "").strip())
    if not typed:
        raise Refused("rate_invalid_text", "请填写 0 到 100 的比例，最多两位小数", field=field)
    return int(typed[1]) * 100 + int((typed[2] or "").ljust(2, "0"))


def moment_of(field: Any) -> datetime | None:
    """A datetime-local field in the brand's time zone; '' is None. Refuses what is no moment."""
    typed = (field.raw_data[0] if field.raw_data else "").strip()
    moment = asked.local_moment(typed) if typed else None
    if typed and moment is None:
        raise Refused("moment_invalid", "请填写日期和时间", field=field.name)
    return moment


def filled_from(rule: CommissionRule) -> dict[str, Any]:
    """The form's data for a new version of a rule; it takes effect at once unless a moment is chosen."""
    sku = db().scalar(select(Variant.sku).where(Variant.brand_id == brand_id(), Variant.id == rule.variant_id)) if rule.variant_id else ""
    return {
        "product_id": str(rule.product_id or ""), "sku": sku, "category": rule.category or "", "guide_id": str(rule.guide_id or ""),
        "guide_level": rule.guide_level or "", "store_id": str(rule.store_id or ""), "dealer_id": str(rule.dealer_id or ""),
        "activity_id": str(rule.activity_id or ""), "min": amount_text(rule.min_minor), "max": amount_text(rule.max_minor),
        "mode": "rate" if rule.rate_bp is not None else "amount", "rate_bp": bp_text(rule.rate_bp),
        "amount": amount_text(rule.amount_minor),
        "referrer_bp": bp_text(rule.referrer_bp)}


def amount_text(amount_minor: int | None) -> str:
    return "" if amount_minor is None else money.decimal_text(amount_minor, brand().currency)


def bp_text(rate_bp: int | None) -> str:
    """1250 → '12.5'."""
    return "" if rate_bp is None else f"{rate_bp // 100}.{rate_bp % 100:02d}".rstrip("0").rstrip(".")
