"""Finding rows for the API: one by its id, a page of many; another brand's is not found."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Select, select

from app.kernel.db import BrandOwned
from app.kernel.errors import NotFound
from app.kernel.ids import parse_id
from app.kernel.paging import after
from app.web.shared.serving import db

from .operations import Rows

Row = TypeVar("Row", bound=BrandOwned)


def found(model: type[Row], key: object, *, fresh: bool = False) -> Row:
    """The row of this brand with that id; NotFound otherwise. `fresh` reads it again after a flow changed it."""
    kind = str(getattr(model, "__tablename__", "row")).rstrip("s")
    if fresh:
        db().flush()
    statement = select(model).where(model.id == parse_id(key, kind)).execution_options(populate_existing=fresh)
    row = db().scalar(statement)
    if row is None:
        raise NotFound(kind, key)
    return row


def listed(statement: Select[Any], model: type[BrandOwned], query: dict[str, Any], *equal: str) -> Rows:
    """A page, newest first; of the columns `equal` names, only rows that have what the query asks of them, where it asks."""
    statement = statement.where(*(getattr(model, name) == query[name] for name in equal if query[name]))
    items, cursor = after(db(), statement, model.id, cursor=query["cursor"], limit=query["limit"])
    return Rows(items, cursor)


def contains(text: str) -> str:
    """A LIKE pattern that means the text itself."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
