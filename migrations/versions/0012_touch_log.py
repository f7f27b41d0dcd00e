"""Touches arrive in a narrow table and are moved into the log by the worker. Adds only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.wall import WALL

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "touch_arrivals",
        sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("visitor", sa.String(length=40), nullable=False),
        sa.Column("share_link_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bot", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(["brand_id", "share_link_id"], ["share_links.brand_id", "share_links.id"],
                                name=op.f("fk_touch_arrivals_brand_id_share_link_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_touch_arrivals_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_touch_arrivals")))
    op.create_index("ix_touch_arrivals_visitor", "touch_arrivals", ["brand_id", "visitor"])
    op.execute(WALL)


def downgrade() -> None:
    raise NotImplementedError("touches are evidence; restore a backup instead")
