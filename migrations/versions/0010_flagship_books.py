"""What a flagship and we say of the same day, and what an alliance owes.

Adds only: the code of before goes on working beside it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import WALL

revision = "0010"
down_revision = "0009"



def upgrade() -> None:
    _days()
    _lines()
    _alliance()
    op.execute(WALL)


def _days() -> None:
    op.create_table("flagship_days",
    sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Uuid(), nullable=False),
    sa.Column("source_id", sa.Uuid(), nullable=False),
    sa.Column("day", sa.Date(), nullable=False),
    sa.Column("state", sa.String(length=8), server_default="queued", nullable=False),
    *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in ("reading", "trying")),
    sa.Column("listed", sa.Boolean(), server_default="false", nullable=False),
    sa.Column("asked_by", sa.String(length=80), server_default="", nullable=False),
    sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("began_at", "read_at")),
    *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in ("order_count", "difference_count", "untold_count")),
    *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in (
        "orders_ours_minor", "orders_theirs_minor", "refunds_ours_minor", "refunds_theirs_minor", "fees_theirs_minor")),
    sa.Column("error_code", sa.String(length=60), server_default="", nullable=False),
    sa.Column("error_message", sa.String(), server_default="", nullable=False),
    sa.Column("error_data", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    sa.CheckConstraint("state IN ('queued', 'running', 'matched', 'differs', 'failed')", name=op.f("ck_flagship_days_state")),
    sa.ForeignKeyConstraint(["brand_id", "source_id"], ["flagship_sources.brand_id", "flagship_sources.id"],
                            name=op.f("fk_flagship_days_brand_id_source_id")),
    sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_flagship_days_brand_id")),
    sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_flagship_days")),
    sa.UniqueConstraint("brand_id", "source_id", "day", name=op.f("uq_flagship_days_brand_id_source_id_day")))
    op.create_index("ix_flagship_days_day", "flagship_days", ["brand_id", "day"])


def _lines() -> None:
    op.create_table("flagship_day_lines",
    sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Uuid(), nullable=False),
    sa.Column("day_id", sa.Uuid(), nullable=False),
    sa.Column("reading", sa.Integer(), nullable=False),
    sa.Column("kind", sa.String(length=6), nullable=False),
    sa.Column("cause", sa.String(length=24), server_default="", nullable=False),
    sa.Column("differs", sa.Boolean(), nullable=False),
    sa.Column("order_key", sa.String(length=120), nullable=False),
    sa.Column("flagship_order_id", sa.String(length=120), server_default="", nullable=False),
    *(sa.Column(name, sa.Uuid(), nullable=True) for name in ("order_push_id", "order_id")),
    *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("ours_minor", "theirs_minor")),
    sa.Column("ours_state", sa.String(length=16), server_default="", nullable=False),
    sa.Column("theirs_state", sa.String(length=60), server_default="", nullable=False),
    sa.Column("note", sa.String(length=300), server_default="", nullable=False),
    sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("handled_by", sa.String(length=80), server_default="", nullable=False),
    sa.CheckConstraint("kind IN ('order', 'refund', 'fee')", name=op.f("ck_flagship_day_lines_kind")),
    sa.ForeignKeyConstraint(["brand_id", "day_id"], ["flagship_days.brand_id", "flagship_days.id"],
                            name=op.f("fk_flagship_day_lines_brand_id_day_id"), ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["brand_id", "order_push_id"], ["order_pushes.brand_id", "order_pushes.id"],
                            name=op.f("fk_flagship_day_lines_brand_id_order_push_id")),
    sa.ForeignKeyConstraint(["brand_id", "order_id"], ["orders.brand_id", "orders.id"], name=op.f("fk_flagship_day_lines_brand_id_order_id")),
    sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_flagship_day_lines_brand_id")),
    sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_flagship_day_lines")),
    sa.UniqueConstraint("brand_id", "day_id", "reading", "kind", "order_key", "cause",
                        name=op.f("uq_flagship_day_lines_line")))
    op.create_index("ix_flagship_day_lines_open", "flagship_day_lines", ["brand_id", "day_id"],
                    postgresql_where=sa.text("differs AND handled_at IS NULL"))
    op.create_index("ix_flagship_day_lines_key", "flagship_day_lines", ["brand_id", "order_key"])


def _alliance() -> None:
    op.create_table("alliance_readings",
    sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Uuid(), nullable=False),
    sa.Column("source_id", sa.Uuid(), nullable=False),
    sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
    sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
    *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("read_at", "failed_at")),
    sa.Column("error_code", sa.String(length=60), server_default="", nullable=False),
    sa.Column("error_message", sa.String(), server_default="", nullable=False),
    sa.Column("error_data", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(["brand_id", "source_id"], ["flagship_sources.brand_id", "flagship_sources.id"],
                            name=op.f("fk_alliance_readings_brand_id_source_id")),
    sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_alliance_readings_brand_id")),
    sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_alliance_readings")),
    sa.UniqueConstraint("brand_id", "source_id", name=op.f("uq_alliance_readings_brand_id_source_id")))
    op.create_table("alliance_orders",
    sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False),
    sa.Column("id", sa.Uuid(), nullable=False),
    sa.Column("source_id", sa.Uuid(), nullable=False),
    sa.Column("row_id", sa.String(length=64), nullable=False),
    sa.Column("order_number", sa.String(length=64), nullable=False),
    sa.Column("external_id", sa.String(length=200), nullable=False),
    *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("quantity", "returned")),
    sa.Column("state", sa.String(length=10), nullable=False),
    sa.Column("valid_code", sa.BigInteger(), nullable=False),
    sa.Column("void_reason", sa.String(), server_default="", nullable=False),
    sa.Column("through_own_shop", sa.Boolean(), nullable=False),
    *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("commission_bp", "base_minor", "estimate_minor", "actual_minor", "earned_minor")),
    sa.Column("code", sa.String(length=80), server_default="", nullable=False),
    sa.Column("guide_id", sa.Uuid(), nullable=True),
    sa.Column("position", sa.BigInteger(), nullable=False),
    sa.Column("same_shop", sa.Boolean(), nullable=False),
    sa.Column("settles_on", sa.BigInteger(), nullable=False),
    *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("ordered_at", "finished_at", "changed_at")),
    *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("seen_at", "read_at")),
    sa.CheckConstraint("state IN ('unpaid', 'deposit', 'paid', 'finished', 'split', 'void')", name=op.f("ck_alliance_orders_state")),
    sa.ForeignKeyConstraint(["brand_id", "source_id"], ["flagship_sources.brand_id", "flagship_sources.id"],
                            name=op.f("fk_alliance_orders_brand_id_source_id")),
    sa.ForeignKeyConstraint(["brand_id", "guide_id"], ["guides.brand_id", "guides.id"], name=op.f("fk_alliance_orders_brand_id_guide_id")),
    sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_alliance_orders_brand_id")),
    sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_alliance_orders")),
    sa.UniqueConstraint("brand_id", "source_id", "row_id", name=op.f("uq_alliance_orders_brand_id_source_id_row_id")))
    op.create_index("ix_alliance_orders_ordered", "alliance_orders", ["brand_id", "ordered_at"])
    op.create_index("ix_alliance_orders_guide", "alliance_orders", ["brand_id", "guide_id"])


def downgrade() -> None:
    op.drop_table("alliance_orders")
    op.drop_table("alliance_readings")
    op.drop_table("flagship_day_lines")
    op.drop_table("flagship_days")
