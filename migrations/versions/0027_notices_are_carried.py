"""Notices on their way out by each channel, a person's WeChat, and an address that bounces. Adds only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.wall import WALL

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.add_column("notice_wishes", sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("notice_wishes", sa.Column("by_wechat", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("notice_wishes", sa.Column("wechat_app_id", sa.String(length=64), server_default="", nullable=False))
    op.add_column("notice_wishes", sa.Column("openid", sa.String(length=64), server_default="", nullable=False))
    op.create_check_constraint(op.f("ck_notice_wishes_wechat"), "notice_wishes", "NOT by_wechat OR openid <> ''")
    op.create_index("uq_notice_wishes_wechat", "notice_wishes", ["brand_id", "wechat_app_id", "openid"], unique=True,
                    postgresql_where=sa.text("openid <> ''"))
    op.create_table(
        "notice_sends", sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False), sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False), sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), server_default="waiting", nullable=False),
        sa.Column("reason", sa.String(length=80), server_default="", nullable=False),
        sa.Column("gone", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False), sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('wechat', 'text', 'mail')", name=op.f("ck_notice_sends_channel")),
        sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed', 'unsure', 'dropped')", name=op.f("ck_notice_sends_state")),
        sa.ForeignKeyConstraint(["brand_id", "notice_id"], ["notices.brand_id", "notices.id"], name=op.f("fk_notice_sends_brand_id_notice_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_notice_sends_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_notice_sends")),
        sa.UniqueConstraint("brand_id", "notice_id", "channel", name=op.f("uq_notice_sends_brand_id_notice_id_channel")))
    op.create_index("ix_notice_sends_newest", "notice_sends", ["planned_at"])
    op.execute(WALL)


def downgrade() -> None:
    op.drop_table("notice_sends")
    op.drop_index("uq_notice_wishes_wechat", "notice_wishes")
    for column in ("openid", "wechat_app_id", "by_wechat", "bounced_at"):
        op.drop_column("notice_wishes", column)
