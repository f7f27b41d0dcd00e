"""Orders and stock on their way back to the flagship.

Adds only: the code of before goes on working beside it. Nothing goes back until a source is told to.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.wall import WALL

revision = "0009"
down_revision = "0008"

ONCE = """
CREATE FUNCTION goods_leave_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE mine uuid; theirs record;
BEGIN
  SELECT push_id INTO mine FROM fulfilments WHERE brand_id = NEW.brand_id AND id = NEW.fulfilment_id;
  FOR theirs IN
    SELECT p.id, p.state, p.number FROM order_pushes p JOIN order_push_lines l ON l.brand_id = p.brand_id AND l.push_id = p.id
    WHERE l.brand_id = NEW.brand_id AND l.order_line_id = NEW.order_line_id AND l.shipped_quantity < l.quantity FOR SHARE OF p
  LOOP
    IF theirs.id IS DISTINCT FROM mine AND theirs.state NOT IN ('declined', 'cancelled', 'delivered') THEN
      RAISE EXCEPTION 'order line % is with the flagship as %', NEW.order_line_id, theirs.number
        USING ERRCODE = 'check_violation', CONSTRAINT = 'goods_leave_once';
    END IF;
  END LOOP;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    op.add_column("flagship_sources", sa.Column("sends_back", sa.String(length=8), server_default="nothing", nullable=False))
    op.create_check_constraint("sends_back", "flagship_sources", "sends_back IN ('nothing', 'orders', 'stock')")
    _order_pushes()
    _order_push_lines()
    _order_push_events()
    _stock_writes()
    _flagship_areas()
    op.add_column("fulfilments", sa.Column("push_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_fulfilments_brand_id_push_id"), "fulfilments", "order_pushes", ["brand_id", "push_id"], ["brand_id", "id"])
    op.create_index("uq_fulfilments_push", "fulfilments", ["brand_id", "push_id", "tracking_no"], unique=True,
                    postgresql_where=sa.text("push_id IS NOT NULL AND tracking_no <> ''"))
    op.execute(WALL)
    op.execute("REVOKE UPDATE, DELETE ON order_push_events FROM yundian_app, yundian_operator")
    op.execute("""CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON order_push_events
                  FOR EACH STATEMENT EXECUTE FUNCTION append_only()""")
    op.execute(ONCE)
    op.execute("CREATE TRIGGER once BEFORE INSERT ON fulfilment_lines FOR EACH ROW EXECUTE FUNCTION goods_leave_once()")


def _order_pushes() -> None:
    op.create_table('order_pushes',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=14), server_default='waiting', nullable=False),
    sa.Column('flagship_order_id', sa.String(length=120), server_default='', nullable=False),
    sa.Column('raw_state', sa.String(length=60), server_default='', nullable=False),
    sa.Column('goods_minor', sa.BigInteger(), nullable=False),
    sa.Column('shipping_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claim', sa.Uuid(), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.String(length=20), server_default='', nullable=False),
    sa.Column('renew', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('last_code', sa.String(length=60), server_default='', nullable=False),
    sa.Column('last_message', sa.String(), server_default='', nullable=False),
    sa.Column('last_data', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'placed', 'paid_told', 'shipped', 'delivered', 'declined', 'unsure', "
            "'cancel_asked', 'cancelled', 'given_up')", name=op.f('ck_order_pushes_state')),
    sa.CheckConstraint('goods_minor >= 0 AND shipping_minor >= 0 AND attempts >= 0', name=op.f('ck_order_pushes_amounts')),
    sa.ForeignKeyConstraint(['brand_id', 'order_id'], ['orders.brand_id', 'orders.id'], name=op.f('fk_order_pushes_brand_id_order_id')),
    sa.ForeignKeyConstraint(['brand_id', 'source_id'], ['flagship_sources.brand_id', 'flagship_sources.id'],
            name=op.f('fk_order_pushes_brand_id_source_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_order_pushes_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_order_pushes')),
    sa.UniqueConstraint('brand_id', 'source_id', 'number', name=op.f('uq_order_pushes_brand_id_source_id_number'))
    )
    op.create_index('ix_order_pushes_due', 'order_pushes', ['brand_id', 'next_at'], unique=False, postgresql_where=sa.text('next_at IS NOT NULL'))
    op.create_index('ix_order_pushes_order', 'order_pushes', ['brand_id', 'order_id'], unique=False)
    op.create_index('ix_order_pushes_trouble', 'order_pushes', ['brand_id'], unique=False, postgresql_where=sa.text("trouble <> ''"))
    op.create_index('uq_order_pushes_flagship_order', 'order_pushes', ['brand_id', 'source_id', 'flagship_order_id'], unique=True,
            postgresql_where=sa.text("flagship_order_id <> ''"))


def _order_push_lines() -> None:
    op.create_table('order_push_lines',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('push_id', sa.Uuid(), nullable=False),
    sa.Column('order_line_id', sa.Uuid(), nullable=False),
    sa.Column('external_id', sa.String(length=200), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('unit_price_minor', sa.BigInteger(), nullable=False),
    sa.Column('shipped_quantity', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint('quantity > 0 AND unit_price_minor > 0 AND shipped_quantity BETWEEN 0 AND quantity',
            name=op.f('ck_order_push_lines_quantity')),
    sa.ForeignKeyConstraint(['brand_id', 'order_line_id'], ['order_lines.brand_id', 'order_lines.id'],
            name=op.f('fk_order_push_lines_brand_id_order_line_id')),
    sa.ForeignKeyConstraint(['brand_id', 'push_id'], ['order_pushes.brand_id', 'order_pushes.id'],
            name=op.f('fk_order_push_lines_brand_id_push_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_order_push_lines_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_order_push_lines')),
    sa.UniqueConstraint('brand_id', 'push_id', 'order_line_id', name=op.f('uq_order_push_lines_brand_id_push_id_order_line_id'))
    )
    op.create_index('ix_order_push_lines_order_line', 'order_push_lines', ['brand_id', 'order_line_id'], unique=False)


def _order_push_events() -> None:
    op.create_table('order_push_events',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('push_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('by', sa.String(length=80), server_default='', nullable=False),
    sa.Column('code', sa.String(length=60), server_default='', nullable=False),
    sa.Column('message', sa.String(), server_default='', nullable=False),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.ForeignKeyConstraint(['brand_id', 'push_id'], ['order_pushes.brand_id', 'order_pushes.id'],
            name=op.f('fk_order_push_events_brand_id_push_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_order_push_events_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_order_push_events'))
    )
    op.create_index('ix_order_push_events_push', 'order_push_events', ['brand_id', 'push_id', 'at'], unique=False)


def _stock_writes() -> None:
    op.create_table('stock_writes',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('variant_id', sa.Uuid(), nullable=False),
    sa.Column('order_line_id', sa.Uuid(), nullable=False),
    sa.Column('external_id', sa.String(length=200), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('state', sa.String(length=10), server_default='waiting', nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('claim', sa.Uuid(), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_code', sa.String(length=60), server_default='', nullable=False),
    sa.Column('last_message', sa.String(), server_default='', nullable=False),
    sa.Column('last_data', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'done', 'declined', 'unsure', 'given_up', 'dropped')", name=op.f('ck_stock_writes_state')),
    sa.CheckConstraint('by <> 0 AND attempts >= 0', name=op.f('ck_stock_writes_movement')),
    sa.ForeignKeyConstraint(['brand_id', 'order_line_id'], ['order_lines.brand_id', 'order_lines.id'],
            name=op.f('fk_stock_writes_brand_id_order_line_id')),
    sa.ForeignKeyConstraint(['brand_id', 'source_id'], ['flagship_sources.brand_id', 'flagship_sources.id'],
            name=op.f('fk_stock_writes_brand_id_source_id')),
    sa.ForeignKeyConstraint(['brand_id', 'variant_id'], ['variants.brand_id', 'variants.id'], name=op.f('fk_stock_writes_brand_id_variant_id')),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_stock_writes_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_stock_writes')),
    sa.UniqueConstraint('brand_id', 'source_id', 'key', name=op.f('uq_stock_writes_brand_id_source_id_key'))
    )
    op.create_index('ix_stock_writes_due', 'stock_writes', ['brand_id', 'next_at'], unique=False, postgresql_where=sa.text('next_at IS NOT NULL'))
    op.create_index('ix_stock_writes_order_line', 'stock_writes', ['brand_id', 'order_line_id'], unique=False)
    op.create_index('ix_stock_writes_trouble', 'stock_writes', ['brand_id'], unique=False,
            postgresql_where=sa.text("state IN ('declined', 'given_up')"))


def _flagship_areas() -> None:
    op.create_table('flagship_areas',
    sa.Column('brand_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('source_id', sa.Uuid(), nullable=False),
    sa.Column('province', sa.String(length=40), nullable=False),
    sa.Column('city', sa.String(length=40), nullable=False),
    sa.Column('district', sa.String(length=60), nullable=False),
    sa.Column('town', sa.String(length=60), server_default='', nullable=False),
    sa.Column('province_id', sa.Integer(), nullable=False),
    sa.Column('city_id', sa.Integer(), nullable=False),
    sa.Column('district_id', sa.Integer(), nullable=False),
    sa.Column('town_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['brand_id', 'source_id'], ['flagship_sources.brand_id', 'flagship_sources.id'],
            name=op.f('fk_flagship_areas_brand_id_source_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['brand_id'], ['brands.id'], name=op.f('fk_flagship_areas_brand_id')),
    sa.PrimaryKeyConstraint('brand_id', 'id', name=op.f('pk_flagship_areas')),
    sa.UniqueConstraint('brand_id', 'source_id', 'province', 'city', 'district', 'town', name='uq_flagship_areas_place')
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER once ON fulfilment_lines")
    op.execute("DROP FUNCTION goods_leave_once")
    op.drop_column("fulfilments", "push_id")
    for table in ("flagship_areas", "stock_writes", "order_push_events", "order_push_lines", "order_pushes"):
        op.drop_table(table)
    op.drop_column("flagship_sources", "sends_back")
