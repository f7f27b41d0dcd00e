"""Statistics of the catalogue's keys are taken anew only of tables that have doubled since the last time. Changes a function only."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"

FUNCTION = """
CREATE OR REPLACE FUNCTION take_catalogue_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
"""
KEYS = {
    "products": "brand_id, id, source_id, external_id",
    "variants": "brand_id, id, product_id, source_id, external_id, sku",
    "product_images": "brand_id, id, product_id, variant_id, state",
    "sync_items": "brand_id, id, run_id, position, outcome, external_id, variant_id",
}
DOUBLED = """(SELECT pg_relation_size(oid) > 2 * relpages * current_setting('block_size')::bigint FROM pg_class WHERE oid = 'public.{table}'::regclass)"""


def upgrade() -> None:
    asked = "".join(f"IF {DOUBLED.format(table=table)} THEN ANALYZE public.{table} ({keys}); END IF;\n" for table, keys in KEYS.items())
    op.execute(f"{FUNCTION}BEGIN\n{asked}END $$")


def downgrade() -> None:
    always = "".join(f"ANALYZE public.{table} ({keys});\n" for table, keys in KEYS.items())
    op.execute(f"{FUNCTION}BEGIN\n{always}END $$")
