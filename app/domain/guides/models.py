from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.ledger.models import Payee
from app.domain.orgs.models import OrgUnit
from app.domain.people.models import Account
from app.kernel.db import Base, BrandOwned, Moment, Stamped, belongs_to, points_to


class Guide(BrandOwned, Stamped, Base):
    """`phone` is E.164. `referrer_id` is her direct referrer; there is no column for a third level (R19).

    `unlisted`: she takes no part in the leaderboard.
    """

    __tablename__ = "guides"
    __audited__ = True
    __table_args__ = (
        points_to("store_id", "org_units"),
        points_to("payee_id", "payees"),
        points_to("account_id", "accounts"),
        points_to("referrer_id", "guides"),
        points_to("invite_code_id", "invite_codes"),
        UniqueConstraint("brand_id", "phone"),
        Index("uq_guides_employee_no", "brand_id", "employee_no", unique=True, postgresql_where=text("employee_no <> ''")),
        Index("ix_guides_store", "brand_id", "store_id"),
        CheckConstraint("kind IN ('staff', 'affiliate')", name="kind"),
        CheckConstraint("status IN ('pending', 'active', 'suspended', 'left', 'rejected')", name="status"),
        CheckConstraint("referrer_id <> id", name="not_own_referrer"),
    )

    name: Mapped[str] = mapped_column(String(40))
    phone: Mapped[str] = mapped_column(String(20))
    employee_no: Mapped[str] = mapped_column(String(40), server_default="")
    kind: Mapped[str] = mapped_column(String(10), server_default="staff")
    level: Mapped[str] = mapped_column(String(20), server_default="")
    status: Mapped[str] = mapped_column(String(10), server_default="pending")
    store_id: Mapped[UUID]
    payee_id: Mapped[UUID]
    account_id: Mapped[UUID | None]
    referrer_id: Mapped[UUID | None]
    invite_code_id: Mapped[UUID | None]
    avatar_key: Mapped[str] = mapped_column(String(200), server_default="")
    words: Mapped[str] = mapped_column(String(200), server_default="")
    working_since: Mapped[date | None]
    joined_at: Mapped[Moment | None]
    left_at: Mapped[Moment | None]
    unlisted: Mapped[bool] = mapped_column(server_default="false")

    store: Mapped[OrgUnit] = belongs_to("Guide", "store_id", "OrgUnit")
    payee: Mapped[Payee] = belongs_to("Guide", "payee_id", "Payee")
    account: Mapped[Account | None] = belongs_to("Guide", "account_id", "Account")


class InviteCode(BrandOwned, Stamped, Base):
    """Who joins by it becomes a guide of this store and of this `kind`, once approved. `referrer_id`: the guide whose invitation it is (R19)."""

    __tablename__ = "invite_codes"
    __audited__ = True
    __table_args__ = (
        points_to("store_id", "org_units"),
        ForeignKeyConstraint(["brand_id", "referrer_id"], ["guides.brand_id", "guides.id"], name="fk_invite_codes_brand_id_referrer_id", use_alter=True),
        UniqueConstraint("brand_id", "code"),
        CheckConstraint("used_count BETWEEN 0 AND max_uses", name="quota"),
        CheckConstraint("kind IN ('staff', 'affiliate')", name="kind"),
    )

    code: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(10), server_default="staff")
    store_id: Mapped[UUID]
    referrer_id: Mapped[UUID | None]
    max_uses: Mapped[int]
    used_count: Mapped[int] = mapped_column(server_default="0")
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]

    store: Mapped[OrgUnit] = belongs_to("InviteCode", "store_id", "OrgUnit")
