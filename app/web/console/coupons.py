"""Coupons: the list, making one, ending one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import UnaryExpression, or_, select
from wtforms import DateTimeLocalField, RadioField, SelectField, StringField

from app.domain.guides.models import Guide
from app.domain.guides.queries import guide_by_employee_no, guide_by_phone
from app.domain.guides.rules import normal_phone
from app.domain.orgs.queries import stores, units_by_id
from app.domain.promotions.actions import add_coupon, end_coupon
from app.domain.promotions.models import Coupon
from app.kernel import money
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.kernel.paging import numbered
from app.kernel.texts import clean
from app.web.shared.application import now
from app.web.shared.asking import options, page_number, read_all, tell, whole
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked
from .blueprint import console
from .rate_form import moment_of
from .rehearsal import all_or_nothing

STATES = {"live": _l("进行中"), "coming": _l("还没开始"), "over": _l("已结束"), "used_up": _l("已领完")}
FUNDERS = {"brand": _l("品牌出资"), "platform": _l("平台出资"), "store": _l("门店出资"), "guide": _l("导购出资")}
WHOSE_MONEY = {
    "brand": _l("降低计佣金额，各方按降低后的金额分。"),
    "platform": _l("不影响各方，平台补回。"),
    "store": _l("从这家门店的分成里出；只能用在算这家店的订单上，每单不超过它的分成。"),
    "guide": _l("从这位导购的佣金里出；只能用在她的订单上，每单不超过她的佣金。"),
}
SORTS: dict[str, UnaryExpression[Any]] = {"-ends": Coupon.ends_at.desc(), "ends": Coupon.ends_at.asc(),
         "-used": Coupon.used_count.desc(), "used": Coupon.used_count.asc(),
         "-amount": Coupon.amount_minor.desc(), "amount": Coupon.amount_minor.asc()}


class CouponForm(FlaskForm):
    code = StringField(_l("券码"), render_kw={"maxlength": 40, "autocapitalize": "characters"})
    name = StringField(_l("名称"), render_kw={"maxlength": 80})
    funder = RadioField(_l("谁出钱"), choices=options(FUNDERS.items()), default="brand", validate_choice=False)
    org_unit_id = SelectField(_l("哪家门店"), validate_choice=False)
    guide_id = StringField(_l("哪位导购"), render_kw={"maxlength": 40, "autocomplete": "off"})
    owner_id = StringField(_l("归哪位导购"), render_kw={"maxlength": 40, "autocomplete": "off"})
    amount = StringField(_l("减多少"), render_kw={"inputmode": "decimal", "maxlength": 20})
    minimum = StringField(_l("满多少可用"), render_kw={"inputmode": "decimal", "maxlength": 20})
    starts_at = DateTimeLocalField(_l("开始"), format="%Y-%m-%dT%H:%M")
    ends_at = DateTimeLocalField(_l("结束"), format="%Y-%m-%dT%H:%M")
    max_uses = StringField(_l("可用次数"), default="1000", render_kw={"inputmode": "numeric", "maxlength": 9})


@console.get("/coupons")
def coupons() -> ResponseReturnValue:
    actor().require("catalog:view")
    q, state, funder, sort = asked.text("q"), asked.one_of("state", STATES), asked.one_of("funder", FUNDERS), asked.one_of("sort", SORTS) or "-ends"
    statement = select(Coupon).where(Coupon.brand_id == brand_id())
    if q:
        statement = statement.where(or_(Coupon.code.icontains(q, autoescape=True), Coupon.name.icontains(q, autoescape=True)))
    moment = now()
    conditions = {"live": (Coupon.starts_at <= moment) & (Coupon.ends_at > moment) & (Coupon.used_count < Coupon.max_uses),
                  "coming": Coupon.starts_at > moment, "over": Coupon.ends_at <= moment, "used_up": Coupon.used_count >= Coupon.max_uses}
    if state:
        statement = statement.where(conditions[state])
    if funder:
        statement = statement.where(Coupon.funder == funder)
    page = numbered(db(), statement.order_by(SORTS[sort], Coupon.id.desc()), number=page_number())
    return render_template("console/coupons.html", page=page, q=q, state=state, funder=funder, sort=sort, states=STATES, funders=FUNDERS,
                           state_of=lambda one: state_of(one, moment), payers=_payers(page.items),
                           query=asked.query(q=q, state=state, funder=funder, sort=sort if sort != "-ends" else ""), may_edit=actor().may("catalog:edit"))


@console.route("/coupons/new", methods=["GET", "POST"])
def new_coupon() -> ResponseReturnValue:
    actor().require("catalog:edit")
    form = CouponForm()
    if not form.is_submitted():
        return _page(form)
    try:
        with all_or_nothing():
            coupon = _add(form)
    except Refused as refused:
        tell(form, refused)
        return _page(form), 422
    flash(gettext("券 %(code)s 已建好，顾客结算时填写就能用。", code=coupon.code), "success")
    return redirect(url_for("console.coupons"), 303)


@console.post("/coupons/<coupon_id>/end")
def stop_coupon(coupon_id: str) -> ResponseReturnValue:
    actor().require("catalog:edit")
    coupon = end_coupon(db(), brand_id=brand_id(), coupon_id=parse_id(coupon_id, "coupon"), now=now())
    flash(gettext("券 %(code)s 已结束。", code=coupon.code), "success")
    return redirect(url_for("console.coupons"), 303)


def state_of(coupon: Coupon, moment: datetime) -> str:
    if coupon.ends_at <= moment:
        return "over"
    if coupon.starts_at > moment:
        return "coming"
    return "used_up" if coupon.used_count >= coupon.max_uses else "live"


def _page(form: CouponForm) -> str:
    found = stores(db(), brand_id=brand_id(), open_only=True)
    form.org_unit_id.choices = options([("", gettext("请选择")), *((one.id, f"{one.code} · {one.name}") for one in found)])
    return render_template("console/coupon_form.html", form=form, whose_money=WHOSE_MONEY)


def _payers(coupons: Sequence[Coupon]) -> dict[UUID, str]:
    """Names of the stores and guides whose share pays, and of owners."""
    units = units_by_id(db(), brand_id=brand_id(), ids={one.org_unit_id for one in coupons if one.org_unit_id})
    keys = [key for one in coupons for key in (one.guide_id, one.owner_id) if key]
    guides = db().execute(select(Guide.id, Guide.name).where(Guide.brand_id == brand_id(), Guide.id.in_(keys)))
    return {**{key: unit.name for key, unit in units.items()}, **{row[0]: row[1] for row in guides}}


def _funder_of(form: CouponForm) -> dict[str, Any]:
    """Who pays; what is filled in for another kind of funder does not count."""
    funder = form.funder.data or ""
    payers: dict[str, Any] = {"org_unit_id": None, "guide_id": None}
    if funder == "store" and form.org_unit_id.data:
        payers["org_unit_id"] = parse_id(form.org_unit_id.data, "org_unit")
    if funder == "guide" and clean(form.guide_id.data):
        payers["guide_id"] = _guide_of(clean(form.guide_id.data))
    return {"funder": funder, **payers}


def _guide_of(text: str, field: str = "guide_id") -> UUID:
    """By employee number or phone."""
    found = guide_by_employee_no(db(), brand_id=brand_id(), employee_no=text) or guide_by_phone(
        db(), brand_id=brand_id(), phone=normal_phone(text, field=field))
    if found is None:
        raise Refused("guide_unknown", "没有工号或手机号是“%(text)s”的导购", field=field, text=text)
    return found.id


def _add(form: CouponForm) -> Coupon:
    currency, minimum, owner = brand().currency, clean(form.minimum.data), clean(form.owner_id.data)
    terms = read_all(
        funder=lambda: _funder_of(form), owner_id=lambda: _guide_of(owner, "owner_id") if owner else None,
        amount_minor=lambda: money.parse(form.amount.data or "", currency, field="amount"),
        minimum_minor=lambda: money.parse(minimum, currency, field="minimum") if minimum else 0,
        starts_at=lambda: moment_of(form.starts_at) or now(), ends_at=lambda: _end(form), max_uses=lambda: whole(form.max_uses.data, field="max_uses"))
    return add_coupon(db(), brand_id=brand_id(), code=clean(form.code.data), name=form.name.data or "", **{**terms, **terms["funder"]})


def _end(form: CouponForm) -> datetime:
    ends = moment_of(form.ends_at)
    if ends is None:
        raise Refused("required", "这一项必须填写", field="ends_at")
    return ends
