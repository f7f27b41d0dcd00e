"""The operator approves a brand, suspends it, or lets it go on; the brand's audit log says who did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.brands.models import Brand
from app.domain.brands.queries import brand as brand_row
from app.domain.brands.rules import require_next_status
from app.domain.people.audit import note


def approve_brand(session: Session, *, brand_id: int, now: datetime) -> Brand:
    """From now on its people may sign in and its storefront is open."""
    brand = _turn(session, brand_id, "approved")
    brand.approved_at = brand.approved_at or now
    session.flush()
    return brand


def suspend_brand(session: Session, *, brand_id: int) -> Brand:
    """Nobody of the brand may sign in, its storefront and API answer 404; nothing is deleted."""
    return _turn(session, brand_id, "suspended")


def _turn(session: Session, brand_id: int, status: str) -> Brand:
    brand = brand_row(session, brand_id=brand_id)
    require_next_status(brand.status, status)
    before, brand.status = brand.status, status
    note(session, action="update", subject_kind="brands", subject_id=brand.id, subject_name=brand.name,
         before={"status": before}, after={"status": status}, brand_id=brand.id)
    session.flush()
    return brand
