"""Belts 2 to 4 from inside: by ORM, Core, raw SQL, joins and bulk writes, a session reaches its own brand only."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import Any

import pytest
from psycopg.errors import ForeignKeyViolation, InsufficientPrivilege
from sqlalchemy import bindparam, delete, exists, func, insert, select, text, union_all, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import aliased
from sqlalchemy.orm.exc import StaleDataError

from app.config import Settings
from app.domain.brands.models import Brand, Operator
from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.domain.people.models import Account
from app.extensions import Database
from app.kernel.db import gather
from app.kernel.errors import Unscoped
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession, across_brands, serve, served_brand
from tests.builders.brands import a_brand
from tests.builders.money import unguarded
from tests.builders.people import a_guide, a_unit
from tests.conftest import NOON

_numbers = itertools.count(1)
GUIDES = Guide.__table__
READS: dict[str, Callable[[Any], Any]] = {
    "entities": lambda mine: select(Guide.brand_id),
    "columns": lambda mine: select(Guide.brand_id).where(Guide.name != ""),
    "alias": lambda mine: select(aliased(Guide).brand_id),
    "subquery": lambda mine: select(select(Guide.brand_id).subquery().c.brand_id),
    "cte": lambda mine: select(select(Guide.brand_id).cte().c.brand_id),
    "union": lambda mine: union_all(select(Guide.brand_id), select(Guide.brand_id)),
    "join without the brand": lambda mine: select(OrgUnit.brand_id).join(Guide, Guide.name == Guide.name),
    "core": lambda mine: select(GUIDES.c.brand_id),
    "core join": lambda mine: select(GUIDES.c.brand_id).select_from(GUIDES.join(OrgUnit.__table__, text("true"))),
    "raw": lambda mine: text("SELECT brand_id FROM guides"),
    "raw naming the other": lambda mine: text("SELECT brand_id FROM guides WHERE brand_id <> :mine OR true").bindparams(mine=mine),
}


@pytest.fixture
def other(database: Database) -> Brand:
    """A second brand with one guide."""
    other = a_brand(database, slug=f"other{os.getpid()}-{next(_numbers)}", now=NOON)
    with database.transaction(other.id) as session:
        a_guide(session, a_unit(session), now=NOON)
    return other


@pytest.fixture
def mine(session: BrandSession) -> int:
    """This brand's id; it has one guide too."""
    a_guide(session, a_unit(session), now=NOON)
    session.commit()
    return served_brand(session)


def strange(database: Database, other: Brand) -> Guide:
    with database.session(other.id) as session:
        return session.scalars(select(Guide)).one()


@pytest.mark.parametrize("way", READS)
def test_reads_find_the_own_brand_only(session: BrandSession, mine: int, other: Brand, way: str) -> None:
    assert set(session.execute(READS[way](mine)).scalars()) == {mine}


def test_counts_exists_and_pipelines(session: BrandSession, mine: int, other: Brand) -> None:
    assert session.scalar(select(func.count()).select_from(Guide)) == 1
    assert session.query(Guide).count() == 1
    assert session.scalar(select(exists(select(GUIDES.c.id).where(GUIDES.c.brand_id == other.id)))) is False
    assert gather(session, ("SELECT brand_id FROM guides", {}), ("SELECT count(*) FROM guides", {})) == [[(mine,)], [(1,)]]


def test_an_id_of_another_brand_is_not_there(session: BrandSession, database: Database, mine: int, other: Brand) -> None:
    guide = strange(database, other)
    assert session.get(Guide, (other.id, guide.id)) is None
    assert session.get(Guide, (mine, guide.id)) is None
    assert session.scalar(select(Guide).where(Guide.id == guide.id)) is None


def test_writes_do_not_reach_it(session: BrandSession, database: Database, mine: int, other: Brand) -> None:
    guide = strange(database, other)
    for statement in (update(Guide).values(name="x").where(Guide.id == guide.id), delete(Guide).where(Guide.id == guide.id),
                      GUIDES.update().values(name="x").where(GUIDES.c.id == guide.id), GUIDES.delete().where(GUIDES.c.brand_id == other.id),
                      text(f"UPDATE guides SET name = 'x' WHERE brand_id = {other.id}")):
        assert session.execute(statement).rowcount == 0  # type: ignore[attr-defined]
    rewrite = GUIDES.update().where(GUIDES.c.id == bindparam("key")).values(name=bindparam("new"))
    assert session.connection().execute(rewrite, [{"key": guide.id, "new": "x"}, {"key": new_id(), "new": "y"}]).rowcount == 0
    with pytest.raises(StaleDataError):
        session.execute(update(Guide), [{"brand_id": other.id, "id": guide.id, "name": "x"}])
    session.rollback()
    assert strange(database, other).name == guide.name


def test_nothing_is_planted_there(session: BrandSession, mine: int, other: Brand) -> None:
    row = {"brand_id": other.id, "id": new_id(), "name": "x", "kind": "store", "code": "X", "path": "/x/", "payee_id": new_id()}
    for put in (lambda: session.execute(insert(OrgUnit), [row, {**row, "id": new_id()}]), lambda: session.execute(OrgUnit.__table__.insert(), [row]),
                lambda: session.execute(text("INSERT INTO operators (email, name, password_hash) VALUES ('a', 'b', 'c')"))):
        with pytest.raises(DBAPIError) as refused:
            put()
        assert isinstance(refused.value.orig, InsufficientPrivilege)
        session.rollback()
    with pytest.raises(Unscoped):
        session.add(OrgUnit(**row))
        session.flush()


def test_a_row_is_not_moved_there(session: BrandSession, mine: int, other: Brand) -> None:
    with pytest.raises(DBAPIError) as refused:
        session.execute(text("UPDATE touches SET brand_id = :other"), {"other": other.id})
        session.execute(text("UPDATE guides SET brand_id = :other"), {"other": other.id})
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_the_database_refuses_a_reference_to_another_brands_row(session: BrandSession, database: Database, mine: int, other: Brand) -> None:
    guide = strange(database, other)
    own = session.scalars(select(Guide)).one()
    own.store_id = guide.store_id
    with pytest.raises(IntegrityError) as refused:
        session.flush()
    assert isinstance(refused.value.orig, ForeignKeyViolation)


def test_a_session_cannot_change_its_brand(session: BrandSession, mine: int, other: Brand) -> None:
    with pytest.raises(Unscoped):
        serve(session, other.id)
    serve(session, mine)
    assert served_brand(session) == mine


def test_a_session_without_a_brand_reads_global_tables_only(database: Database, mine: int) -> None:
    with database.session() as session:
        assert session.get(Brand, mine) is not None
        for touch in (lambda: session.scalars(select(Guide)).all(), lambda: session.get(Guide, (mine, new_id())), lambda: session.execute(select(GUIDES)),
                      lambda: session.execute(text("SELECT 1 FROM guides")), lambda: gather(session, ("SELECT 1 FROM guides", {})),
                      lambda: across_brands(session).scalars(select(Guide)).all()):
            with pytest.raises(Unscoped):
                touch()
            session.rollback()


def test_a_used_connection_forgets_its_brand(database: Database, mine: int) -> None:
    """One connection of the pool, after a transaction that served a brand."""
    with database.app.connect() as connection:
        with BrandSession(connection) as session:
            serve(session, mine)
            assert session.execute(text("SELECT count(*) FROM guides")).scalar() == 1
            session.commit()
        with BrandSession(connection) as session, pytest.raises(Unscoped):
            session.execute(text("SELECT count(*) FROM guides"))


@pytest.mark.parametrize("sql", ["SET ROLE yundian_operator", "SET ROLE yundian_owner", "SET SESSION AUTHORIZATION yundian_operator", "SELECT * FROM operators",
                                 "ALTER TABLE guides DISABLE ROW LEVEL SECURITY", "DROP POLICY one_brand ON guides", "SET session_replication_role = replica",
                                 "UPDATE brands SET status = 'approved'", "CREATE TABLE x (a int)"])
def test_the_apps_login_cannot_climb(session: BrandSession, sql: str) -> None:
    with pytest.raises(DBAPIError) as refused:
        session.execute(text(sql))
    assert isinstance(refused.value.orig, InsufficientPrivilege)


def test_reset_role_is_no_way_out(session: BrandSession, mine: int, other: Brand) -> None:
    session.execute(text("RESET ROLE"))
    assert set(session.execute(text("SELECT brand_id FROM guides")).scalars()) == {mine}


def test_the_operator_sees_all_by_name(database: Database, mine: int, other: Brand) -> None:
    with database.operator_session() as session:
        assert {mine, other.id} <= set(session.scalars(select(Guide.brand_id)))
        assert session.scalars(select(Operator)).all() is not None
    with database.operator_session(mine) as session:
        assert set(session.scalars(select(Account.brand_id))) == {mine}, "with a brand it keeps to the brand"


def test_with_the_wall_down_core_and_raw_sql_leak(settings: Settings, mine: int, other: Brand) -> None:
    """The twin, as a login that passes row security: the criterion alone holds the ORM, and nothing else."""
    with unguarded(settings, mine) as naked:
        seen = {way: set(naked.execute(read(mine)).scalars()) for way, read in READS.items()}
    assert {way for way, brands in seen.items() if other.id in brands} == {"core", "core join", "raw", "raw naming the other"}
