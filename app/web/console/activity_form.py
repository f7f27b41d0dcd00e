"""Making and changing an activity. Every button posts the whole form, so what was typed stays; only the last one writes."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateTimeLocalField, FileField, RadioField, StringField, TextAreaField

from app.domain.promotions import queries
from app.domain.promotions.activities import add_activity, change_activity
from app.domain.promotions.models import Activity
from app.domain.promotions.rules import LIVE, MOST_PRICES, state_of
from app.flows.guard_margin import guarded
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import options, tell
from app.web.shared.serving import actor, brand, brand_id, db

from .activities import WHO, thumbnails
from .activity_draft import PRICE, Draft, draft_here, draft_of
from .activity_filling import fill
from .blueprint import console
from .rate_form import moment_of
from .rehearsal import all_or_nothing


class ActivityForm(FlaskForm):
    """`find`, `off`, `paste` and `file` only help to fill in the prices."""

    name = StringField(_l("名称"), render_kw={"maxlength": 80})
    link_only = RadioField(_l("谁能用这个价"), choices=options([("1", WHO[True]), ("0", WHO[False])]), default="1", validate_choice=False)
    starts_at = DateTimeLocalField(_l("开始"), format="%Y-%m-%dT%H:%M")
    ends_at = DateTimeLocalField(_l("结束"), format="%Y-%m-%dT%H:%M")
    find = StringField(_l("找商品"), render_kw={"maxlength": 80, "autocomplete": "off"})
    off = StringField(_l("全部按原价减"), render_kw={"inputmode": "decimal", "maxlength": 8, "autocomplete": "off"})
    paste = TextAreaField(_l("粘贴 SKU 和活动价"), render_kw={"rows": 4, "maxlength": 100_000})
    file = FileField(_l("上传表格"), render_kw={"accept": ".csv,.tsv,.txt,.xlsx"})


@console.route("/activities/new", methods=["GET", "POST"])
def new_activity() -> ResponseReturnValue:
    actor().require("catalog:edit")
    form, draft = ActivityForm(), draft_here()
    if request.method == "GET" or fill(form, draft):
        return _page(form, draft)
    return _save(form, draft, None)


@console.route("/activities/<activity_id>/edit", methods=["GET", "POST"])
def edit_activity(activity_id: str) -> ResponseReturnValue:
    """Once it is live only name and end can be changed."""
    actor().require("catalog:edit")
    found = queries.activity(db(), brand_id=brand_id(), activity_id=parse_id(activity_id, "activity"))
    form = ActivityForm(data=_filled_from(found))
    if request.method == "GET":
        return _page(form, draft_of(found), found)
    draft = draft_of(found) if _live(found) else draft_here()
    return _page(form, draft, found) if fill(form, draft) else _save(form, draft, found)


def _save(form: ActivityForm, draft: Draft, found: Activity | None) -> ResponseReturnValue:
    try:
        with all_or_nothing(), guarded(db(), brand_id=brand_id(), now=now(), field="prices"):
            saved = _write(form, draft, found)
    except Refused as refused:
        for one in draft.tell(refused):
            tell(form, one)
        return _page(form, draft, found), 422
    flash(gettext("“%(name)s”已保存。", name=saved.name), "success")
    return redirect(url_for("console.activity", activity_id=saved.id), 303)


def _write(form: ActivityForm, draft: Draft, found: Activity | None) -> Activity:
    starts_at, ends_at = moment_of(form.starts_at), moment_of(form.ends_at)
    if ends_at is None:
        raise Refused("required", "这一项必须填写", field="ends_at")
    name = form.name.data or ""
    if found and _live(found):
        return change_activity(db(), brand_id=brand_id(), activity_id=found.id, name=name, ends_at=ends_at, now=now())
    terms: dict[str, Any] = {"name": name, "prices": draft.prices(), "link_only": form.link_only.data != "0", "starts_at": starts_at, "ends_at": ends_at}
    if found:
        return change_activity(db(), brand_id=brand_id(), activity_id=found.id, now=now(), **terms)
    return add_activity(db(), brand_id=brand_id(), now=now(), **terms)


def _live(found: Activity) -> bool:
    return state_of(found.starts_at, found.ends_at, now()) == LIVE


def _filled_from(found: Activity) -> dict[str, Any]:
    zone = ZoneInfo(brand().timezone)
    starts_at, ends_at = (at.astimezone(zone).replace(tzinfo=None) for at in (found.starts_at, found.ends_at))
    return {"name": found.name, "link_only": "1" if found.link_only else "0", "starts_at": starts_at, "ends_at": ends_at}


def _page(form: ActivityForm, draft: Draft, found: Activity | None = None) -> str:
    rows = draft.rows()
    return render_template("console/activity_form.html", form=form, draft=draft, rows=rows, activity=found, live=bool(found and _live(found)), prefix=PRICE,
                           most=MOST_PRICES, above=sum(1 for row in rows if row["off_bp"] is not None and row["off_bp"] < 0),
                           pictures=thumbnails([goods.product_id for goods in [*draft.goods.values(), *draft.found]]))
