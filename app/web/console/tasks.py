"""Tasks: what guides are asked to do, and how it goes by store and by guide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.orgs.queries import org_unit
from app.domain.people.audit import note
from app.domain.tasks import actions
from app.domain.tasks.models import TaskTemplate
from app.domain.tasks.queries import assignment_of, template_of
from app.domain.tasks.results import GUIDE_SORTS, TEMPLATE_SORTS, Counts, StoreResult, by_guide, by_store, templates_page
from app.domain.tasks.rules import standing
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.kernel.paging import paged
from app.web.shared import task_words as words
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.downloads import csv_response
from app.web.shared.errors import says
from app.web.shared.evidence_picture import picture_response
from app.web.shared.formats import moment
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console

STORE_SORTS = {"code": lambda one: one.code, "asked": lambda one: one.counts.asked, "late": lambda one: one.counts.late,
               "done": lambda one: one.counts.done / max(one.counts.asked, 1)}
BATCH = 1000


@console.get("/tasks")
def tasks() -> str:
    actor().require("guides:view")
    q, kind, state, sort = asked.text("q"), asked.one_of("kind", words.KINDS), asked.one_of("state", words.STANDS), _sort(TEMPLATE_SORTS, "-from")
    page = templates_page(db(), brand_id=brand_id(), today=asked.today(), within=actor().within, q=q, kind=kind, stands=state, sort=sort, number=page_number())
    return render_template("console/tasks.html", page=page, q=q, kind=kind, state=state, sort=sort, kinds=words.KINDS, stands=words.STANDS,
                           audiences=words.AUDIENCES, when=words.when, may_edit=actor().may("guides:edit"),
                           query=asked.query(q=q, kind=kind, state=state, sort=sort if sort != "-from" else ""))


@console.get("/tasks/<template_id>")
def task(template_id: str) -> str:
    """How it goes, by store. ?from= and ?to= are days, both included."""
    actor().require("guides:view")
    return _page(_template(template_id))


@console.get("/tasks/<template_id>/guides")
def task_guides(template_id: str) -> str:
    """Who did it, with what she handed in. ?store= ?state= ?q= ?from= ?to=."""
    actor().require("guides:view")
    found, here, sort = _template(template_id), _asked(), _sort(GUIDE_SORTS, "-day")
    page = by_guide(db(), brand_id=brand_id(), template_id=found.id, within=actor().within, sort=sort, number=page_number(), **here)
    days = {"from": here["from_"], "to": here["to"]}
    stores = by_store(db(), brand_id=brand_id(), template_id=found.id, within=actor().within)
    return render_template("console/task_guides.html", template=found, page=page, sort=sort, states=words.STATES, state_of=words.state_of, slots=words.SLOTS,
                           here=here, stores=stores, may_excuse=actor().may("guides:edit"),
                           query=asked.query(q=here["q"], state=here["state"], store=here["store_id"], sort=sort if sort != "-day" else "", **days))


@console.get("/tasks/<template_id>/results.csv")
def task_csv(template_id: str) -> ResponseReturnValue:
    actor().require("guides:view")
    found, here = _template(template_id), _asked()
    note(db(), action="export", subject_kind="task_templates", subject_id=found.id, subject_name=found.title,
         after={"filter": {name: str(value) for name, value in here.items() if value}})
    return csv_response(_table(found, here), f"task-{found.from_day.isoformat()}.csv")


@console.post("/tasks/<template_id>/<any(pause, resume, end):deed>")
def turn_task(template_id: str, deed: str) -> ResponseReturnValue:
    actor().require("guides:edit")
    key: dict[str, Any] = {"brand_id": brand_id(), "template_id": _template(template_id).id, "within": actor().within, "now": now(), "today": asked.today()}
    try:
        if deed == "end":
            turned = actions.end_template(db(), reason=request.form.get("reason", ""), **key)
        else:
            turned = actions.pause_template(db(), on=deed == "pause", **key)
    except Refused as refused:
        flash(says(refused), "bad")
        return redirect(url_for("console.task", template_id=key["template_id"]), 303)
    said = {"pause": gettext("已暂停，不再派新的"), "resume": gettext("已恢复，明天起照常派"), "end": gettext("“%(title)s”已结束", title=turned.title)}
    flash(said[deed], "ok")
    return redirect(url_for("console.task", template_id=turned.id), 303)


@console.post("/tasks/parts/<assignment_id>/excuse")
def excuse_task(assignment_id: str) -> ResponseReturnValue:
    actor().require("guides:edit")
    part = assignment_of(db(), brand_id=brand_id(), assignment_id=parse_id(assignment_id, "task"), within=actor().within)
    template_id, name = part.task.template_id, part.guide.name
    try:
        actions.excuse(db(), brand_id=brand_id(), assignment_id=part.id, within=actor().within, reason=request.form.get("reason", ""))
        flash(gettext("“%(name)s”这次免做", name=name), "ok")
    except Refused as refused:
        flash(says(refused), "bad")
    return redirect(url_for("console.task_guides", template_id=template_id), 303)


@console.get("/tasks/parts/<assignment_id>/photo.webp")
def task_photo(assignment_id: str) -> Response:
    actor().require("guides:view")
    return picture_response(assignment_of(db(), brand_id=brand_id(), assignment_id=parse_id(assignment_id, "task"), within=actor().within).picture_key)


def _template(template_id: str) -> TaskTemplate:
    return template_of(db(), brand_id=brand_id(), template_id=parse_id(template_id, "task_template"), within=actor().within)


def _sort(sorts: dict[str, Any], usual: str) -> str:
    return asked.one_of("sort", (*sorts, *(f"-{name}" for name in sorts))) or usual


def _asked() -> dict[str, Any]:
    return {"q": asked.text("q"), "state": asked.one_of("state", words.STATES), "store_id": asked.row_id("store"),
            "from_": asked.day("from"), "to": asked.day("to")}


def _page(found: TaskTemplate) -> str:
    first, last, sort = asked.day("from"), asked.day("to"), _sort(STORE_SORTS, "code")
    rows: list[StoreResult] = by_store(db(), brand_id=brand_id(), template_id=found.id, within=actor().within, from_=first, to=last)
    rows.sort(key=STORE_SORTS[sort.lstrip("-")], reverse=sort.startswith("-"))
    days = asked.query(**{"from": first, "to": last})
    state = standing(found, asked.today())
    unit = org_unit(db(), brand_id=brand_id(), unit_id=found.org_unit_id) if found.org_unit_id else None
    return render_template("console/task.html", template=found, unit=unit, total=sum((one.counts for one in rows), Counts()), state=state,
                           page=paged(rows, number=page_number()), stands=words.STANDS, kinds=words.KINDS, audiences=words.AUDIENCES, evidence=words.EVIDENCE,
                           when=words.when(found), sort=sort, days=days, query={**days, **asked.query(sort=sort if sort != "code" else "")},
                           may_edit=actor().may("guides:edit") and actions.is_own(found, actor().within))


def _table(found: TaskTemplate, here: dict[str, Any]) -> Iterator[list[str]]:
    yield [gettext("日期"), gettext("时段"), gettext("门店编号"), gettext("门店"), gettext("导购"), gettext("工号"), gettext("状态"), gettext("截止"),
           gettext("完成时间"), gettext("怎么完成的"), gettext("说明"), gettext("照片")]
    ways, number = {"tick": gettext("打勾"), "link": gettext("链接被打开"), "": ""}, 1
    while True:
        page = by_guide(db(), brand_id=brand_id(), template_id=found.id, within=actor().within, sort="day", number=number, size=BATCH, **here)
        for one in page.items:
            yield [one.day.isoformat(), str(words.SLOTS[one.slot]), one.store_code, one.store_name, one.guide_name, one.employee_no,
                   str(words.state_of(one.state, one.done_at)[0]), moment(one.due_at, "yyyy-MM-dd HH:mm"),
                   moment(one.done_at, "yyyy-MM-dd HH:mm") if one.done_at else "", ways[one.done_by], one.evidence or one.reason,
                   gettext("有") if one.picture_key else ""]
        if number >= page.pages:
            return
        number += 1
