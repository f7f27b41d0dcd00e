"""Tags, segments, notes, follow-ups and hand-over of customers. Adds only; two checks are replaced by wider ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.wall import WALL

revision = "0018"
down_revision = "0017"

BINDINGS = {
    "via": ("via IN ('order', 'sign_in', 'transfer')", "via IN ('order', 'sign_in')"),
    "ended_why": ("ended_why IN ('', 'expired', 'guide_gone', 'won_over', 'handed')", "ended_why IN ('', 'expired', 'guide_gone', 'won_over')"),
}
"""Check → (text from now on, text of before)."""


def _id(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=null)


def _at(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _text(name: str, length: int, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), server_default=default, nullable=False)


def _owned(table: str, *parts: sa.schema.SchemaItem, to: dict[str, str], checks: dict[str, str] | None = None) -> None:
    references = [sa.ForeignKeyConstraint(["brand_id", column], [f"{target}.brand_id", f"{target}.id"], name=op.f(f"fk_{table}_brand_id_{column}"))
                  for column, target in to.items()]
    rules = [sa.CheckConstraint(said, name=op.f(f"ck_{table}_{name}")) for name, said in (checks or {}).items()]
    op.create_table(table, sa.Column("brand_id", sa.Integer(), autoincrement=False, nullable=False), _id("id"), *parts, *references, *rules,
                    sa.ForeignKeyConstraint(["brand_id"], ["brands.id"], name=op.f(f"fk_{table}_brand_id")),
                    sa.PrimaryKeyConstraint("brand_id", "id", name=op.f(f"pk_{table}")))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint("brand_id", *columns, name=op.f(f"uq_{table}_brand_id_{'_'.join(columns)}"))


def _created() -> sa.Column[object]:
    return sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def upgrade() -> None:
    op.add_column("customers", _text("phone_end", 4, ""))
    op.add_column("customers", _text("birthday", 4, ""))
    op.create_check_constraint(op.f("ck_customers_birthday"), "customers", "birthday = '' OR birthday ~ '^[01][0-9][0-3][0-9]$'")
    op.execute("UPDATE customers c SET phone_end = right(o.contact ->> 'phone', 4) FROM orders o WHERE o.brand_id = c.brand_id AND o.customer_id = c.id")
    for name, (wider, _before) in BINDINGS.items():
        _check(name, wider)
    _handovers()
    _tags()
    _notes()
    op.execute(WALL)


def _check(name: str, said: str) -> None:
    op.drop_constraint(op.f(f"ck_customer_bindings_{name}"), "customer_bindings", type_="check")
    op.create_check_constraint(op.f(f"ck_customer_bindings_{name}"), "customer_bindings", said)


def _handovers() -> None:
    name = "customer_handovers"
    _owned(name, _id("customer_id"), _id("from_guide_id"), _id("to_guide_id", null=True), _id("binding_id"), _id("made_binding_id", null=True),
           _text("why", 8), _text("said", 200, ""), _text("by", 80), _at("at"), _id("undoes", null=True), _unique(name, "undoes"),
           to={"customer_id": "customers", "from_guide_id": "guides", "to_guide_id": "guides", "binding_id": "customer_bindings",
               "made_binding_id": "customer_bindings", "undoes": name},
           checks={"why": "why IN ('leaving', 'transfer', 'undo')", "undo": "(why = 'undo') = (undoes IS NOT NULL)",
                   "to": "(to_guide_id IS NULL) = (made_binding_id IS NULL) AND to_guide_id <> from_guide_id"})
    op.create_index("ix_customer_handovers_customer", name, ["brand_id", "customer_id", "at"])
    op.create_index("ix_customer_handovers_from", name, ["brand_id", "from_guide_id", "at"])
    op.execute(f"CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION append_only()")


def _tags() -> None:
    _owned("customer_tags", _text("name", 20), _text("kind", 8), _text("category", 200, ""), sa.Column("days", sa.Integer(), nullable=True),
           sa.Column("amount_minor", sa.BigInteger(), nullable=True), _at("ended_at", null=True), _created(), _unique("customer_tags", "name"), to={},
           checks={"kind": "kind IN ('manual', 'bought', 'spent', 'lapsed', 'birthday')",
                   "terms": "(kind = 'bought') = (category <> '') AND (kind = 'spent') = (amount_minor IS NOT NULL)",
                   "bounds": "(kind = 'birthday') = (days IS NULL) AND days BETWEEN 1 AND 3650 AND amount_minor > 0"})
    _owned("customer_taggings", _id("tag_id"), _id("customer_id"), _text("by", 80), _at("at"), _at("expires_at"),
           _unique("customer_taggings", "customer_id", "tag_id"), to={"tag_id": "customer_tags", "customer_id": "customers"})
    _owned("segments", _text("name", 40), sa.Column("terms", JSONB(), nullable=False), _created(), _unique("segments", "name"), to={})


def _notes() -> None:
    _owned("customer_notes", _id("customer_id"), _id("guide_id", null=True), _text("by", 80), _text("words", 500), _at("at"),
           to={"customer_id": "customers", "guide_id": "guides"})
    op.create_index("ix_customer_notes_customer", "customer_notes", ["brand_id", "customer_id", "at"])
    _owned("customer_follow_ups", _id("customer_id"), _id("guide_id"), _text("reason", 8), _text("note", 300, ""), _at("at"), _at("until"),
           to={"customer_id": "customers", "guide_id": "guides"},
           checks={"reason": "reason IN ('cart', 'birthday', 'arrival', 'lapsed')", "until": "until > at"})
    op.create_index("ix_customer_follow_ups_customer", "customer_follow_ups", ["brand_id", "customer_id", "at"])


def downgrade() -> None:
    for table in ("customer_follow_ups", "customer_notes", "segments", "customer_taggings", "customer_tags", "customer_handovers"):
        op.drop_table(table)
    for name, (_wider, before) in BINDINGS.items():
        _check(name, before)
    op.drop_column("customers", "birthday")
    op.drop_column("customers", "phone_end")
