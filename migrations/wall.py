"""Row-level security for every brand-owned table that has none yet: the fourth belt of tenancy (docs/architecture.md)."""

WALL = """
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
