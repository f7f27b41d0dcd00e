"""Outsiders by invitation, if the brand lets them. Adds only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("brand_settings", sa.Column("outsiders", sa.Boolean(), server_default="true", nullable=False))
    op.add_column("invite_codes", sa.Column("kind", sa.String(length=10), server_default="staff", nullable=False))
    op.create_check_constraint("kind", "invite_codes", "kind IN ('staff', 'affiliate')")


def downgrade() -> None:
    op.drop_column("invite_codes", "kind")
    op.drop_column("brand_settings", "outsiders")
