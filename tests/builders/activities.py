"""Activities and coupons for tests about prices, made by the real actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from app.domain.promotions.actions import add_coupon
from app.domain.promotions.activities import add_activity
from app.domain.promotions.models import Activity, Coupon
from app.kernel.tenancy import BrandSession, served_brand
from tests.conftest import NOON

DAY = timedelta(days=1)


def an_activity(session: BrandSession, prices: dict[UUID, int], *, name: str = "周年庆", link_only: bool = True, starts_at: datetime = NOON,
                ends_at: datetime = NOON + DAY, now: datetime = NOON) -> Activity:
    """Committed; from noon to the next noon."""
    activity = add_activity(session, brand_id=served_brand(session), name=name, prices=prices, link_only=link_only, starts_at=starts_at, ends_at=ends_at,
                            now=now)
    session.commit()
    return activity


def a_coupon(session: BrandSession, code: str, amount_minor: int, funder: str = "brand", *, ends_at: datetime = NOON + 30 * DAY, minimum_minor: int = 0,
             max_uses: int = 100, store: UUID | None = None, guide: UUID | None = None) -> Coupon:
    """Committed; a store's or guide's names whose share pays."""
    coupon = add_coupon(session, brand_id=served_brand(session), code=code, funder=funder, org_unit_id=store, guide_id=guide, amount_minor=amount_minor,
                        minimum_minor=minimum_minor, starts_at=NOON, ends_at=ends_at, max_uses=max_uses)
    session.commit()
    return coupon
