"""Bring a database to the newest migration."""

from __future__ import annotations

from alembic import command
from alembic.config import Config

from app.config import ROOT


def configuration(owner_url: str) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = owner_url
    return config


def migrate(owner_url: str) -> None:
    command.upgrade(configuration(owner_url), "head")
