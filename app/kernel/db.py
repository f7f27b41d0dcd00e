"""The ground every table stands on: composite keys by brand, UTC times, one way to write a relationship."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from psycopg import Connection, DataError
from psycopg.errors import DeadlockDetected, InvalidTextRepresentation, LockNotAvailable, UndefinedObject
from sqlalchemy import BigInteger, DateTime, ForeignKey, ForeignKeyConstraint, Integer, MetaData, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column, relationship
from sqlalchemy.orm.relationships import _RelationshipDeclared

from .errors import Conflict, Refused, Unscoped
from .ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Minor = Annotated[int, mapped_column(BigInteger)]
"""An amount in minor units of the brand's currency (R1)."""
Json = Annotated[dict[str, Any], mapped_column(JSONB)]
Moment = Annotated[datetime, mapped_column(DateTime(timezone=True))]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: DateTime(timezone=True), dict[str, Any]: JSONB, list[Any]: JSONB}


class BrandOwned:
    """Belt 1 of tenancy: primary key (brand_id, id); `brand_id` is stamped from the session it is added to."""

    @declared_attr
    def brand_id(cls) -> Mapped[int]:
        return mapped_column(Integer, ForeignKey("brands.id"), primary_key=True, autoincrement=False, sort_order=-2)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)


class Stamped:
    created_at: Mapped[Moment] = mapped_column(server_default=func.now(), sort_order=99)


def points_to(column: str, table: str, ondelete: str | None = None) -> ForeignKeyConstraint:
    """(brand_id, column) → table(brand_id, id): the database refuses a row that points at another brand."""
    return ForeignKeyConstraint(["brand_id", column], [f"{table}.brand_id", f"{table}.id"], ondelete=ondelete)


def belongs_to(owner: str, column: str, target: str, **options: Any) -> _RelationshipDeclared[Any]:
    """A relationship along a composite key; only `column` is written, so columns do not overlap (design.md)."""
    join = f"and_(foreign({owner}.{column}) == remote({target}.id), {owner}.brand_id == remote({target}.brand_id))"
    return relationship(target, primaryjoin=join, viewonly=False, **options)


def dump_json(value: object) -> str:
    """JSON for a column; text that is no Unicode (a lone surrogate) is the sender's mistake."""
    try:
        return orjson.dumps(value, default=str).decode()
    except orjson.JSONEncodeError as error:
        raise unreadable() from error


def driver(session: Session) -> Connection[Any]:
    """The psycopg connection under a session, inside its transaction."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, Connection)
    return connection


def plan_for_any_brand(session: Session) -> None:
    """Until the transaction ends statements are planned for a brand as any other.

    What PostgreSQL knows of a brand that grows by thousands at once is wrong: it plans for one row and walks through the brand for each.
    """
    driver(session).execute("SET LOCAL plan_cache_mode = force_generic_plan")


def snapshot(session: Session) -> None:
    """From here to the end of the transaction everything is read as it stands now; nothing may have been read before."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def by_itself(session: Session) -> None:
    """No transaction from here on: what one `gather` does is committed with its one round trip. Nothing may have been read before."""
    session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})


def gather(session: Session, *statements: tuple[str, Mapping[str, Any]]) -> list[Sequence[tuple[Any, ...]]]:
    """Run several raw statements in one round trip (psycopg pipeline); rows per statement, [] for none.

    Raw SQL passes the ORM's brand criterion: callers name brand_id themselves, row-level security holds them.
    Refused when a value is one no column holds (NUL bytes), Conflict when a lock waited too long; broken constraints
    come as psycopg's errors.
    """
    connection = driver(session)
    cursors = []
    try:
        with connection.pipeline():
            for sql, parameters in statements:
                cursors.append(connection.execute(sql, parameters))
    except (UndefinedObject, DataError, UnicodeEncodeError) as error:
        if says_no_brand(error):
            raise Unscoped("a brand-owned table was touched by a session that serves no brand") from error
        if isinstance(error, UndefinedObject):
            raise
        raise unreadable() from error
    except (LockNotAvailable, DeadlockDetected) as error:
        raise Conflict("busy", "同一件事正在处理，请稍后再试") from error
    return [cursor.fetchall() if cursor.description else [] for cursor in cursors]


def unreadable() -> Refused:
    return Refused("unreadable", "内容里有无法保存的字符或数值")


def says_no_brand(error: BaseException | None) -> bool:
    """Whether PostgreSQL complains that the transaction names no brand: never set, or set in one that has ended."""
    return (isinstance(error, UndefinedObject) and "app.brand_id" in str(error)) or (
        isinstance(error, InvalidTextRepresentation) and 'type integer: ""' in str(error))


def insert_rows(table: str, rows: Sequence[Mapping[str, Any]], *, then: str = "") -> tuple[str, dict[str, Any]]:
    """One INSERT of many rows with the same keys, as a statement for `gather`; `then` is what follows, such as ON CONFLICT.

    Rows travel as one JSON document that the database spreads over the table's own types (COPY is refused under row-level
    security), so the text depends on the columns alone and stays prepared. No rows at all write nothing.
    """
    columns = ", ".join(rows[0] if rows else ("brand_id",))
    sql = (f"INSERT INTO {table} ({columns}) SELECT {columns} "  # noqa: S608 (names come from our code)
           f"FROM jsonb_populate_recordset(NULL::{table}, %(rows)s::jsonb) {then}")
    return sql, {"rows": dump_json(list(rows))}
