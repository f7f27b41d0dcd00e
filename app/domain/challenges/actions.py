"""A challenge is made and called off; paying it is a flow."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.orgs.queries import org_unit
from app.domain.people.audit import acting
from app.kernel.errors import Conflict
from app.kernel.ids import new_id
from app.kernel.texts import optional, required

from . import rules
from .models import Challenge
from .queries import challenge_of


def add_challenge(session: Session, *, brand_id: int, title: str, what: str = "", org_unit_id: UUID | None = None, goal_kind: str, goal: int,
                  reward_minor: int, budget_minor: int, from_day: date, to_day: date, today: date) -> Challenge:
    """For guides of stores at or below a unit, or of the whole brand. Refused by field."""
    title, what = required(title, field="title", most=60), optional(what, field="what", most=500)
    rules.check(goal_kind=goal_kind, goal=goal, reward_minor=reward_minor, budget_minor=budget_minor, from_day=from_day, to_day=to_day, today=today)
    if org_unit_id is not None:
        org_unit(session, brand_id=brand_id, unit_id=org_unit_id)
    actor = acting(session)
    made = Challenge(brand_id=brand_id, id=new_id(), title=title, what=what, org_unit_id=org_unit_id, goal_kind=goal_kind, goal=goal,
                     reward_minor=reward_minor, budget_minor=budget_minor, rewarded_minor=0, from_day=from_day, to_day=to_day, state="open",
                     created_by_id=actor.ref, created_by=actor.name)
    session.add(made)
    session.flush()
    return made


def cancel_challenge(session: Session, *, brand_id: int, challenge_id: UUID, now: datetime, today: date) -> Challenge:
    """Only before it begins: once guides sell for it, the promise stands. Conflict afterwards."""
    found = challenge_of(session, brand_id=brand_id, challenge_id=challenge_id, lock=True)
    if rules.stands(state=found.state, from_day=found.from_day, to_day=found.to_day, today=today) != "coming":
        raise Conflict("challenge_begun", "已经开始的挑战赛不能取消，答应导购的要算数")
    decide(session, found, "cancelled", now)
    return found


def decide(session: Session, found: Challenge, state: str, now: datetime) -> None:
    """Writes down who ended it, and how."""
    actor = acting(session)
    found.state, found.decided_by_id, found.decided_by, found.decided_at = state, actor.ref, actor.name, now
    session.flush()
