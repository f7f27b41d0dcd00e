"""Sales that are looked at before they pay. Adds only; two checks are replaced by wider ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.wall import WALL

revision = "0019"
down_revision = "0018"

REASONS = "reason IN ('chosen', 'coupon', 'last_touch', 'first_touch', 'binding', 'store', 'brand', 'dispute'{more})"


def upgrade() -> None:
    _settings()
    _devices()
    _holds()
    _orders()
    _share_moves()
    op.execute(WALL)


def _id(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _at(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _text(name: str, length: int, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), server_default=default, nullable=False)


def _owned(table: str, *parts: sa.schema.SchemaItem, to: dict[str, str], checks: dict[str, str]) -> None:
    references = [sa.ForeignKeyConstraint(["brand_id", column], [f"{target}.brand_id", f"{target}.id"], name=op.f(f"fk_{table}_brand_id_{column}"))
                  for column, target in to.items()]
    rules = [sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in checks.items()]
    op.create_table(table, sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False), _id("id"), *parts, *references, *rules,
                    sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
                    sa.PrimaryKeyConstraint("brand_id", "id", name=op.f(f"pk_{table}")))


def _settings() -> None:
    _owned("signal_settings", _text("signal", 20), _text("mode", 5), sa.Column("most", sa.Integer(), nullable=True),
           sa.UniqueConstraint("brand_id", "signal", name=op.f("uq_signal_settings_brand_id_signal")), to={},
           checks={"mode": "mode IN ('off', 'watch', 'hold')", "most": "most BETWEEN 1 AND 1000"})


def _devices() -> None:
    _owned("guide_devices", _id("guide_id"), _text("device", 64), _at("seen_at"),
           sa.UniqueConstraint("brand_id", "device", "guide_id", name=op.f("uq_guide_devices_brand_id_device_guide_id")), to={"guide_id": "guides"}, checks={})


def _holds() -> None:
    name = "sale_holds"
    _owned(name, _id("order_id"), _id("guide_id"), _id("store_id", null=True), _text("state", 8), sa.Column("signals", JSONB(), nullable=False),
           sa.Column("amount_minor", sa.BigInteger(), nullable=False), _at("opened_at"), _text("appeal", 1000, ""), _at("appealed_at", null=True),
           _text("note", 300, ""), _text("decided_by", 80, ""), _at("decided_at", null=True),
           sa.UniqueConstraint("brand_id", "order_id", name=op.f(f"uq_{name}_brand_id_order_id")),
           to={"order_id": "orders", "guide_id": "guides", "store_id": "org_units"},
           checks={"state": "state IN ('open', 'appealed', 'cleared', 'upheld', 'watched')",
                   "decided": "(state IN ('cleared', 'upheld')) = (decided_at IS NOT NULL)",
                   "appealed": "(appealed_at IS NULL) = (appeal = '') AND (state <> 'appealed' OR appealed_at IS NOT NULL)"})
    op.create_index("ix_sale_holds_guide", name, ["brand_id", "guide_id", "opened_at"])
    op.create_index("ix_sale_holds_state", name, ["brand_id", "state", "opened_at"])


def _orders() -> None:
    op.add_column("orders", _text("device", 64, ""))
    op.add_column("payments", _text("payer", 64, ""))
    op.create_index("ix_payments_payer", "payments", ["brand_id", "payer"], postgresql_where=sa.text("payer <> ''"))
    op.drop_constraint(op.f("ck_attribution_decisions_reason"), "attribution_decisions", type_="check")
    op.create_check_constraint("reason", "attribution_decisions", REASONS.format(more=", 'upheld'"))


def _share_moves() -> None:
    """What moved a share is a dispute, or a hold; the old release names the first."""
    op.alter_column("share_moves", "dispute_id", existing_type=sa.Uuid(), nullable=True)
    op.add_column("share_moves", _id("hold_id", null=True))
    op.create_foreign_key(op.f("fk_share_moves_brand_id_hold_id"), "share_moves", "sale_holds", ["brand_id", "hold_id"], ["brand_id", "id"])
    op.create_check_constraint("why", "share_moves", "num_nonnulls(dispute_id, hold_id) = 1")


def downgrade() -> None:
    raise NotImplementedError("what was held and why is not taken down; restore a backup instead")
