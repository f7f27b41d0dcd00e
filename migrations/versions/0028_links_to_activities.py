"""Links to activities. Run it once no process of the former release is left: its ON CONFLICT names the unique key that goes here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"

ONE_EACH = "uq_share_links_brand_id_guide_id_product_id_label"
ONE_EACH_NOW = "uq_share_links_brand_id_guide_id_product_id_activity_id_label"


def upgrade() -> None:
    op.add_column("share_links", sa.Column("activity_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_share_links_brand_id_activity_id"), "share_links", "activities", ["brand_id", "activity_id"], ["brand_id", "id"])
    op.create_check_constraint(op.f("ck_share_links_leads_to"), "share_links", "product_id IS NULL OR activity_id IS NULL")
    op.create_unique_constraint(op.f(ONE_EACH_NOW), "share_links", ["brand_id", "guide_id", "product_id", "activity_id", "label"],
                                postgresql_nulls_not_distinct=True)
    op.drop_constraint(op.f(ONE_EACH), "share_links", type_="unique")


def downgrade() -> None:
    raise NotImplementedError("the former key cannot hold links to several activities; restore a backup instead")
