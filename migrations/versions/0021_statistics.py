"""The application may have the statistics of the catalogue's keys taken anew, and nothing else of maintenance. Adds only."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"

ANALYSE = """
CREATE FUNCTION take_catalogue_statistics() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  ANALYZE public.products (brand_id, id, source_id, external_id), public.variants (brand_id, id, product_id, source_id, external_id, sku),
    public.product_images (brand_id, id, product_id, variant_id, state), public.sync_items (brand_id, id, run_id, position, outcome, external_id, variant_id);
END $$"""


def upgrade() -> None:
    op.execute(ANALYSE)
    op.execute("REVOKE ALL ON FUNCTION take_catalogue_statistics() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION take_catalogue_statistics() TO yundian_app, yundian_operator")


def downgrade() -> None:
    op.execute("DROP FUNCTION take_catalogue_statistics()")
