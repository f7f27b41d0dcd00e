"""Customers, bindings and the whole ladder of attribution; disputes, and shares that change hands by one.

Adds only: the code of before goes on working beside it. Checks and one unique key are replaced by wider ones.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.wall import WALL

revision = "0011"
down_revision = "0010"

REASONS = "reason IN ('chosen', 'coupon', 'last_touch', 'first_touch', 'binding', 'store', 'brand', 'dispute')"
CREDITED_ONCE = ["brand_id", "order_line_id", "kind", "org_unit_id", "fulfilment_id"]


def _id(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _at(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _text(name: str, length: int, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), server_default=default, nullable=False)


def _owned(table: str, *parts: sa.schema.SchemaItem, to: dict[str, str]) -> None:
    """A brand-owned table with its composite references."""
    references = [sa.ForeignKeyConstraint(["brand_id", column], [f"{target}.brand_id", f"{target}.id"], name=op.f(f"fk_{table}_brand_id_{column}"))
                  for column, target in to.items()]
    op.create_table(table, sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False), _id("id"), *parts, *references,
                    sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
                    sa.PrimaryKeyConstraint("brand_id", "id", name=op.f(f"pk_{table}")))


def upgrade() -> None:
    _settings()
    _customers()
    _bindings()
    _orders()
    _disputes()
    op.execute(WALL)


def _settings() -> None:
    op.add_column("brand_settings", _text("attribution_model", 12, "last_touch"))
    op.add_column("brand_settings", _text("self_purchase", 8, "none"))
    op.add_column("brand_settings", sa.Column("binding_days", sa.Integer(), server_default="365", nullable=False))
    op.add_column("brand_settings", sa.Column("binding_protection_days", sa.Integer(), server_default="30", nullable=False))
    op.add_column("brand_settings", sa.Column("binding_exclusive", sa.Boolean(), server_default="false", nullable=False))
    op.create_check_constraint("attribution_model", "brand_settings", "attribution_model IN ('last_touch', 'first_touch')")
    op.create_check_constraint("self_purchase", "brand_settings", "self_purchase IN ('none', 'allowed', 'discount')")
    op.create_check_constraint("binding", "brand_settings", "binding_days BETWEEN 0 AND 3650 AND binding_protection_days BETWEEN 0 AND 3650")
    op.add_column("coupons", _id("owner_id", null=True))
    op.create_foreign_key(op.f("fk_coupons_brand_id_owner_id"), "coupons", "guides", ["brand_id", "owner_id"], ["brand_id", "id"])
    op.create_check_constraint("one_guide", "coupons", "guide_id IS NULL OR owner_id IS NULL OR guide_id = owner_id")


def _customers() -> None:
    _owned("customers", _text("phone_digest", 64), sa.Column("phone_sealed", sa.LargeBinary(), nullable=False), _text("name", 40, ""),
           _at("first_seen_at"), _at("last_seen_at"), _at("signed_in_at", null=True),
           sa.UniqueConstraint("brand_id", "phone_digest", name=op.f("uq_customers_brand_id_phone_digest")), to={})
    op.create_index("ix_customers_seen", "customers", ["brand_id", "last_seen_at"])
    _owned("sign_in_codes", _text("phone_digest", 64), _text("code_digest", 64), _at("sent_at"), _at("expires_at"),
           sa.Column("attempts", sa.Integer(), server_default="0", nullable=False), _at("used_at", null=True),
           sa.CheckConstraint("attempts BETWEEN 0 AND 5", name=op.f("ck_sign_in_codes_attempts")), to={})
    op.create_index("ix_sign_in_codes_phone", "sign_in_codes", ["brand_id", "phone_digest", "sent_at"])
    _owned("visitor_logins", _text("visitor", 40), _id("customer_id"), _at("at"),
           sa.UniqueConstraint("brand_id", "visitor", name=op.f("uq_visitor_logins_brand_id_visitor")), to={"customer_id": "customers"})
    op.create_index("ix_visitor_logins_customer", "visitor_logins", ["brand_id", "customer_id"])


def _bindings() -> None:
    name = "customer_bindings"
    _owned(name, _id("customer_id"), _id("guide_id"), _text("via", 8), sa.Column("exclusive", sa.Boolean(), nullable=False), _at("bound_at"),
           _at("protected_until"), _at("expires_at"), _at("ended_at", null=True), _text("ended_why", 10, ""),
           sa.CheckConstraint("via IN ('order', 'sign_in')", name=op.f(f"ck_{name}_via")),
           sa.CheckConstraint("ended_why IN ('', 'expired', 'guide_gone', 'won_over')", name=op.f(f"ck_{name}_ended_why")),
           sa.CheckConstraint("(ended_at IS NULL) = (ended_why = '')", name=op.f(f"ck_{name}_ended")),
           sa.CheckConstraint("protected_until >= bound_at AND expires_at >= bound_at", name=op.f(f"ck_{name}_period")),
           to={"customer_id": "customers", "guide_id": "guides"})
    op.create_index("uq_customer_bindings_one", name, ["brand_id", "customer_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL"))
    op.create_index("ix_customer_bindings_guide", name, ["brand_id", "guide_id", "bound_at"])


def _orders() -> None:
    op.add_column("orders", _id("customer_id", null=True))
    op.create_foreign_key(op.f("fk_orders_brand_id_customer_id"), "orders", "customers", ["brand_id", "customer_id"], ["brand_id", "id"])
    op.create_index("ix_orders_customer", "orders", ["brand_id", "customer_id", "placed_at"], postgresql_where=sa.text("customer_id IS NOT NULL"))
    op.drop_constraint(op.f("ck_attribution_decisions_reason"), "attribution_decisions", type_="check")
    op.create_check_constraint("reason", "attribution_decisions", REASONS)
    op.add_column("sales_credits", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.drop_constraint("uq_sales_credits_once", "sales_credits", type_="unique")
    op.create_unique_constraint("uq_sales_credits_once", "sales_credits", [*CREDITED_ONCE, "version"], postgresql_nulls_not_distinct=True)


def _disputes() -> None:
    name = "attribution_disputes"
    _owned(name, _id("order_id"), _id("guide_id"), _id("order_guide_id", null=True), _id("share_link_id", null=True), _text("evidence", 1000),
           _text("state", 8, "open"), _text("answer", 300, ""), _text("answered_by", 80, ""), _at("opened_at"), _at("answered_at", null=True),
           sa.CheckConstraint("state IN ('open', 'accepted', 'refused')", name=op.f(f"ck_{name}_state")),
           sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f(f"ck_{name}_answered")),
           sa.CheckConstraint("order_guide_id <> guide_id", name=op.f(f"ck_{name}_not_hers")),
           to={"order_id": "orders", "guide_id": "guides", "order_guide_id": "guides", "share_link_id": "share_links"})
    op.create_index("uq_attribution_disputes_open", name, ["brand_id", "order_id", "guide_id"], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_attribution_disputes_guide", name, ["brand_id", "guide_id", "opened_at"])
    _owned("share_moves", _id("commission_line_id"), sa.Column("version", sa.Integer(), nullable=False), _id("payee_id"), _id("guide_id", null=True),
           _id("org_unit_id", null=True), _id("dispute_id"), _at("moved_at"),
           sa.UniqueConstraint("brand_id", "commission_line_id", "version", name=op.f("uq_share_moves_brand_id_commission_line_id_version")),
           sa.CheckConstraint("version > 1", name=op.f("ck_share_moves_version")),
           to={"commission_line_id": "commission_lines", "payee_id": "payees", "guide_id": "guides", "org_unit_id": "org_units", "dispute_id": name})
    op.create_index("ix_share_moves_payee", "share_moves", ["brand_id", "payee_id"])
    op.execute("CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON share_moves FOR EACH STATEMENT EXECUTE FUNCTION append_only()")


def downgrade() -> None:
    raise NotImplementedError("who earned what is not taken down; restore a backup instead")
