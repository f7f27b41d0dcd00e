"""One history with one head; built up from nothing it is what the models say, also where Alembic does not look."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from app.config import ROOT, Settings
from app.domain.models import Base
from app.gateways import embedded_postgres
from tests.builders.databases import url

OURS = "NOT LIKE 'procrastinate%'"
PARTS = {
    "columns": f"""
        SELECT table_name || '.' || column_name, format('%s(%s) null %s default %s', data_type, character_maximum_length, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name {OURS}""",
    "constraints": f"""
        SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text {OURS}""",
    "indexes": f"SELECT tablename || '.' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename {OURS}",
}
TRIGGERS = f"""
SELECT tgrelid::regclass || '.' || tgname, regexp_replace(pg_get_triggerdef(oid), '^CREATE TRIGGER \\w+ | ON \\S+', '', 'g') FROM pg_trigger
WHERE NOT tgisinternal AND tgenabled = 'O' AND tgrelid::regclass::text {OURS}"""
FROZEN = ("ledger_transactions", "ledger_entries", "commission_lines", "attribution_decisions", "audit_events", "sales_credits", "share_moves", "order_push_events",
          "customer_handovers")
KEPT = "BEFORE DELETE OR UPDATE OR TRUNCATE FOR EACH STATEMENT EXECUTE FUNCTION append_only()"


def history(settings: Settings) -> Config:
    config = Config(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = settings.owner_url
    return config


@contextmanager
def connected(address: str) -> Iterator[Connection]:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="module")
def migrated(settings: Settings) -> Iterator[Connection]:
    with connected(settings.owner_url) as connection:
        yield connection


@pytest.fixture(scope="module")
def modelled(settings: Settings, postgres: Path) -> Iterator[Connection]:
    """A database made from the models alone."""
    name = f"models_{os.getpid()}"
    embedded_postgres.make_database(postgres, name)
    with connected(url(postgres, "yundian_owner", name)) as connection:
        Base.metadata.create_all(connection)
        yield connection
    with connected(url(postgres, "postgres", "postgres")) as server:
        server.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def seen(connection: Connection, sql: str) -> dict[str, str]:
    return {name: definition for name, definition in connection.execute(text(sql)) if not name.startswith("alembic_version.")}


def test_there_is_one_head_and_the_database_is_at_it(settings: Settings, migrated: Connection) -> None:
    [head] = ScriptDirectory.from_config(history(settings)).get_heads()
    assert migrated.execute(text("SELECT version_num FROM alembic_version")).scalar() == head


def test_up_from_nothing_equals_the_models(settings: Settings) -> None:
    command.check(history(settings))


def test_again_changes_nothing(settings: Settings) -> None:
    command.upgrade(history(settings), "head")


@pytest.mark.parametrize("part", PARTS)
def test_every_default_check_key_and_partial_index_is_the_models_own(migrated: Connection, modelled: Connection, part: str) -> None:
    """As PostgreSQL itself words them: Alembic compares neither checks nor defaults nor what a partial index covers."""
    ours, theirs = seen(migrated, PARTS[part]), seen(modelled, PARTS[part])
    assert len(ours) > 100
    assert ours == theirs


def test_nothing_waits_to_be_validated(migrated: Connection) -> None:
    assert migrated.execute(text("SELECT count(*) FROM pg_constraint WHERE NOT convalidated")).scalar() == 0
    assert migrated.execute(text("SELECT count(*) FROM pg_index WHERE NOT indisvalid")).scalar() == 0


def test_triggers_are_those_the_books_rest_on(migrated: Connection) -> None:
    """The models do not know triggers: these are all there are, and all are on."""
    assert seen(migrated, TRIGGERS) == {
        **{f"{table}.frozen": KEPT for table in FROZEN},
        "ledger_entries.balanced": "AFTER INSERT REFERENCING NEW TABLE AS posted FOR EACH STATEMENT EXECUTE FUNCTION ledger_must_balance()",
        "guides.no_circle": "BEFORE INSERT OR UPDATE OF referrer_id FOR EACH ROW WHEN ((new.referrer_id IS NOT NULL)) "
                            "EXECUTE FUNCTION referrers_make_no_circle()",
        "fulfilment_lines.once": "BEFORE INSERT FOR EACH ROW EXECUTE FUNCTION goods_leave_once()"}


@pytest.mark.parametrize(("part", "change"), [
    ("constraints", "ALTER TABLE payouts DROP CONSTRAINT ck_payouts_amount, ADD CONSTRAINT ck_payouts_amount CHECK (amount_minor > -1)"),
    ("indexes", "DROP INDEX uq_withdrawals_one_open; CREATE UNIQUE INDEX uq_withdrawals_one_open ON withdrawals (brand_id, payee_id) WHERE state = 'paying'"),
    ("columns", "ALTER TABLE brand_settings ALTER withdrawals SET DEFAULT false")])
def test_a_difference_would_be_seen(migrated: Connection, modelled: Connection, part: str, change: str) -> None:
    """The twin, undone after."""
    modelled.execute(text("BEGIN"))
    modelled.execute(text(change))
    differs = seen(migrated, PARTS[part]) != seen(modelled, PARTS[part])
    modelled.execute(text("ROLLBACK"))
    assert differs
