"""A guide is enrolled: a payee her money is owed to, an account she signs in with, and she herself, in one store."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.guides.actions import free_employee_no, open_store
from app.domain.guides.models import Guide
from app.domain.guides.queries import guide, guide_by_phone, require_welcome
from app.domain.guides.rules import TAX_KINDS, normal_phone, require_kind
from app.domain.ledger.models import Payee
from app.domain.orgs.models import OrgUnit
from app.domain.people.actions import open_account
from app.kernel.errors import Conflict
from app.kernel.ids import new_id
from app.kernel.texts import required

from .announce import announce


def enrol_guide(session: Session, *, brand_id: int, name: str, phone: str, employee_no: str = "", store_id: UUID, kind: str = "staff",
                status: str = "active", referrer_id: UUID | None = None, within: str | None = None, now: datetime) -> Guide:
    """Enrols a guide who can sign in once she has set a password (activation link).

    `referrer_id` is who brought her in: her one direct referrer (R19), set once. Raises Conflict when the phone or the employee
    number already belongs to a guide of the brand.
    """
    phone, name = normal_phone(phone), required(name, field="name", most=40)
    require_welcome(session, brand_id=brand_id, kind=kind)
    holder = guide_by_phone(session, brand_id=brand_id, phone=phone)
    if holder is not None:
        raise _taken(holder)
    number = free_employee_no(session, brand_id=brand_id, employee_no=employee_no)
    store = open_store(session, brand_id=brand_id, store_id=store_id, within=within)
    referrer = guide(session, brand_id=brand_id, guide_id=referrer_id) if referrer_id else None
    return write_guide(session, brand_id=brand_id, name=name, phone=phone, employee_no=number, store=store, kind=kind, status=status,
                       referrer_id=referrer.id if referrer else None, now=now)


def write_guide(session: Session, *, brand_id: int, name: str, phone: str, employee_no: str, store: OrgUnit, kind: str, status: str,
                password_hash: str = "", invite_code_id: UUID | None = None, referrer_id: UUID | None = None, now: datetime) -> Guide:
    """The rows of a guide whose values have been checked."""
    payee = Payee(id=new_id(), brand_id=brand_id, party="guide", tax_kind=TAX_KINDS[require_kind(kind)], name=name)
    session.add(payee)
    account = open_account(session, brand_id=brand_id, login=phone, name=name, role="guide", password_hash=password_hash)
    enrolled = Guide(id=new_id(), brand_id=brand_id, name=name, phone=phone, employee_no=employee_no, kind=kind, status=status,
                     store_id=store.id, payee_id=payee.id, account_id=account.id, invite_code_id=invite_code_id,
                     referrer_id=referrer_id, joined_at=now if status == "active" else None)
    enrolled.store, enrolled.payee, enrolled.account = store, payee, account
    session.add(enrolled)
    session.flush()
    if status == "active":
        tell_joined(session, guide=enrolled, now=now)
    return enrolled


def tell_joined(session: Session, *, guide: Guide, now: datetime) -> None:
    """The brand's own systems hear of a guide once she may work: when enrolled, or when approved."""
    announce(session, brand_id=guide.brand_id, event="guide.joined", now=now,
             payload={"guide_id": str(guide.id), "store_id": str(guide.store_id), "status": guide.status})


def _taken(holder: Guide) -> Conflict:
    if holder.status == "left":
        return Conflict("phone_left", "这个手机号属于已离职的导购“%(name)s”，请在她的页面办理复职", field="phone", name=holder.name)
    return Conflict("phone_taken", "这个手机号已属于导购“%(name)s”", field="phone", name=holder.name)
