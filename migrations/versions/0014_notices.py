"""Notices, and how people wish to hear of them. Adds only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import WALL

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    _owned("notices", sa.Column("kind", sa.String(length=30), nullable=False), sa.Column("cause", sa.String(length=120), nullable=False),
           sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
           sa.Column("at", sa.DateTime(timezone=True), nullable=False), sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
           sa.UniqueConstraint("brand_id", "account_id", "cause", name=op.f("uq_notices_brand_id_account_id_cause")))
    op.create_index("ix_notices_newest", "notices", ["brand_id", "account_id", "at"])
    op.create_index("ix_notices_unread", "notices", ["brand_id", "account_id"], postgresql_where=sa.text("read_at IS NULL"))
    _owned("notice_wishes", sa.Column("by_text", sa.Boolean(), server_default="false", nullable=False),
           sa.Column("by_mail", sa.Boolean(), server_default="false", nullable=False),
           sa.Column("email", sa.String(length=200), server_default="", nullable=False),
           sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
           sa.UniqueConstraint("brand_id", "account_id", name=op.f("uq_notice_wishes_brand_id_account_id")),
           sa.CheckConstraint("NOT by_mail OR email <> ''", name=op.f("ck_notice_wishes_mail")))
    op.execute(WALL)


def _owned(table: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        table, sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False), *parts,
        sa.ForeignKeyConstraint(["brand_id", "account_id"], ["accounts.brand_id", "accounts.id"], name=op.f(f"fk_{table}_brand_id_account_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f(f"pk_{table}")))


def downgrade() -> None:
    op.drop_table("notice_wishes")
    op.drop_table("notices")
