"""Migrations run as the tables' owner; the app never connects as that login."""

from __future__ import annotations

import os

from alembic import context
from sqlalchemy import create_engine, text

from app.config import from_env
from app.domain.models import Base


def include_name(name: str | None, kind: str, parents: dict[str, str | None]) -> bool:
    """The job queue's tables are its package's own."""
    return not (name or "").startswith("procrastinate_")


def run() -> None:
    url = context.config.attributes.get("url") or from_env(os.environ).owner_url
    engine = create_engine(url, connect_args={"options": "-c timezone=UTC"})
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(7023)"))
        connection.commit()
        context.configure(connection, target_metadata=Base.metadata, include_name=include_name, compare_server_default=False)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
