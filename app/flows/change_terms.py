"""A brand changes its settings; what bounds commissions and margins must still leave room on every order (R19, R22)."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.brands.actions import change_settings
from app.domain.brands.models import BrandSettings
from app.domain.brands.queries import settings_of
from app.flows.guard_margin import guarded
from app.kernel.errors import Refused

TERMS = ("guard_bp", "commission_cap_bp", "two_levels")
"""Settings that decide whether an order still fits."""


def change_terms(session: Session, *, brand_id: int, acknowledged: bool = False, now: datetime, **changes: int | str | bool | None) -> BrandSettings:
    """Changes the named settings, for new orders. Refuses what leaves some order without room, naming the rule and the store.

    Two levels are opened only by who says to have read what the law says of them (`acknowledged`).
    """
    before = {name: getattr(settings_of(session, brand_id=brand_id), name) for name in TERMS}
    if changes.get("two_levels") and not before["two_levels"] and not acknowledged:
        raise Refused("two_levels_unread", "开放两级分佣前，请先读法律提示并勾选确认", field="two_levels_read")
    touched = next((name for name in TERMS if name in changes and changes[name] != before[name]), None)
    with guarded(session, brand_id=brand_id, now=now, field=touched) if touched else nullcontext():
        return change_settings(session, brand_id=brand_id, **changes)
