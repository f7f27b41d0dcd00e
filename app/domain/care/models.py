from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped, points_to


class CustomerHandover(BrandOwned, Base):
    """A customer served by another from then on. Append-only.

    Without `to_guide_id` the store serves her: the binding stays with who left, which credits the store until somebody wins her.
    `binding_id` is what stood, `made_binding_id` what stands instead; `undoes`: the hand-over this one takes back.
    """

    __tablename__ = "customer_handovers"
    __table_args__ = (
        points_to("customer_id", "customers"),
        points_to("from_guide_id", "guides"),
        points_to("to_guide_id", "guides"),
        points_to("binding_id", "customer_bindings"),
        points_to("made_binding_id", "customer_bindings"),
        points_to("undoes", "customer_handovers"),
        UniqueConstraint("brand_id", "undoes"),
        Index("ix_customer_handovers_customer", "brand_id", "customer_id", "at"),
        Index("ix_customer_handovers_from", "brand_id", "from_guide_id", "at"),
        CheckConstraint("why IN ('leaving', 'transfer', 'undo')", name="why"),
        CheckConstraint("(why = 'undo') = (undoes IS NOT NULL)", name="undo"),
        CheckConstraint("(to_guide_id IS NULL) = (made_binding_id IS NULL) AND to_guide_id <> from_guide_id", name="to"),
    )

    customer_id: Mapped[UUID]
    from_guide_id: Mapped[UUID]
    to_guide_id: Mapped[UUID | None]
    binding_id: Mapped[UUID]
    made_binding_id: Mapped[UUID | None]
    why: Mapped[str] = mapped_column(String(8))
    said: Mapped[str] = mapped_column(String(200), server_default="")
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[Moment]
    undoes: Mapped[UUID | None]


class CustomerNote(BrandOwned, Base):
    """What somebody wrote down of a customer. A guide's note is read by her and by headquarters."""

    __tablename__ = "customer_notes"
    __table_args__ = (
        points_to("customer_id", "customers"),
        points_to("guide_id", "guides"),
        Index("ix_customer_notes_customer", "brand_id", "customer_id", "at"),
    )

    customer_id: Mapped[UUID]
    guide_id: Mapped[UUID | None]
    by: Mapped[str] = mapped_column(String(80))
    words: Mapped[str] = mapped_column(String(500))
    at: Mapped[Moment]


class CustomerTag(BrandOwned, Stamped, Base):
    """A tag as headquarters defines it. Manual ones are set by people and fall off after `days`; the others follow from a rule:
    bought `category`, spent at least `amount_minor`, or no order, in the last `days`; birthday this month.
    """

    __tablename__ = "customer_tags"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("brand_id", "name"),
        CheckConstraint("kind IN ('manual', 'bought', 'spent', 'lapsed', 'birthday')", name="kind"),
        CheckConstraint("(kind = 'bought') = (category <> '') AND (kind = 'spent') = (amount_minor IS NOT NULL)", name="terms"),
        CheckConstraint("(kind = 'birthday') = (days IS NULL) AND days BETWEEN 1 AND 3650 AND amount_minor > 0", name="bounds"),
    )

    name: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(8))
    category: Mapped[str] = mapped_column(String(200), server_default="")
    days: Mapped[int | None]
    amount_minor: Mapped[Minor | None]
    ended_at: Mapped[Moment | None]


class CustomerTagging(BrandOwned, Base):
    """A manual tag on a customer: who set it, when, and until when it counts."""

    __tablename__ = "customer_taggings"
    __table_args__ = (
        points_to("tag_id", "customer_tags"),
        points_to("customer_id", "customers"),
        UniqueConstraint("brand_id", "customer_id", "tag_id"),
    )

    tag_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[Moment]
    expires_at: Mapped[Moment]


class Segment(BrandOwned, Stamped, Base):
    """A saved choice of customers; `terms` as `rules.clean_terms` returns them. Who belongs is found out when it is asked."""

    __tablename__ = "segments"
    __audited__ = True
    __table_args__ = (UniqueConstraint("brand_id", "name"),)

    name: Mapped[str] = mapped_column(String(40))
    terms: Mapped[dict[str, Any]]


class CustomerFollowUp(BrandOwned, Base):
    """A guide followed a reason up; it is not shown to her again before `until`."""

    __tablename__ = "customer_follow_ups"
    __table_args__ = (
        points_to("customer_id", "customers"),
        points_to("guide_id", "guides"),
        Index("ix_customer_follow_ups_customer", "brand_id", "customer_id", "at"),
        CheckConstraint("reason IN ('cart', 'checkout', 'birthday', 'arrival', 'lapsed')", name="reason"),
        CheckConstraint("until > at", name="until"),
    )

    customer_id: Mapped[UUID]
    guide_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(String(8))
    note: Mapped[str] = mapped_column(String(300), server_default="")
    at: Mapped[Moment]
    until: Mapped[Moment]


class BegunCheckout(BrandOwned, Base):
    """The checkout a customer opened last while signed in: what she was about to buy first, and whom that would have been credited to."""

    __tablename__ = "begun_checkouts"
    __table_args__ = (
        points_to("customer_id", "customers"),
        points_to("guide_id", "guides"),
        points_to("product_id", "products"),
        UniqueConstraint("brand_id", "customer_id"),
    )

    customer_id: Mapped[UUID]
    guide_id: Mapped[UUID | None]
    product_id: Mapped[UUID]
    at: Mapped[Moment]
