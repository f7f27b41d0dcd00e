"""How templates go: done, late and open by template, by store and by guide, inside a scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather
from app.kernel.paging import PAGE_SIZE, Page, gathered

from .rules import STATES

TEMPLATE_SORTS = {"title": "title", "from": "from_day", "asked": "asked", "done": "done_share"}
GUIDE_SORTS = {"day": "starts_at", "name": "guide_name", "done": "done_at"}
COUNTED_DAYS = 30
"""Days a list of templates counts, back from today or from a template's last: a year of a daily task is not read for every list."""
COUNTS = """count(a.id) FILTER (WHERE a.state <> 'excused')::int AS asked, count(a.id) FILTER (WHERE a.state = 'done')::int AS done,
  count(a.id) FILTER (WHERE a.state = 'late')::int AS late, count(a.id) FILTER (WHERE a.state = 'late' AND a.done_at IS NOT NULL)::int AS made_up,
  count(a.id) FILTER (WHERE a.state = 'open')::int AS open, count(a.id) FILTER (WHERE a.state = 'excused')::int AS excused"""
INSIDE = "(%(within)s::text IS NULL OR left({path}, length(%(within)s)) = %(within)s)"
LAST_DUE = "(p.to_day + CASE WHEN p.noon THEN time '12:30' ELSE time '10:00' END + make_interval(hours => p.hours))::date"
"""As `rules.last_due`."""
_TEMPLATES = f"""
SELECT p.id, p.title, p.kind, p.audience, p.schedule, p.weekday, p.morning, p.noon, p.from_day, p.to_day, u.name AS unit_name,
  p.created_by, coalesce(u.path, '') AS path, CASE WHEN p.ended_at IS NOT NULL OR {LAST_DUE} < %(today)s THEN 'ended' WHEN p.paused_at IS NOT NULL THEN 'paused'
    WHEN p.from_day > %(today)s THEN 'coming' ELSE 'running' END AS stands, n.asked, n.done, n.late, n.made_up, n.open, n.excused,
  CASE WHEN n.asked > 0 THEN n.done * 1.0 / n.asked END AS done_share, goods.title AS goods
FROM task_templates p LEFT JOIN org_units u ON u.brand_id = p.brand_id AND u.id = p.org_unit_id
LEFT JOIN products goods ON goods.brand_id = p.brand_id AND goods.id = p.product_id
CROSS JOIN LATERAL (SELECT {COUNTS} FROM tasks t JOIN task_assignments a ON a.brand_id = t.brand_id AND a.task_id = t.id
  JOIN org_units s ON s.brand_id = a.brand_id AND s.id = a.store_id WHERE t.brand_id = p.brand_id AND t.template_id = p.id
  AND t.day > least(%(today)s::date, p.to_day, p.ended_at::date) - {COUNTED_DAYS} AND {INSIDE.format(path="s.path")}) n
WHERE p.brand_id = %(brand_id)s AND (%(within)s::text IS NULL OR u.id IS NULL OR left(u.path, length(%(within)s)) = %(within)s
    OR left(%(within)s, length(u.path)) = u.path)
  AND (%(q)s = '' OR position(lower(%(q)s) IN lower(concat_ws(' ', p.title, p.what, goods.title, u.name))) > 0) AND (%(kind)s = '' OR p.kind = %(kind)s)"""  # noqa: S608 (pieces are ours)
_BY_STORE = f"""
SELECT s.id, s.code, s.name, {COUNTS} FROM tasks t JOIN task_assignments a ON a.brand_id = t.brand_id AND a.task_id = t.id
JOIN org_units s ON s.brand_id = a.brand_id AND s.id = a.store_id
WHERE t.brand_id = %(brand_id)s AND t.template_id = %(template)s AND {INSIDE.format(path="s.path")}
  AND (%(from)s::date IS NULL OR t.day >= %(from)s) AND (%(to)s::date IS NULL OR t.day <= %(to)s)
GROUP BY s.id, s.code, s.name ORDER BY s.code"""  # noqa: S608 (pieces are ours)
_BY_GUIDE = f"""
SELECT a.id, a.guide_id, g.name AS guide_name, g.employee_no, s.code AS store_code, s.name AS store_name, t.day, t.slot, t.starts_at, t.due_at, a.state,
  a.done_at, a.done_by, a.evidence, a.picture_key, a.reason
FROM tasks t JOIN task_assignments a ON a.brand_id = t.brand_id AND a.task_id = t.id
JOIN guides g ON g.brand_id = a.brand_id AND g.id = a.guide_id JOIN org_units s ON s.brand_id = a.brand_id AND s.id = a.store_id
WHERE t.brand_id = %(brand_id)s AND t.template_id = %(template)s AND {INSIDE.format(path="s.path")}
  AND (%(from)s::date IS NULL OR t.day >= %(from)s) AND (%(to)s::date IS NULL OR t.day <= %(to)s)
  AND (%(store)s::uuid IS NULL OR a.store_id = %(store)s) AND (%(state)s = '' OR a.state = %(state)s)
  AND (%(q)s = '' OR position(lower(%(q)s) IN lower(concat_ws(' ', g.name, g.employee_no, s.name, s.code))) > 0)"""  # noqa: S608 (pieces are ours)


@dataclass(frozen=True, slots=True)
class Counts:
    """`asked` without the excused; `made_up` of the late were handed in after all."""

    asked: int = 0
    done: int = 0
    late: int = 0
    made_up: int = 0
    open: int = 0
    excused: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in Counts.__slots__))


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """`unit_name` None is the whole brand; `stands` one of rules.STANDS."""

    id: UUID
    title: str
    kind: str
    audience: str
    schedule: str
    weekday: int | None
    morning: bool
    noon: bool
    from_day: date
    to_day: date | None
    unit_name: str | None
    created_by: str
    path: str
    stands: str
    counts: Counts
    goods: str | None


@dataclass(frozen=True, slots=True)
class StoreResult:
    id: UUID
    code: str
    name: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class GuideResult:
    id: UUID
    guide_id: UUID
    guide_name: str
    employee_no: str
    store_code: str
    store_name: str
    day: date
    slot: str
    starts_at: datetime
    due_at: datetime
    state: str
    done_at: datetime | None
    done_by: str
    evidence: str
    picture_key: str
    reason: str


def templates_page(session: Session, *, brand_id: int, today: date, within: str | None = None, q: str = "", kind: str = "", stands: str = "",
                   sort: str = "-from", number: int = 1) -> Page:
    """TemplateRows that reach into the scope, counted inside it over their last COUNTED_DAYS."""
    column, direction = TEMPLATE_SORTS.get(sort.lstrip("-"), "from_day"), "DESC NULLS LAST" if sort.startswith("-") else "ASC NULLS LAST"
    values = {"brand_id": brand_id, "today": today, "within": within, "q": q, "kind": kind, "stands": stands}
    listed = f"SELECT * FROM ({_TEMPLATES}) r WHERE %(stands)s = '' OR stands = %(stands)s"  # noqa: S608 (a constant of this module)
    page = gathered(session, listed, f"{column} {direction}, id DESC", values, number=number)
    return replace(page, items=[_template(row) for row in page.items])


def _template(row: Sequence[Any]) -> TemplateRow:
    plain = dict(zip(TemplateRow.__dataclass_fields__, row[:14], strict=False))
    return TemplateRow(**plain, counts=Counts(*row[14:20]), goods=row[21])


def by_store(session: Session, *, brand_id: int, template_id: UUID, within: str | None = None, from_: date | None = None, to: date | None = None,
             ) -> list[StoreResult]:
    """Stores that were asked between two days, both included, by code."""
    rows = gather(session, (_BY_STORE, {"brand_id": brand_id, "template": template_id, "within": within, "from": from_, "to": to}))[0]
    return [StoreResult(row[0], row[1], row[2], Counts(*row[3:])) for row in rows]


def by_guide(session: Session, *, brand_id: int, template_id: UUID, within: str | None = None, from_: date | None = None, to: date | None = None,
             store_id: UUID | None = None, state: str = "", q: str = "", sort: str = "-day", number: int = 1, size: int = PAGE_SIZE) -> Page:
    """GuideResults, one for each guide and task."""
    column, direction = GUIDE_SORTS.get(sort.lstrip("-"), "starts_at"), "DESC NULLS LAST" if sort.startswith("-") else "ASC NULLS LAST"
    values = {"brand_id": brand_id, "template": template_id, "within": within, "from": from_, "to": to, "store": store_id,
              "state": state if state in STATES else "", "q": q}
    page = gathered(session, _BY_GUIDE, f"{column} {direction}, guide_name, id", values, number=number, size=size)
    return replace(page, items=[GuideResult(*row) for row in page.items])
