from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Moment, Stamped, points_to


class Account(BrandOwned, Stamped, Base):
    """`login` is an e-mail (console) or a phone in E.164 (guide app). `epoch` rises to end all its sessions at once."""

    __tablename__ = "accounts"
    __audited__ = True
    __table_args__ = (
        points_to("org_unit_id", "org_units"),
        UniqueConstraint("brand_id", "login"),
        CheckConstraint(
            "role IN ('owner', 'operations', 'finance', 'region_manager', 'store_manager', 'guide')", name="role"),
        CheckConstraint("(role IN ('region_manager', 'store_manager')) <= (org_unit_id IS NOT NULL)", name="scope"),
    )

    login: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[str] = mapped_column(String(16))
    org_unit_id: Mapped[UUID | None]
    password_hash: Mapped[str] = mapped_column(String(200), server_default="")
    active: Mapped[bool] = mapped_column(server_default="true")
    epoch: Mapped[int] = mapped_column(server_default="0")
    locale: Mapped[str] = mapped_column(String(5), server_default="")
    last_sign_in_at: Mapped[Moment | None]


class ApiToken(BrandOwned, Stamped, Base):
    """A program's sign-in; only the digest of the secret is stored. No scopes listed means all of them."""

    __tablename__ = "api_tokens"
    __audited__ = True
    __table_args__ = (UniqueConstraint("brand_id", "digest"),)

    name: Mapped[str] = mapped_column(String(80))
    digest: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(40)), server_default="{}")
    revoked_at: Mapped[Moment | None]
    last_used_at: Mapped[Moment | None]


class AuditEvent(BrandOwned, Base):
    """Append-only: who did what to which row, with the values before and after."""

    __tablename__ = "audit_events"
    __table_args__ = (
        Index("ix_audit_events_at", "brand_id", "at"),
        Index("ix_audit_events_subject", "brand_id", "subject_kind", "subject_id"),
    )

    at: Mapped[Moment]
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[str] = mapped_column(String(40), server_default="")
    actor_name: Mapped[str] = mapped_column(String(80), server_default="")
    action: Mapped[str] = mapped_column(String(60))
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40))
    subject_name: Mapped[str] = mapped_column(String(200), server_default="")
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    request_id: Mapped[str] = mapped_column(String(40), server_default="")


class IdempotencyKey(BrandOwned, Stamped, Base):
    """One POST, done once: the key, what it asked, and the answer that is replayed (R18)."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("brand_id", "principal", "key"),)

    principal: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None]
    body: Mapped[str | None]
