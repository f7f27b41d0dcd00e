"""Where units stand in the tree, and which are inside a scope (`within`: an org path, None for the whole brand)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import OrgUnit
from .rules import ids_on, is_inside


@dataclass(frozen=True, slots=True)
class TreeRow:
    """A unit at its `depth` below the roots shown."""

    unit: OrgUnit
    depth: int


def below(path: str | None) -> ColumnElement[bool]:
    """Condition on OrgUnit: the unit at `path` and everything under it."""
    return true() if path is None else OrgUnit.path.like(path + "%")


def ids_below(path: str) -> Select[UUID]:
    """Ids of the unit at `path` and everything under it, for `column.in_(…)`."""
    return select(OrgUnit.id).where(below(path))


def org_unit(session: Session, *, brand_id: int, unit_id: UUID, within: str | None = None) -> OrgUnit:
    """One unit; outside the scope it is not found."""
    unit = session.scalar(select(OrgUnit).where(OrgUnit.brand_id == brand_id, OrgUnit.id == unit_id))
    if unit is None or not is_inside(unit.path, within):
        raise NotFound("org_unit", unit_id)
    return unit


def unit_by_code(session: Session, *, brand_id: int, code: str) -> OrgUnit | None:
    return session.scalar(select(OrgUnit).where(OrgUnit.brand_id == brand_id, OrgUnit.code == code))


def stores(session: Session, *, brand_id: int, within: str | None = None, open_only: bool = False) -> Sequence[OrgUnit]:
    """Stores by code, for choices."""
    statement = select(OrgUnit).where(OrgUnit.brand_id == brand_id, OrgUnit.kind == "store", below(within))
    if open_only:
        statement = statement.where(OrgUnit.status == "open")
    return session.scalars(statement.order_by(OrgUnit.code)).all()


def tree(session: Session, *, brand_id: int, within: str | None = None) -> list[TreeRow]:
    """Every unit in the scope, parents before children, siblings by kind and code."""
    units = session.scalars(select(OrgUnit).where(OrgUnit.brand_id == brand_id, below(within)).order_by(OrgUnit.kind, OrgUnit.code)).all()
    here = {unit.id for unit in units}
    children: dict[UUID | None, list[OrgUnit]] = {}
    for unit in units:
        children.setdefault(unit.parent_id if unit.parent_id in here else None, []).append(unit)
    rows: list[TreeRow] = []
    waiting = [(unit, 0) for unit in reversed(children.get(None, []))]
    while waiting:
        unit, depth = waiting.pop()
        rows.append(TreeRow(unit, depth))
        waiting.extend((child, depth + 1) for child in reversed(children.get(unit.id, [])))
    return rows


def units_page(session: Session, *, brand_id: int, within: str | None = None, q: str = "", kind: str = "", status: str = "",
               sort: str = "code", number: int = 1) -> Page:
    """Units as a list; `q` looks in name, code and city."""
    statement = select(OrgUnit).where(OrgUnit.brand_id == brand_id, below(within))
    if q:
        statement = statement.where(or_(*(field.icontains(q, autoescape=True) for field in (OrgUnit.name, OrgUnit.code, OrgUnit.city))))
    if kind:
        statement = statement.where(OrgUnit.kind == kind)
    if status:
        statement = statement.where(OrgUnit.status == status)
    return numbered(session, _sorted(statement, sort), number=number)


def _sorted(statement: Select[OrgUnit], sort: str) -> Select[OrgUnit]:
    column = {"name": OrgUnit.name, "created": OrgUnit.created_at}.get(sort.lstrip("-"), OrgUnit.code)
    return statement.order_by(column.desc() if sort.startswith("-") else column.asc(), OrgUnit.id)


def ancestors_of(session: Session, *, brand_id: int, store_id: UUID) -> dict[str, OrgUnit]:
    """The nearest dealer, mall and region above a store; a role that has none is missing."""
    store = org_unit(session, brand_id=brand_id, unit_id=store_id)
    above = ids_on(store.path)[:-1]
    units = session.scalars(select(OrgUnit).where(OrgUnit.brand_id == brand_id, OrgUnit.id.in_(above))) if above else ()
    return {unit.kind: unit for unit in sorted(units, key=lambda unit: len(unit.path))}


def counts(session: Session, *, brand_id: int, within: str | None = None) -> dict[str, int]:
    """Open units by kind."""
    rows = session.execute(select(OrgUnit.kind, func.count()).where(
        OrgUnit.brand_id == brand_id, OrgUnit.status == "open", below(within)).group_by(OrgUnit.kind))
    return dict(rows.all())


def units_by_id(session: Session, *, brand_id: int, ids: Collection[UUID]) -> dict[UUID, OrgUnit]:
    """The units of these ids, for naming parents and scopes in lists."""
    found = session.scalars(select(OrgUnit).where(OrgUnit.brand_id == brand_id, OrgUnit.id.in_(ids))) if ids else ()
    return {unit.id: unit for unit in found}


def possible_parents(session: Session, *, brand_id: int) -> Sequence[OrgUnit]:
    """Open regions, dealers and malls, for choices."""
    return session.scalars(select(OrgUnit).where(
        OrgUnit.brand_id == brand_id, OrgUnit.kind != "store", OrgUnit.status == "open").order_by(OrgUnit.kind.desc(), OrgUnit.code)).all()
