from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Stamped, belongs_to, points_to


class OrgUnit(BrandOwned, Stamped, Base):
    """`path` is '/id/id/' from the root to itself: descendants share the prefix, ancestors are its parts."""

    __tablename__ = "org_units"
    __audited__ = True
    __table_args__ = (
        points_to("parent_id", "org_units"),
        points_to("payee_id", "payees"),
        UniqueConstraint("brand_id", "code"),
        Index("ix_org_units_path", "brand_id", "path", postgresql_ops={"path": "text_pattern_ops"}),
        CheckConstraint("kind IN ('region', 'dealer', 'mall', 'store')", name="kind"),
        CheckConstraint("status IN ('open', 'closed')", name="status"),
    )

    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[UUID | None]
    path: Mapped[str]
    payee_id: Mapped[UUID]
    province: Mapped[str] = mapped_column(String(40), server_default="")
    city: Mapped[str] = mapped_column(String(40), server_default="")
    district: Mapped[str] = mapped_column(String(40), server_default="")
    address: Mapped[str] = mapped_column(String(200), server_default="")
    phone: Mapped[str] = mapped_column(String(40), server_default="")
    status: Mapped[str] = mapped_column(String(8), server_default="open")

    parent: Mapped[OrgUnit | None] = belongs_to("OrgUnit", "parent_id", "OrgUnit", lazy="raise_on_sql")
