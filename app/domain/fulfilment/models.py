from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped, points_to


class Fulfilment(BrandOwned, Base):
    """`source` is flagship (its warehouse) or store (ship from store, then `store_id`).

    A parcel the flagship told us of names the push it came from, and is taken over once by its tracking number.
    """

    __tablename__ = "fulfilments"
    __audited__ = True
    __table_args__ = (
        points_to("order_id", "orders"),
        points_to("store_id", "org_units"),
        points_to("push_id", "order_pushes"),
        Index("ix_fulfilments_order", "brand_id", "order_id"),
        Index("uq_fulfilments_push", "brand_id", "push_id", "tracking_no", unique=True, postgresql_where=text("push_id IS NOT NULL AND tracking_no <> ''")),
        CheckConstraint("source IN ('flagship', 'store')", name="source"),
    )

    order_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(String(10), server_default="flagship")
    store_id: Mapped[UUID | None]
    carrier: Mapped[str] = mapped_column(String(40), server_default="")
    tracking_no: Mapped[str] = mapped_column(String(60), server_default="")
    shipped_at: Mapped[Moment]
    delivered_at: Mapped[Moment | None]
    push_id: Mapped[UUID | None]

    lines: Mapped[list[FulfilmentLine]] = relationship(
        "FulfilmentLine", lazy="selectin", cascade="all",
        primaryjoin="and_(Fulfilment.id == remote(foreign(FulfilmentLine.fulfilment_id)), Fulfilment.brand_id == remote(FulfilmentLine.brand_id))")


class FulfilmentLine(BrandOwned, Base):
    __tablename__ = "fulfilment_lines"
    __table_args__ = (
        points_to("fulfilment_id", "fulfilments"),
        points_to("order_line_id", "order_lines"),
        UniqueConstraint("brand_id", "fulfilment_id", "order_line_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    fulfilment_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    quantity: Mapped[int]


class OrderPush(BrandOwned, Stamped, Base):
    """What of an order a flagship is to ship, and how that stands (rules.py tells the states).

    `number` is ours and names the order to the flagship; an order that is pushed anew after it was withdrawn gets another one. Amounts
    are what we told it. `submitted_at` is when a submission may have left last: until it has settled, "no such order" is not believed.
    Who works on it holds `claim` until `leased_until`. `trouble` says why a person has to look, '' when nobody has to; `last_*` is the
    flagship's last word, a msgid with its data. `renew`: once it is withdrawn, what is still wanted goes out as a new push.
    """

    __tablename__ = "order_pushes"
    __table_args__ = (
        points_to("order_id", "orders"),
        points_to("source_id", "flagship_sources"),
        UniqueConstraint("brand_id", "source_id", "number"),
        Index("uq_order_pushes_flagship_order", "brand_id", "source_id", "flagship_order_id", unique=True,
              postgresql_where=text("flagship_order_id <> ''")),
        Index("ix_order_pushes_order", "brand_id", "order_id"),
        Index("ix_order_pushes_due", "brand_id", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("ix_order_pushes_trouble", "brand_id", postgresql_where=text("trouble <> ''")),
        CheckConstraint("state IN ('waiting', 'placed', 'paid_told', 'shipped', 'delivered', 'declined', 'unsure', 'cancel_asked', 'cancelled', "
                        "'given_up')", name="state"),
        CheckConstraint("goods_minor >= 0 AND shipping_minor >= 0 AND attempts >= 0", name="amounts"),
    )

    order_id: Mapped[UUID]
    source_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(14), server_default="waiting")
    flagship_order_id: Mapped[str] = mapped_column(String(120), server_default="")
    raw_state: Mapped[str] = mapped_column(String(60), server_default="")
    goods_minor: Mapped[Minor]
    shipping_minor: Mapped[Minor] = mapped_column(server_default="0")
    currency: Mapped[str] = mapped_column(String(3))
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[Moment | None]
    claim: Mapped[UUID | None]
    leased_until: Mapped[Moment | None]
    trouble: Mapped[str] = mapped_column(String(20), server_default="")
    renew: Mapped[bool] = mapped_column(server_default="false")
    last_code: Mapped[str] = mapped_column(String(60), server_default="")
    last_message: Mapped[str] = mapped_column(server_default="")
    last_data: Mapped[dict[str, Any] | None]
    submitted_at: Mapped[Moment | None]
    placed_at: Mapped[Moment | None]
    checked_at: Mapped[Moment | None]
    changed_at: Mapped[Moment]

    lines: Mapped[list[OrderPushLine]] = relationship(
        "OrderPushLine", lazy="selectin", cascade="all, delete-orphan", order_by="OrderPushLine.id",
        primaryjoin="and_(OrderPush.id == remote(foreign(OrderPushLine.push_id)), OrderPush.brand_id == remote(OrderPushLine.brand_id))")


class OrderPushLine(BrandOwned, Base):
    """`external_id` is the flagship's variant id; the price is what we believe it asks. `shipped_quantity` it told us to be on the way."""

    __tablename__ = "order_push_lines"
    __table_args__ = (
        points_to("push_id", "order_pushes", "CASCADE"),
        points_to("order_line_id", "order_lines"),
        UniqueConstraint("brand_id", "push_id", "order_line_id"),
        Index("ix_order_push_lines_order_line", "brand_id", "order_line_id"),
        CheckConstraint("quantity > 0 AND unit_price_minor > 0 AND shipped_quantity BETWEEN 0 AND quantity", name="quantity"),
    )

    push_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    external_id: Mapped[str] = mapped_column(String(200))
    quantity: Mapped[int]
    unit_price_minor: Mapped[Minor]
    shipped_quantity: Mapped[int] = mapped_column(server_default="0")


class OrderPushEvent(BrandOwned, Base):
    """What happened to a push, as the order's page tells it. Append-only. `by` is the person, '' for the machinery."""

    __tablename__ = "order_push_events"
    __table_args__ = (points_to("push_id", "order_pushes"), Index("ix_order_push_events_push", "brand_id", "push_id", "at"))

    push_id: Mapped[UUID]
    at: Mapped[Moment]
    kind: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(80), server_default="")
    code: Mapped[str] = mapped_column(String(60), server_default="")
    message: Mapped[str] = mapped_column(server_default="")
    data: Mapped[dict[str, Any] | None]


class StockWrite(BrandOwned, Stamped, Base):
    """One movement of one order line in the flagship's stock: less when it is paid, more when it is called off unsent.

    `key` makes it happen there once. A movement back waits for the one it takes back, and is dropped with it.
    """

    __tablename__ = "stock_writes"
    __table_args__ = (
        points_to("source_id", "flagship_sources"),
        points_to("variant_id", "variants"),
        points_to("order_line_id", "order_lines"),
        UniqueConstraint("brand_id", "source_id", "key"),
        Index("ix_stock_writes_order_line", "brand_id", "order_line_id"),
        Index("ix_stock_writes_due", "brand_id", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("ix_stock_writes_trouble", "brand_id", postgresql_where=text("state IN ('declined', 'given_up')")),
        CheckConstraint("state IN ('waiting', 'done', 'declined', 'unsure', 'given_up', 'dropped')", name="state"),
        CheckConstraint("by <> 0 AND attempts >= 0", name="movement"),
    )

    source_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    order_line_id: Mapped[UUID]
    external_id: Mapped[str] = mapped_column(String(200))
    by: Mapped[int]
    key: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10), server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[Moment | None]
    claim: Mapped[UUID | None]
    leased_until: Mapped[Moment | None]
    last_code: Mapped[str] = mapped_column(String(60), server_default="")
    last_message: Mapped[str] = mapped_column(server_default="")
    last_data: Mapped[dict[str, Any] | None]
    changed_at: Mapped[Moment]


class FlagshipArea(BrandOwned, Base):
    """A place by the flagship's own ids, for shops that take no address without them. `town` is '' for the whole district."""

    __tablename__ = "flagship_areas"
    __table_args__ = (
        points_to("source_id", "flagship_sources", "CASCADE"),
        UniqueConstraint("brand_id", "source_id", "province", "city", "district", "town", name="uq_flagship_areas_place"),
    )

    source_id: Mapped[UUID]
    province: Mapped[str] = mapped_column(String(40))
    city: Mapped[str] = mapped_column(String(40))
    district: Mapped[str] = mapped_column(String(60))
    town: Mapped[str] = mapped_column(String(60), server_default="")
    province_id: Mapped[int]
    city_id: Mapped[int]
    district_id: Mapped[int]
    town_id: Mapped[int]
