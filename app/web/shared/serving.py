"""Whom a request serves: its brand, its session, its actor. Set once by the surface's gate, read by its views."""

from __future__ import annotations

from typing import cast
from uuid import UUID

import structlog
from flask import g
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.orgs.models import OrgUnit
from app.domain.people.actors import ROLE_PERMISSIONS, Actor
from app.domain.people.models import Account
from app.kernel.errors import NotFound
from app.kernel.tenancy import BrandSession

from .application import act, brand_session, global_session
from .signing_in import signed_in


def serve_brand(brand: Brand) -> BrandSession:
    """From here on this request is about one brand: its session, currency and time zone."""
    g.brand, g.currency, g.timezone = brand, brand.currency, brand.timezone
    g.db = brand_session(brand.id)
    structlog.contextvars.bind_contextvars(brand_id=brand.id)
    return cast(BrandSession, g.db)


def brand_by_id(brand_id: int) -> Brand:
    brand = global_session().get(Brand, brand_id)
    if brand is None or brand.status == "suspended":
        raise NotFound("brand", brand_id)
    return brand


def brand_by_slug(slug: str) -> Brand:
    """An approved brand, by the slug in a shopper's address."""
    brand = global_session().scalar(select(Brand).where(Brand.slug == slug, Brand.status == "approved"))
    if brand is None:
        raise NotFound("brand", slug)
    return brand


def serve_signed_in(surface: str) -> Actor | None:
    """The person signed in on this surface, if the account still is what the cookie says."""
    known = signed_in(surface)
    if known is None:
        return None
    brand_id, account_id, epoch = known
    try:
        session = serve_brand(brand_by_id(brand_id))
    except NotFound:
        return None
    account = session.scalar(select(Account).where(Account.id == account_id, Account.active, Account.epoch == epoch))
    if account is None:
        return None
    g.account = account
    return serve_actor(actor_of(account))


def actor_of(account: Account) -> Actor:
    within = g.db.scalar(select(OrgUnit.path).where(OrgUnit.id == account.org_unit_id)) if account.org_unit_id else None
    return Actor("account", str(account.id), account.name, ROLE_PERMISSIONS[account.role], within, account.role)


def serve_actor(actor: Actor) -> Actor:
    g.actor = actor
    act(g.db, actor)
    return actor


def db() -> BrandSession:
    """This request's session on its brand."""
    return cast(BrandSession, g.db)


def brand() -> Brand:
    return cast(Brand, g.brand)


def brand_id() -> int:
    return brand().id


def actor() -> Actor:
    return cast(Actor, g.actor)


def account_id() -> UUID:
    return cast(Account, g.account).id
