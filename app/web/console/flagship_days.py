"""Daily reconciliation with a flagship: what it and we say of each day's orders, and what a person did about the differences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.catalog.models import FlagshipSource
from app.domain.flagship_books.actions import handle_line
from app.domain.flagship_books.models import FlagshipDay
from app.domain.flagship_books.queries import (
    CHOICES,
    DAY_SORTS,
    SHOWN,
    SORTS,
    cause_counts,
    day_by_id,
    days_page,
    every_line,
    lines_page,
    open_counts,
    read_later,
)
from app.domain.flagship_books.rules import CAUSES
from app.domain.people.audit import note
from app.flows.reconcile_flagship import queue_day
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.kernel.money import decimal_text
from app.web.shared import flagship_day_words as words
from app.web.shared.application import app, now
from app.web.shared.asking import page_number
from app.web.shared.downloads import csv_response
from app.web.shared.errors import says
from app.web.shared.periods import today
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked
from .blueprint import console


@console.get("/flagship-days")
def flagship_days() -> ResponseReturnValue:
    actor().require("money:view")
    sources, month = _sources(), asked.month() if asked.text("month") else None
    q, source_id, choice, sort = asked.text("q"), asked.row_id("source"), asked.one_of("state", CHOICES), asked.one_of("sort", DAY_SORTS) or "-day"
    page = days_page(db(), brand_id=brand_id(), source_id=source_id, choice=choice, from_=month, to=month and (month + timedelta(days=32)).replace(day=1),
                     q=q, sort=sort, number=page_number())
    typed = f"{month:%Y-%m}" if month else ""
    return render_template(
        "console/flagship_days.html", page=page, q=q, source=source_id, choice=choice, month=typed, sort=sort, words=words, today=today(),
        names={one.id: one.name for one in sources}, readable=[one for one in sources if _readable(one)], may_run=actor().may("money:run"),
        open_counts=open_counts(db(), brand_id=brand_id(), day_ids=[day.id for day in page.items]),
        query=asked.query(q=q, source=source_id, state=choice, month=typed, sort=sort if sort != "-day" else ""))


def _sources() -> list[FlagshipSource]:
    """Those there are, and those that are gone but left days behind."""
    left = select(FlagshipDay.source_id).where(FlagshipDay.brand_id == brand_id())
    return list(db().scalars(select(FlagshipSource).where(
        FlagshipSource.brand_id == brand_id(), (FlagshipSource.status == "active") | FlagshipSource.id.in_(left))
        .order_by(FlagshipSource.created_at, FlagshipSource.id)))


def _readable(source: FlagshipSource) -> bool:
    return source.status == "active" and bool(app().gateways.flagship.takes(source.kind))


@console.post("/flagship-days")
def check_flagship_day() -> ResponseReturnValue:
    """Of ?source= the day ?day=, anew if it was checked before; yesterday's morning run is the same."""
    actor().require("money:run")
    source_id = parse_id(request.form.get("source", ""), "flagship_source")
    try:
        row = queue_day(db(), brand_id=brand_id(), source_id=source_id, day=_typed_day(), flagship=app().gateways.flagship, now=now())
    except Refused as refused:
        flash(says(refused), "warn")
        return redirect(url_for("console.flagship_days"), 303)
    flash(gettext("正在核对，几分钟后在这里看结果"), "success")
    return redirect(url_for("console.flagship_day", day_id=row.id), 303)


def _typed_day() -> date:
    """One that cannot be read is no day that has been."""
    try:
        return date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return date.min


@console.get("/flagship-days/<day_id>")
def flagship_day(day_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    day = _day(day_id)
    q, cause, sort = asked.text("q"), asked.one_of("cause", CAUSES), asked.one_of("sort", SORTS) or "-off"
    shown = asked.one_of("shown", SHOWN) or ("differs" if day.difference_count else "all")
    page = lines_page(db(), brand_id=brand_id(), day_id=day.id, shown=shown, cause=cause, q=q, sort=sort, number=page_number())
    later = read_later(db(), brand_id=brand_id(), day=day, keys={line.order_key for line in page.items})
    return render_template(
        "console/flagship_day.html", day=day, page=page, q=q, cause=cause, sort=sort, shown=shown, words=words, later=later, may_run=actor().may("money:run"),
        counts=cause_counts(db(), brand_id=brand_id(), day=day), open_count=open_counts(db(), brand_id=brand_id(), day_ids=[day.id]).get(day.id, 0),
        readable=_readable(day.source), see_orders=actor().may("orders:view"),
        query=asked.query(q=q, cause=cause, shown=shown if asked.one_of("shown", SHOWN) else "", sort=sort if sort != "-off" else ""))


@console.post("/flagship-days/<day_id>/lines/<line_id>")
def handle_flagship_line(day_id: str, line_id: str) -> ResponseReturnValue:
    """handled=1 with a note, or handled=0 to open it again."""
    actor().require("money:run")
    day, handled = _day(day_id), request.form.get("handled") == "1"
    try:
        line = handle_line(db(), brand_id=brand_id(), day_id=day.id, line_id=parse_id(line_id, "flagship_day_line"), handled=handled,
                           said=request.form.get("note", ""), now=now())
        flash(gettext("%(order)s 已标为处理", order=line.order_key) if handled else gettext("%(order)s 重新等待处理", order=line.order_key), "success")
    except Refused as refused:
        flash(says(refused), "bad")
    return redirect(url_for("console.flagship_day", day_id=day.id, **asked.query(shown=asked.one_of("shown", SHOWN), cause=asked.one_of("cause", CAUSES))), 303)


@console.get("/flagship-days/<day_id>.csv")
def flagship_day_csv(day_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    day = _day(day_id)
    note(db(), action="export", subject_kind="flagship_days", subject_id=day.id, subject_name=day.day.isoformat())
    return csv_response(_table(day.id, asked.one_of("shown", SHOWN) or "all", asked.one_of("cause", CAUSES), asked.text("q")), f"flagship-{day.day}.csv")


def _table(day_id: UUID, shown: str, cause: str, q: str) -> Iterator[list[str]]:
    currency = brand().currency
    yield [gettext("云店编号"), gettext("旗舰店编号"), gettext("什么"), gettext("哪里不符"), gettext("云店"), gettext("旗舰店"), gettext("差额"),
           gettext("币种"), gettext("云店状态"), gettext("旗舰店状态"), gettext("处理于"), gettext("处理人"), gettext("备注"), gettext("旗舰店的答复")]
    for line in every_line(db(), brand_id=brand_id(), day_id=day_id, shown=shown, cause=cause, q=q):
        amounts = [_amount(value, currency) for value in (line.ours_minor, line.theirs_minor, _off(line))]
        yield [line.order_key if line.order_id else "", line.flagship_order_id, str(words.KINDS[line.kind]), words.title(line.cause), *amounts, currency,
               *words.stands(line), line.handled_at.isoformat() if line.handled_at else "", line.handled_by, line.note, words.failure(line)]


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else decimal_text(minor, currency)


def _off(line: Any) -> int | None:
    return None if line.ours_minor is None or line.theirs_minor is None else line.theirs_minor - line.ours_minor


def _day(day_id: str) -> FlagshipDay:
    return day_by_id(db(), brand_id=brand_id(), day_id=parse_id(day_id, "flagship_day"))
