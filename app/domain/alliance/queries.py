"""What the alliance owes, as the brand's page and programs list it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from app.domain.catalog.models import FlagshipSource
from app.domain.guides.models import Guide
from app.kernel.paging import Page, numbered

from .models import AllianceOrder, AllianceReading

STATES = ("unpaid", "deposit", "paid", "finished", "split", "void")
SORTS: dict[str, ColumnElement[Any]] = {
    "-ordered": AllianceOrder.ordered_at.desc().nulls_last(), "ordered": AllianceOrder.ordered_at.asc().nulls_last(),
    "-changed": AllianceOrder.changed_at.desc().nulls_last(), "changed": AllianceOrder.changed_at.asc().nulls_last(),
    "-earned": AllianceOrder.earned_minor.desc(), "earned": AllianceOrder.earned_minor.asc()}


@dataclass(frozen=True, slots=True)
class Wanted:
    """`guide_id` None: everybody's; `q`: part of an order number, a code or a guide's name; ordered in [from_, to)."""

    state: str = ""
    guide_id: UUID | None = None
    q: str = ""
    from_: datetime | None = None
    to: datetime | None = None


def alliance_orders(*, brand_id: int, wanted: Wanted) -> Select[AllianceOrder]:
    statement = select(AllianceOrder).where(AllianceOrder.brand_id == brand_id)
    if wanted.state:
        statement = statement.where(AllianceOrder.state == wanted.state)
    if wanted.guide_id:
        statement = statement.where(AllianceOrder.guide_id == wanted.guide_id)
    if wanted.from_ and wanted.to:
        statement = statement.where(AllianceOrder.ordered_at >= wanted.from_, AllianceOrder.ordered_at < wanted.to)
    if wanted.q:
        name = select(Guide.name).where(Guide.brand_id == AllianceOrder.brand_id, Guide.id == AllianceOrder.guide_id).correlate(AllianceOrder)
        words = func.lower(func.concat_ws(" ", AllianceOrder.order_number, AllianceOrder.external_id, AllianceOrder.code, name.scalar_subquery()))
        statement = statement.where(func.strpos(words, wanted.q.lower()) > 0)
    return statement


def alliance_page(session: Session, *, brand_id: int, wanted: Wanted, sort: str = "-ordered", number: int = 1) -> Page:
    """(row, its guide's name or None)."""
    statement = alliance_orders(brand_id=brand_id, wanted=wanted).add_columns(Guide.name).outerjoin(
        Guide, (Guide.brand_id == AllianceOrder.brand_id) & (Guide.id == AllianceOrder.guide_id))
    return numbered(session, statement.order_by(SORTS.get(sort, SORTS["-ordered"]), AllianceOrder.id.desc()), number=number)


def totals(session: Session, *, brand_id: int, wanted: Wanted) -> dict[str, tuple[int, int, int]]:
    """By state: (rows, what was estimated, what is owed as they stand), minor units."""
    chosen = alliance_orders(brand_id=brand_id, wanted=wanted).subquery()
    rows = session.execute(select(chosen.c.state, func.count(), func.sum(chosen.c.estimate_minor), func.sum(chosen.c.earned_minor)).group_by(chosen.c.state))
    found = {row[0]: (row[1], int(row[2]), int(row[3])) for row in rows}
    return {state: found[state] for state in STATES if state in found}


def readings(session: Session, *, brand_id: int) -> list[tuple[FlagshipSource, AllianceReading | None]]:
    """Every source there is, with how its alliance orders are read."""
    rows = session.execute(select(FlagshipSource, AllianceReading).outerjoin(
        AllianceReading, (AllianceReading.brand_id == FlagshipSource.brand_id) & (AllianceReading.source_id == FlagshipSource.id)).where(
        FlagshipSource.brand_id == brand_id, FlagshipSource.status == "active").order_by(FlagshipSource.created_at, FlagshipSource.id))
    return [(row[0], row[1]) for row in rows]
