"""A guide leaves: her sign-in ends at once, her payee and her money stay (R21, R35). She may come back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.guides.actions import open_store
from app.domain.guides.models import Guide
from app.domain.guides.queries import guide
from app.domain.guides.rules import status_after
from app.domain.people.actions import end_access, restore_access


def leave_guide(session: Session, *, brand_id: int, guide_id: UUID, within: str | None = None, now: datetime) -> Guide:
    """Ends her sign-in with this transaction. Pending money is still paid, so the payee is left alone."""
    found = guide(session, brand_id=brand_id, guide_id=guide_id, within=within)
    found.status, found.left_at = status_after("leave", found.status), now
    if found.account is not None:
        end_access(session, account=found.account)
    session.flush()
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
