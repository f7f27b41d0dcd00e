"""What a template may say, and how it and its tasks stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from app.kernel.errors import Conflict, Invalid, Refused
from app.kernel.texts import optional, required

KINDS = ("share", "follow_up", "script", "visit", "learn", "other")
AUDIENCES = ("all", "staff", "affiliate")
SCHEDULES = ("daily", "weekly", "once")
EVIDENCE = ("none", "text", "photo")
STATES = ("open", "done", "late", "excused")
STANDS = ("running", "coming", "paused", "ended")
SLOTS = {"morning": time(10), "noon": time(12, 30)}
"""When a part of the day begins, on the brand's clock."""
LINK = "{link}"
"""Where a script wants the guide's link."""
MOST_HOURS = 720
FARTHEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a template says, as it was asked; `to_day` None is open-ended, of a single day it is that day."""

    title: str
    kind: str
    from_day: date
    schedule: str = "daily"
    what: str = ""
    product_id: UUID | None = None
    activity_id: UUID | None = None
    audience: str = "all"
    org_unit_id: UUID | None = None
    segment_id: UUID | None = None
    weekday: int | None = None
    morning: bool = True
    noon: bool = False
    morning_script: str = ""
    noon_script: str = ""
    hours: int = 12
    evidence: str = "none"
    to_day: date | None = None


def words(*, title: str, what: str, morning_script: str, noon_script: str) -> dict[str, str]:
    """The texts of a template, clean; Refused at the field that is missing or too long."""
    return {"title": required(title, field="title", most=60), "what": optional(what, field="what", most=500),
            "morning_script": optional(morning_script, field="morning_script", most=500),
            "noon_script": optional(noon_script, field="noon_script", most=500)}


def check(terms: Terms, *, today: date) -> None:
    """Invalid with one Refused per field that no template may have."""
    wrong = [Refused("unknown", "没有这个选项", field=field) for field, known in
             (("kind", KINDS), ("audience", AUDIENCES), ("schedule", SCHEDULES), ("evidence", EVIDENCE)) if getattr(terms, field) not in known]
    if terms.schedule == "weekly" and not (terms.weekday and 1 <= terms.weekday <= 7):
        wrong.append(Refused("required", "请选择星期几", field="weekday"))
    if not (terms.morning or terms.noon):
        wrong.append(Refused("required", "早间、午间至少选一个", field="morning"))
    if not 1 <= terms.hours <= MOST_HOURS:
        wrong.append(Refused("out_of_range", "须在 %(low)d 到 %(high)d 之间", field="hours", low=1, high=MOST_HOURS))
    if not today <= terms.from_day <= today + FARTHEST:
        wrong.append(Refused("period_invalid", "开始日期不能早于今天，也不能太远", field="from_day"))
    if terms.kind == "script" and not ((terms.morning and terms.morning_script.strip()) or (terms.noon and terms.noon_script.strip())):
        wrong.append(Refused("required", "话术任务要写好话术", field="morning_script" if terms.morning else "noon_script"))
    wrong.extend(_last_day(terms.to_day, terms.from_day))
    if wrong:
        raise Invalid(wrong) if len(wrong) > 1 else wrong[0]


def require_last_day(to_day: date | None, *, from_day: date, today: date) -> None:
    """A changed last day: not before the first, nor one that has passed."""
    for refused in _last_day(to_day, max(from_day, today)):
        raise refused


def _last_day(to_day: date | None, earliest: date) -> list[Refused]:
    if to_day is None or earliest <= to_day <= earliest + FARTHEST:
        return []
    return [Refused("period_invalid", "结束日期不能早于开始日期和今天", field="to_day")]


def stands(*, from_day: date, to_day: date | None, noon: bool, hours: int, paused: bool, ended: bool, today: date) -> str:
    """One of STANDS. It runs until the last deadline: of its last day, from the last part of that day on."""
    if ended or (to_day is not None and last_due(to_day, noon=noon, hours=hours) < today):
        return "ended"
    return "paused" if paused else "coming" if from_day > today else "running"


def last_due(to_day: date, *, noon: bool, hours: int) -> date:
    """The day of the last deadline."""
    return (datetime.combine(to_day, SLOTS["noon" if noon else "morning"]) + timedelta(hours=hours)).date()


def standing(one: Any, today: date) -> str:
    """Of a template, see `stands`."""
    return stands(from_day=one.from_day, to_day=one.to_day, noon=one.noon, hours=one.hours, paused=one.paused_at is not None,
                  ended=one.ended_at is not None, today=today)


def said(script: str, link: str) -> str:
    """The script with her link where it wants it, else at its end."""
    return script.replace(LINK, link) if LINK in script else f"{script} {link}"


def handed_in(state: str, *, due_at: datetime, now: datetime) -> str:
    """The state of an assignment that is done at `now`: after the deadline it stays late. Conflict for one that is excused."""
    if state == "excused":
        raise Conflict("task_excused", "这件任务不用做了")
    return "done" if state == "open" and now < due_at else "late"
