"""Task templates, the tasks made of them, and each guide's part; challenges and their rewards. Adds only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.wall import WALL

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    _templates()
    _tasks()
    _assignments()
    _challenges()
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


def _templates() -> None:
    _owned("task_templates", _text("title", 60), _text("what", 500, ""), _text("kind", 10), _id("product_id", null=True), _id("activity_id", null=True),
           _text("audience", 10), _id("org_unit_id", null=True), _text("schedule", 8), sa.Column("weekday", sa.Integer(), nullable=True),
           sa.Column("morning", sa.Boolean(), nullable=False), sa.Column("noon", sa.Boolean(), nullable=False), _text("morning_script", 500, ""),
           _text("noon_script", 500, ""), sa.Column("hours", sa.Integer(), nullable=False), _text("evidence", 6),
           sa.Column("from_day", sa.Date(), nullable=False), sa.Column("to_day", sa.Date(), nullable=True), _at("paused_at", null=True),
           _at("ended_at", null=True), _text("created_by", 80, ""),
           sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
           to={"product_id": "products", "activity_id": "activities", "org_unit_id": "org_units"},
           checks={"kind": "kind IN ('share', 'follow_up', 'script', 'visit', 'learn', 'other')",
                   "audience": "audience IN ('staff', 'affiliate', 'all')", "schedule": "schedule IN ('once', 'daily', 'weekly')",
                   "weekday": "(schedule = 'weekly') = (weekday IS NOT NULL) AND coalesce(weekday, 1) BETWEEN 1 AND 7", "slot": "morning OR noon",
                   "evidence": "evidence IN ('none', 'text', 'photo')", "hours": "hours BETWEEN 1 AND 720", "days": "to_day >= from_day"})


def _tasks() -> None:
    _owned("tasks", _id("template_id"), sa.Column("day", sa.Date(), nullable=False), _text("slot", 8), _at("starts_at"), _at("due_at"),
           sa.UniqueConstraint("brand_id", "template_id", "day", "slot", name=op.f("uq_tasks_brand_id_template_id_day_slot")),
           to={"template_id": "task_templates"}, checks={"slot": "slot IN ('morning', 'noon')", "window": "due_at > starts_at"})
    op.create_index("ix_tasks_due", "tasks", ["brand_id", "due_at"])


def _assignments() -> None:
    name = "task_assignments"
    _owned(name, _id("task_id"), _id("guide_id"), _id("store_id"), _text("state", 8, "open"), _at("done_at", null=True), _text("done_by", 4, ""),
           _text("evidence", 500, ""), _text("picture_key", 200, ""), _text("reason", 200, ""),
           sa.UniqueConstraint("brand_id", "task_id", "guide_id", name=op.f(f"uq_{name}_brand_id_task_id_guide_id")),
           to={"task_id": "tasks", "guide_id": "guides", "store_id": "org_units"},
           checks={"state": "state IN ('open', 'done', 'late', 'excused')", "done_by": "done_by IN ('', 'tick', 'link')",
                   "done": "(done_at IS NULL) = (done_by = '') AND (state <> 'done' OR done_at IS NOT NULL) "
                           "AND (state = 'done' OR state = 'late' OR done_at IS NULL)"})
    op.create_index("ix_task_assignments_guide", name, ["brand_id", "guide_id", "state"])
    op.create_index("ix_task_assignments_store", name, ["brand_id", "store_id", "state"])


def _challenges() -> None:
    _owned("challenges", _text("title", 60), _text("what", 500, ""), _id("org_unit_id", null=True), _text("goal_kind", 6), _minor("goal"),
           _minor("reward_minor"), _minor("budget_minor"), _minor("rewarded_minor", "0"), sa.Column("from_day", sa.Date(), nullable=False),
           sa.Column("to_day", sa.Date(), nullable=False), _text("state", 9, "open"), _text("created_by_id", 60), _text("created_by", 80),
           _text("decided_by_id", 60, ""), _text("decided_by", 80, ""), _at("decided_at", null=True),
           sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False), to={"org_unit_id": "org_units"},
           checks={"goal_kind": "goal_kind IN ('orders', 'sales')", "amounts": "goal > 0 AND reward_minor > 0 AND budget_minor >= reward_minor",
                   "budget": "rewarded_minor BETWEEN 0 AND budget_minor", "days": "to_day >= from_day",
                   "state": "state IN ('open', 'paid', 'cancelled')", "decided": "(state = 'open') = (decided_at IS NULL)",
                   "second_person": "state <> 'paid' OR decided_by_id <> created_by_id"})
    name = "challenge_rewards"
    _owned(name, _id("challenge_id"), _id("guide_id"), sa.Column("place", sa.Integer(), nullable=False), _at("reached_at"), _minor("amount_minor"),
           sa.UniqueConstraint("brand_id", "challenge_id", "guide_id", name=op.f(f"uq_{name}_brand_id_challenge_id_guide_id")),
           sa.UniqueConstraint("brand_id", "challenge_id", "place", name=op.f(f"uq_{name}_brand_id_challenge_id_place")),
           to={"challenge_id": "challenges", "guide_id": "guides"}, checks={"amount": "amount_minor > 0 AND place > 0"})


def _minor(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), server_default=default, nullable=False)


def downgrade() -> None:
    for table in ("challenge_rewards", "challenges", "task_assignments", "tasks", "task_templates"):
        op.drop_table(table)
