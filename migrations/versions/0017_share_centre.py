"""Shelves in order, share kits, posters. Adds only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.wall import WALL

revision = "0017"
down_revision = "0016"


def _id(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _text(name: str, length: int, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), server_default=default, nullable=False)


def _owned(table: str, *parts: sa.schema.SchemaItem, to: dict[str, str], ondelete: str | None = None) -> None:
    """A brand-owned table with its composite references, stamped."""
    references = [sa.ForeignKeyConstraint(["brand_id", column], [f"{target}.brand_id", f"{target}.id"], name=op.f(f"fk_{table}_brand_id_{column}"),
                                          ondelete=ondelete) for column, target in to.items()]
    op.create_table(table, sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False), _id("id"), *parts,
                    sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False), *references,
                    sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
                    sa.PrimaryKeyConstraint("brand_id", "id", name=op.f(f"pk_{table}")))


def upgrade() -> None:
    _shelves()
    _kits()
    op.execute(WALL)
    _wechat()


def _shelves() -> None:
    _owned("shelf_items", _id("guide_id"), _id("product_id"), sa.Column("position", sa.Integer(), nullable=False), _text("note", 60, ""),
           sa.CheckConstraint("position BETWEEN 1 AND 60", name=op.f("ck_shelf_items_position")),
           sa.UniqueConstraint("brand_id", "guide_id", "product_id", name=op.f("uq_shelf_items_brand_id_guide_id_product_id")),
           sa.UniqueConstraint("brand_id", "guide_id", "position", name=op.f("uq_shelf_items_brand_id_guide_id_position"), deferrable=True,
                               initially="DEFERRED"),
           to={"guide_id": "guides", "product_id": "products"})
    _owned("shelf_pins", _id("unit_id", null=True), _id("product_id"), sa.Column("position", sa.Integer(), nullable=False),
           sa.CheckConstraint("position BETWEEN 1 AND 8", name=op.f("ck_shelf_pins_position")),
           sa.UniqueConstraint("brand_id", "unit_id", "product_id", name=op.f("uq_shelf_pins_brand_id_unit_id_product_id"),
                               postgresql_nulls_not_distinct=True),
           sa.UniqueConstraint("brand_id", "unit_id", "position", name=op.f("uq_shelf_pins_brand_id_unit_id_position"), deferrable=True,
                               initially="DEFERRED", postgresql_nulls_not_distinct=True),
           to={"unit_id": "org_units", "product_id": "products"})


def _kits() -> None:
    _owned("share_kits", _id("product_id", null=True), _text("name", 80), sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
           sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True), _text("video_key", 80, ""),
           sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_share_kits_period")), to={"product_id": "products"})
    op.create_index("ix_share_kits_product", "share_kits", ["brand_id", "product_id", "valid_from"])
    _owned("share_kit_pictures", _id("kit_id"), sa.Column("position", sa.Integer(), nullable=False), _text("file_key", 200),
           sa.UniqueConstraint("brand_id", "kit_id", "file_key", name=op.f("uq_share_kit_pictures_brand_id_kit_id_file_key")),
           to={"kit_id": "share_kits"}, ondelete="CASCADE")
    _owned("share_kit_texts", _id("kit_id"), sa.Column("position", sa.Integer(), nullable=False), _text("tone", 8), _text("body", 500),
           _text("allowed_because", 200, ""),
           sa.CheckConstraint("tone IN ('plain', 'warm', 'lively', 'formal')", name=op.f("ck_share_kit_texts_tone")),
           to={"kit_id": "share_kits"}, ondelete="CASCADE")
    op.create_index("ix_share_kit_texts_kit", "share_kit_texts", ["brand_id", "kit_id", "position"])
    _owned("forbidden_words", _text("word", 40), sa.UniqueConstraint("brand_id", "word", name=op.f("uq_forbidden_words_brand_id_word")), to={})


def _wechat() -> None:
    """Of the house, not of a brand."""
    op.create_table("wechat_keys", _text("app_id", 64), _text("kind", 8), sa.Column("sealed", sa.LargeBinary(), nullable=False),
                    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
                    sa.PrimaryKeyConstraint("app_id", "kind", name=op.f("pk_wechat_keys")))
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON wechat_keys TO yundian_app, yundian_operator")


def downgrade() -> None:
    op.drop_table("wechat_keys")
    for table in ("forbidden_words", "share_kit_texts", "share_kit_pictures", "share_kits"):
        op.drop_table(table)
    op.drop_table("shelf_pins")
    op.drop_table("shelf_items")
