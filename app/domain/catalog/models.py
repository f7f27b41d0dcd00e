from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped, belongs_to, points_to


class FlagshipSource(BrandOwned, Stamped, Base):
    """`settings` is plain configuration (url, file key); `secrets_sealed` never leaves the server.

    `read_at` is when the last reading that was written whole began; None asks for a full one. `confirmed_at` is when the last
    reading that was written began: as far as stock goes it speaks for every variant without a `stock_read_at`. `heard_at` is the shop's last
    knock (webhook), at the address with `hook_code`. `authorisation_ended_at`: its owner has to let us in again. `sends_back`:
    what of our sales goes back to it: nothing, orders (it ships them) or stock (its stock is lowered).
    """

    __tablename__ = "flagship_sources"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("changes_minutes BETWEEN 5 AND 10080", name="changes_minutes"),
        CheckConstraint("full_hour BETWEEN 0 AND 23", name="full_hour"),
        CheckConstraint("sends_back IN ('nothing', 'orders', 'stock')", name="sends_back"),
    )

    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(80))
    settings: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    secrets_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10), server_default="active")
    last_synced_at: Mapped[Moment | None]
    read_at: Mapped[Moment | None]
    confirmed_at: Mapped[Moment | None]
    heard_at: Mapped[Moment | None]
    authorisation_ended_at: Mapped[Moment | None]
    hook_code: Mapped[str] = mapped_column(String(40), server_default="")
    changes_minutes: Mapped[int | None]
    full_hour: Mapped[int | None]
    sends_back: Mapped[str] = mapped_column(String(8), server_default="nothing")


class Product(BrandOwned, Stamped, Base):
    """`owners` says who owns a field other than its source: {"title": "brand" | "locked"} (R36). `category` is 'A > B'.

    `substitute_id`: what the brand offers instead once this cannot be bought (`substitutes.py`).
    """

    __tablename__ = "products"
    __audited__ = True
    __table_args__ = (
        points_to("source_id", "flagship_sources"),
        points_to("substitute_id", "products"),
        Index("uq_products_external", "brand_id", "source_id", "external_id", unique=True, postgresql_where=text("source_id IS NOT NULL")),
        Index("ix_products_category", "brand_id", "category", postgresql_ops={"category": "text_pattern_ops"}),
        CheckConstraint("status IN ('published', 'unpublished')", name="status"),
        CheckConstraint("origin IN ('flagship', 'offline')", name="origin"),
        CheckConstraint("substitute_id <> id", name="substitute"),
        Index("ix_products_substitute", "brand_id", "substitute_id", postgresql_where=text("substitute_id IS NOT NULL")),
    )

    origin: Mapped[str] = mapped_column(String(10))
    source_id: Mapped[UUID | None]
    external_id: Mapped[str] = mapped_column(String(200), server_default="")
    title: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str] = mapped_column(String(300), server_default="")
    description: Mapped[str] = mapped_column(server_default="")
    category: Mapped[str] = mapped_column(String(200), server_default="")
    vendor: Mapped[str] = mapped_column(String(120), server_default="")
    status: Mapped[str] = mapped_column(String(12), server_default="published")
    position: Mapped[int] = mapped_column(server_default="0")
    owners: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    substitute_id: Mapped[UUID | None]
    tombstoned_at: Mapped[Moment | None]
    updated_at: Mapped[Moment]


class Variant(BrandOwned, Stamped, Base):
    """What is bought. Sellable = stock - reserved, never less than 0 for the shopper. `row_hash` is the source row last applied.

    `stock_read_at`: its stock was last read earlier than its source's (`freshness.py`); NULL where the source speaks for it.
    """

    __tablename__ = "variants"
    __audited__ = True
    __table_args__ = (
        points_to("product_id", "products"),
        points_to("source_id", "flagship_sources"),
        Index("uq_variants_external", "brand_id", "source_id", "external_id", unique=True, postgresql_where=text("source_id IS NOT NULL")),
        Index("uq_variants_sku", "brand_id", "sku", unique=True, postgresql_where=text("sku <> ''")),
        Index("ix_variants_barcode", "brand_id", "barcode", postgresql_where=text("barcode <> ''")),
        Index("ix_variants_product", "brand_id", "product_id"),
        Index("ix_variants_stock_read", "brand_id", "stock_read_at", postgresql_where=text("stock_read_at IS NOT NULL")),
        CheckConstraint("price_minor > 0", name="price"),
        CheckConstraint("stock >= 0 AND reserved >= 0", name="stock"),
        CheckConstraint("status IN ('published', 'unpublished')", name="status"),
    )

    product_id: Mapped[UUID]
    source_id: Mapped[UUID | None]
    external_id: Mapped[str] = mapped_column(String(200), server_default="")
    sku: Mapped[str] = mapped_column(String(120), server_default="")
    barcode: Mapped[str] = mapped_column(String(40), server_default="")
    options: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    price_minor: Mapped[Minor]
    list_price_minor: Mapped[Minor | None]
    stock: Mapped[int] = mapped_column(server_default="0")
    reserved: Mapped[int] = mapped_column(server_default="0")
    weight_g: Mapped[int | None]
    commissionable: Mapped[bool] = mapped_column(server_default="true")
    status: Mapped[str] = mapped_column(String(12), server_default="published")
    position: Mapped[int] = mapped_column(server_default="0")
    owners: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    row_hash: Mapped[str] = mapped_column(String(64), server_default="")
    stock_read_at: Mapped[Moment | None]
    tombstoned_at: Mapped[Moment | None]
    updated_at: Mapped[Moment]

    product: Mapped[Product] = belongs_to("Variant", "product_id", "Product")


class ProductImage(BrandOwned, Stamped, Base):
    """A picture of a product, or of one variant. `file_key` is set once the worker has fetched and resized it."""

    __tablename__ = "product_images"
    __table_args__ = (
        points_to("product_id", "products", "CASCADE"),
        points_to("variant_id", "variants", "CASCADE"),
        UniqueConstraint("brand_id", "product_id", "variant_id", "source_url", postgresql_nulls_not_distinct=True),
        Index("ix_product_images_product", "brand_id", "product_id", "position"),
        Index("ix_product_images_variant", "brand_id", "variant_id"),
        Index("ix_product_images_waiting", "brand_id", postgresql_where=text("state <> 'stored'")),
        CheckConstraint("state IN ('waiting', 'stored', 'failed')", name="state"),
    )

    product_id: Mapped[UUID]
    variant_id: Mapped[UUID | None]
    position: Mapped[int] = mapped_column(server_default="0")
    source_url: Mapped[str] = mapped_column(String(2000), server_default="")
    file_key: Mapped[str] = mapped_column(String(200), server_default="")
    state: Mapped[str] = mapped_column(String(10), server_default="waiting")
    reason: Mapped[str] = mapped_column(String(200), server_default="")


class SyncRun(BrandOwned, Stamped, Base):
    """One reading of a source. `counts` are of variants and sum to the items.

    `error_*` says why a run failed whole, or why a previewed one waits for a confirmation; a previewed one that is finished
    found nothing to write. `step` is fetching, comparing, applying or checking; `done` of `total` are of that step, `total` 0: nobody
    knows yet how many there will be. `step_started_at` and `heartbeat_at` are of the database's clock: the worker's pulse, not business
    time. A full reading that was cut off goes on from `cursor`, up to which `parts` parts of it are whole.
    """

    __tablename__ = "sync_runs"
    __table_args__ = (
        points_to("source_id", "flagship_sources"),
        UniqueConstraint("brand_id", "number"),
        CheckConstraint("mode IN ('preview', 'apply')", name="mode"),
        CheckConstraint("reads IN ('full', 'changes')", name="reads"),
        CheckConstraint(
            "state IN ('queued', 'running', 'previewed', 'succeeded', 'partial', 'failed', 'cancelled', 'undone')", name="state"),
        Index("uq_sync_runs_one_at_a_time", "brand_id", "source_id", unique=True, postgresql_where=text("state IN ('queued', 'running')")),
    )

    source_id: Mapped[UUID]
    number: Mapped[int]
    mode: Mapped[str] = mapped_column(String(8))
    reads: Mapped[str] = mapped_column(String(8), server_default="full")
    state: Mapped[str] = mapped_column(String(10))
    step: Mapped[str] = mapped_column(String(10), server_default="")
    counts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int] = mapped_column(server_default="0")
    requested_by: Mapped[str] = mapped_column(String(80), server_default="")
    error_code: Mapped[str] = mapped_column(String(60), server_default="")
    error_message: Mapped[str] = mapped_column(server_default="")
    error_data: Mapped[dict[str, Any] | None]
    started_at: Mapped[Moment | None]
    finished_at: Mapped[Moment | None]
    step_started_at: Mapped[Moment | None]
    heartbeat_at: Mapped[Moment | None]
    cursor: Mapped[str] = mapped_column(server_default="")
    parts: Mapped[int] = mapped_column(server_default="0")

    source: Mapped[FlagshipSource] = belongs_to("SyncRun", "source_id", "FlagshipSource")


class SyncItem(BrandOwned, Base):
    """What became of one listed variant, or of one of ours that the flagship no longer lists (outcome removed).

    `changes` is [{field, old, new, owner, result}]; `listed` the row as read, kept only where something is to be
    written; `before` our rows before it ({"variant": …, "product": …}), for undo. `applied` once it is written. `part` is
    the part of the reading it was listed in.
    """

    __tablename__ = "sync_items"
    __table_args__ = (
        points_to("run_id", "sync_runs", "CASCADE"),
        Index("ix_sync_items_outcome", "brand_id", "run_id", "outcome", "position"),
        CheckConstraint("outcome IN ('created', 'updated', 'unchanged', 'removed', 'skipped', 'failed', 'conflict')", name="outcome"),
    )

    run_id: Mapped[UUID]
    position: Mapped[int]
    external_id: Mapped[str] = mapped_column(String(200))
    sku: Mapped[str] = mapped_column(String(120), server_default="")
    title: Mapped[str] = mapped_column(String(300), server_default="")
    outcome: Mapped[str] = mapped_column(String(10))
    matched_by: Mapped[str] = mapped_column(String(12), server_default="")
    code: Mapped[str] = mapped_column(String(60), server_default="")
    reason: Mapped[str] = mapped_column(server_default="")
    reason_data: Mapped[dict[str, Any] | None]
    changes: Mapped[list[Any]] = mapped_column(server_default="[]")
    listed: Mapped[dict[str, Any] | None]
    before: Mapped[dict[str, Any] | None]
    variant_id: Mapped[UUID | None]
    applied: Mapped[bool] = mapped_column(server_default="false")
    part: Mapped[int] = mapped_column(server_default="0")


class FlagshipDelivery(BrandOwned, Base):
    """A shop's webhook, once: what it said to be gone until a reading has taken it in."""

    __tablename__ = "flagship_deliveries"
    __table_args__ = (
        points_to("source_id", "flagship_sources", "CASCADE"),
        UniqueConstraint("brand_id", "source_id", "delivery"),
    )

    source_id: Mapped[UUID]
    delivery: Mapped[str] = mapped_column(String(200))
    topic: Mapped[str] = mapped_column(String(80))
    removed_groups: Mapped[list[Any]] = mapped_column(server_default="[]")
    received_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class IgnoredListing(BrandOwned, Stamped, Base):
    """A person said: this one of the flagship is not taken over, now and later."""

    __tablename__ = "ignored_listings"
    __audited__ = True
    __table_args__ = (
        points_to("source_id", "flagship_sources", "CASCADE"),
        UniqueConstraint("brand_id", "source_id", "external_id"),
    )

    source_id: Mapped[UUID]
    external_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(300), server_default="")
