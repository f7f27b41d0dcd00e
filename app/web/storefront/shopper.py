"""Which customer is signed in on this brand's storefront, and which cookie she is known by."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from flask import session as cookie

from app.domain.customers.models import Customer
from app.domain.customers.queries import customer
from app.flows.sign_in_shopper import SignedIn
from app.web.shared.serving import brand_id, db
from app.web.shared.signing_in import signed_in

from .visitor import COOKIE, keep_visitor

SHOPPER = "shopper"


def shopper() -> Customer | None:
    """The customer who signed in here, if she is still known."""
    known: Any = cookie.get(SHOPPER)
    key = known.get(str(brand_id())) if isinstance(known, dict) else None
    return customer(db(), brand_id=brand_id(), customer_id=UUID(key)) if isinstance(key, str) else None


def begin(response: Response, signed: SignedIn) -> Response:
    """Nothing of before is carried over but the sign-ins with other brands."""
    kept = dict(cookie.get(SHOPPER) or {})
    cookie.pop("csrf_token", None)
    cookie.permanent = True
    cookie[SHOPPER] = {**kept, str(brand_id()): str(signed.customer.id)}
    return keep_visitor(response, signed.visitor)


def end(response: Response) -> Response:
    """The visitor's cookie goes too: whoever comes next on this device is somebody else."""
    cookie[SHOPPER] = {key: value for key, value in dict(cookie.get(SHOPPER) or {}).items() if key != str(brand_id())}
    cookie.pop("csrf_token", None)
    response.delete_cookie(COOKIE)
    return response


def guide_account() -> UUID | None:
    """The account of a guide of this brand who is signed in to her app in the same browser (R20)."""
    known = signed_in("guide")
    return known[1] if known and known[0] == brand_id() else None
