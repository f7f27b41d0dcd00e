"""A shopper proves her phone by a one-time code; what she did before under this cookie is hers from then on (R9).

The code goes to any phone alike, known or not, so asking for one tells a stranger nothing.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.domain.brands.queries import brand, settings_of
from app.domain.customers.actions import bind, claim_visitor, issue_code, meet, spend_code
from app.domain.customers.models import Customer
from app.domain.orders.baskets import Basket
from app.domain.orders.candidates import read_candidates
from app.domain.orders.contacts import normal_phone
from app.domain.orders.rules import LadderTerms, attribute
from app.kernel import sealing
from app.kernel.errors import Refused
from app.kernel.ids import new_code
from app.kernel.queue import defer

JOB = "send_sign_in_code"


def ask_code(session: Session, *, brand_id: int, phone: str, text: str, now: datetime) -> str:
    """Sends a code to this phone by a job; returns the phone in E.164. `text` has a place %(code)s and, if it likes, %(brand)s.

    Refuses what is no phone number, and a code too soon after the last one.
    """
    number = _phone(phone)
    code = issue_code(session, brand_id=brand_id, phone=number, now=now)
    said = text % {"code": code, "brand": brand(session, brand_id=brand_id).name}
    sealed = base64.b64encode(sealing.seal({"phone": number, "text": said, "code": code})).decode()
    defer(session, JOB, brand_id=brand_id, sealed=sealed)
    return number


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`visitor` is the id her cookie has from now on: her own, or a new one where the old is another person's."""

    customer: Customer
    visitor: str


def sign_in_shopper(session: Session, *, brand_id: int, phone: str, code: str, visitor: str | None, now: datetime) -> SignedIn | None:
    """Who she is, if the code is the one that was sent; None otherwise, and the try counts."""
    number = _phone(phone)
    if not spend_code(session, brand_id=brand_id, phone=number, code=code, now=now):
        return None
    customer = meet(session, brand_id=brand_id, phone=number, now=now)
    customer.signed_in_at = customer.last_seen_at = now
    session.flush()
    if visitor and claim_visitor(session, brand_id=brand_id, visitor=visitor, customer_id=customer.id, now=now):
        _bind_by_link(session, brand_id, customer, visitor, now)
        return SignedIn(customer, visitor)
    fresh = new_code(24)
    claim_visitor(session, brand_id=brand_id, visitor=fresh, customer_id=customer.id, now=now)
    return SignedIn(customer, fresh)


def _bind_by_link(session: Session, brand_id: int, customer: Customer, visitor: str, now: datetime) -> None:
    """Who signs in having come by a guide's link is hers, as if she had ordered."""
    settings = settings_of(session, brand_id=brand_id)
    terms = LadderTerms(settings.attribution_window_days, settings.attribution_model, "none")
    found = attribute(read_candidates(session, brand_id=brand_id, basket=Basket((), visitor=visitor, customer_id=customer.id), now=now), terms=terms, now=now)
    if found.guide_id and found.reason == terms.model:
        bind(session, brand_id=brand_id, customer_id=customer.id, guide_id=found.guide_id, via="sign_in", now=now)


def _phone(text: str) -> str:
    number = normal_phone(text)
    if number is None:
        raise Refused("phone_invalid", "手机号不对，请检查", field="phone")
    return number
