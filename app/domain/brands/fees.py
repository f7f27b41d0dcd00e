"""What the platform takes of a brand's orders: plans are added, never edited; orders keep what was frozen on them (R4, R22, R28)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time
from app.kernel.texts import optional

from .models import PlatformFeePlan
from .rules import FeePlan, require_fee, require_fee_party

MOST_FREE_DAYS = 3_660


def add_fee_plan(session: Session, *, brand_id: int, rate_bp: int, storefront_bp: int | None = None, free_days: int = 0,
                 provider_fee_party: str = "brand", effective_from: datetime | None = None, note: str = "", created_by: str = "",
                 now: datetime) -> PlatformFeePlan:
    """The plan that begins last holds, for new orders only; a start that has passed is now.

    Rates in basis points of the base: `rate_bp` for orders through a guide's link, `storefront_bp` (default the same) for the
    others. `provider_fee_party` bears the payment provider's fee, brand or platform. The caller proves that every order still
    fits by `flows.guard_margin` before committing.
    """
    one_at_a_time(session, f"terms:{brand_id}")
    if not 0 <= free_days <= MOST_FREE_DAYS:
        raise Refused("free_days_invalid", "免收天数要在 0 到 %(most)d 之间", field="free_days", most=MOST_FREE_DAYS)
    number = (session.scalar(select(func.max(PlatformFeePlan.number)).where(PlatformFeePlan.brand_id == brand_id)) or 0) + 1
    plan = PlatformFeePlan(
        brand_id=brand_id, id=new_id(), number=number, rate_bp=require_fee(rate_bp, field="rate_bp"),
        storefront_bp=require_fee(rate_bp if storefront_bp is None else storefront_bp, field="storefront_bp"), free_days=free_days,
        provider_fee_party=require_fee_party(provider_fee_party),
        effective_from=max(effective_from or now, now), note=optional(note, field="note", most=200), created_by=created_by)
    session.add(plan)
    session.flush()
    return plan


def fee_plans(session: Session, *, brand_id: int) -> list[PlatformFeePlan]:
    """Every plan, the one that begins last first."""
    statement = select(PlatformFeePlan).where(PlatformFeePlan.brand_id == brand_id)
    return list(session.scalars(statement.order_by(PlatformFeePlan.effective_from.desc(), PlatformFeePlan.number.desc())))


def fee_plan_at(plans: Sequence[PlatformFeePlan], at: datetime) -> PlatformFeePlan | None:
    """The plan that holds at a moment; `plans` as `fee_plans` gives them."""
    return next((plan for plan in plans if plan.effective_from <= at), None)


def as_fee_plan(row: PlatformFeePlan) -> FeePlan:
    return FeePlan(UUID(str(row.id)), row.number, row.rate_bp, row.storefront_bp, row.free_days, row.effective_from, row.provider_fee_party)
