"""One history with one head; built up from nothing it is what the models say."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from app.config import ROOT, Settings


def history(settings: Settings) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = settings.owner_url
    return config


def test_there_is_one_head_and_the_database_is_at_it(settings: Settings) -> None:
    [head] = ScriptDirectory.from_config(history(settings)).get_heads()
    engine = create_engine(settings.owner_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == head
    engine.dispose()


def test_up_from_nothing_equals_the_models(settings: Settings) -> None:
    command.check(history(settings))


def test_again_changes_nothing(settings: Settings) -> None:
    command.upgrade(history(settings), "head")
