"""Sales credit (业绩): whom a sale counts for, online and offline beside each other, and the money it brought, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.brands.queries import settings_of
from app.domain.insights.credits import SORTS, CreditDay, Credited, credit_days, credit_totals, credits_page
from app.domain.orgs.models import OrgUnit
from app.domain.orgs.queries import org_unit
from app.domain.orgs.rules import ids_on
from app.domain.people.audit import note
from app.kernel.money import decimal_text
from app.kernel.paging import Page
from app.web.shared.asking import page_number
from app.web.shared.downloads import csv_response
from app.web.shared.formats import day, money
from app.web.shared.periods import Period, asked_period
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked
from .blueprint import console

TABS: dict[str, Any] = {"unit": _l("门店与大区"), "guide": _l("导购"), "online": _l("线上团队")}
SIDES: dict[str, Any] = {"": _l("线上和线下"), "online": _l("只看线上"), "offline": _l("只看线下")}
BATCH = 500
MOST_COLUMNS = 62
"""Days a chart still shows."""


@console.get("/credits")
def credits() -> ResponseReturnValue:
    actor().require("orders:view")
    period, by, side, within = asked_period(), _by(), asked.one_of("side", SIDES), actor().within
    q, sort, unit = asked.text("q"), asked.one_of("sort", SORTS) or "-credit", _unit()
    bounds: dict[str, Any] = {"brand_id": brand_id(), "from_": period.from_, "to": period.to, "within": within}
    totals = credit_totals(db(), **bounds)
    days = credit_days(db(), timezone=brand().timezone, **bounds)
    page = credits_page(db(), by=by, unit_id=unit.id if unit else None, q=q, sort=sort, number=page_number(), **bounds) if by != "online" else Page([], 0, 1)
    kept = asked.query(by=by if by != "unit" else "", q=q, side=side, unit=unit.id if unit else None, sort=sort if sort != "-credit" else "")
    return render_template("console/credits.html", page=page, period=period, by=by, tabs=_tabs(within), q=q, sort=sort, kept=kept,
                           query={**kept, **period.query}, totals=totals, money=_money(totals), days=days, chart=_chart(period, days, side),
                           above=_above(unit, period), side=side, sides=SIDES, weights=settings_of(db(), brand_id=brand_id()),
                           headquarters=within is None, top=max((row.credit for row in page.items), default=0))


@console.get("/credits.csv")
def credits_csv() -> ResponseReturnValue:
    actor().require("orders:view")
    period, by = asked_period(), _by()
    note(db(), action="export", subject_kind="sales_credits", subject_id=by, after={"period": period.slug, "by": by})
    return csv_response(_days_table(period) if by == "online" else _table(period, by), f"credits-{by}-{period.slug}.csv")


def _by() -> str:
    by = asked.one_of("by", TABS) or "unit"
    return "unit" if by == "online" and actor().within else by


def _tabs(within: str | None) -> dict[str, Any]:
    """The online team is the whole brand's."""
    return {code: text for code, text in TABS.items() if within is None or code != "online"}


def _unit() -> OrgUnit | None:
    unit_id = asked.row_id("unit")
    return org_unit(db(), brand_id=brand_id(), unit_id=unit_id, within=actor().within) if unit_id else None


def _above(unit: OrgUnit | None, period: Period) -> list[dict[str, str]]:
    """The way down to the unit, as far up as this person sees."""
    if unit is None:
        return []
    path = [org_unit(db(), brand_id=brand_id(), unit_id=one) for one in ids_on(unit.path)]
    seen = [one for one in path if not actor().within or one.path.startswith(str(actor().within))]
    asked_of: dict[str, Any] = {**period.query}
    first = [{"label": gettext("全部"), "href": url_for("console.credits", **asked_of)}]
    return first + [{"label": one.name, "href": url_for("console.credits", unit=one.id, **asked_of)} for one in seen]


def _money(totals: dict[str, Credited]) -> int:
    """What shoppers paid and left: of the whole brand, or of what the scope sold."""
    return totals["selling" if actor().within else "online"].money_minor


def _chart(period: Period, days: list[CreditDay], side: str) -> dict[str, Any]:
    """A column a day, or a month where there are too many days; online and offline stand in one column and are no sum of money."""
    by_day = {one.on: one for one in days}
    monthly = (period.last - period.first).days >= MOST_COLUMNS
    slots: dict[Any, list[int]] = {}
    for offset in range((period.last - period.first).days + 1):
        on = period.first + timedelta(days=offset)
        slot = slots.setdefault(on.replace(day=1) if monthly else on, [0, 0])
        one = by_day.get(on)
        slot[0] += one.online if one else 0
        slot[1] += one.offline if one else 0
    sides = (("online", gettext("线上团队"), "k-1"), ("offline", gettext("门店"), "k-3"))
    series: list[dict[str, Any]] = [
        {"name": text, "cls": cls, "values": [pair[place] for pair in slots.values()], "show": [money(pair[place]) for pair in slots.values()]}
        for place, (code, text, cls) in enumerate(sides) if side in ("", code)]
    if actor().within:
        series = [one for one in series if one["cls"] == "k-3"]
    top = max((sum(one["values"][place] for one in series) for place in range(len(slots))), default=0)
    large = top >= 4_000_000
    labels = [day(on, "yyyy-MM") if monthly else day(on, "M/d") for on in slots]
    return {"labels": labels, "series": series, "divide": 1_000_000 if large else 100, "suffix": gettext("万") if large else "", "any": top > 0}


def _table(period: Period, by: str) -> Iterator[list[str]]:
    currency, unit = brand().currency, _unit()
    yield [str(TABS[by]), gettext("编码或门店"), gettext("件数"), gettext("卖出业绩"), gettext("发货业绩"), gettext("业绩合计"), gettext("已减去的退款"),
           gettext("实收（只算一次）"), gettext("币种")]
    number = 1
    while True:
        page = credits_page(db(), brand_id=brand_id(), by=by, from_=period.from_, to=period.to, within=actor().within, unit_id=unit.id if unit else None,
                            q=asked.text("q"), sort=asked.one_of("sort", SORTS) or "-credit", number=number, size=BATCH)
        for row in page.items:
            amounts = (row.selling, row.fulfilling, row.credit, row.refunded, row.money)
            yield [row.name, row.note, str(row.quantity), *(decimal_text(amount, currency) for amount in amounts), currency]
        if number >= page.pages:
            return
        number += 1


def _days_table(period: Period) -> Iterator[list[str]]:
    currency = brand().currency
    yield [gettext("日期"), gettext("线上团队"), gettext("门店"), gettext("实收（只算一次）"), gettext("币种")]
    for one in credit_days(db(), brand_id=brand_id(), timezone=brand().timezone, from_=period.from_, to=period.to, within=actor().within):
        yield [one.on.isoformat(), *(decimal_text(amount, currency) for amount in (one.online, one.offline, one.money)), currency]
