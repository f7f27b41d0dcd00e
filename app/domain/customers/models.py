from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Moment, points_to


class Customer(BrandOwned, Base):
    """`phone_digest` is keyed (rules.phone_digest) and `id` follows from it; the phone itself is sealed.

    `phone_end`: its last four digits, to find her by; `birthday` is 'MMDD' or ''.
    """

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("brand_id", "phone_digest"),
        Index("ix_customers_seen", "brand_id", "last_seen_at"),
        CheckConstraint("birthday = '' OR birthday ~ '^[01][0-9][0-3][0-9]$'", name="birthday"),
    )

    phone_digest: Mapped[str] = mapped_column(String(64))
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_end: Mapped[str] = mapped_column(String(4), server_default="")
    name: Mapped[str] = mapped_column(String(40), server_default="")
    birthday: Mapped[str] = mapped_column(String(4), server_default="")
    first_seen_at: Mapped[Moment]
    last_seen_at: Mapped[Moment]
    signed_in_at: Mapped[Moment | None]


class SignInCode(BrandOwned, Base):
    """A one-time code as it was sent; only its keyed digest is kept. Five wrong tries or ten minutes spend it."""

    __tablename__ = "sign_in_codes"
    __table_args__ = (
        Index("ix_sign_in_codes_phone", "brand_id", "phone_digest", "sent_at"),
        CheckConstraint("attempts BETWEEN 0 AND 5", name="attempts"),
    )

    phone_digest: Mapped[str] = mapped_column(String(64))
    code_digest: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    attempts: Mapped[int] = mapped_column(server_default="0")
    used_at: Mapped[Moment | None]


class VisitorLogin(BrandOwned, Base):
    """Whose a visitor's cookie is. A visitor is one person: who signs in second on the same device gets a new cookie."""

    __tablename__ = "visitor_logins"
    __table_args__ = (
        points_to("customer_id", "customers"),
        UniqueConstraint("brand_id", "visitor"),
        Index("ix_visitor_logins_customer", "brand_id", "customer_id"),
    )

    visitor: Mapped[str] = mapped_column(String(40))
    customer_id: Mapped[UUID]
    at: Mapped[Moment]


class ShopperToken(BrandOwned, Base):
    """What a program shows to speak for a customer who proved her phone; only its digest is kept, and signing out takes the row away."""

    __tablename__ = "shopper_tokens"
    __table_args__ = (
        points_to("customer_id", "customers"),
        UniqueConstraint("brand_id", "digest"),
        Index("ix_shopper_tokens_customer", "brand_id", "customer_id", "made_at"),
        CheckConstraint("expires_at > made_at", name="expires"),
    )

    customer_id: Mapped[UUID]
    digest: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[Moment]
    expires_at: Mapped[Moment]


class CustomerBinding(BrandOwned, Base):
    """A customer and her guide (R9). Within protection no other guide takes her over; from `expires_at` on it counts for nothing.

    One stands at a time; `exclusive` lets it compete for orders (R8) and is frozen when it begins.
    """

    __tablename__ = "customer_bindings"
    __table_args__ = (
        points_to("customer_id", "customers"),
        points_to("guide_id", "guides"),
        Index("uq_customer_bindings_one", "brand_id", "customer_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_customer_bindings_guide", "brand_id", "guide_id", "bound_at"),
        CheckConstraint("via IN ('order', 'sign_in', 'transfer')", name="via"),
        CheckConstraint("ended_why IN ('', 'expired', 'guide_gone', 'won_over', 'handed')", name="ended_why"),
        CheckConstraint("(ended_at IS NULL) = (ended_why = '')", name="ended"),
        CheckConstraint("protected_until >= bound_at AND expires_at >= bound_at", name="period"),
    )

    customer_id: Mapped[UUID]
    guide_id: Mapped[UUID]
    via: Mapped[str] = mapped_column(String(8))
    exclusive: Mapped[bool]
    bound_at: Mapped[Moment]
    protected_until: Mapped[Moment]
    expires_at: Mapped[Moment]
    ended_at: Mapped[Moment | None]
    ended_why: Mapped[str] = mapped_column(String(10), server_default="")
