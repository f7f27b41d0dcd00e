"""/tasks: what guides are asked to do, and how it goes by store."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Date, literal, literal_column, or_, select

from app.domain.tasks.actions import add_template, end_template, pause_template
from app.domain.tasks.models import TaskTemplate
from app.domain.tasks.results import LAST_DUE, StoreResult, by_store
from app.domain.tasks.rules import AUDIENCES, EVIDENCE, KINDS, MOST_HOURS, SCHEDULES, STANDS, Terms, standing
from app.kernel.clock import local_day
from app.web.shared.application import now
from app.web.shared.serving import brand, brand_id, db

from .fields import Choice, Day, Flag, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "guides"}
SCRIPT = {"description": "Ready words; `{link}` is where each guide's own link goes, else it is put at the end."}


class TaskOut(Shape):
    id = Ref("task")
    title = Text(60)
    what = Text(500)
    kind = Choice(*KINDS)
    product_id = Ref("product", allow_none=True)
    activity_id = Ref("activity", allow_none=True)
    audience = Choice(*AUDIENCES)
    org_unit_id = Ref("org unit", allow_none=True)
    segment_id = Ref("segment", allow_none=True)
    schedule = Choice(*SCHEDULES)
    weekday = Whole(1, 7, allow_none=True)
    morning = Flag()
    noon = Flag()
    morning_script = Text(500)
    noon_script = Text(500)
    hours = Whole(1, MOST_HOURS)
    evidence = Choice(*EVIDENCE)
    from_day = Day()
    to_day = Day(allow_none=True)
    state = Choice(*STANDS)
    created_at = When()


class NewTask(Shape):
    title = Text(60, least=1, required=True)
    what = Text(500, load_default="")
    kind = Choice(*KINDS, required=True, metadata={"description": "A `share` task is done by itself when somebody else opened a link of hers to the product."})
    product_id = Ref("product", load_default=None, allow_none=True)
    activity_id = Ref("activity", load_default=None, allow_none=True, metadata={"description": "Asked only until the activity ends."})
    audience = Choice(*AUDIENCES, load_default="all")
    org_unit_id = Ref("org unit", load_default=None, allow_none=True, metadata={"description": "Guides of stores at or below it; null is the whole brand."})
    segment_id = Ref("segment", load_default=None, allow_none=True, metadata={
        "description": "Only guides who serve customers of this segment are asked, and find them in the task."})
    schedule = Choice(*SCHEDULES, load_default="daily")
    weekday = Whole(1, 7, load_default=None, allow_none=True, metadata={"description": "1 is Monday; only with `weekly`."})
    morning = Flag(load_default=True, metadata={"description": "From 10:00 of the brand's clock."})
    noon = Flag(load_default=False, metadata={"description": "From 12:30; with `morning` it is asked twice a day."})
    morning_script = Text(500, load_default="", metadata=SCRIPT)
    noon_script = Text(500, load_default="", metadata=SCRIPT)
    hours = Whole(1, MOST_HOURS, load_default=12, metadata={"description": "From when it is asked to its deadline."})
    evidence = Choice(*EVIDENCE, load_default="none")
    from_day = Day(load_default=None, allow_none=True, metadata={"description": "The brand's own day; without it today."})
    to_day = Day(load_default=None, allow_none=True, metadata={"description": "Included; null is open-ended."})


class EndTask(Shape):
    reason = Text(200, load_default="", metadata={"description": "Told to guides who have it open."})


class TaskQuery(Paging):
    kind = Choice(*KINDS, load_default=None)
    state = Choice(*STANDS, load_default=None)
    org_unit_id = Ref("org unit", load_default=None)


class ResultQuery(Shape):
    from_day = Day(load_default=None)
    to_day = Day(load_default=None, metadata={"description": "Included."})


class StoreOut(Shape):
    id = Ref("store")
    code = Text(40)
    name = Text(80)
    asked = Whole(metadata={"description": "Guides times days, without the excused."})
    done = Whole(metadata={"description": "In time."})
    late = Whole()
    made_up = Whole(metadata={"description": "Of the late, done after all."})
    open = Whole()
    excused = Whole()


class Results(Shape):
    stores = Nest(StoreOut, many=True)


@v1.get("/tasks", listed=TaskOut, query=TaskQuery, scope="guides:read", summary="Tasks", **TAG)
def list_tasks(query: dict[str, Any]) -> Rows:
    statement = select(TaskTemplate)
    if query["state"]:
        statement = statement.where(_standing(query["state"]))
    page = listed(statement, TaskTemplate, query, "kind", "org_unit_id")
    return Rows([_shown(one) for one in page.items], page.next_cursor)


@v1.get("/tasks/<id>", out=TaskOut, scope="guides:read", summary="One task", **TAG)
def get_task(id: str) -> dict[str, Any]:
    return _shown(found(TaskTemplate, id))


@v1.post("/tasks", body=NewTask, out=TaskOut, status=201, scope="guides:write", summary="Give out a task", **TAG)
def make_task(body: dict[str, Any]) -> dict[str, Any]:
    """On its days each active guide it is for has it in her app from 10:00 or 12:30 of the brand's clock until its deadline.

    What was not asked on a day, because it was paused or its goods were taken off, is not made up for.
    """
    terms = Terms(**body | {"from_day": body["from_day"] or _today()})
    made = add_template(db(), brand_id=brand_id(), terms=terms, within=None, today=_today())
    return _shown(found(TaskTemplate, made.id, fresh=True))


@v1.post("/tasks/<id>/pause", out=TaskOut, scope="guides:write", summary="Pause a task", **TAG)
def pause_task(id: str) -> dict[str, Any]:
    """Nobody is asked anew; what is open stays open."""
    return _turned(id, on=True)


@v1.post("/tasks/<id>/resume", out=TaskOut, scope="guides:write", summary="Resume a task", **TAG)
def resume_task(id: str) -> dict[str, Any]:
    return _turned(id, on=False)


@v1.post("/tasks/<id>/end", body=EndTask, out=TaskOut, scope="guides:write", summary="End a task", **TAG)
def end_task(id: str, body: dict[str, Any]) -> dict[str, Any]:
    """For good. Guides who have it open are excused; what was done stays counted. 409 `already_ended`."""
    key = found(TaskTemplate, id).id
    end_template(db(), brand_id=brand_id(), template_id=key, within=None, reason=body["reason"], now=now(), today=_today())
    return _shown(found(TaskTemplate, key, fresh=True))


@v1.get("/tasks/<id>/results", query=ResultQuery, out=Results, scope="guides:read", summary="How a task goes, by store", **TAG)
def task_results(id: str, query: dict[str, Any]) -> dict[str, Any]:
    rows = by_store(db(), brand_id=brand_id(), template_id=found(TaskTemplate, id).id, from_=query["from_day"], to=query["to_day"])
    return {"stores": [_store(row) for row in rows]}


def _today() -> Any:
    return local_day(now(), brand().timezone)


def _turned(id: str, *, on: bool) -> dict[str, Any]:
    key = found(TaskTemplate, id).id
    pause_template(db(), brand_id=brand_id(), template_id=key, within=None, on=on, now=now(), today=_today())
    return _shown(found(TaskTemplate, key, fresh=True))


def _shown(one: TaskTemplate) -> dict[str, Any]:
    return {name: getattr(one, name) for name in TaskOut().fields if name != "state"} | {"state": standing(one, _today())}


_LAST_DUE: Any = literal_column(LAST_DUE.replace("p.", "task_templates."), Date)


def _standing(state: str) -> ColumnElement[bool]:
    ended = or_(TaskTemplate.ended_at.is_not(None), _LAST_DUE.is_not(None) & (literal(_today()) > _LAST_DUE))
    coming, paused = TaskTemplate.from_day > _today(), TaskTemplate.paused_at.is_not(None)
    return {"ended": ended, "paused": ~ended & paused, "coming": ~ended & ~paused & coming, "running": ~ended & ~paused & ~coming}[state]


def _store(row: StoreResult) -> dict[str, Any]:
    return {"id": row.id, "code": row.code, "name": row.name, **{name: getattr(row.counts, name) for name in row.counts.__slots__}}
