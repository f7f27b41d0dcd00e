"""What an online payment provider holds for us, in 0001's form as Alembic wrote it. Adds only; checks of after_sales and chargebacks are eased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import WALL

revision = '0022'
down_revision = '0021'

GLOBAL = {'provider_inbox': 'SELECT, INSERT, UPDATE, DELETE', 'provider_strays': 'SELECT, INSERT', 'provider_health': 'SELECT, INSERT, UPDATE'}


def upgrade() -> None:
    op.create_table('provider_health',
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('down_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.String(length=200), server_default='', nullable=False),
    sa.Column('swept_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('provider', name=op.f('pk_provider_health'))
    )
    op.create_table('provider_inbox',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('event_id', sa.String(length=120), nullable=False),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.Column('type', sa.String(length=80), nullable=False),
    sa.Column('object_ref', sa.String(length=120), nullable=False),
    sa.Column('account_ref', sa.String(length=120), server_default='', nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.String(length=200), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_inbox')),
    sa.UniqueConstraint('provider', 'event_id', name=op.f('uq_provider_inbox_provider_event_id'))
    )
    op.create_index('ix_provider_inbox_waiting', 'provider_inbox', ['next_try_at'], unique=False, postgresql_where=sa.text('done_at IS NULL'))
    op.create_table('provider_strays',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('balance_ref', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('source_ref', sa.String(length=120), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('fee_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_strays')),
    sa.UniqueConstraint('provider', 'balance_ref', name=op.f('uq_provider_strays_provider_balance_ref'))
    )
    op.create_table('provider_days',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('totals', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('line_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('difference_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('problem', sa.String(length=200), server_default='', nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('queued', 'matched', 'differs', 'failed')", name=op.f('ck_provider_days_state')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_provider_days_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_provider_days')),
    sa.UniqueConstraint('brand_id', 'provider', 'day', name=op.f('uq_provider_days_brand_id_provider_day'))
    )
    op.create_table('provider_accounts',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payee_id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('asked', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('provider_ref', sa.String(length=120), server_default='', nullable=False),
    sa.Column('problems', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('due', 'onboarding', 'ready', 'restricted', 'closed')", name=op.f('ck_provider_accounts_state')),
    sa.CheckConstraint("asked ->> 'linked_by' IS NULL OR state IN ('due', 'closed') OR "
                       "coalesce(asked ->> 'confirmed_by', asked ->> 'linked_by') <> asked ->> 'linked_by'", name=op.f('ck_provider_accounts_second_person')),
    sa.ForeignKeyConstraint(['brand_id', 'payee_id'], ['payees.brand_id', 'payees.id'], name=op.f('fk_provider_accounts_brand_id_payee_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_provider_accounts_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_provider_accounts')),
    sa.UniqueConstraint('brand_id', 'payee_id', 'provider', 'version', name=op.f('uq_provider_accounts_brand_id_payee_id_provider_version'))
    )
    op.create_index('ix_provider_accounts_ref', 'provider_accounts', ['brand_id', 'provider_ref'], unique=False)
    op.create_index('uq_provider_accounts_one_open', 'provider_accounts', ['brand_id', 'payee_id', 'provider'], unique=True, postgresql_where=sa.text("state <> 'closed'"))
    op.create_table('charges',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('intent_ref', sa.String(length=120), nullable=False),
    sa.Column('charge_ref', sa.String(length=120), nullable=False),
    sa.Column('method', sa.String(length=30), server_default='', nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('balance_ref', sa.String(length=120), server_default='', nullable=False),
    sa.Column('settled_minor', sa.BigInteger(), nullable=True),
    sa.Column('settled_currency', sa.String(length=3), server_default='', nullable=False),
    sa.Column('fee_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('fee_order_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('fee_party', sa.String(length=8), server_default='brand', nullable=False),
    sa.Column('disputed', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('charged_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('available_on', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(settled_minor IS NULL) = (settled_currency = '')", name=op.f('ck_charges_settled')),
    sa.CheckConstraint("fee_party IN ('brand', 'platform')", name=op.f('ck_charges_fee_party')),
    sa.CheckConstraint('amount_minor > 0 AND settled_minor > 0 AND fee_minor >= 0', name=op.f('ck_charges_amounts')),
    sa.ForeignKeyConstraint(['brand_id', 'payment_id'], ['payments.brand_id', 'payments.id'], name=op.f('fk_charges_brand_id_payment_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_charges_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_charges')),
    sa.UniqueConstraint('brand_id', 'payment_id', name=op.f('uq_charges_brand_id_payment_id')),
    sa.UniqueConstraint('brand_id', 'provider', 'charge_ref', name=op.f('uq_charges_brand_id_provider_charge_ref'))
    )
    op.create_table('checkout_sessions',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('asked', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('provider_ref', sa.String(length=120), server_default='', nullable=False),
    sa.Column('url', sa.String(), server_default='', nullable=False),
    sa.Column('problem', sa.String(length=200), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('due', 'open', 'complete', 'expired', 'refused')", name=op.f('ck_checkout_sessions_state')),
    sa.ForeignKeyConstraint(['brand_id', 'payment_id'], ['payments.brand_id', 'payments.id'], name=op.f('fk_checkout_sessions_brand_id_payment_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_checkout_sessions_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_checkout_sessions')),
    sa.UniqueConstraint('brand_id', 'payment_id', 'attempt', name=op.f('uq_checkout_sessions_brand_id_payment_id_attempt'))
    )
    op.create_index('ix_checkout_sessions_live', 'checkout_sessions', ['brand_id', 'expires_at'], unique=False, postgresql_where=sa.text("state IN ('due', 'open')"))
    op.create_index('uq_checkout_sessions_one_live', 'checkout_sessions', ['brand_id', 'payment_id'], unique=True, postgresql_where=sa.text("state IN ('due', 'open')"))
    op.create_table('provider_day_lines',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('day_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('balance_ref', sa.String(length=120), server_default='', nullable=False),
    sa.Column('source_ref', sa.String(length=120), server_default='', nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=True),
    sa.Column('payout_id', sa.Uuid(), nullable=True),
    sa.Column('theirs_minor', sa.BigInteger(), nullable=True),
    sa.Column('ours_minor', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('cause', sa.String(length=40), server_default='', nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('charge', 'fee', 'refund', 'transfer', 'reversal', 'dispute', 'other')", name=op.f('ck_provider_day_lines_kind')),
    sa.ForeignKeyConstraint(['brand_id', 'day_id'], ['provider_days.brand_id', 'provider_days.id'], name=op.f('fk_provider_day_lines_brand_id_day_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['brand_id', 'payment_id'], ['payments.brand_id', 'payments.id'], name=op.f('fk_provider_day_lines_brand_id_payment_id')),
    sa.ForeignKeyConstraint(['brand_id', 'payout_id'], ['payouts.brand_id', 'payouts.id'], name=op.f('fk_provider_day_lines_brand_id_payout_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_provider_day_lines_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_provider_day_lines'))
    )
    op.create_index('ix_provider_day_lines_day', 'provider_day_lines', ['brand_id', 'day_id', 'cause'], unique=False)
    op.create_index('ix_provider_day_lines_source', 'provider_day_lines', ['brand_id', 'source_ref'], unique=False)
    op.create_table('provider_events',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('provider', sa.String(length=20), nullable=False),
    sa.Column('event_id', sa.String(length=120), nullable=False),
    sa.Column('type', sa.String(length=80), nullable=False),
    sa.Column('object_ref', sa.String(length=120), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=True),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['brand_id', 'payment_id'], ['payments.brand_id', 'payments.id'], name=op.f('fk_provider_events_brand_id_payment_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_provider_events_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_provider_events')),
    sa.UniqueConstraint('brand_id', 'provider', 'event_id', name=op.f('uq_provider_events_brand_id_provider_event_id'))
    )
    op.create_index('ix_provider_events_payment', 'provider_events', ['brand_id', 'payment_id', 'received_at'], unique=False)
    op.create_index('ix_provider_events_received', 'provider_events', ['brand_id', 'received_at'], unique=False)
    op.create_table('transfers',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('payout_id', sa.Uuid(), nullable=False),
    sa.Column('payment_id', sa.Uuid(), nullable=True),
    sa.Column('payee_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('settled_minor', sa.BigInteger(), nullable=False),
    sa.Column('settled_currency', sa.String(length=3), nullable=False),
    sa.Column('attempt', sa.Integer(), server_default='1', nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('provider_ref', sa.String(length=120), server_default='', nullable=False),
    sa.Column('problem', sa.String(length=200), server_default='', nullable=False),
    sa.Column('reversed_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('reversed_settled_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('due', 'sending', 'sent', 'waiting', 'refused')", name=op.f('ck_transfers_state')),
    sa.CheckConstraint('amount_minor > 0 AND settled_minor > 0', name=op.f('ck_transfers_amounts')),
    sa.CheckConstraint('reversed_minor BETWEEN 0 AND amount_minor AND reversed_settled_minor BETWEEN 0 AND settled_minor', name=op.f('ck_transfers_reversed')),
    sa.ForeignKeyConstraint(['brand_id', 'account_id'], ['provider_accounts.brand_id', 'provider_accounts.id'], name=op.f('fk_transfers_brand_id_account_id')),
    sa.ForeignKeyConstraint(['brand_id', 'payee_id'], ['payees.brand_id', 'payees.id'], name=op.f('fk_transfers_brand_id_payee_id')),
    sa.ForeignKeyConstraint(['brand_id', 'payment_id'], ['payments.brand_id', 'payments.id'], name=op.f('fk_transfers_brand_id_payment_id')),
    sa.ForeignKeyConstraint(['brand_id', 'payout_id'], ['payouts.brand_id', 'payouts.id'], name=op.f('fk_transfers_brand_id_payout_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_transfers_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_transfers')),
    sa.UniqueConstraint('brand_id', 'payout_id', 'payment_id', name=op.f('uq_transfers_brand_id_payout_id_payment_id'), postgresql_nulls_not_distinct=True)
    )
    op.create_index('ix_transfers_payment', 'transfers', ['brand_id', 'payment_id'], unique=False)
    op.create_index('ix_transfers_unsent', 'transfers', ['brand_id', 'asked_at'], unique=False, postgresql_where=sa.text("state IN ('due', 'sending', 'waiting')"))
    op.create_table('transfer_reversals',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('transfer_id', sa.Uuid(), nullable=False),
    sa.Column('refund_id', sa.Uuid(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('settled_minor', sa.BigInteger(), nullable=False),
    sa.Column('attempt', sa.Integer(), server_default='1', nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('provider_ref', sa.String(length=120), server_default='', nullable=False),
    sa.Column('problem', sa.String(length=200), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('due', 'sending', 'done', 'short')", name=op.f('ck_transfer_reversals_state')),
    sa.CheckConstraint('amount_minor > 0 AND settled_minor > 0', name=op.f('ck_transfer_reversals_amounts')),
    sa.ForeignKeyConstraint(['brand_id', 'refund_id'], ['refunds.brand_id', 'refunds.id'], name=op.f('fk_transfer_reversals_brand_id_refund_id')),
    sa.ForeignKeyConstraint(['brand_id', 'transfer_id'], ['transfers.brand_id', 'transfers.id'], name=op.f('fk_transfer_reversals_brand_id_transfer_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_transfer_reversals_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_transfer_reversals')),
    sa.UniqueConstraint('brand_id', 'refund_id', 'transfer_id', name=op.f('uq_transfer_reversals_brand_id_refund_id_transfer_id'))
    )
    op.add_column('chargebacks', sa.Column('evidence', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False))
    op.add_column('chargebacks', sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('chargebacks', sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('chargebacks', sa.Column('provider', sa.String(length=20), server_default='', nullable=False))
    op.add_column('chargebacks', sa.Column('attempt', sa.Integer(), server_default='1', nullable=False))
    op.add_column('chargebacks', sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('chargebacks', sa.Column('problem', sa.String(length=200), server_default='', nullable=False))
    op.alter_column('chargebacks', 'state', type_=sa.String(length=8))
    op.drop_constraint(op.f('ck_chargebacks_state'), 'chargebacks', type_='check')
    op.create_check_constraint(op.f('ck_chargebacks_state'), 'chargebacks', "state IN ('inquiry', 'open', 'won', 'lost')")
    op.add_column('platform_fee_plans', sa.Column('provider_fee_party', sa.String(length=8), server_default='brand', nullable=False))
    op.add_column('refunds', sa.Column('attempt', sa.Integer(), server_default='1', nullable=False))
    op.add_column('refunds', sa.Column('problem', sa.String(length=200), server_default='', nullable=False))
    op.add_column('refunds', sa.Column('outside_ref', sa.String(length=120), server_default='', nullable=False))
    op.add_column('refunds', sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_refunds_unsettled', 'refunds', ['brand_id', 'requested_at'], unique=False, postgresql_where=sa.text("state <> 'succeeded'"))
    op.create_check_constraint(op.f('ck_platform_fee_plans_provider_fee_party'), 'platform_fee_plans', "provider_fee_party IN ('brand', 'platform')")
    op.drop_constraint(op.f('ck_after_sales_refund'), 'after_sales', type_='check')
    op.create_check_constraint(op.f('ck_after_sales_refund'), 'after_sales', "refund_id IS NOT NULL OR state <> 'refunded'")
    op.execute(WALL)
    for table, rights in GLOBAL.items():
        op.execute(f"GRANT {rights} ON {table} TO yundian_app")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO yundian_operator")


def downgrade() -> None:
    raise NotImplementedError("what moved money is evidence; restore a backup instead")
