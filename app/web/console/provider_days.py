"""Daily reconciliation with the payment provider: what moved in its books of a day, and what ours say moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.insights.provider_days import (
    DAY_SORTS,
    SHOWN,
    SORTS,
    STATES,
    DayLine,
    any_day,
    cause_counts,
    day_by_id,
    days_page,
    every_line,
    kind_counts,
    lines_page,
)
from app.domain.people.audit import note
from app.domain.provider.day_rules import CAUSES, KINDS, SOMEBODY, WAITING
from app.domain.provider.models import ProviderDay
from app.flows.reconcile_provider import queue_provider_day
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.kernel.money import decimal_text
from app.web.shared import provider_day_words as words
from app.web.shared.application import app, now
from app.web.shared.asking import page_number
from app.web.shared.downloads import csv_response
from app.web.shared.errors import says
from app.web.shared.periods import today
from app.web.shared.serving import actor, brand_id, db

from . import asked
from .blueprint import console


@console.get("/provider-days")
def provider_days() -> ResponseReturnValue:
    actor().require("money:view")
    q, state, sort = asked.text("q"), asked.one_of("state", STATES), asked.one_of("sort", DAY_SORTS) or "-day"
    month = asked.month() if asked.text("month") else None
    page = days_page(db(), brand_id=brand_id(), state=state, from_=month, to=month and (month + timedelta(days=32)).replace(day=1), q=q, sort=sort,
                     number=page_number())
    typed = f"{month:%Y-%m}" if month else ""
    return render_template(
        "console/provider_days.html", page=page, q=q, state=state, month=typed, sort=sort, words=words, today=today(), books=books_tabs("provider_days"),
        may_run=actor().may("money:run") and app().gateways.online is not None,
        query=asked.query(q=q, state=state, month=typed, sort=sort if sort != "-day" else ""))


@console.post("/provider-days")
def read_provider_day() -> ResponseReturnValue:
    """The day ?day=, anew if it was read before; yesterday's morning reading is the same."""
    actor().require("money:run")
    online = app().gateways.online
    if online is None:
        raise NotFound("page", "provider_days")
    try:
        row = queue_provider_day(db(), brand_id=brand_id(), provider=online.name, day=_typed_day(), now=now())
    except Refused as refused:
        flash(says(refused), "warn")
        return redirect(url_for("console.provider_days"), 303)
    flash(gettext("正在核对，几分钟后在这里看结果"), "success")
    return redirect(url_for("console.provider_day", provider_day_id=row.id), 303)


def _typed_day() -> date:
    """One that cannot be read is no day that has been."""
    try:
        return date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return date.min


@console.get("/provider-days/<provider_day_id>")
def provider_day(provider_day_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    day = _day(provider_day_id)
    q, cause, kind, sort = asked.text("q"), asked.one_of("cause", CAUSES), asked.one_of("kind", KINDS), asked.one_of("sort", SORTS) or "-off"
    shown = asked.one_of("shown", SHOWN) or ("differs" if day.difference_count else "all")
    page = lines_page(db(), brand_id=brand_id(), day_id=day.id, shown=shown, cause=cause, kind=kind, q=q, sort=sort, number=page_number())
    counts = cause_counts(db(), brand_id=brand_id(), day_id=day.id)
    return render_template(
        "console/provider_day.html", day=day, page=page, q=q, cause=cause, kind=kind, sort=sort, shown=shown, words=words, counts=counts,
        shows=_shows(day, counts), somebody=SOMEBODY, waiting=WAITING, kinds=kind_counts(db(), brand_id=brand_id(), day_id=day.id),
        may_run=actor().may("money:run") and app().gateways.online is not None,
        query=asked.query(q=q, cause=cause, kind=kind, shown=shown if asked.one_of("shown", SHOWN) else "", sort=sort if sort != "-off" else ""))


def _shows(day: ProviderDay, counts: dict[str, int]) -> dict[str, int]:
    """How many lines each tab shows."""
    return {code: sum(counts.get(cause, 0) for cause in causes) if causes else day.line_count for code, causes in SHOWN.items()}


@console.get("/provider-days/<provider_day_id>.csv")
def provider_day_csv(provider_day_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    day = _day(provider_day_id)
    note(db(), action="export", subject_kind="provider_days", subject_id=day.id, subject_name=day.day.isoformat())
    found = every_line(db(), brand_id=brand_id(), day_id=day.id, shown=asked.one_of("shown", SHOWN) or "all", cause=asked.one_of("cause", CAUSES),
                       kind=asked.one_of("kind", KINDS), q=asked.text("q"))
    return csv_response(_table(found), f"{day.provider}-{day.day}.csv")


def _table(found: Iterator[DayLine]) -> Iterator[list[str]]:
    yield [gettext("时间"), gettext("什么"), gettext("哪里不符"), gettext("支付平台"), gettext("云店"), gettext("差额"), gettext("币种"), gettext("订单"),
           gettext("收款方"), gettext("支付平台的编号"), gettext("余额流水号")]
    for one in found:
        line = one.line
        amounts = [_amount(value, line.currency) for value in (line.theirs_minor, line.ours_minor, (line.theirs_minor or 0) - (line.ours_minor or 0))]
        yield [line.at.isoformat(), words.kind(line.kind), words.title(line.cause), *amounts, line.currency, one.order_number, one.payee, line.source_ref,
               line.balance_ref]


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else decimal_text(minor, currency)


def _day(day_id: str) -> ProviderDay:
    return day_by_id(db(), brand_id=brand_id(), day_id=parse_id(day_id, "provider_day"))


def books_tabs(here: str) -> list[dict[str, object]]:
    """The two reconciliations beside each other; none where no provider is, nor ever was."""
    if app().gateways.online is None and not any_day(db(), brand_id=brand_id()):
        return []
    names = (("reconciliation", gettext("四方对账")), ("provider_days", gettext("支付平台对账")))
    return [{"label": label, "href": url_for(f"console.{endpoint}"), "active": endpoint == here} for endpoint, label in names]
