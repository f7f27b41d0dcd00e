"""Flagships kept fresh: schedules, webhooks, readings that go on where they were cut off, listings a brand does not want.

Adds only: the code of before goes on working beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import WALL

revision = "0006"
down_revision = "0005"



def upgrade() -> None:
    for name in ("read_at", "heard_at", "authorisation_ended_at"):
        op.add_column("flagship_sources", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("flagship_sources", sa.Column("hook_code", sa.String(length=40), server_default="", nullable=False))
    for name in ("changes_minutes", "full_hour"):
        op.add_column("flagship_sources", sa.Column(name, sa.Integer(), nullable=True))
    op.create_check_constraint("changes_minutes", "flagship_sources", "changes_minutes BETWEEN 5 AND 10080")
    op.create_check_constraint("full_hour", "flagship_sources", "full_hour BETWEEN 0 AND 23")
    op.add_column("sync_runs", sa.Column("reads", sa.String(length=8), server_default="full", nullable=False))
    op.add_column("sync_runs", sa.Column("cursor", sa.String(), server_default="", nullable=False))
    op.add_column("sync_runs", sa.Column("parts", sa.Integer(), server_default="0", nullable=False))
    op.create_check_constraint("reads", "sync_runs", "reads IN ('full', 'changes')")
    op.add_column("sync_items", sa.Column("part", sa.Integer(), server_default="0", nullable=False))
    _deliveries()
    _ignored()
    op.execute(WALL)


def _deliveries() -> None:
    op.create_table("flagship_deliveries",
    sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Uuid(), nullable=False),
    sa.Column("source_id", sa.Uuid(), nullable=False),
    sa.Column("delivery", sa.String(length=200), nullable=False),
    sa.Column("topic", sa.String(length=80), nullable=False),
    sa.Column("removed_groups", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(["brand_id", "source_id"], ["flagship_sources.brand_id", "flagship_sources.id"],
                            name=op.f("fk_flagship_deliveries_brand_id_source_id"), ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_flagship_deliveries_brand_id")),
    sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_flagship_deliveries")),
    sa.UniqueConstraint("brand_id", "source_id", "delivery", name=op.f("uq_flagship_deliveries_brand_id_source_id_delivery")))


def _ignored() -> None:
    op.create_table("ignored_listings",
    sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Uuid(), nullable=False),
    sa.Column("source_id", sa.Uuid(), nullable=False),
    sa.Column("external_id", sa.String(length=200), nullable=False),
    sa.Column("name", sa.String(length=300), server_default="", nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    sa.ForeignKeyConstraint(["brand_id", "source_id"], ["flagship_sources.brand_id", "flagship_sources.id"],
                            name=op.f("fk_ignored_listings_brand_id_source_id"), ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_ignored_listings_brand_id")),
    sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_ignored_listings")),
    sa.UniqueConstraint("brand_id", "source_id", "external_id", name=op.f("uq_ignored_listings_brand_id_source_id_external_id")))


def downgrade() -> None:
    op.drop_table("ignored_listings")
    op.drop_table("flagship_deliveries")
    op.drop_column("sync_items", "part")
    for name in ("parts", "cursor", "reads"):
        op.drop_column("sync_runs", name)
    for name in ("full_hour", "changes_minutes", "hook_code", "authorisation_ended_at", "heard_at", "read_at"):
        op.drop_column("flagship_sources", name)
