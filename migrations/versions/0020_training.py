"""Leagues (who takes no part), invitations by guides, and training cards. Adds only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import WALL

revision = "0020"
down_revision = "0019"
NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column("guides", sa.Column("unlisted", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("brand_settings", sa.Column("guides_invite", sa.Boolean(), server_default="false", nullable=False))
    op.add_column("invite_codes", sa.Column("referrer_id", sa.Uuid(), nullable=True))
    op.create_foreign_key("fk_invite_codes_brand_id_referrer_id", "invite_codes", "guides", ["brand_id", "referrer_id"], ["brand_id", "id"])
    _cards()
    _results()
    op.execute(WALL)


def _cards() -> None:
    op.create_table(
        "training_cards",
        sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("picture_key", sa.String(length=200), server_default="", nullable=False),
        sa.Column("audience", sa.String(length=10), server_default="all", nullable=False),
        sa.Column("org_unit_id", sa.Uuid(), nullable=True),
        sa.Column("questions", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("pass_mark", sa.Integer(), server_default="0", nullable=False),
        sa.Column("status", sa.String(length=10), server_default="draft", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("audience IN ('all', 'staff', 'affiliate')", name=op.f("ck_training_cards_audience")),
        sa.CheckConstraint("status IN ('draft', 'published', 'paused')", name=op.f("ck_training_cards_status")),
        sa.CheckConstraint("jsonb_array_length(questions) <= 5 AND pass_mark BETWEEN 0 AND jsonb_array_length(questions)",
                           name=op.f("ck_training_cards_questions")),
        sa.CheckConstraint("(pass_mark = 0) = (jsonb_array_length(questions) = 0)", name=op.f("ck_training_cards_pass_mark")),
        sa.ForeignKeyConstraint(["brand_id", "org_unit_id"], ["org_units.brand_id", "org_units.id"], name=op.f("fk_training_cards_brand_id_org_unit_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_training_cards_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_training_cards")))


def _results() -> None:
    op.create_table(
        "training_results",
        sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("guide_id", sa.Uuid(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("attempts > 0 AND score BETWEEN 0 AND asked", name=op.f("ck_training_results_score")),
        sa.ForeignKeyConstraint(["brand_id", "card_id"], ["training_cards.brand_id", "training_cards.id"],
                                name=op.f("fk_training_results_brand_id_card_id")),
        sa.ForeignKeyConstraint(["brand_id", "guide_id"], ["guides.brand_id", "guides.id"], name=op.f("fk_training_results_brand_id_guide_id")),
        sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f("fk_training_results_brand_id")),
        sa.PrimaryKeyConstraint("brand_id", "id", name=op.f("pk_training_results")),
        sa.UniqueConstraint("brand_id", "card_id", "guide_id", name=op.f("uq_training_results_brand_id_card_id_guide_id")))
    op.create_index("ix_training_results_guide", "training_results", ["brand_id", "guide_id"])


def downgrade() -> None:
    op.drop_table("training_results")
    op.drop_table("training_cards")
    op.drop_column("invite_codes", "referrer_id")
    op.drop_column("brand_settings", "guides_invite")
    op.drop_column("guides", "unlisted")
