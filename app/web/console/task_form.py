"""Making a task, and changing its words."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField

from app.domain.care.queries import segments
from app.domain.catalog.models import Product
from app.domain.orgs.queries import tree
from app.domain.promotions.models import Activity
from app.domain.tasks.actions import add_template, change_template, is_own
from app.domain.tasks.models import TaskTemplate
from app.domain.tasks.queries import template_of
from app.domain.tasks.rules import Terms
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.web.shared import task_words as words
from app.web.shared.application import now
from app.web.shared.asking import options, tell, whole
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console
from .rehearsal import all_or_nothing

MOST_CHOICES = 1000
DATE = {"type": "date"}
ABOUT = ("product_id", "activity_id", "org_unit_id", "segment_id")
TEXTS = ("title", "kind", "what", "audience", "schedule", "morning_script", "noon_script", "evidence")


class TaskForm(FlaskForm):
    title = StringField(_l("标题"), render_kw={"maxlength": 60})
    kind = SelectField(_l("类型"), choices=options(words.KINDS.items()), validate_choice=False)
    what = TextAreaField(_l("怎么做"), render_kw={"rows": 3, "maxlength": 500})
    product_id = SelectField(_l("关于哪个商品"), validate_choice=False)
    activity_id = SelectField(_l("关于哪个活动"), validate_choice=False)
    audience = RadioField(_l("派给谁"), choices=options(words.AUDIENCES.items()), default="all", validate_choice=False)
    org_unit_id = SelectField(_l("哪些门店"), validate_choice=False)
    segment_id = SelectField(_l("关于哪个人群的客户"), validate_choice=False)
    schedule = RadioField(_l("哪些天"), choices=options(words.SCHEDULES.items()), default="daily", validate_choice=False)
    weekday = SelectField(_l("星期几"), validate_choice=False)
    from_day = StringField(_l("从哪天起"), render_kw=DATE)
    to_day = StringField(_l("到哪天为止"), render_kw=DATE)
    morning = BooleanField(words.SLOTS["morning"], default=True)
    noon = BooleanField(words.SLOTS["noon"])
    morning_script = TextAreaField(_l("早间话术"), render_kw={"rows": 3, "maxlength": 500})
    noon_script = TextAreaField(_l("午间话术"), render_kw={"rows": 3, "maxlength": 500})
    hours = StringField(_l("多久内做完"), default="12", render_kw={"inputmode": "numeric", "maxlength": 3})
    evidence = RadioField(_l("怎么算做完"), choices=options(words.EVIDENCE.items()), default="none", validate_choice=False)


@console.route("/tasks/new", methods=["GET", "POST"])
def new_task() -> ResponseReturnValue:
    actor().require("guides:edit")
    form = TaskForm()
    if not form.is_submitted():
        form.from_day.data, form.product_id.data, form.kind.data = asked.today().isoformat(), request.args.get("product", ""), "share"
        return _page(form)
    try:
        with all_or_nothing():
            made = add_template(db(), brand_id=brand_id(), terms=_terms(form), within=actor().within, today=asked.today())
    except Refused as refused:
        tell(form, refused)
        return _page(form), 422
    flash(gettext("“%(title)s”已派好，到点自动出现在导购的“今天”里。", title=made.title), "ok")
    return redirect(url_for("console.task", template_id=made.id), 303)


@console.route("/tasks/<template_id>/edit", methods=["GET", "POST"])
def edit_task(template_id: str) -> ResponseReturnValue:
    """Its words and its last day; the rest stays, so that results compare."""
    actor().require("guides:edit")
    found = template_of(db(), brand_id=brand_id(), template_id=parse_id(template_id, "task_template"), within=actor().within)
    if not is_own(found, actor().within):
        raise NotFound("task_template", template_id)
    form = TaskForm(data={"title": found.title, "what": found.what, "morning_script": found.morning_script, "noon_script": found.noon_script,
                          "to_day": found.to_day.isoformat() if found.to_day else ""})
    if not form.is_submitted():
        return _page(form, found)
    try:
        with all_or_nothing():
            change_template(db(), brand_id=brand_id(), template_id=found.id, within=actor().within, today=asked.today(),
                            to_day=day_of(form.to_day) if form.to_day.data else None,
                            **{name: form._fields[name].data or "" for name in ("title", "what", "morning_script", "noon_script")})
    except Refused as refused:
        tell(form, refused)
        return _page(form, found), 422
    flash(gettext("已保存"), "ok")
    return redirect(url_for("console.task", template_id=found.id), 303)


def day_of(field: Any) -> date:
    """A date field, as 2026-11-22; Refused for anything else."""
    try:
        value = date.fromisoformat((field.data or "").strip())
    except ValueError:
        value = asked.LATEST
    if not asked.EARLIEST <= value < asked.LATEST:
        raise Refused("day_invalid", "请填写日期", field=field.name)
    return value


def _terms(form: TaskForm) -> Terms:
    fields = form._fields
    ids: dict[str, Any] = {name: parse_id(fields[name].data, name) if fields[name].data else None for name in ABOUT}
    texts: dict[str, Any] = {name: fields[name].data or "" for name in TEXTS}
    weekly = texts["schedule"] == "weekly"
    return Terms(**texts, **ids, weekday=whole(form.weekday.data or "0", field="weekday") if weekly else None, morning=bool(form.morning.data),
                 noon=bool(form.noon.data), hours=whole(form.hours.data, field="hours"), from_day=day_of(form.from_day),
                 to_day=day_of(form.to_day) if form.to_day.data and texts["schedule"] != "once" else None)


def _page(form: TaskForm, found: TaskTemplate | None = None) -> str:
    if found is None:
        _offer(form)
    return render_template("console/task_form.html", form=form, template=found, evidence_help=gettext("分享任务：有顾客打开她的链接就自动算完成。"))


def _offer(form: TaskForm) -> None:
    """Fill the pickers, with what is on sale, on, and inside the scope."""
    goods = db().execute(select(Product.id, Product.title).where(Product.brand_id == brand_id(), Product.status == "published", Product.tombstoned_at.is_(None))
                         .order_by(Product.title, Product.id).limit(MOST_CHOICES)).all()
    activities = db().execute(select(Activity.id, Activity.name).where(Activity.brand_id == brand_id(), Activity.ends_at > now())
                              .order_by(Activity.starts_at, Activity.id).limit(MOST_CHOICES)).all()
    units = [(row.unit.id, "　" * row.depth + row.unit.name) for row in tree(db(), brand_id=brand_id(), within=actor().within) if row.unit.status == "open"]
    form.product_id.choices = options([("", gettext("不限")), *((row[0], row[1]) for row in goods)])
    form.activity_id.choices = options([("", gettext("不限")), *((row[0], row[1]) for row in activities)])
    form.org_unit_id.choices = options(units if actor().within is not None else [("", gettext("全品牌")), *units])
    form.segment_id.choices = options([("", gettext("不限")), *((one.id, one.name) for one in segments(db(), brand_id=brand_id()))])
    form.weekday.choices = options(words.weekdays())
