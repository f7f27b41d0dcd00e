"""Split plans are added and ended, never edited: orders keep the plan they were frozen with (R4, R22)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.ledger.models import Payee
from app.domain.orgs.models import OrgUnit
from app.domain.people.audit import acting
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import parse_id
from app.kernel.locks import one_at_a_time
from app.kernel.money import FULL_BP, MAX_MINOR

from .models import SplitPlan, SplitShare

ROLES = ("store", "fulfilling_store", "dealer", "mall", "region")


def add_plan(session: Session, *, brand_id: int, org_unit_id: UUID | None, shares: Sequence[Mapping[str, Any]],
             effective_from: datetime | None = None, effective_to: datetime | None = None, now: datetime) -> SplitPlan:
    """Saves a plan for a unit and what is below it (None: the whole brand); the one in force later wins from then on.

    `shares` are {role, rate_bp, min, max, payee_id} with amounts in minor units per order line; without a payee the share is
    the order's own unit's, or for `fulfilling_store` whoever ships. A start that has passed is now (R4). The caller proves the
    whole by `flows.guard_margin` before committing.
    """
    one_at_a_time(session, f"terms:{brand_id}")
    if org_unit_id is not None and session.scalar(select(OrgUnit.id).where(OrgUnit.id == org_unit_id)) is None:
        raise NotFound("org_unit", org_unit_id)
    start = max(effective_from or now, now)
    if effective_to is not None and effective_to <= start:
        raise Refused("period_invalid", "结束时间要晚于生效时间", field="effective_to")
    number = (session.scalar(select(func.max(SplitPlan.number))) or 0) + 1
    plan = SplitPlan(brand_id=brand_id, number=number, org_unit_id=org_unit_id, effective_from=start, effective_to=effective_to,
                     created_by=acting(session).name)
    plan.shares = [_share(session, brand_id, position, share) for position, share in enumerate(shares)]
    _refuse_twice(plan.shares)
    session.add(plan)
    session.flush()
    return plan


def end_plan(session: Session, *, brand_id: int, plan_id: UUID, at: datetime | None = None, now: datetime) -> SplitPlan:
    """The plan stops applying to new orders at `at` (default now); what is inherited applies again."""
    plan = session.scalar(select(SplitPlan).where(SplitPlan.id == plan_id).with_for_update())
    if plan is None:
        raise NotFound("split_plan", plan_id)
    moment = max(at or now, now, plan.effective_from + plan.effective_from.resolution)
    if plan.effective_to is not None and plan.effective_to <= moment:
        raise Conflict("already_ended", "这个方案已经结束")
    plan.effective_to = moment
    session.flush()
    return plan


def _share(session: Session, brand_id: int, position: int, share: Mapping[str, Any]) -> SplitShare:
    field = f"shares.{position}"
    role, rate = share.get("role"), share.get("rate_bp") or 0
    if role not in ROLES:
        raise Refused("role_unknown", "不认识分账角色", field=f"{field}.role")
    if not isinstance(rate, int) or not 0 <= rate <= FULL_BP:
        raise Refused("rate_invalid", "比例要在 0 到 100%% 之间", field=f"{field}.rate_bp")
    low, high = share.get("min"), share.get("max")
    for name, value in (("min", low), ("max", high)):
        if value is not None and not 0 <= value < MAX_MINOR:
            raise Refused("amount_out_of_range", "金额超出范围", field=f"{field}.{name}")
    if low is not None and high is not None and high < low:
        raise Refused("max_below_min", "上限不能小于下限", field=f"{field}.max")
    return SplitShare(brand_id=brand_id, position=position, role=role, rate_bp=rate, min_minor=low, max_minor=high,
                      payee_id=_payee(session, share.get("payee_id")))


def _payee(session: Session, payee_id: object) -> UUID | None:
    if payee_id in (None, ""):
        return None
    known = parse_id(payee_id, "payee")
    if session.scalar(select(Payee.id).where(Payee.id == known, Payee.party == "org_unit")) is None:
        raise NotFound("payee", payee_id)
    return known


def _refuse_twice(shares: Sequence[SplitShare]) -> None:
    """One payee has one share of a role on a line (R18): a role goes once to the order's own unit, or to named payees.

    Both together could meet in one payee, and no order could be placed under the plan.
    """
    seen: dict[str, set[UUID | None]] = {}
    for position, share in enumerate(shares):
        others = seen.setdefault(share.role, set())
        if share.payee_id in others or None in others or (share.payee_id is None and others):
            raise Refused("share_twice", "同一角色、同一收款方只能有一份", field=f"shares.{position}.role")
        others.add(share.payee_id)
