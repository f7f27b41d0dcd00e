"""The platform sets a brand's fee plan: every order must still fit what rules and splits take (R22, R28)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.brands.fees import add_fee_plan
from app.domain.brands.models import PlatformFeePlan
from app.domain.people.audit import acting
from app.flows.guard_margin import guarded


def set_fee(session: Session, *, brand_id: int, rate_bp: int, storefront_bp: int, free_days: int = 0, provider_fee_party: str = "brand",
            effective_from: datetime | None = None, note: str = "", now: datetime) -> PlatformFeePlan:
    """Adds a plan, for new orders from its start. Refuses a fee that the brand's own terms leave no room for."""
    with guarded(session, brand_id=brand_id, now=now):
        return add_fee_plan(session, brand_id=brand_id, rate_bp=rate_bp, storefront_bp=storefront_bp, free_days=free_days,
                            provider_fee_party=provider_fee_party, effective_from=effective_from, note=note, created_by=acting(session).name, now=now)
