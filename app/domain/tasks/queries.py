"""Templates, and whose part in them stands how; inside a scope (`within`: an org path, None for the whole brand)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, literal, or_, select, true
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.domain.orgs.models import OrgUnit
from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import Task, TaskAssignment, TaskTemplate

MOST_OPEN = 50


def template_of(session: Session, *, brand_id: int, template_id: UUID, within: str | None = None, lock: bool = False) -> TaskTemplate:
    """One that reaches into the scope: of a unit inside it, of a unit above it, or of the whole brand."""
    statement = (select(TaskTemplate).outerjoin(OrgUnit, (OrgUnit.brand_id == TaskTemplate.brand_id) & (OrgUnit.id == TaskTemplate.org_unit_id))
                 .where(TaskTemplate.brand_id == brand_id, TaskTemplate.id == template_id, reaches(within)))
    if lock:
        statement = statement.with_for_update(of=TaskTemplate).execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise NotFound("task_template", template_id)
    return found


def reaches(within: str | None) -> ColumnElement[bool]:
    """Condition on OrgUnit, outer-joined to a template."""
    if within is None:
        return true()
    return or_(OrgUnit.id.is_(None), OrgUnit.path.startswith(within, autoescape=True), literal(within).startswith(OrgUnit.path))


def assignment_of(session: Session, *, brand_id: int, assignment_id: UUID, guide_id: UUID | None = None, within: str | None = None,
                  lock: bool = False) -> TaskAssignment:
    """One guide's part; another guide's, or one outside the scope, is not found."""
    statement = (select(TaskAssignment).join(OrgUnit, (OrgUnit.brand_id == TaskAssignment.brand_id) & (OrgUnit.id == TaskAssignment.store_id))
                 .where(TaskAssignment.brand_id == brand_id, TaskAssignment.id == assignment_id))
    if guide_id is not None:
        statement = statement.where(TaskAssignment.guide_id == guide_id)
    if within is not None:
        statement = statement.where(OrgUnit.path.startswith(within, autoescape=True))
    if lock:
        statement = statement.with_for_update(of=TaskAssignment).execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise NotFound("task", assignment_id)
    return found


def open_tasks(session: Session, *, brand_id: int, guide_id: UUID, now: datetime) -> Sequence[TaskAssignment]:
    """What she has to do now, the nearest deadline first."""
    return session.scalars(_hers(brand_id, guide_id).where(TaskAssignment.state == "open", Task.due_at > now)
                           .order_by(Task.due_at, TaskAssignment.id).limit(MOST_OPEN)).all()


def guide_tasks_page(session: Session, *, brand_id: int, guide_id: UUID, state: str, now: datetime, number: int = 1) -> Page:
    """Of one of open, done, late. Past its deadline a task is late, whether the clock has marked it or not; what was handed in late is done."""
    late = TaskAssignment.done_at.is_(None) & (Task.due_at <= now) & TaskAssignment.state.in_(("open", "late"))
    conditions = {"open": (TaskAssignment.state == "open") & (Task.due_at > now), "done": TaskAssignment.done_at.is_not(None), "late": late}
    order = Task.due_at.asc() if state == "open" else Task.due_at.desc()
    return numbered(session, _hers(brand_id, guide_id).where(conditions[state]).order_by(order, TaskAssignment.id), number=number)


def guide_task_counts(session: Session, *, brand_id: int, guide_id: UUID, now: datetime) -> dict[str, int]:
    state = case((TaskAssignment.done_at.is_not(None), "done"), (TaskAssignment.state == "excused", "excused"), (Task.due_at <= now, "late"), else_="open")
    rows = session.execute(select(state, func.count()).select_from(TaskAssignment).join(Task, _of_task())
                           .where(TaskAssignment.brand_id == brand_id, TaskAssignment.guide_id == guide_id).group_by(state))
    return {row[0]: row[1] for row in rows}


def _hers(brand_id: int, guide_id: UUID) -> Select[TaskAssignment]:
    return (select(TaskAssignment).join(Task, _of_task()).join(Task.template)
            .options(contains_eager(TaskAssignment.task).contains_eager(Task.template).options(joinedload(TaskTemplate.product)))
            .where(TaskAssignment.brand_id == brand_id, TaskAssignment.guide_id == guide_id))


def _of_task() -> ColumnElement[bool]:
    return (Task.brand_id == TaskAssignment.brand_id) & (Task.id == TaskAssignment.task_id)
