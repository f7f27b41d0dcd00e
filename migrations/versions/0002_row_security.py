"""Belt 4: forced row-level security on every brand-owned table, and what each login may do."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

GLOBAL_FOR_APP = {"brands": "SELECT", "signposts": "SELECT, INSERT, DELETE"}
APPEND_ONLY = ("ledger_transactions", "ledger_entries", "commission_lines", "attribution_decisions", "audit_events")

MAKE_ROLES = """
DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['yundian_app', 'yundian_operator'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', wanted);
      EXECUTE format('GRANT %I TO %I', wanted, current_user);
    END IF;
  END LOOP;
END $$
"""

PROTECT_BRAND_TABLES = """
DO $$
DECLARE owned text;
BEGIN
  FOR owned IN
    SELECT c.table_name FROM information_schema.columns c JOIN pg_class t ON t.relname = c.table_name
    WHERE c.table_schema = 'public' AND c.column_name = 'brand_id' AND c.table_name <> 'signposts' AND NOT t.relrowsecurity
  LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', owned);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', owned);
    EXECUTE format('CREATE POLICY one_brand ON %I TO yundian_app
                    USING (brand_id = current_setting(''app.brand_id'')::int)
                    WITH CHECK (brand_id = current_setting(''app.brand_id'')::int)', owned);
    EXECUTE format('CREATE POLICY every_brand ON %I TO yundian_operator USING (true) WITH CHECK (true)', owned);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO yundian_app, yundian_operator', owned);
  END LOOP;
END $$
"""


def upgrade() -> None:
    op.execute(MAKE_ROLES)
    op.execute(PROTECT_BRAND_TABLES)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON brands, signposts, operators TO yundian_operator")
    op.execute("GRANT SELECT ON alembic_version TO yundian_app, yundian_operator")
    for table, rights in GLOBAL_FOR_APP.items():
        op.execute(f"GRANT {rights} ON {table} TO yundian_app")
    for table in APPEND_ONLY:
        op.execute(f"REVOKE UPDATE, DELETE ON {table} FROM yundian_app, yundian_operator")


def downgrade() -> None:
    raise NotImplementedError("tenancy is not taken down; restore a backup instead")
