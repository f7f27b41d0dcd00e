"""A guide invites (R19): a code of her own for her own store and kind, where two levels are on and the brand lets guides invite.

Whoever joins by it has her as the one direct referrer, once approved. Nothing is paid for joining; she earns when a recruit sells.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.queries import settings_of
from app.kernel.errors import Conflict, NotFound
from app.kernel.locks import one_at_a_time

from .actions import create_invite_code, revoke_invite_code
from .models import Guide, InviteCode
from .queries import guide

USES, DAYS = 5, 7
"""Of one code; when it is full, spent or taken back she may make the next."""


def may_invite(session: Session, *, brand_id: int) -> bool:
    settings = settings_of(session, brand_id=brand_id)
    return settings.two_levels and settings.guides_invite


def open_invitation(session: Session, *, brand_id: int, guide_id: UUID, now: datetime) -> InviteCode | None:
    """Her code that somebody may still join by."""
    return session.scalar(select(InviteCode).where(
        InviteCode.brand_id == brand_id, InviteCode.referrer_id == guide_id, InviteCode.revoked_at.is_(None), InviteCode.expires_at > now,
        InviteCode.used_count < InviteCode.max_uses).order_by(InviteCode.id.desc()).limit(1))


def invite_recruit(session: Session, *, brand_id: int, inviter: Guide, now: datetime) -> InviteCode:
    """Her open code, or a new one; she never has two."""
    if not may_invite(session, brand_id=brand_id):
        raise NotFound("invitation", inviter.id)
    one_at_a_time(session, f"invitation:{brand_id}:{inviter.id}")
    there = open_invitation(session, brand_id=brand_id, guide_id=inviter.id, now=now)
    if there is not None:
        return there
    made = create_invite_code(session, brand_id=brand_id, store_id=inviter.store_id, max_uses=USES, days=DAYS, kind=inviter.kind, now=now)
    made.referrer_id = inviter.id
    session.flush()
    return made


def take_back(session: Session, *, brand_id: int, guide_id: UUID, now: datetime) -> None:
    """Nobody joins by her code any more; who has joined stays."""
    there = open_invitation(session, brand_id=brand_id, guide_id=guide_id, now=now)
    if there is not None:
        revoke_invite_code(session, brand_id=brand_id, code_id=there.id, now=now)


def require_inviter(session: Session, *, invite: InviteCode) -> UUID | None:
    """Whose invitation a code is, None for headquarters'. Conflict once she may not invite: she left, or the brand closed it."""
    if invite.referrer_id is None:
        return None
    inviter = guide(session, brand_id=invite.brand_id, guide_id=invite.referrer_id)
    if inviter.status != "active" or not may_invite(session, brand_id=invite.brand_id):
        raise Conflict("inviter_gone", "这个邀请码已不能用，请向店长要一个新的")
    return inviter.id
