"""A roster is imported: who is new is enrolled, who changed is updated, all others stay as they are.

The phone is the person: the same roster again changes nothing. Who is missing from the roster is left alone; leaving is
a decision of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.guides.models import Guide
from app.domain.guides.roster import RosterRow, Row, RowError, read_roster
from app.domain.orgs.models import OrgUnit
from app.domain.orgs.queries import below
from app.domain.orgs.rules import is_inside

from .enrol_guide import write_guide

ASK_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """What one good line does: `action` is created, updated or unchanged; `changes` maps field → (before, after)."""

    line: int
    action: str
    name: str
    phone: str
    employee_no: str
    store_code: str
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RosterResult:
    """Every line of the roster is in exactly one of the four. `applied` says whether anything was written."""

    created: int
    updated: int
    unchanged: int
    errors: tuple[RowError, ...]
    plans: tuple[RosterPlan, ...] = ()
    applied: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """The brand as the roster's rows see it."""

    stores: dict[str, OrgUnit]
    by_phone: dict[str, Guide]
    by_number: dict[str, Guide]
    within: str | None


def import_roster(session: Session, *, brand_id: int, rows: Iterable[Row], dry_run: bool = False, skip_errors: bool = False,
                  within: str | None = None, now: datetime) -> RosterResult:
    """Applies the good lines when there is no bad one, or when bad ones are to be skipped; a dry run only tells.

    `rows` are (line number, cells), the header among the first ten. Raises Refused when the table as a whole is no roster.
    """
    people, errors = read_roster(rows)
    known = _look_up(session, brand_id, people, within)
    plans: list[RosterPlan] = []
    good: list[RosterRow] = []
    bad = {error.line for error in errors}
    for row in people:
        wrong = _problems(row, known)
        errors += wrong
        if not wrong and row.line not in bad:
            plans.append(_plan(row, known))
            good.append(row)
    apply = not dry_run and (skip_errors or not errors)
    if apply:
        for row, plan in zip(good, plans, strict=True):
            _write(session, brand_id, row, plan, known, now)
        session.flush()
    counts = {action: sum(plan.action == action for plan in plans) for action in ("created", "updated", "unchanged")}
    return RosterResult(**counts, errors=tuple(sorted(errors, key=lambda error: error.line)), plans=tuple(plans), applied=apply)


def _look_up(session: Session, brand_id: int, people: list[RosterRow], within: str | None) -> _Known:
    stores = session.scalars(select(OrgUnit).where(OrgUnit.brand_id == brand_id, OrgUnit.kind == "store", below(within)))
    guides: dict[object, Guide] = {}
    for start in range(0, len(people), ASK_AT_ONCE):
        part = people[start:start + ASK_AT_ONCE]
        numbers = [row.employee_no for row in part if row.employee_no]
        found = session.scalars(
            select(Guide).where(Guide.brand_id == brand_id, Guide.phone.in_([row.phone for row in part]) | Guide.employee_no.in_(numbers))
            .options(joinedload(Guide.store), joinedload(Guide.payee), joinedload(Guide.account)))
        guides.update((guide.id, guide) for guide in found)
    return _Known({store.code.casefold(): store for store in stores}, {guide.phone: guide for guide in guides.values()},
                  {guide.employee_no: guide for guide in guides.values() if guide.employee_no}, within)


def _problems(row: RosterRow, known: _Known) -> list[RowError]:
    errors: list[RowError] = []
    store, guide = known.stores.get(row.store_code.casefold()), known.by_phone.get(row.phone)
    if store is None and row.store_code:
        errors.append(RowError(row.line, "store_code", "store_unknown", "没有编码为“%(store_code)s”的门店", {"store_code": row.store_code}))
    elif store is not None and store.status != "open":
        errors.append(RowError(row.line, "store_code", "store_closed", "门店“%(name)s”已关闭", {"name": store.name}))
    if guide is not None and not is_inside(guide.store.path, known.within):
        errors.append(RowError(row.line, "phone", "phone_taken", "这个手机号属于其他门店的导购"))
    elif guide is not None:
        errors += _not_working(row.line, guide)
    holder = known.by_number.get(row.employee_no or "")
    if holder is not None and holder is not guide:
        errors.append(RowError(row.line, "employee_no", "employee_no_taken", "工号 %(number)s 已属于其他导购", {"number": row.employee_no}))
    return errors


def _not_working(line: int, guide: Guide) -> list[RowError]:
    """A roster neither brings a leaver back nor decides on an application."""
    name = {"name": guide.name}
    if guide.status == "left":
        return [RowError(line, "phone", "guide_left", "“%(name)s”已离职，请先在她的页面办理复职", name)]
    if guide.status == "rejected":
        return [RowError(line, "phone", "guide_rejected", "“%(name)s”的申请被拒绝过，请先让她用邀请码重新申请", name)]
    if guide.status == "pending":
        return [RowError(line, "phone", "guide_pending", "“%(name)s”正在等待审核，请先审核", name)]
    return []


def _plan(row: RosterRow, known: _Known) -> RosterPlan:
    store, guide = known.stores[row.store_code.casefold()], known.by_phone.get(row.phone)
    if guide is None:
        return RosterPlan(row.line, "created", row.name, row.phone, row.employee_no or "", store.code)
    changes = {
        name: (before, after) for name, before, after in (
            ("name", guide.name, row.name),
            ("store_code", guide.store.code, store.code),
            ("employee_no", guide.employee_no, row.employee_no or guide.employee_no),
        ) if before != after}
    return RosterPlan(row.line, "updated" if changes else "unchanged", row.name, row.phone, row.employee_no or guide.employee_no,
                      store.code, changes)


def _write(session: Session, brand_id: int, row: RosterRow, plan: RosterPlan, known: _Known, now: datetime) -> None:
    store = known.stores[row.store_code.casefold()]
    if plan.action == "created":
        write_guide(session, brand_id=brand_id, name=row.name, phone=row.phone, employee_no=row.employee_no or "", store=store,
                    kind=row.kind or "staff", status="active", now=now)
    elif plan.action == "updated":
        guide = known.by_phone[row.phone]
        guide.name, guide.employee_no = row.name, plan.employee_no
        if guide.store_id != store.id:
            guide.store = store
        guide.payee.name = row.name
        if guide.account is not None:
            guide.account.name = row.name
