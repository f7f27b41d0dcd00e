"""A roster is imported: who is new is enrolled, who changed is updated, all others stay as they are.

The phone is the person: the same roster again changes nothing. Who is missing from the roster is left alone, unless it is
said to be whole: then the staff missing from it have left.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, joinedload

from app.domain.brands.queries import settings_of
from app.domain.guides.models import Guide
from app.domain.guides.roster import RosterRow, read_roster
from app.domain.guides.rules import closes_circle
from app.domain.orgs.models import OrgUnit
from app.domain.orgs.queries import below
from app.domain.orgs.rules import is_inside
from app.kernel.locks import one_at_a_time
from app.kernel.sheets import Row, RowError

from .enrol_guide import write_guide
from .guard_margin import guarded
from .roster_leavers import let_go, missing_staff

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
    leavers: tuple[Guide, ...] = ()
    applied: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """The brand as the roster's rows see it."""

    stores: dict[str, OrgUnit]
    by_phone: dict[str, Guide]
    by_number: dict[str, Guide]
    within: str | None
    outsiders: bool
    referrers: dict[str, str]
    """Phone → phone of who referred her: as it is, and as the roster would have it."""


def import_roster(session: Session, *, brand_id: int, rows: Iterable[Row], dry_run: bool = False, skip_errors: bool = False, whole: bool = False,
                  within: str | None = None, now: datetime) -> RosterResult:
    """Applies the good lines when there is no bad one, or when bad ones are to be skipped; a dry run only tells.

    `whole`: staff inside the scope who are not on it leave, but not while a line is bad: it may be hers.
    `rows` are (line number, cells), the header among the first ten. Raises Refused when the table as a whole is no roster.
    """
    people, errors = read_roster(rows)
    known = _look_up(session, brand_id, people, within)
    good: list[RosterRow] = []
    bad = {error.line for error in errors}
    for row in people:
        wrong = _problems(row, known)
        errors += wrong
        if not wrong and row.line not in bad:
            good.append(row)
    while lost := _without_referrer(good, known):
        errors += lost
        lines = {error.line for error in lost}
        good = [row for row in good if row.line not in lines]
    plans = [_plan(row, known) for row in good]
    leavers = missing_staff(session, brand_id=brand_id, phones={row.phone for row in people}, within=within) if whole and not errors else []
    apply = not dry_run and (skip_errors or not errors)
    if apply:
        moves = any("store_code" in plan.changes for plan in plans)
        with guarded(session, brand_id=brand_id, now=now, field="file") if moves else nullcontext():
            _write_all(session, brand_id, good, plans, known, now)
        let_go(session, brand_id=brand_id, missing=leavers, now=now)
    counts = {action: sum(plan.action == action for plan in plans) for action in ("created", "updated", "unchanged")}
    return RosterResult(**counts, errors=tuple(sorted(errors, key=lambda error: error.line)), plans=tuple(plans), leavers=tuple(leavers),
                        applied=apply)


def _look_up(session: Session, brand_id: int, people: list[RosterRow], within: str | None) -> _Known:
    if any(row.referrer_phone for row in people):
        one_at_a_time(session, f"referrers:{brand_id}")
    stores = session.scalars(select(OrgUnit).where(OrgUnit.brand_id == brand_id, OrgUnit.kind == "store", below(within)))
    guides: dict[object, Guide] = {}
    for start in range(0, len(people), ASK_AT_ONCE):
        part = people[start:start + ASK_AT_ONCE]
        numbers = [row.employee_no for row in part if row.employee_no]
        phones = {row.phone for row in part} | {row.referrer_phone for row in part if row.referrer_phone}
        found = session.scalars(
            select(Guide).where(Guide.brand_id == brand_id, Guide.phone.in_(phones) | Guide.employee_no.in_(numbers))
            .options(joinedload(Guide.store), joinedload(Guide.payee), joinedload(Guide.account)))
        guides.update((guide.id, guide) for guide in found)
    return _Known({store.code.casefold(): store for store in stores}, {guide.phone: guide for guide in guides.values()},
                  {guide.employee_no: guide for guide in guides.values() if guide.employee_no}, within,
                  settings_of(session, brand_id=brand_id).outsiders, _referrers(session, brand_id, people))


def _referrers(session: Session, brand_id: int, people: list[RosterRow]) -> dict[str, str]:
    above = aliased(Guide)
    rows = session.execute(select(Guide.phone, above.phone).join(above, (above.id == Guide.referrer_id) & (above.brand_id == Guide.brand_id))
                           .where(Guide.brand_id == brand_id))
    return {row.phone: row.referrer_phone for row in people if row.referrer_phone} | dict(rows.all())


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
    if guide is None and row.kind == "affiliate" and not known.outsiders:
        errors.append(RowError(row.line, "kind", "staff_only", "品牌只让员工做导购，不收分销员"))
    if row.referrer_phone:
        errors += _no_referrer(row, row.referrer_phone, known)
    holder = known.by_number.get(row.employee_no or "")
    if holder is not None and holder is not guide:
        errors.append(RowError(row.line, "employee_no", "employee_no_taken", "工号 %(number)s 已属于其他导购", {"number": row.employee_no}))
    return errors


def _without_referrer(good: list[RosterRow], known: _Known) -> list[RowError]:
    """Lines whose referrer is neither a guide of the brand nor on a good line: told again, as each may be another's referrer."""
    phones = known.by_phone.keys() | {row.phone for row in good}
    return [RowError(row.line, "referrer_phone", "referrer_unknown", "没有手机号为 %(phone)s 的导购，名单里也没有", {"phone": row.referrer_phone})
            for row in good if row.referrer_phone and row.referrer_phone not in phones]


def _no_referrer(row: RosterRow, phone: str, known: _Known) -> list[RowError]:
    """Her referrer is set once, and never below her (R19)."""
    if known.referrers[row.phone] != phone:
        return [RowError(row.line, "referrer_phone", "referrer_set", "她的推荐人已经定了，不能更改")]
    if closes_circle(row.phone, phone, known.referrers):
        return [RowError(row.line, "referrer_phone", "referrer_circle", "推荐人是她自己，或是由她推荐进来的")]
    return []


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
            ("referrer_phone", "" if guide.referrer_id is None else row.referrer_phone or "", row.referrer_phone or ""),
        ) if before != after}
    return RosterPlan(row.line, "updated" if changes else "unchanged", row.name, row.phone, row.employee_no or guide.employee_no,
                      store.code, changes)


def _write_all(session: Session, brand_id: int, good: list[RosterRow], plans: list[RosterPlan], known: _Known, now: datetime) -> None:
    for row, plan in zip(good, plans, strict=True):
        _write(session, brand_id, row, plan, known, now)
    session.flush()
    for row in good:
        if row.referrer_phone:
            known.by_phone[row.phone].referrer_id = known.by_phone[row.referrer_phone].id
    session.flush()


def _write(session: Session, brand_id: int, row: RosterRow, plan: RosterPlan, known: _Known, now: datetime) -> None:
    store = known.stores[row.store_code.casefold()]
    if plan.action == "created":
        known.by_phone[row.phone] = write_guide(session, brand_id=brand_id, name=row.name, phone=row.phone, employee_no=row.employee_no or "",
                                                store=store, kind=row.kind or "staff", status="active", now=now)
    elif plan.action == "updated":
        guide = known.by_phone[row.phone]
        guide.name, guide.employee_no = row.name, plan.employee_no
        if guide.store_id != store.id:
            guide.store = store
        guide.payee.name = row.name
        if guide.account is not None:
            guide.account.name = row.name
