from __future__ import annotations

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped


class Coupon(BrandOwned, Stamped, Base):
    """`code` is stored in upper case. `used_count` counts orders that hold it; valid in [starts_at, ends_at)."""

    __tablename__ = "coupons"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("brand_id", "code"),
        CheckConstraint("funder IN ('brand', 'platform')", name="funder"),
        CheckConstraint("amount_minor > 0 AND minimum_minor >= 0", name="amounts"),
        CheckConstraint("used_count >= 0 AND used_count <= max_uses", name="quota"),
    )

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80), server_default="")
    funder: Mapped[str] = mapped_column(String(10), server_default="brand")
    amount_minor: Mapped[Minor]
    minimum_minor: Mapped[Minor] = mapped_column(server_default="0")
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    max_uses: Mapped[int]
    used_count: Mapped[int] = mapped_column(server_default="0")
