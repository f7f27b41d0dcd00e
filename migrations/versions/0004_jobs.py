"""The job queue: the schema of the pinned procrastinate package, applied from the package itself."""

from __future__ import annotations

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SchemaManager.get_schema(), execution_options={"no_parameters": True})
    op.execute("""
        DO $$ DECLARE part record; BEGIN
          FOR part IN SELECT relname, relkind FROM pg_class WHERE relname LIKE 'procrastinate\\_%' AND relkind IN ('r', 'S') LOOP
            IF part.relkind = 'S' THEN
              EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %I TO yundian_app, yundian_operator', part.relname);
            ELSE
              EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO yundian_app, yundian_operator', part.relname);
            END IF;
          END LOOP;
        END $$""")


def downgrade() -> None:
    raise NotImplementedError("the queue is not taken down; restore a backup instead")
