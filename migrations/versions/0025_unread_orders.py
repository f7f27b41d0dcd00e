"""Why a flagship gave no word of an order when its day was read. Adds columns only; the old release leaves them blank."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.add_column("flagship_day_lines", sa.Column("error_code", sa.String(60), server_default="", nullable=False))
    op.add_column("flagship_day_lines", sa.Column("error_message", sa.String(), server_default="", nullable=False))
    op.add_column("flagship_day_lines", sa.Column("error_data", postgresql.JSONB(), nullable=True))


def downgrade() -> None:
    for name in ("error_data", "error_message", "error_code"):
        op.drop_column("flagship_day_lines", name)
