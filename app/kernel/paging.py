"""Pages of a list: keyset cursors for programs, numbered pages for people."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from .db import gather
from .errors import Refused

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class Page:
    """A numbered page: `items`, `total` rows in all, page `number` from 1 of `pages`."""

    items: Sequence[Any]
    total: int
    number: int
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def numbered(session: Session, statement: Select[*tuple[Any, ...]], *, number: int, size: int = PAGE_SIZE) -> Page:
    """One numbered page of rows; a number out of range shows the nearest page. Single entities come unwrapped."""
    counted = statement.order_by(None).subquery()
    total = session.scalar(select(func.count()).select_from(counted)) or 0
    number = min(max(number, 1), max(1, -(-total // size)))
    rows = session.execute(statement.limit(size).offset((number - 1) * size)).all()
    items = [row[0] if len(row) == 1 else row for row in rows]
    return Page(items, total, number, size)


def gathered(session: Session, listed: str, order: str, values: Mapping[str, Any], *, number: int, size: int = PAGE_SIZE) -> Page:
    """The same for raw SQL: `listed` selects every row, `order` are columns of it, both from the code's own words."""
    total = gather(session, (f"SELECT count(*) FROM ({listed}) n", values))[0][0][0]  # noqa: S608 (the caller's constants)
    number = min(max(number, 1), max(1, -(-total // size)))
    page = f"SELECT * FROM ({listed}) l ORDER BY {order} LIMIT {size:d} OFFSET {(number - 1) * size:d}"  # noqa: S608 (the caller's constants)
    return Page(gather(session, (page, values))[0], total, number, size)


def paged(items: Sequence[Any], *, number: int, size: int = PAGE_SIZE) -> Page:
    """One numbered page of what is in memory anyway."""
    number = min(max(number, 1), max(1, -(-len(items) // size)))
    return Page(items[(number - 1) * size: number * size], len(items), number, size)


def after(session: Session, statement: Select[*tuple[Any, ...]], key: InstrumentedAttribute[UUID], *, cursor: str | None,
          limit: int) -> tuple[list[Any], str | None]:
    """Rows newest first by UUIDv7 `key`, after an opaque cursor; the next cursor is None on the last page."""
    if cursor:
        statement = statement.where(tuple_(key) < tuple_(_decode(cursor)))
    rows = list(session.scalars(statement.order_by(key.desc()).limit(limit + 1)))
    more = len(rows) > limit
    return rows[:limit], encode(getattr(rows[limit - 1], key.key)) if more else None


def encode(key: UUID) -> str:
    return base64.urlsafe_b64encode(key.bytes).decode().rstrip("=")


def _decode(cursor: str) -> UUID:
    try:
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=="))
    except (ValueError, binascii.Error):
        raise Refused("cursor_invalid", "翻页标记无效", field="cursor") from None
