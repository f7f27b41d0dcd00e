"""A catalogue that shows only what is fresh: when stock was last confirmed, how long that holds, what stands in for what is gone.

Every column is new and empty, or has a meaning without being read, so it runs beside the release before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

WALLED = ("flagship_sources", "sync_runs")

CONFIRMED = """UPDATE flagship_sources s SET confirmed_at = coalesce(s.read_at, (
  SELECT max(r.started_at) FROM sync_runs r WHERE r.brand_id = s.brand_id AND r.source_id = s.id AND r.state IN ('succeeded', 'partial')))"""


def upgrade() -> None:
    op.add_column("brand_settings", sa.Column("stock_ttl_hours", sa.Integer()))
    op.create_check_constraint(op.f("ck_brand_settings_stock_ttl"), "brand_settings", "stock_ttl_hours BETWEEN 1 AND 720")
    op.add_column("flagship_sources", sa.Column("confirmed_at", sa.DateTime(timezone=True)))
    op.add_column("variants", sa.Column("stock_read_at", sa.DateTime(timezone=True)))
    op.create_index("ix_variants_stock_read", "variants", ["brand_id", "stock_read_at"], postgresql_where=sa.text("stock_read_at IS NOT NULL"))
    op.add_column("products", sa.Column("substitute_id", sa.Uuid()))
    op.create_check_constraint(op.f("ck_products_substitute"), "products", "substitute_id <> id")
    op.create_foreign_key(op.f("fk_products_brand_id_substitute_id"), "products", "products", ["brand_id", "substitute_id"], ["brand_id", "id"])
    op.create_index("ix_products_substitute", "products", ["brand_id", "substitute_id"], postgresql_where=sa.text("substitute_id IS NOT NULL"))
    _fill()


def _fill() -> None:
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(CONFIRMED)
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.drop_column("products", "substitute_id")
    op.drop_column("variants", "stock_read_at")
    op.drop_column("flagship_sources", "confirmed_at")
    op.drop_column("brand_settings", "stock_ttl_hours")
