"""What 0005 left for the code of before: the fee that is now a plan, the list price that is now always known.

Run it once no process of the former release is left: brands it opened since 0005 get their house payee and first plan here.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

WALLED = ("payees", "platform_fee_plans", "brand_settings", "order_lines")

HOUSE = """INSERT INTO payees (brand_id, id, party, tax_kind, name)
SELECT b.id, gen_random_uuid(), 'fulfilment', 'internal', '发货方待定' FROM brands b
WHERE NOT EXISTS (SELECT FROM payees y WHERE y.brand_id = b.id AND y.party = 'fulfilment')"""

FIRST_PLANS = """INSERT INTO platform_fee_plans (brand_id, id, number, rate_bp, storefront_bp, effective_from)
SELECT s.brand_id, gen_random_uuid(), 1, s.platform_fee_bp, s.platform_fee_bp, b.created_at FROM brand_settings s JOIN brands b ON b.id = s.brand_id
WHERE NOT EXISTS (SELECT FROM platform_fee_plans p WHERE p.brand_id = s.brand_id)"""

LIST_PRICES = "UPDATE order_lines SET list_price_minor = unit_price_minor WHERE list_price_minor IS NULL"


def upgrade() -> None:
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    for statement in (HOUSE, FIRST_PLANS, LIST_PRICES):
        op.execute(statement)
    for table in WALLED:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.alter_column("order_lines", "list_price_minor", nullable=False)
    op.drop_constraint(op.f("ck_brand_settings_platform_fee"), "brand_settings", type_="check")
    op.drop_column("brand_settings", "platform_fee_bp")


def downgrade() -> None:
    raise NotImplementedError("money is not taken down; restore a backup instead")
