"""A guide joins by invite code: she takes one place of the quota and waits for approval."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.guides.actions import open_store, set_referrer, use_invite_code
from app.domain.guides.inviting import require_inviter
from app.domain.guides.models import Guide, InviteCode
from app.domain.guides.queries import guide_by_phone, invite_code_by_text, require_welcome
from app.domain.guides.rules import TAX_KINDS, normal_phone
from app.domain.people.actions import restore_access
from app.kernel.errors import Conflict
from app.kernel.texts import required

from .enrol_guide import write_guide


def join_by_code(session: Session, *, brand_id: int, code: str, name: str, phone: str, password_hash: str, now: datetime) -> Guide:
    """A pending guide of the code's store. A code can be used up, expire or be revoked; a phone that is known is told how to go on.
    By a guide's own code she has that guide as her referrer.

    Nobody takes over an account this way: a guide already on the roster sets her password by her own activation link only.
    """
    name, phone = required(name, field="name", most=40), normal_phone(phone)
    invite = invite_code_by_text(session, brand_id=brand_id, code=code)
    require_welcome(session, brand_id=brand_id, kind=invite.kind)
    referrer_id = require_inviter(session, invite=invite)
    use_invite_code(session, invite=invite, now=now)
    store = open_store(session, brand_id=brand_id, store_id=invite.store_id)
    known = guide_by_phone(session, brand_id=brand_id, phone=phone)
    if known is not None:
        return _referred(session, _ask_again(session, known, invite, name, password_hash), referrer_id)
    return write_guide(session, brand_id=brand_id, name=name, phone=phone, employee_no="", store=store, kind=invite.kind, status="pending",
                       password_hash=password_hash, invite_code_id=invite.id, referrer_id=referrer_id, now=now)


def _ask_again(session: Session, guide: Guide, invite: InviteCode, name: str, password_hash: str) -> Guide:
    """Who was rejected may apply anew; everybody else known by this phone is refused."""
    if guide.status != "rejected" or guide.account is None:
        raise _known(guide)
    guide.status, guide.name, guide.store, guide.invite_code_id = "pending", name, invite.store, invite.id
    guide.kind, guide.payee.tax_kind = invite.kind, TAX_KINDS[invite.kind]
    guide.payee.name = guide.account.name = name
    guide.account.password_hash = password_hash
    restore_access(session, account=guide.account)
    return guide


def _referred(session: Session, guide: Guide, referrer_id: UUID | None) -> Guide:
    """The first referrer stays (R19)."""
    if referrer_id is None or guide.referrer_id is not None:
        return guide
    session.flush()
    return set_referrer(session, brand_id=guide.brand_id, guide_id=guide.id, referrer_id=referrer_id)


def _known(guide: Guide) -> Conflict:
    if guide.status == "pending":
        return Conflict("already_waiting", "这个手机号已经提交过申请，正在等待审核", field="phone")
    if guide.status != "active":
        return Conflict("phone_blocked", "这个手机号的账号已停用，请联系店长", field="phone")
    if guide.account is not None and guide.account.password_hash:
        return Conflict("phone_taken", "这个手机号已是导购，请直接登录", field="phone")
    return Conflict("already_rostered", "你已经在花名册里，请打开店长发给你的激活链接设置密码", field="phone")
