"""Belts 1 and 4, read from PostgreSQL itself: keys begin with the brand, row security is forced, grants are no wider than needed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, text

from app.config import Settings
from app.domain.models import Base
from app.kernel.db import BrandOwned

OWNED = sorted(mapper.local_table.name for mapper in Base.registry.mappers if issubclass(mapper.class_, BrandOwned))  # type: ignore[attr-defined]
POLICY = "(brand_id = (current_setting('app.brand_id'::text))::integer)"


@pytest.fixture(scope="module")
def owner(settings: Settings) -> Iterator[Connection]:
    engine = create_engine(settings.owner_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def rows(owner: Connection, sql: str, **names: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in owner.execute(text(sql), names)]


def test_every_table_with_a_brand_is_brand_owned(owner: Connection) -> None:
    named = {name for (name,) in rows(owner, "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'brand_id'")}
    assert named - set(OWNED) == {"signposts"}
    assert len(OWNED) > 30


def test_row_security_is_on_and_forced(owner: Connection) -> None:
    walled = {name for (name,) in rows(owner, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity")}
    assert walled == set(OWNED)


def test_each_has_the_same_two_policies(owner: Connection) -> None:
    found = {(table, name): (roles, using, check, command) for table, name, roles, using, check, command in rows(
        owner, "SELECT tablename::text, policyname::text, roles::text[], qual, with_check, cmd FROM pg_policies WHERE schemaname = 'public'")}
    assert found == {
        **{(table, "one_brand"): (["yundian_app"], POLICY, POLICY, "ALL") for table in OWNED},
        **{(table, "every_brand"): (["yundian_operator"], "true", "true", "ALL") for table in OWNED}}


def test_primary_keys_are_brand_then_id(owner: Connection) -> None:
    keys = dict(rows(owner, KEYS, kinds=["p"]))
    assert {table: keys[table] for table in OWNED} == {table: ["brand_id", "id"] for table in OWNED}


KEYS = """SELECT c.conrelid::regclass::text, array_agg(a.attname::text ORDER BY k.n) FROM pg_constraint c
CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k(attnum, n) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
WHERE c.contype::text = ANY(:kinds) AND c.connamespace = 'public'::regnamespace GROUP BY c.oid"""


def test_every_reference_names_the_brand(owner: Connection) -> None:
    references = rows(owner, """
        SELECT c.conname, c.confrelid::regclass::text,
               array_agg(a.attname::text ORDER BY k.n), array_agg(f.attname::text ORDER BY k.n) FROM pg_constraint c
        CROSS JOIN LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k(mine, theirs, n)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.mine JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.theirs
        WHERE c.contype = 'f' AND c.conrelid::regclass::text = ANY(:names) GROUP BY c.oid""", names=OWNED)
    assert len(references) > 60
    for name, target, mine, theirs in references:
        if target == "brands":
            assert (mine, theirs) == (["brand_id"], ["id"]), name
        else:
            assert isinstance(mine, list)
            assert (mine[0], theirs) == ("brand_id", ["brand_id", "id"]), name
            assert len(mine) == 2, name


def test_every_unique_index_begins_with_the_brand(owner: Connection) -> None:
    loose = rows(owner, """
        SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indisunique AND i.indrelid::regclass::text = ANY(:names) AND a.attname <> 'brand_id'""", names=OWNED)
    assert loose == []


def test_logins_own_nothing_and_pass_no_wall(owner: Connection) -> None:
    assert rows(owner, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'yundian%' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)") == []
    assert rows(owner, "SELECT relname FROM pg_class WHERE relowner = ANY(ARRAY['yundian_app', 'yundian_operator']::regrole[]::oid[])") == []
    members = rows(owner, "SELECT pg_has_role('yundian_app', 'yundian_operator', 'MEMBER'), pg_has_role('yundian_app', 'yundian_owner', 'MEMBER')")
    assert members == [(False, False)]


@pytest.mark.parametrize(("table", "rights"), [
    ("operators", set()), ("brands", {"SELECT"}), ("signposts", {"SELECT", "INSERT", "DELETE"}), ("alembic_version", {"SELECT"}),
    ("ledger_entries", {"SELECT", "INSERT"}), ("ledger_transactions", {"SELECT", "INSERT"}), ("commission_lines", {"SELECT", "INSERT"}),
    ("attribution_decisions", {"SELECT", "INSERT"}), ("audit_events", {"SELECT", "INSERT"}), ("orders", {"SELECT", "INSERT", "UPDATE", "DELETE"})])
def test_what_the_app_may_do(owner: Connection, table: str, rights: set[str]) -> None:
    may = {right for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
           if rows(owner, "SELECT has_table_privilege('yundian_app', :table, :right)", table=table, right=right)[0][0]}
    assert may == rights


def test_no_view_passes_round_the_wall(owner: Connection) -> None:
    assert rows(owner, "SELECT relname FROM pg_class WHERE relkind IN ('v', 'm') AND relnamespace = 'public'::regnamespace AND "
                       "NOT coalesce(reloptions::text LIKE '%security_invoker=true%', false)") == []
