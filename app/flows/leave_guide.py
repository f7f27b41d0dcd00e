"""A guide leaves: her sign-in ends at once, her customers go to a successor or to her store, her payee and her money stay (R21, R35). She may come back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.guides.actions import open_store
from app.domain.guides.models import Guide
from app.domain.guides.queries import guide
from app.domain.guides.rules import status_after
from app.domain.people.actions import end_access, restore_access

from .hand_over import hand_over_all


def leave_guide(session: Session, *, brand_id: int, guide_id: UUID, successor_id: UUID | None = None, within: str | None = None, now: datetime) -> Guide:
    """Ends her sign-in and hands her customers over, in this transaction. Pending money is still paid, so the payee is left alone.
    A successor can be chosen later too (`hand_over.hand_over_all`)."""
    found = guide(session, brand_id=brand_id, guide_id=guide_id, within=within)
    found.status, found.left_at = status_after("leave", found.status), now
    if found.account is not None:
        end_access(session, account=found.account)
    session.flush()
    hand_over_all(session, brand_id=brand_id, guide_id=guide_id, successor_id=successor_id, within=within, now=now)
    return found


def rehire_guide(session: Session, *, brand_id: int, guide_id: UUID, within: str | None = None, now: datetime) -> Guide:
    """The same guide with the same payee works again, in the store she had; she sets a new password by activation link."""
    found = guide(session, brand_id=brand_id, guide_id=guide_id, within=within)
    found.status = status_after("rehire", found.status)
    open_store(session, brand_id=brand_id, store_id=found.store_id, within=within)
    found.left_at, found.joined_at = None, now
    if found.account is not None:
        found.account.password_hash = ""
        restore_access(session, account=found.account)
    session.flush()
    return found
