"""Tokens of shoppers: told once to the program that signed her in, kept as a digest, gone when she signs out or their time is over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from app.kernel.ids import digest, new_id, new_secret

from .models import Customer, ShopperToken
from .rules import MOST_TOKENS, TOKEN_LIFE

PREFIX = "ys_"


def issue_shopper_token(session: Session, *, brand_id: int, customer_id: UUID, now: datetime) -> tuple[ShopperToken, str]:
    """The token's row and its secret, which is told this once. Her oldest one goes when there are too many."""
    session.execute(select(Customer.id).where(Customer.brand_id == brand_id, Customer.id == customer_id).with_for_update(key_share=True))
    hers = select(ShopperToken.id).where(ShopperToken.brand_id == brand_id, ShopperToken.customer_id == customer_id)
    newest = hers.order_by(ShopperToken.made_at.desc(), ShopperToken.id.desc()).offset(MOST_TOKENS - 1)
    _drop(session, brand_id, ShopperToken.id.in_(newest))
    secret = PREFIX + new_secret()
    token = ShopperToken(brand_id=brand_id, id=new_id(), customer_id=customer_id, digest=digest(secret), made_at=now, expires_at=now + TOKEN_LIFE)
    session.add(token)
    session.flush()
    return token, secret


def open_shopper_token(session: Session, *, brand_id: int, secret: str, now: datetime) -> ShopperToken | None:
    """The token this secret is, while it opens anything."""
    return session.scalar(select(ShopperToken).where(ShopperToken.brand_id == brand_id, ShopperToken.digest == digest(secret), ShopperToken.expires_at > now))


def end_shopper_token(session: Session, *, brand_id: int, token: ShopperToken, everywhere: bool = False) -> None:
    """It opens nothing from here on; `everywhere`: nor does any other of hers."""
    which = ShopperToken.customer_id == token.customer_id if everywhere else ShopperToken.id == token.id
    _drop(session, brand_id, which)


def old_shopper_tokens(session: Session, *, brand_id: int, now: datetime) -> bool:
    return bool(session.scalar(select(exists().where(ShopperToken.brand_id == brand_id, ShopperToken.expires_at <= now))))


def forget_shopper_tokens(session: Session, *, brand_id: int, now: datetime) -> None:
    _drop(session, brand_id, ShopperToken.expires_at <= now)


def _drop(session: Session, brand_id: int, which: ColumnElement[bool]) -> None:
    session.execute(delete(ShopperToken).where(ShopperToken.brand_id == brand_id, which), execution_options={"synchronize_session": False})
