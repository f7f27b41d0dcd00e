"""What happens to a guide after she is enrolled, and to invite codes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.brands.models import Signpost
from app.domain.orgs.models import OrgUnit
from app.domain.orgs.queries import org_unit
from app.domain.people.actions import change_login, set_password
from app.kernel.errors import Conflict, Refused
from app.kernel.ids import new_code, new_id
from app.kernel.locks import one_at_a_time
from app.kernel.texts import optional, required

from .models import Guide, InviteCode
from .queries import guide, guide_by_employee_no, guide_by_phone, invite_code, referrers, require_welcome
from .rules import closes_circle, normal_phone, require_kind, require_quota, require_usable, status_after


def approve_guide(session: Session, *, brand_id: int, guide_id: UUID, within: str | None = None, now: datetime) -> Guide:
    """A waiting guide may work from now on."""
    found = guide(session, brand_id=brand_id, guide_id=guide_id, within=within)
    found.status, found.joined_at = status_after("approve", found.status), now
    session.flush()
    return found


def reject_guide(session: Session, *, brand_id: int, guide_id: UUID, within: str | None = None) -> Guide:
    return _turn(session, brand_id, guide_id, within, "reject")


def suspend_guide(session: Session, *, brand_id: int, guide_id: UUID, within: str | None = None) -> Guide:
    """She cannot sign in and her links no longer win attribution (R8); what she earned stays."""
    return _turn(session, brand_id, guide_id, within, "suspend")


def reinstate_guide(session: Session, *, brand_id: int, guide_id: UUID, within: str | None = None) -> Guide:
    return _turn(session, brand_id, guide_id, within, "reinstate")


def _turn(session: Session, brand_id: int, guide_id: UUID, within: str | None, doing: str) -> Guide:
    found = guide(session, brand_id=brand_id, guide_id=guide_id, within=within)
    found.status = status_after(doing, found.status)
    session.flush()
    return found


def move_guide(session: Session, *, brand_id: int, guide_id: UUID, store_id: UUID, within: str | None = None) -> Guide:
    """To another open store; orders keep the store frozen on them (R21)."""
    found = guide(session, brand_id=brand_id, guide_id=guide_id, within=within)
    found.store = open_store(session, brand_id=brand_id, store_id=store_id, within=within)
    session.flush()
    return found


def edit_guide(session: Session, *, brand_id: int, guide_id: UUID, name: str, phone: str, employee_no: str = "",
               within: str | None = None) -> Guide:
    """Name, phone (which is also her sign-in) and employee number; both numbers are unique in the brand (Conflict)."""
    found = guide(session, brand_id=brand_id, guide_id=guide_id, within=within)
    phone = normal_phone(phone)
    holder = guide_by_phone(session, brand_id=brand_id, phone=phone)
    if holder is not None and holder.id != found.id:
        raise Conflict("phone_taken", "这个手机号已属于导购“%(name)s”", field="phone", name=holder.name)
    found.employee_no = free_employee_no(session, brand_id=brand_id, employee_no=employee_no, own_id=found.id)
    found.name = required(name, field="name", most=40)
    if found.payee is not None:
        found.payee.name = found.name
    if found.account is not None:
        found.account.name = found.name
    if phone != found.phone:
        found.phone = phone
        if found.account is not None:
            change_login(session, account=found.account, login=phone)
    session.flush()
    return found


def set_referrer(session: Session, *, brand_id: int, guide_id: UUID, referrer_id: UUID, within: str | None = None) -> Guide:
    """Who brought her in: her one direct referrer, set once (R19). Refuses herself and whoever she brought in, at any remove.

    The database holds the same by a trigger; two at once wait for each other here and there.
    """
    one_at_a_time(session, f"referrers:{brand_id}")
    found = guide(session, brand_id=brand_id, guide_id=guide_id, within=within)
    referrer = guide(session, brand_id=brand_id, guide_id=referrer_id)
    session.refresh(found, ["referrer_id"])
    if found.referrer_id is not None and found.referrer_id != referrer.id:
        raise Conflict("referrer_set", "她的推荐人已经定了，不能更改", field="referrer_id")
    above = referrers(session, brand_id=brand_id)
    if closes_circle(found.id, referrer.id, above):
        raise Refused("referrer_circle", "“%(name)s”是她自己，或是由她推荐进来的，不能做她的推荐人", field="referrer_id", name=referrer.name)
    found.referrer_id = referrer.id
    session.flush()
    return found


def set_guide_password(session: Session, *, brand_id: int, guide_id: UUID, password_hash: str) -> None:
    """Sets her password; other sessions of hers end."""
    account = guide(session, brand_id=brand_id, guide_id=guide_id).account
    assert account is not None, "every guide is enrolled with an account"
    set_password(session, account=account, password_hash=password_hash)


def free_employee_no(session: Session, *, brand_id: int, employee_no: str, own_id: UUID | None = None) -> str:
    """A number nobody else has, or '' for none."""
    number = optional(employee_no, field="employee_no", most=40)
    holder = guide_by_employee_no(session, brand_id=brand_id, employee_no=number) if number else None
    if holder is not None and holder.id != own_id:
        raise Conflict("employee_no_taken", "工号 %(number)s 已属于导购“%(name)s”", field="employee_no", number=number, name=holder.name)
    return number


def open_store(session: Session, *, brand_id: int, store_id: UUID, within: str | None = None) -> OrgUnit:
    """The store, if it is one and open."""
    store = org_unit(session, brand_id=brand_id, unit_id=store_id, within=within)
    if store.kind != "store":
        raise Refused("not_a_store", "“%(name)s”不是门店", field="store_id", name=store.name)
    if store.status != "open":
        raise Refused("store_closed", "门店“%(name)s”已关闭", field="store_id", name=store.name)
    return store


def create_invite_code(session: Session, *, brand_id: int, store_id: UUID, max_uses: int, days: int, kind: str = "staff", within: str | None = None,
                       now: datetime) -> InviteCode:
    """A code for one store and kind of guide, with a quota and an expiry; joining is by invitation only (domain.md §1)."""
    require_quota(max_uses, days)
    require_welcome(session, brand_id=brand_id, kind=require_kind(kind))
    store = open_store(session, brand_id=brand_id, store_id=store_id, within=within)
    made = InviteCode(id=new_id(), brand_id=brand_id, code=new_code(), kind=kind, store_id=store.id, max_uses=max_uses, used_count=0,
                      expires_at=now + timedelta(days=days))
    made.store = store
    session.add(made)
    session.add(Signpost(kind="invite", key=made.code, brand_id=brand_id))
    session.flush()
    return made


def revoke_invite_code(session: Session, *, brand_id: int, code_id: UUID, within: str | None = None, now: datetime) -> InviteCode:
    """Nobody joins by this code any more; revoking twice is revoking once."""
    found = invite_code(session, brand_id=brand_id, code_id=code_id, within=within)
    found.revoked_at = found.revoked_at or now
    session.flush()
    return found


def use_invite_code(session: Session, *, invite: InviteCode, now: datetime) -> None:
    """Takes one place of the quota in one conditional UPDATE, so that the last place is taken once; says why if none is left."""
    taken = session.execute(
        update(InviteCode)
        .where(InviteCode.brand_id == invite.brand_id, InviteCode.id == invite.id, InviteCode.revoked_at.is_(None),
               InviteCode.expires_at > now, InviteCode.used_count < InviteCode.max_uses)
        .values(used_count=InviteCode.used_count + 1).returning(InviteCode.used_count), execution_options={"synchronize_session": False})
    done = taken.scalar() is not None
    session.refresh(invite)
    if not done:
        require_usable(revoked_at=invite.revoked_at, expires_at=invite.expires_at, used_count=invite.used_count,
                       max_uses=invite.max_uses, now=now)
        raise Conflict("invite_full", "这个邀请码的名额已用完，请向店长要一个新的")


def say_words(session: Session, *, brand_id: int, guide_id: UUID, words: str) -> Guide:
    """What a guide says of herself or her goods on every page she shares; at most 200 letters, '' for nothing."""
    found = guide(session, brand_id=brand_id, guide_id=guide_id)
    found.words = optional(words, field="words", most=200)
    session.flush()
    return found


def list_guide(session: Session, *, brand_id: int, guide_id: UUID, listed: bool) -> Guide:
    """Whether she takes part in the leaderboard: her own choice."""
    found = guide(session, brand_id=brand_id, guide_id=guide_id)
    found.unlisted = not listed
    session.flush()
    return found
