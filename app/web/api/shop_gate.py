"""Which shopper a program speaks for: her token, and nothing else, says so. One that is unknown, another shop's or over is 401."""

from __future__ import annotations

from flask import abort, g, request

from app.domain.customers.models import Customer, ShopperToken
from app.domain.customers.queries import customer
from app.domain.customers.tokens import open_shopper_token
from app.kernel.errors import NotFound
from app.web.shared.application import now
from app.web.shared.serving import brand_id, db

from . import gate


def enter(*, required: bool) -> None:
    """Before an operation that tells shoppers apart. Without the header she is nobody in particular, where that will do."""
    header = request.headers.get("Authorization", "")
    if not header and not required:
        return
    g.shopper_token = open_shopper_token(db(), brand_id=brand_id(), secret=gate.bearer(header), now=now())
    if g.shopper_token is None:
        abort(gate.unauthorized())


def token() -> ShopperToken | None:
    found: ShopperToken | None = g.get("shopper_token")
    return found


def shopper() -> Customer | None:
    """Who is signed in, where the operation asks."""
    known = token()
    return customer(db(), brand_id=brand_id(), customer_id=known.customer_id) if known else None


def signed_in() -> Customer:
    """The same where the operation must know."""
    known = shopper()
    if known is None:
        raise NotFound("customer", "")
    return known


def principal() -> str:
    """Whose an idempotency key is: the shopper's, or everybody's."""
    known = token()
    return f"shopper:{known.customer_id}" if known else "storefront"
