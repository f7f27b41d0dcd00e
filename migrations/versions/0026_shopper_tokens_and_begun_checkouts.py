"""A program speaks for a shopper who signed in; a checkout that was begun is a reason to call. Adds only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.wall import WALL

revision = "0026"
down_revision = "0025"

MOMENT = sa.DateTime(timezone=True)
REASONS = "reason IN ('cart', 'checkout', 'birthday', 'arrival', 'lapsed')"
BEFORE = "reason IN ('cart', 'birthday', 'arrival', 'lapsed')"


def upgrade() -> None:
    op.create_table(
        "shopper_tokens",
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_shopper_tokens_expires")),
        sa.ForeignKeyConstraint(["brand_id", "customer_id"], ["customers.brand_id", "customers.id"], name=op.f("fk_shopper_tokens_brand_id_customer_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_shopper_tokens_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_shopper_tokens")),
        sa.UniqueConstraint("brand_id", "digest", name=op.f("uq_shopper_tokens_brand_id_digest")),
    )
    op.create_index("ix_shopper_tokens_customer", "shopper_tokens", ["brand_id", "customer_id", "made_at"])
    op.create_table(
        "begun_checkouts",
        sa.Column("brand_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=True),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["brand_id", "customer_id"], ["customers.brand_id", "customers.id"], name=op.f("fk_begun_checkouts_brand_id_customer_id")),
        sa.ForeignKeyConstraint(["brand_id", "guide_id"], ["guides.brand_id", "guides.id"], name=op.f("fk_begun_checkouts_brand_id_guide_id")),
        sa.ForeignKeyConstraint(["brand_id", "product_id"], ["products.brand_id", "products.id"], name=op.f("fk_begun_checkouts_brand_id_product_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_begun_checkouts_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_begun_checkouts")),
        sa.UniqueConstraint("brand_id", "customer_id", name=op.f("uq_begun_checkouts_brand_id_customer_id")),
    )
    op.drop_constraint(op.f("ck_customer_follow_ups_reason"), "customer_follow_ups", type_="check")
    op.create_check_constraint(op.f("ck_customer_follow_ups_reason"), "customer_follow_ups", REASONS)
    op.execute(WALL)


def downgrade() -> None:
    op.execute("DELETE FROM customer_follow_ups WHERE reason = 'checkout'")
    op.drop_constraint(op.f("ck_customer_follow_ups_reason"), "customer_follow_ups", type_="check")
    op.create_check_constraint(op.f("ck_customer_follow_ups_reason"), "customer_follow_ups", BEFORE)
    op.drop_table("begun_checkouts")
    op.drop_table("shopper_tokens")
