"""A task may be about the customers of a segment. Adds only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("task_templates", sa.Column("segment_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_task_templates_brand_id_segment_id"), "task_templates", "segments", ["brand_id", "segment_id"], ["brand_id", "id"],
                          ondelete="SET NULL (segment_id)")


def downgrade() -> None:
    op.drop_constraint(op.f("fk_task_templates_brand_id_segment_id"), "task_templates", type_="foreignkey")
    op.drop_column("task_templates", "segment_id")
