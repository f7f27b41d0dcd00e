"""Community groups. Adds only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.wall import WALL

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_table(
        "community_groups",
        sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.String(length=60), nullable=False),
        sa.Column("members", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("members BETWEEN 0 AND 100000", name=op.f("ck_community_groups_members")),
        sa.ForeignKeyConstraint(["brand_id", "guide_id"], ["guides.brand_id", "guides.id"], name=op.f("fk_community_groups_brand_id_guide_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_community_groups_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_community_groups")),
        sa.UniqueConstraint("brand_id", "guide_id", "name", name=op.f("uq_community_groups_brand_id_guide_id_name")),
        sa.UniqueConstraint("brand_id", "guide_id", "mark", name=op.f("uq_community_groups_brand_id_guide_id_mark")))
    op.execute(WALL)


def downgrade() -> None:
    op.drop_table("community_groups")
