from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.catalog.models import Product
from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.domain.promotions.models import Activity
from app.kernel.db import Base, BrandOwned, Moment, Stamped, belongs_to, points_to


class ShareLink(BrandOwned, Stamped, Base):
    """To a product, to an activity, or (both NULL) to the guide's storefront. The link outlives the guide by degrading to `store_id` (R21)."""

    __tablename__ = "share_links"
    __audited__ = True
    __table_args__ = (
        points_to("guide_id", "guides"),
        points_to("store_id", "org_units"),
        points_to("product_id", "products"),
        points_to("activity_id", "activities"),
        UniqueConstraint("brand_id", "code"),
        UniqueConstraint("brand_id", "guide_id", "product_id", "activity_id", "label", postgresql_nulls_not_distinct=True),
        CheckConstraint("product_id IS NULL OR activity_id IS NULL", name="leads_to"),
    )

    code: Mapped[str] = mapped_column(String(32))
    guide_id: Mapped[UUID]
    store_id: Mapped[UUID]
    product_id: Mapped[UUID | None]
    activity_id: Mapped[UUID | None]
    label: Mapped[str] = mapped_column(String(60), server_default="")

    guide: Mapped[Guide] = belongs_to("ShareLink", "guide_id", "Guide")
    store: Mapped[OrgUnit] = belongs_to("ShareLink", "store_id", "OrgUnit")
    product: Mapped[Product | None] = belongs_to("ShareLink", "product_id", "Product")
    activity: Mapped[Activity | None] = belongs_to("ShareLink", "activity_id", "Activity")


class ShelfItem(BrandOwned, Stamped, Base):
    """A product a guide put on her own shelf, in her order; `position` counts from 1, so the shelf holds no more than rules.MOST_ON_SHELF."""

    __tablename__ = "shelf_items"
    __table_args__ = (
        points_to("guide_id", "guides"),
        points_to("product_id", "products"),
        UniqueConstraint("brand_id", "guide_id", "product_id"),
        UniqueConstraint("brand_id", "guide_id", "position", deferrable=True, initially="DEFERRED"),
        CheckConstraint("position BETWEEN 1 AND 60", name="position"),
    )

    guide_id: Mapped[UUID]
    product_id: Mapped[UUID]
    position: Mapped[int]
    note: Mapped[str] = mapped_column(String(60), server_default="")


class ShelfPin(BrandOwned, Stamped, Base):
    """A product HQ puts on top of every shop below `unit_id` (NULL: of all), in this order; the nearest unit's pins stand first."""

    __tablename__ = "shelf_pins"
    __audited__ = True
    __table_args__ = (
        points_to("unit_id", "org_units"),
        points_to("product_id", "products"),
        UniqueConstraint("brand_id", "unit_id", "product_id", postgresql_nulls_not_distinct=True),
        UniqueConstraint("brand_id", "unit_id", "position", deferrable=True, initially="DEFERRED", postgresql_nulls_not_distinct=True),
        CheckConstraint("position BETWEEN 1 AND 8", name="position"),
    )

    unit_id: Mapped[UUID | None]
    product_id: Mapped[UUID]
    position: Mapped[int]


class ShareKit(BrandOwned, Stamped, Base):
    """HQ's ready material for a product (`product_id` NULL: for the whole brand); guides see it in [valid_from, valid_to).

    `video_key` is the file's own name with its ending, '' for none.
    """

    __tablename__ = "share_kits"
    __audited__ = True
    __table_args__ = (
        points_to("product_id", "products"),
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period"),
        Index("ix_share_kits_product", "brand_id", "product_id", "valid_from"),
    )

    product_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(String(80))
    valid_from: Mapped[Moment]
    valid_to: Mapped[Moment | None]
    video_key: Mapped[str] = mapped_column(String(80), server_default="")


class ShareKitPicture(BrandOwned, Stamped, Base):
    """`file_key` is a picture in three sizes, as product_images.file_key is."""

    __tablename__ = "share_kit_pictures"
    __table_args__ = (
        points_to("kit_id", "share_kits", "CASCADE"),
        UniqueConstraint("brand_id", "kit_id", "file_key"),
    )

    kit_id: Mapped[UUID]
    position: Mapped[int]
    file_key: Mapped[str] = mapped_column(String(200))


class ShareKitText(BrandOwned, Stamped, Base):
    """What to say, in one tone, with placeholders (rules.PLACEHOLDERS). `allowed_because`: why forbidden words in it stay, '' if there are none."""

    __tablename__ = "share_kit_texts"
    __audited__ = True
    __table_args__ = (
        points_to("kit_id", "share_kits", "CASCADE"),
        Index("ix_share_kit_texts_kit", "brand_id", "kit_id", "position"),
        CheckConstraint("tone IN ('plain', 'warm', 'lively', 'formal')", name="tone"),
    )

    kit_id: Mapped[UUID]
    position: Mapped[int]
    tone: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(String(500))
    allowed_because: Mapped[str] = mapped_column(String(200), server_default="")


class ForbiddenWord(BrandOwned, Stamped, Base):
    """A word this brand's texts must not use, besides those of the advertising law (wording.ABSOLUTE)."""

    __tablename__ = "forbidden_words"
    __audited__ = True
    __table_args__ = (UniqueConstraint("brand_id", "word"),)

    word: Mapped[str] = mapped_column(String(40))


class WeChatKey(Base):
    """What WeChat lent the house's public account: kind token, ticket, or rest (until when it is not asked again)."""

    __tablename__ = "wechat_keys"

    app_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[Moment]


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


class TouchArrival(BrandOwned, Base):
    """A touch on its way into the log: as few keys as reading it needs, so that arriving costs little."""

    __tablename__ = "touch_arrivals"
    __table_args__ = (
        points_to("share_link_id", "share_links"),
        Index("ix_touch_arrivals_visitor", "brand_id", "visitor"),
    )

    visitor: Mapped[str] = mapped_column(String(40))
    share_link_id: Mapped[UUID]
    at: Mapped[Moment]
    bot: Mapped[bool] = mapped_column(server_default="false")
