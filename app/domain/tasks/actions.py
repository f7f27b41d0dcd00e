"""Templates are made, paused and ended; assignments are handed in or excused. Scope (`within`): an org path, None for the whole brand."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.models import Product
from app.domain.orgs.models import OrgUnit
from app.domain.orgs.rules import is_inside
from app.domain.people.audit import acting
from app.domain.promotions.models import Activity
from app.kernel.db import BrandOwned, gather
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.texts import optional, required

from . import rules
from .models import TaskAssignment, TaskTemplate
from .queries import assignment_of, template_of
from .rules import Terms

EXCUSE_OPEN = """UPDATE task_assignments a SET state = 'excused', reason = %(reason)s FROM tasks t
WHERE a.brand_id = %(brand_id)s AND t.brand_id = a.brand_id AND t.id = a.task_id AND t.template_id = %(template)s AND a.state = 'open'"""

SEGMENT = "SELECT id FROM segments WHERE brand_id = %(brand_id)s AND id = %(id)s"


def add_template(session: Session, *, brand_id: int, terms: Terms, within: str | None, today: date) -> TaskTemplate:
    """Who has a scope names a unit inside it. Refused or Invalid by field; NotFound for a unit, product or activity that is not there."""
    rules.check(terms, today=today)
    texts = rules.words(title=terms.title, what=terms.what, morning_script=terms.morning_script if terms.morning else "",
                        noon_script=terms.noon_script if terms.noon else "")
    _require_unit(session, brand_id, terms.org_unit_id, within)
    for model, key in ((Product, terms.product_id), (Activity, terms.activity_id)):
        _require(session, brand_id, model, key)
    if terms.segment_id is not None and not gather(session, (SEGMENT, {"brand_id": brand_id, "id": terms.segment_id}))[0]:
        raise NotFound("segment", terms.segment_id)
    plain = asdict(terms) | texts | {"weekday": terms.weekday if terms.schedule == "weekly" else None,
                                     "to_day": terms.from_day if terms.schedule == "once" else terms.to_day}
    made = TaskTemplate(brand_id=brand_id, id=new_id(), created_by=acting(session).name, **plain)
    session.add(made)
    session.flush()
    return made


def change_template(session: Session, *, brand_id: int, template_id: UUID, within: str | None, title: str, what: str, morning_script: str,
                    noon_script: str, to_day: date | None, today: date) -> TaskTemplate:
    """Words, and until when. Whom it is for and when stay, so that results compare; Conflict once it has ended."""
    found = _own(session, brand_id, template_id, within, today)
    texts = rules.words(title=title, what=what, morning_script=morning_script if found.morning else "", noon_script=noon_script if found.noon else "")
    if found.kind == "script" and not (texts["morning_script"] or texts["noon_script"]):
        raise Refused("required", "话术任务要写好话术", field="morning_script" if found.morning else "noon_script")
    if found.schedule != "once" and to_day != found.to_day:
        rules.require_last_day(to_day, from_day=found.from_day, today=today)
        found.to_day = to_day
    for name, text in texts.items():
        setattr(found, name, text)
    session.flush()
    return found


def pause_template(session: Session, *, brand_id: int, template_id: UUID, within: str | None, on: bool, now: datetime, today: date) -> TaskTemplate:
    """While it is paused nobody is asked anew; what is open stays open. A day that passes meanwhile is not made up for."""
    found = _own(session, brand_id, template_id, within, today)
    found.paused_at = (found.paused_at or now) if on else None
    session.flush()
    return found


def end_template(session: Session, *, brand_id: int, template_id: UUID, within: str | None, reason: str, now: datetime, today: date) -> TaskTemplate:
    """For good. Who has it open need not do it any more; what was done stays counted."""
    found = _own(session, brand_id, template_id, within, today)
    found.ended_at = now
    session.flush()
    gather(session, (EXCUSE_OPEN, {"brand_id": brand_id, "template": found.id, "reason": optional(reason, field="reason", most=200)}))
    session.expire_all()
    return found


def hand_in(session: Session, *, brand_id: int, guide_id: UUID, assignment_id: UUID, text: str, picture_key: str, now: datetime) -> TaskAssignment:
    """She says it is done, with the evidence its template asks for. Done twice is done once, as it was first."""
    found = assignment_of(session, brand_id=brand_id, assignment_id=assignment_id, guide_id=guide_id, lock=True)
    if found.done_at is not None:
        return found
    state = rules.handed_in(found.state, due_at=found.task.due_at, now=now)
    wanted, text = found.task.template.evidence, optional(text, field="evidence", most=500)
    if wanted == "text" and not text:
        raise Refused("required", "写一句做得怎么样", field="evidence")
    if wanted == "photo" and not picture_key:
        raise Refused("required", "请附一张照片", field="picture")
    found.state, found.done_at, found.done_by, found.evidence, found.picture_key = state, now, "tick", text, picture_key
    session.flush()
    return found


def excuse(session: Session, *, brand_id: int, assignment_id: UUID, within: str | None, reason: str) -> TaskAssignment:
    """She need not do it, for a reason that stays on it. Conflict for what is done already."""
    found = assignment_of(session, brand_id=brand_id, assignment_id=assignment_id, within=within, lock=True)
    if found.done_at is not None:
        raise Conflict("task_done", "她已经做了，不用免")
    found.reason = required(reason, field="reason", most=200)
    found.state = "excused"
    session.flush()
    return found


def _own(session: Session, brand_id: int, template_id: UUID, within: str | None, today: date) -> TaskTemplate:
    """One that the actor may change: a manager only what is for units of her own."""
    found = template_of(session, brand_id=brand_id, template_id=template_id, within=within, lock=True)
    if not is_own(found, within):
        raise Refused("task_not_yours", "这是总部的任务，只有总部能改")
    if rules.standing(found, today) == "ended":
        raise Conflict("already_ended", "这个任务已经结束")
    return found


def is_own(found: TaskTemplate, within: str | None) -> bool:
    return within is None or (found.org_unit is not None and is_inside(found.org_unit.path, within))


def _require_unit(session: Session, brand_id: int, unit_id: UUID | None, within: str | None) -> None:
    if unit_id is None:
        if within is not None:
            raise Refused("required", "请选择你管理的门店或组织", field="org_unit_id")
        return
    path = session.scalar(select(OrgUnit.path).where(OrgUnit.brand_id == brand_id, OrgUnit.id == unit_id))
    if path is None or not is_inside(path, within):
        raise NotFound("org_unit", unit_id)


def _require(session: Session, brand_id: int, model: type[BrandOwned], key: UUID | None) -> None:
    if key is not None and session.scalar(select(model.id).where(model.brand_id == brand_id, model.id == key)) is None:
        raise NotFound(model.__name__.lower(), key)
