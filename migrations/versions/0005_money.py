"""Money made whole: fee plans, activities, funders, after-sales, withdrawals, write-offs, reconciliation, sales credit.

Adds only: the code of before goes on working beside it. What it leaves behind goes in 0007.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import WALL

revision = "0005"
down_revision = "0004"

CHECKS = {
    "brand_settings": {
        "amounts": "shipping_fee_minor >= 0 AND payout_minimum_minor >= 0 AND withdrawal_minimum_minor >= 0",
        "commission_cap": "commission_cap_bp BETWEEN 0 AND 10000",
        "payout_schedule": "payout_schedule IN ('none', 'weekly', 'monthly')",
        "payout_day": "payout_day BETWEEN 1 AND CASE payout_schedule WHEN 'weekly' THEN 7 ELSE 28 END",
        "tax_scheme": "tax_scheme IN ('none', 'cn_labour')",
        "credits": "credit_online_bp BETWEEN 0 AND 10000 AND credit_selling_bp BETWEEN 0 AND 10000 AND credit_fulfilling_bp BETWEEN 0 AND 10000",
    },
    "commission_rules": {
        "limits": "min_minor >= 0 AND max_minor >= coalesce(min_minor, 0)",
        "limits_of_a_rate": "amount_minor IS NULL OR (min_minor IS NULL AND max_minor IS NULL)",
    },
    "commission_lines": {"funded": "funded_minor BETWEEN 0 AND amount_minor"},
    "coupons": {
        "funder": "funder IN ('brand', 'platform', 'store', 'guide')",
        "funded_by": "(funder = 'store') = (org_unit_id IS NOT NULL) AND (funder = 'guide') = (guide_id IS NOT NULL)",
    },
    "order_lines": {"paid": "paid_minor = base_minor - platform_discount_minor - store_discount_minor - guide_discount_minor AND paid_minor >= 0"},
    "refunds": {"amount": "amount_minor >= 0 AND shipping_minor BETWEEN 0 AND amount_minor"},
    "payees": {
        "party": "party IN ('brand', 'platform', 'clearing', 'fulfilment', 'guide', 'org_unit')",
        "second_person": "bank_verified_by_id <> bank_entered_by_id",
    },
    "ledger_entries": {
        "phase": "phase IN ('expected', 'received', 'estimated', 'pending', 'held', 'available', 'requested', 'in_payout', 'paid', 'withheld')"},
    "payout_runs": {"scope": "scope IN ('all', 'withdrawals')"},
    "payouts": {
        "state": "state IN ('draft', 'approved', 'sent', 'paid', 'failed', 'cancelled', 'left_out')",
        "tax": "state = 'left_out' OR tax_withheld_minor BETWEEN 0 AND amount_minor",
    },
}
REPLACED = {("brand_settings", "amounts"), ("coupons", "funder"), ("order_lines", "paid"), ("payees", "party"), ("ledger_entries", "phase"),
            ("payouts", "state"), ("refunds", "amount")}

NO_CYCLE = """
CREATE FUNCTION referrers_make_no_circle() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE above uuid := NEW.referrer_id;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('referrers:' || NEW.brand_id, 0));
  WHILE above IS NOT NULL LOOP
    IF above = NEW.id THEN
      RAISE EXCEPTION 'guide % would be her own referrer', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_guides_no_circle';
    END IF;
    SELECT referrer_id INTO above FROM guides WHERE brand_id = NEW.brand_id AND id = above;
  END LOOP;
  RETURN NEW;
END $$
"""

HOUSE = """INSERT INTO payees (brand_id, id, party, tax_kind, name)
SELECT id, gen_random_uuid(), 'fulfilment', 'internal', '发货方待定' FROM brands"""

FIRST_PLANS = """INSERT INTO platform_fee_plans (brand_id, id, number, rate_bp, storefront_bp, effective_from)
SELECT s.brand_id, gen_random_uuid(), 1, s.platform_fee_bp, s.platform_fee_bp, b.created_at FROM brand_settings s JOIN brands b ON b.id = s.brand_id"""


def upgrade() -> None:
    _tables()
    for table, checks in CHECKS.items():
        for name, condition in checks.items():
            if (table, name) in REPLACED:
                op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.execute("""ALTER TABLE commission_lines DROP CONSTRAINT uq_commission_lines_brand_id_order_line_id_payee_id_role,
                  ADD CONSTRAINT uq_commission_lines_brand_id_order_line_id_payee_id_role
                  UNIQUE (brand_id, order_line_id, payee_id, role) INCLUDE (amount_minor)""")
    op.drop_index("ix_ledger_entries_account", table_name="ledger_entries")
    op.create_index("ix_ledger_entries_account", "ledger_entries", ["brand_id", "payee_id", "phase", "posted_at"],
                    postgresql_include=["amount_minor", "kind"])
    op.create_index("ix_ledger_entries_fulfilled", "ledger_entries", ["brand_id", "payee_id", "posted_at"],
                    postgresql_where=sa.text("kind = 'fulfilled'"))
    op.create_index("ix_ledger_transactions_posted", "ledger_transactions", ["brand_id", "posted_at"])
    op.drop_index("uq_payees_house", table_name="payees")
    op.create_index("uq_payees_house", "payees", ["brand_id", "party"], unique=True,
                    postgresql_where=sa.text("party IN ('brand', 'platform', 'clearing', 'fulfilment')"))
    _fill("payees", HOUSE)
    _fill("platform_fee_plans", FIRST_PLANS, also=("brand_settings",))
    op.execute(WALL)
    op.execute("REVOKE UPDATE, DELETE ON sales_credits FROM yundian_app, yundian_operator")
    op.execute("""CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON sales_credits
                  FOR EACH STATEMENT EXECUTE FUNCTION append_only()""")
    op.execute(NO_CYCLE)
    op.execute("""CREATE TRIGGER no_circle BEFORE INSERT OR UPDATE OF referrer_id ON guides
                  FOR EACH ROW WHEN (NEW.referrer_id IS NOT NULL) EXECUTE FUNCTION referrers_make_no_circle()""")


def _fill(table: str, sql: str, also: tuple[str, ...] = ()) -> None:
    """The owner is held by row security too; for the brands that are here already it steps over it once."""
    walled = [name for name in (table, *also) if name != "platform_fee_plans"]
    for name in walled:
        op.execute(f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY")
    op.execute(sql)
    for name in walled:
        op.execute(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY")


def _tables() -> None:
    op.create_table('activities',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('kind', sa.String(length=16), server_default='special_price', nullable=False),
    sa.Column('link_only', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=80), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("kind IN ('special_price')", name=op.f('ck_activities_kind')),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_activities_period')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_activities_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_activities')),
    sa.UniqueConstraint('brand_id', 'number', name=op.f('uq_activities_brand_id_number'))
    )
    op.create_index('ix_activities_period', 'activities', ['brand_id', 'ends_at'], unique=False)
    op.create_table('platform_fee_plans',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('rate_bp', sa.Integer(), nullable=False),
    sa.Column('storefront_bp', sa.Integer(), nullable=False),
    sa.Column('free_days', sa.Integer(), server_default='0', nullable=False),
    sa.Column('effective_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.String(length=200), server_default='', nullable=False),
    sa.Column('created_by', sa.String(length=80), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('free_days BETWEEN 0 AND 3660', name=op.f('ck_platform_fee_plans_free_days')),
    sa.CheckConstraint('rate_bp BETWEEN 0 AND 3000 AND storefront_bp BETWEEN 0 AND 3000', name=op.f('ck_platform_fee_plans_rates')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_platform_fee_plans_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_platform_fee_plans')),
    sa.UniqueConstraint('brand_id', 'number', name=op.f('uq_platform_fee_plans_brand_id_number'))
    )
    op.create_index('ix_platform_fee_plans_from', 'platform_fee_plans', ['brand_id', 'effective_from'], unique=False)
    op.create_table('reconciliation_runs',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('to_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ran_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('run_by', sa.String(length=80), server_default='', nullable=False),
    sa.Column('order_count', sa.Integer(), nullable=False),
    sa.Column('payout_count', sa.Integer(), nullable=False),
    sa.Column('exception_count', sa.Integer(), nullable=False),
    sa.Column('totals', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.CheckConstraint('to_at > from_at', name=op.f('ck_reconciliation_runs_period')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_reconciliation_runs_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_reconciliation_runs')),
    sa.UniqueConstraint('brand_id', 'number', name=op.f('uq_reconciliation_runs_brand_id_number'))
    )
    op.create_table('invoices',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payee_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('voided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recorded_by', sa.String(length=80), server_default='', nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_invoices_amount')),
    sa.ForeignKeyConstraint(['brand_id', 'payee_id'], ['payees.brand_id', 'payees.id'], name=op.f('fk_invoices_brand_id_payee_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_invoices_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_invoices')),
    sa.UniqueConstraint('brand_id', 'payee_id', 'number', name=op.f('uq_invoices_brand_id_payee_id_number'))
    )
    op.create_table('write_offs',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('payee_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('requested_by_id', sa.String(length=60), nullable=False),
    sa.Column('requested_by', sa.String(length=80), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by_id', sa.String(length=60), nullable=True),
    sa.Column('decided_by', sa.String(length=80), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('requested', 'approved', 'rejected')", name=op.f('ck_write_offs_state')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_write_offs_amount')),
    sa.CheckConstraint('decided_by_id <> requested_by_id', name=op.f('ck_write_offs_second_person')),
    sa.ForeignKeyConstraint(['brand_id', 'payee_id'], ['payees.brand_id', 'payees.id'], name=op.f('fk_write_offs_brand_id_payee_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_write_offs_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_write_offs')),
    sa.UniqueConstraint('brand_id', 'number', name=op.f('uq_write_offs_brand_id_number'))
    )
    op.create_index('uq_write_offs_one_open', 'write_offs', ['brand_id', 'payee_id'], unique=True, postgresql_where=sa.text("state = 'requested'"))
    op.create_table('withdrawals',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('payee_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('payout_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.String(length=200), server_default='', nullable=False),
    sa.Column('requested_by', sa.String(length=80), server_default='', nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('requested', 'paying', 'paid', 'failed', 'rejected', 'cancelled')", name=op.f('ck_withdrawals_state')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_withdrawals_amount')),
    sa.ForeignKeyConstraint(['brand_id', 'payee_id'], ['payees.brand_id', 'payees.id'], name=op.f('fk_withdrawals_brand_id_payee_id')),
    sa.ForeignKeyConstraint(['brand_id', 'payout_id'], ['payouts.brand_id', 'payouts.id'], name=op.f('fk_withdrawals_brand_id_payout_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_withdrawals_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_withdrawals')),
    sa.UniqueConstraint('brand_id', 'number', name=op.f('uq_withdrawals_brand_id_number'))
    )
    op.create_index('ix_withdrawals_payout', 'withdrawals', ['brand_id', 'payout_id'], unique=False)
    op.create_index('uq_withdrawals_one_open', 'withdrawals', ['brand_id', 'payee_id'], unique=True, postgresql_where=sa.text("state IN ('requested', 'paying')"))
    op.create_table('activity_prices',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('activity_id', sa.Uuid(), nullable=False),
    sa.Column('variant_id', sa.Uuid(), nullable=False),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('price_minor >= 0', name=op.f('ck_activity_prices_price')),
    sa.ForeignKeyConstraint(['brand_id', 'activity_id'], ['activities.brand_id', 'activities.id'], name=op.f('fk_activity_prices_brand_id_activity_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['brand_id', 'variant_id'], ['variants.brand_id', 'variants.id'], name=op.f('fk_activity_prices_brand_id_variant_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_activity_prices_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_activity_prices')),
    sa.UniqueConstraint('brand_id', 'activity_id', 'variant_id', name=op.f('uq_activity_prices_brand_id_activity_id_variant_id'))
    )
    op.create_index('ix_activity_prices_variant', 'activity_prices', ['brand_id', 'variant_id'], unique=False)
    op.create_table('reconciliation_exceptions',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('run_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=True),
    sa.Column('payout_id', sa.Uuid(), nullable=True),
    sa.Column('expected_minor', sa.BigInteger(), nullable=False),
    sa.Column('actual_minor', sa.BigInteger(), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['brand_id', 'order_id'], ['orders.brand_id', 'orders.id'], name=op.f('fk_reconciliation_exceptions_brand_id_order_id')),
    sa.ForeignKeyConstraint(['brand_id', 'payout_id'], ['payouts.brand_id', 'payouts.id'], name=op.f('fk_reconciliation_exceptions_brand_id_payout_id')),
    sa.ForeignKeyConstraint(['brand_id', 'run_id'], ['reconciliation_runs.brand_id', 'reconciliation_runs.id'], name=op.f('fk_reconciliation_exceptions_brand_id_run_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_reconciliation_exceptions_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_reconciliation_exceptions'))
    )
    op.create_index('ix_reconciliation_exceptions_run', 'reconciliation_exceptions', ['brand_id', 'run_id'], unique=False)
    op.create_table('sales_credits',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_line_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('guide_id', sa.Uuid(), nullable=True),
    sa.Column('org_unit_id', sa.Uuid(), nullable=True),
    sa.Column('fulfilment_id', sa.Uuid(), nullable=True),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('weight_bp', sa.Integer(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('credited_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(kind = 'online') = (org_unit_id IS NULL) AND (kind = 'fulfilling') = (fulfilment_id IS NOT NULL)", name=op.f('ck_sales_credits_unit')),
    sa.CheckConstraint("kind IN ('guide', 'selling', 'fulfilling', 'online')", name=op.f('ck_sales_credits_kind')),
    sa.CheckConstraint('amount_minor >= 0 AND quantity > 0 AND weight_bp BETWEEN 0 AND 10000', name=op.f('ck_sales_credits_amounts')),
    sa.ForeignKeyConstraint(['brand_id', 'fulfilment_id'], ['fulfilments.brand_id', 'fulfilments.id'], name=op.f('fk_sales_credits_brand_id_fulfilment_id')),
    sa.ForeignKeyConstraint(['brand_id', 'guide_id'], ['guides.brand_id', 'guides.id'], name=op.f('fk_sales_credits_brand_id_guide_id')),
    sa.ForeignKeyConstraint(['brand_id', 'order_line_id'], ['order_lines.brand_id', 'order_lines.id'], name=op.f('fk_sales_credits_brand_id_order_line_id')),
    sa.ForeignKeyConstraint(['brand_id', 'org_unit_id'], ['org_units.brand_id', 'org_units.id'], name=op.f('fk_sales_credits_brand_id_org_unit_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_sales_credits_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_sales_credits')),
    sa.UniqueConstraint('brand_id', 'order_line_id', 'kind', 'org_unit_id', 'fulfilment_id', name=op.f('uq_sales_credits_once'), postgresql_nulls_not_distinct=True)
    )
    op.create_index('ix_sales_credits_at', 'sales_credits', ['brand_id', 'credited_at'], unique=False)
    op.create_index('ix_sales_credits_unit', 'sales_credits', ['brand_id', 'org_unit_id', 'credited_at'], unique=False)
    op.create_table('after_sales',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=24), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('shipping_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('reason', sa.String(length=200), server_default='', nullable=False),
    sa.Column('requested_by', sa.String(length=80), server_default='', nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(length=80), server_default='', nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.String(length=200), server_default='', nullable=False),
    sa.Column('return_carrier', sa.String(length=40), server_default='', nullable=False),
    sa.Column('return_tracking_no', sa.String(length=60), server_default='', nullable=False),
    sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refund_id', sa.Uuid(), nullable=True),
    sa.Column('fulfilment_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("(state = 'refunded') = (refund_id IS NOT NULL)", name=op.f('ck_after_sales_refund')),
    sa.CheckConstraint("kind IN ('refund_only', 'return_refund', 'exchange', 'shipping_only')", name=op.f('ck_after_sales_kind')),
    sa.CheckConstraint("state IN ('requested', 'approved', 'returned', 'refunded', 'exchanged', 'rejected', 'cancelled')", name=op.f('ck_after_sales_state')),
    sa.CheckConstraint('shipping_minor >= 0', name=op.f('ck_after_sales_shipping')),
    sa.ForeignKeyConstraint(['brand_id', 'fulfilment_id'], ['fulfilments.brand_id', 'fulfilments.id'], name=op.f('fk_after_sales_brand_id_fulfilment_id')),
    sa.ForeignKeyConstraint(['brand_id', 'order_id'], ['orders.brand_id', 'orders.id'], name=op.f('fk_after_sales_brand_id_order_id')),
    sa.ForeignKeyConstraint(['brand_id', 'refund_id'], ['refunds.brand_id', 'refunds.id'], name=op.f('fk_after_sales_brand_id_refund_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_after_sales_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_after_sales')),
    sa.UniqueConstraint('brand_id', 'number', name=op.f('uq_after_sales_brand_id_number'))
    )
    op.create_index('ix_after_sales_order', 'after_sales', ['brand_id', 'order_id'], unique=False)
    op.create_index('ix_after_sales_state', 'after_sales', ['brand_id', 'state', 'requested_at'], unique=False)
    op.create_table('chargebacks',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('provider_ref', sa.String(length=120), server_default='', nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('fee_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('reason', sa.String(length=200), server_default='', nullable=False),
    sa.Column('state', sa.String(length=4), nullable=False),
    sa.Column('opened_by', sa.String(length=80), server_default='', nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer_by', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=80), server_default='', nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refund_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("state IN ('open', 'won', 'lost')", name=op.f('ck_chargebacks_state')),
    sa.CheckConstraint('amount_minor > 0 AND fee_minor >= 0', name=op.f('ck_chargebacks_amounts')),
    sa.ForeignKeyConstraint(['brand_id', 'order_id'], ['orders.brand_id', 'orders.id'], name=op.f('fk_chargebacks_brand_id_order_id')),
    sa.ForeignKeyConstraint(['brand_id', 'payment_id'], ['payments.brand_id', 'payments.id'], name=op.f('fk_chargebacks_brand_id_payment_id')),
    sa.ForeignKeyConstraint(['brand_id', 'refund_id'], ['refunds.brand_id', 'refunds.id'], name=op.f('fk_chargebacks_brand_id_refund_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_chargebacks_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_chargebacks')),
    sa.UniqueConstraint('brand_id', 'payment_id', 'provider_ref', name=op.f('uq_chargebacks_brand_id_payment_id_provider_ref'))
    )
    op.create_index('uq_chargebacks_one_open', 'chargebacks', ['brand_id', 'order_id'], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_table('after_sale_lines',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('after_sale_id', sa.Uuid(), nullable=False),
    sa.Column('order_line_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('exchange_variant_id', sa.Uuid(), nullable=True),
    sa.Column('restocked', sa.Boolean(), nullable=True),
    sa.Column('open', sa.Boolean(), server_default='true', nullable=False),
    sa.CheckConstraint('quantity >= 0 AND amount_minor > 0', name=op.f('ck_after_sale_lines_amounts')),
    sa.ForeignKeyConstraint(['brand_id', 'after_sale_id'], ['after_sales.brand_id', 'after_sales.id'], name=op.f('fk_after_sale_lines_brand_id_after_sale_id')),
    sa.ForeignKeyConstraint(['brand_id', 'exchange_variant_id'], ['variants.brand_id', 'variants.id'], name=op.f('fk_after_sale_lines_brand_id_exchange_variant_id')),
    sa.ForeignKeyConstraint(['brand_id', 'order_line_id'], ['order_lines.brand_id', 'order_lines.id'], name=op.f('fk_after_sale_lines_brand_id_order_line_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_after_sale_lines_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_after_sale_lines')),
    sa.UniqueConstraint('brand_id', 'after_sale_id', 'order_line_id', name=op.f('uq_after_sale_lines_brand_id_after_sale_id_order_line_id'))
    )
    op.create_index('uq_after_sale_lines_one_open', 'after_sale_lines', ['brand_id', 'order_line_id'], unique=True, postgresql_where=sa.text('open'))
    op.add_column('brand_settings', sa.Column('commission_cap_bp', sa.Integer(), server_default='10000', nullable=False))
    op.add_column('brand_settings', sa.Column('payout_schedule', sa.String(length=8), server_default='none', nullable=False))
    op.add_column('brand_settings', sa.Column('payout_day', sa.Integer(), server_default='1', nullable=False))
    op.add_column('brand_settings', sa.Column('withdrawals', sa.Boolean(), server_default='true', nullable=False))
    op.add_column('brand_settings', sa.Column('withdrawal_minimum_minor', sa.BigInteger(), server_default='1', nullable=False))
    op.add_column('brand_settings', sa.Column('tax_scheme', sa.String(length=10), server_default='none', nullable=False))
    op.add_column('brand_settings', sa.Column('company_invoices', sa.Boolean(), server_default='true', nullable=False))
    op.add_column('brand_settings', sa.Column('credit_online_bp', sa.Integer(), server_default='10000', nullable=False))
    op.add_column('brand_settings', sa.Column('credit_selling_bp', sa.Integer(), server_default='10000', nullable=False))
    op.add_column('brand_settings', sa.Column('credit_fulfilling_bp', sa.Integer(), server_default='10000', nullable=False))
    op.add_column('commission_lines', sa.Column('funded_minor', sa.BigInteger(), server_default='0', nullable=False))
    op.create_index('uq_commission_lines_two_levels', 'commission_lines', ['brand_id', 'order_line_id', 'role'], unique=True, postgresql_where=sa.text("role IN ('guide', 'referrer')"))
    op.add_column('commission_rules', sa.Column('min_minor', sa.BigInteger(), nullable=True))
    op.add_column('commission_rules', sa.Column('max_minor', sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f('fk_commission_rules_brand_id_activity_id'), 'commission_rules', 'activities', ['brand_id', 'activity_id'], ['brand_id', 'id'])
    op.add_column('coupons', sa.Column('org_unit_id', sa.Uuid(), nullable=True))
    op.add_column('coupons', sa.Column('guide_id', sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f('fk_coupons_brand_id_guide_id'), 'coupons', 'guides', ['brand_id', 'guide_id'], ['brand_id', 'id'])
    op.create_foreign_key(op.f('fk_coupons_brand_id_org_unit_id'), 'coupons', 'org_units', ['brand_id', 'org_unit_id'], ['brand_id', 'id'])
    op.add_column('order_lines', sa.Column('list_price_minor', sa.BigInteger(), nullable=True))
    op.add_column('order_lines', sa.Column('activity_id', sa.Uuid(), nullable=True))
    op.add_column('order_lines', sa.Column('store_discount_minor', sa.BigInteger(), server_default='0', nullable=False))
    op.add_column('order_lines', sa.Column('guide_discount_minor', sa.BigInteger(), server_default='0', nullable=False))
    op.create_foreign_key(op.f('fk_order_lines_brand_id_activity_id'), 'order_lines', 'activities', ['brand_id', 'activity_id'], ['brand_id', 'id'])
    op.create_index('ix_order_lines_activity', 'order_lines', ['brand_id', 'activity_id'], unique=False, postgresql_where=sa.text('activity_id IS NOT NULL'))
    op.add_column('orders', sa.Column('platform_fee_plan_id', sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f('fk_orders_brand_id_platform_fee_plan_id'), 'orders', 'platform_fee_plans', ['brand_id', 'platform_fee_plan_id'], ['brand_id', 'id'])
    op.add_column('payees', sa.Column('bank_entered_by_id', sa.String(length=60), server_default='', nullable=False))
    op.add_column('payees', sa.Column('bank_verified_by_id', sa.String(length=60), nullable=True))
    op.add_column('payout_runs', sa.Column('scope', sa.String(length=12), server_default='all', nullable=False))
    op.add_column('payout_runs', sa.Column('reconciled_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('payout_runs', sa.Column('provider', sa.String(length=20), server_default='', nullable=False))
    op.add_column('payout_runs', sa.Column('scheduled_for', sa.Date(), nullable=True))
    op.create_unique_constraint(op.f('uq_payout_runs_brand_id_scheduled_for'), 'payout_runs', ['brand_id', 'scheduled_for'])
    op.add_column('payouts', sa.Column('tax_kind', sa.String(length=10), server_default='', nullable=False))
    op.add_column('payouts', sa.Column('tax_trace', postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column('payouts', sa.Column('provider_ref', sa.String(length=120), server_default='', nullable=False))
    op.add_column('payouts', sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('payouts', sa.Column('failed_at', sa.DateTime(timezone=True), nullable=True))
    op.alter_column('payouts', 'reason',
               existing_type=sa.VARCHAR(length=40),
               type_=sa.String(length=200),
               existing_nullable=False,
               existing_server_default=sa.text("''::character varying"))


def downgrade() -> None:
    raise NotImplementedError("money is not taken down; restore a backup instead")
