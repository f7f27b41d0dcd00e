from __future__ import annotations

from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.catalog.models import Product
from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.kernel.db import Base, BrandOwned, Moment, Stamped, belongs_to, points_to


class ShareLink(BrandOwned, Stamped, Base):
    """`product_id` NULL is the guide's storefront. The link outlives the guide by degrading to `store_id` (R21)."""

    __tablename__ = "share_links"
    __audited__ = True
    __table_args__ = (
        points_to("guide_id", "guides"),
        points_to("store_id", "org_units"),
        points_to("product_id", "products"),
        UniqueConstraint("brand_id", "code"),
        UniqueConstraint("brand_id", "guide_id", "product_id", "label", postgresql_nulls_not_distinct=True),
    )

    code: Mapped[str] = mapped_column(String(32))
    guide_id: Mapped[UUID]
    store_id: Mapped[UUID]
    product_id: Mapped[UUID | None]
    label: Mapped[str] = mapped_column(String(60), server_default="")

    guide: Mapped[Guide] = belongs_to("ShareLink", "guide_id", "Guide")
    store: Mapped[OrgUnit] = belongs_to("ShareLink", "store_id", "OrgUnit")
    product: Mapped[Product | None] = belongs_to("ShareLink", "product_id", "Product")


class Touch(BrandOwned, Base):
    """`visitor` is an opaque first-party id; `bot` touches are kept and do not compete."""

    __tablename__ = "touches"
    __table_args__ = (
        points_to("share_link_id", "share_links"),
        Index("ix_touches_visitor", "brand_id", "visitor", "at"),
        Index("ix_touches_link", "brand_id", "share_link_id", "at"),
    )

    visitor: Mapped[str] = mapped_column(String(40))
    share_link_id: Mapped[UUID]
    at: Mapped[Moment]
    bot: Mapped[bool] = mapped_column(server_default="false")
