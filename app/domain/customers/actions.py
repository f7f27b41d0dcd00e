"""A customer becomes known, proves her phone, and is tied to the guide who won her."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.brands.queries import settings_of
from app.domain.guides.models import Guide
from app.kernel import sealing
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time

from .models import Customer, CustomerBinding, SignInCode, VisitorLogin
from .rules import (
    AGAIN_AFTER,
    BIND,
    CODE_DIGITS,
    CODE_LIFE,
    KEEP,
    MOST_AN_HOUR,
    MOST_TRIES,
    Bound,
    after_sale_to,
    code_digest,
    customer_key,
    phone_digest,
)

SEEN_AGAIN = timedelta(hours=1)
KEPT = timedelta(days=1)

MEET = """
WITH known AS (
  SELECT id FROM customers WHERE brand_id = %(brand_id)s AND id = %(id)s AND last_seen_at < %(since)s FOR NO KEY UPDATE SKIP LOCKED
), seen AS (
  UPDATE customers c SET last_seen_at = %(now)s FROM known WHERE c.brand_id = %(brand_id)s AND c.id = known.id
)
INSERT INTO customers (brand_id, id, phone_digest, phone_sealed, phone_end, name, first_seen_at, last_seen_at)
VALUES (%(brand_id)s, %(id)s, %(digest)s, %(sealed)s, %(end)s, %(name)s, %(now)s, %(now)s) ON CONFLICT DO NOTHING"""


def meeting(*, brand_id: int, phone: str, name: str, now: datetime) -> tuple[str, dict[str, Any]]:
    """The statement that makes a customer known, for who sends several in one trip.

    Waits for nobody: `last_seen_at` follows by the hour, and not while another order of hers is being placed.
    """
    return MEET, {"brand_id": brand_id, "id": customer_key(brand_id, phone), "digest": phone_digest(brand_id, phone),
                  "sealed": sealing.seal(phone), "end": phone[-4:], "name": name[:40], "now": now, "since": now - SEEN_AGAIN}


def meet(session: Session, *, brand_id: int, phone: str, name: str = "", now: datetime) -> Customer:
    """The customer of this phone, made if she is new."""
    from_phone = {"phone_digest": phone_digest(brand_id, phone), "phone_sealed": sealing.seal(phone), "phone_end": phone[-4:]}
    session.execute(insert(Customer).values(brand_id=brand_id, id=customer_key(brand_id, phone), name=name[:40], first_seen_at=now,
                                            last_seen_at=now, **from_phone).on_conflict_do_nothing())
    return session.scalars(select(Customer).where(Customer.brand_id == brand_id, Customer.phone_digest == from_phone["phone_digest"])).one()


def issue_code(session: Session, *, brand_id: int, phone: str, now: datetime) -> str:
    """A new code for this phone, known to the house or not; the one before it is spent. Refuses a second one within a
    minute and a sixth within an hour."""
    digest = phone_digest(brand_id, phone)
    one_at_a_time(session, f"code:{brand_id}:{digest}")
    recent = session.scalars(select(SignInCode.sent_at).where(
        SignInCode.brand_id == brand_id, SignInCode.phone_digest == digest, SignInCode.sent_at > now - timedelta(hours=1))).all()
    if any(sent > now - AGAIN_AFTER for sent in recent) or len(recent) >= MOST_AN_HOUR:
        raise Refused("code_too_soon", "刚刚发过验证码，请稍后再要", field="phone")
    session.execute(update(SignInCode).where(SignInCode.brand_id == brand_id, SignInCode.phone_digest == digest, SignInCode.used_at.is_(None))
                    .values(used_at=now))
    code = f"{secrets.randbelow(10 ** CODE_DIGITS):0{CODE_DIGITS}d}"
    session.add(SignInCode(brand_id=brand_id, phone_digest=digest, code_digest=code_digest(brand_id, phone, code), sent_at=now,
                           expires_at=now + CODE_LIFE, attempts=0))
    session.flush()
    return code


def spend_code(session: Session, *, brand_id: int, phone: str, code: str, now: datetime) -> bool:
    """Whether this is the code that was sent; right or wrong, the try counts, so the caller commits either way."""
    sent = session.scalar(select(SignInCode).where(
        SignInCode.brand_id == brand_id, SignInCode.phone_digest == phone_digest(brand_id, phone), SignInCode.used_at.is_(None),
        SignInCode.expires_at > now, SignInCode.attempts < MOST_TRIES).order_by(SignInCode.sent_at.desc()).limit(1).with_for_update())
    if sent is None:
        return False
    sent.attempts += 1
    right = secrets.compare_digest(sent.code_digest, code_digest(brand_id, phone, code))
    if right:
        sent.used_at = now
    session.flush()
    return right


def old_codes(session: Session, *, brand_id: int, now: datetime) -> bool:
    """Whether there are codes older than a day: spent, and no longer needed to count how often one asks."""
    return bool(session.scalar(select(exists().where(SignInCode.brand_id == brand_id, SignInCode.sent_at < now - KEPT))))


def forget_codes(session: Session, *, brand_id: int, now: datetime) -> None:
    session.execute(delete(SignInCode).where(SignInCode.brand_id == brand_id, SignInCode.sent_at < now - KEPT))


def claim_visitor(session: Session, *, brand_id: int, visitor: str, customer_id: UUID, now: datetime) -> bool:
    """This visitor was she (R9); False when the cookie is another's already."""
    session.execute(insert(VisitorLogin).values(brand_id=brand_id, id=new_id(), visitor=visitor, customer_id=customer_id, at=now)
                    .on_conflict_do_nothing())
    owner = session.scalar(select(VisitorLogin.customer_id).where(VisitorLogin.brand_id == brand_id, VisitorLogin.visitor == visitor))
    return owner == customer_id


def bind(session: Session, *, brand_id: int, customer_id: UUID, guide_id: UUID, via: str, now: datetime) -> CustomerBinding | None:
    """Ties her to the guide who won her, as far as the binding that stands gives way (R9); None when it does not.

    Two at once wait for each other at the customer's row; the unique key holds it to one that stands.
    """
    session.execute(select(Customer.id).where(Customer.brand_id == brand_id, Customer.id == customer_id).with_for_update(key_share=True))
    standing = session.scalar(select(CustomerBinding).where(
        CustomerBinding.brand_id == brand_id, CustomerBinding.customer_id == customer_id, CustomerBinding.ended_at.is_(None)
    ).execution_options(populate_existing=True))
    doing, why = after_sale_to(_bound(session, standing), guide_id, now)
    settings = settings_of(session, brand_id=brand_id)
    expires_at = now + timedelta(days=settings.binding_days)
    if doing == KEEP or settings.binding_days == 0:
        return None
    if doing != BIND and standing is not None:
        standing.expires_at = max(standing.expires_at, expires_at)
        session.flush()
        return standing
    if standing is not None:
        standing.ended_at, standing.ended_why = now, why
        session.flush()
    made = CustomerBinding(brand_id=brand_id, id=new_id(), customer_id=customer_id, guide_id=guide_id, via=via, exclusive=settings.binding_exclusive,
                           bound_at=now, protected_until=now + timedelta(days=settings.binding_protection_days), expires_at=expires_at, ended_why="")
    session.add(made)
    session.flush()
    return made


def _bound(session: Session, standing: CustomerBinding | None) -> Bound | None:
    if standing is None:
        return None
    works = session.scalar(select(Guide.status == "active").where(Guide.brand_id == standing.brand_id, Guide.id == standing.guide_id))
    return Bound(standing.guide_id, bool(works), standing.protected_until, standing.expires_at)

