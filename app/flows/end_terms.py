"""A rule or a split plan is ended: what stood below it holds again, and must fit like anything that is saved (R22)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.commission import actions as rates
from app.domain.commission.models import CommissionRule
from app.domain.splits import actions as splits
from app.domain.splits.models import SplitPlan
from app.flows.guard_margin import guarded


def end_rule(session: Session, *, brand_id: int, rule_id: UUID, at: datetime | None = None, now: datetime) -> CommissionRule:
    """Refuses to uncover a lower rule under which some order would exceed; the refusal names that one."""
    with guarded(session, brand_id=brand_id, now=now, field=None):
        return rates.end_rule(session, brand_id=brand_id, rule_id=rule_id, at=at, now=now)


def end_plan(session: Session, *, brand_id: int, plan_id: UUID, at: datetime | None = None, now: datetime) -> SplitPlan:
    """Refuses where the plan inherited from above takes more than the rules leave."""
    with guarded(session, brand_id=brand_id, now=now, field=None):
        return splits.end_plan(session, brand_id=brand_id, plan_id=plan_id, at=at, now=now)
