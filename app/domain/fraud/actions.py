"""A brand's signal settings, the browsers guides sign in with, and what a look at a sale left."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kernel.ids import new_id

from .models import GuideDevice, SaleHold, SignalSetting
from .rules import device_digest, require_setting


def set_signal(session: Session, *, brand_id: int, signal: str, mode: str, most: int | None = None) -> SignalSetting:
    """For sales looked at from now on; what is held stays held until somebody decides."""
    setting = require_setting(signal, mode, most)
    row = session.scalar(select(SignalSetting).where(SignalSetting.brand_id == brand_id, SignalSetting.signal == signal).with_for_update())
    if row is None:
        row = SignalSetting(brand_id=brand_id, id=new_id(), signal=signal, mode=setting.mode)
        session.add(row)
    row.mode, row.most = setting.mode, setting.most
    session.flush()
    return row


def note_device(session: Session, *, brand_id: int, guide_id: UUID, visitor: str | None, now: datetime) -> None:
    """This browser is one she signs in with; known already, nothing changes."""
    if visitor:
        session.execute(insert(GuideDevice).values(brand_id=brand_id, id=new_id(), guide_id=guide_id, device=device_digest(brand_id, visitor), seen_at=now)
                        .on_conflict_do_nothing())


def keep_look(session: Session, *, brand_id: int, known: SaleHold | None, order_id: UUID, guide_id: UUID, store_id: UUID | None, state: str,
              signals: list[dict[str, Any]], amount_minor: int, now: datetime) -> SaleHold:
    """The order's one hold, made or, where it was only watched so far, brought up to date. The order is locked."""
    if known is None:
        known = SaleHold(brand_id=brand_id, id=new_id(), order_id=order_id, guide_id=guide_id, store_id=store_id, opened_at=now)
        session.add(known)
    if state == "open":
        known.opened_at = now
    known.state, known.signals, known.amount_minor = state, signals, amount_minor
    session.flush()
    return known
