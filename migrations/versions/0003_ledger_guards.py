"""The ledger's own guards: entries of a statement sum to zero per transaction; nothing is changed or deleted (R34)."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

APPEND_ONLY = ("ledger_transactions", "ledger_entries", "commission_lines", "attribution_decisions", "audit_events")

BALANCED = """
CREATE FUNCTION ledger_must_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken uuid;
BEGIN
  SELECT transaction_id INTO broken FROM posted GROUP BY brand_id, transaction_id HAVING sum(amount_minor) <> 0 LIMIT 1;
  IF broken IS NOT NULL THEN
    RAISE EXCEPTION 'ledger transaction % does not sum to zero', broken USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""

FROZEN = """
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    op.execute(BALANCED)
    op.execute(FROZEN)
    op.execute("""CREATE TRIGGER balanced AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS posted
                  FOR EACH STATEMENT EXECUTE FUNCTION ledger_must_balance()""")
    for table in APPEND_ONLY:
        op.execute(f"""CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
                       FOR EACH STATEMENT EXECUTE FUNCTION append_only()""")


def downgrade() -> None:
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER frozen ON {table}")
    op.execute("DROP TRIGGER balanced ON ledger_entries")
    op.execute("DROP FUNCTION ledger_must_balance, append_only")
