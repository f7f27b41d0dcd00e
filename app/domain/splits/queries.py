"""Which plan holds for which unit: its own, or the nearest above it, or the brand's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.orgs.models import OrgUnit
from app.kernel.errors import NotFound

from .models import SplitPlan


def current_plans(session: Session, *, brand_id: int, now: datetime) -> list[SplitPlan]:
    """Plans in force or still to come, newest first."""
    statement = select(SplitPlan).where(or_(SplitPlan.effective_to.is_(None), SplitPlan.effective_to > now))
    return list(session.scalars(statement.order_by(SplitPlan.effective_from.desc(), SplitPlan.number.desc())))


def plan_by_id(session: Session, *, brand_id: int, plan_id: UUID) -> SplitPlan:
    plan = session.scalar(select(SplitPlan).where(SplitPlan.id == plan_id))
    if plan is None:
        raise NotFound("split_plan", plan_id)
    return plan


def ancestry(unit: OrgUnit) -> list[UUID]:
    """The unit and everything above it, nearest first."""
    return [UUID(part) for part in reversed(unit.path.strip("/").split("/"))]


def plan_for(unit: OrgUnit | None, plans: Sequence[SplitPlan], at: datetime) -> SplitPlan | None:
    """The plan a new order of this unit (None: the brand's own) would be split by (R22); `plans` newest first."""
    live = [plan for plan in plans if plan.effective_from <= at and (plan.effective_to is None or at < plan.effective_to)]
    for unit_id in [*(ancestry(unit) if unit else ()), None]:
        found = next((plan for plan in live if plan.org_unit_id == unit_id), None)
        if found:
            return found
    return None
