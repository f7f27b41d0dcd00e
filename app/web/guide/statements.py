"""对账单: a month of her available balance, line by line, adding up; also as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime

from flask import Response, g, render_template
from flask_babel import gettext

from app.domain.insights.guide_day import payee_months
from app.domain.settlement.statements import Statement, StatementLine, group_of, statement
from app.kernel.clock import day_start, local_day
from app.kernel.errors import NotFound
from app.kernel.money import decimal_text
from app.web.shared.application import now
from app.web.shared.explaining import why
from app.web.shared.formats import moment, money, option_text, rate
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet runs a cell that begins so; text from outside gets an apostrophe before it."""


@guide.get("/statements")
def statements() -> str:
    months = payee_months(db(), brand_id=brand_id(), payee_id=g.guide.payee_id, timezone=brand().timezone)
    return render_template("guide/statements.html", months=months)


@guide.get("/statements/<month>", endpoint="statement")
def statement_page(month: str) -> str:
    found = _statement(month)
    return render_template("guide/statement.html", found=found, month=month, lines=[_line(one) for one in found.lines],
                           rows=[(gettext("期初可提现"), found.opening_minor), (gettext("本期解冻"), found.earned_minor),
                                 (gettext("本期扣回"), found.reversed_minor), (gettext("本期打款"), found.paid_minor),
                                 (gettext("期末可提现"), found.closing_minor)])


@guide.get("/statements/<month>.csv", endpoint="statement_csv")
def statement_csv(month: str) -> Response:
    found = _statement(month)
    return Response("\ufeff" + "".join(_csv(found)), content_type="text/csv; charset=utf-8", headers={
        "Content-Disposition": f'attachment; filename="statement-{month}.csv"', "Cache-Control": "no-store"})


def _statement(month: str) -> Statement:
    parts = MONTH.fullmatch(month)
    if parts is None:
        raise NotFound("statement", month)
    first = date(int(parts[1]), int(parts[2]), 1)
    if first > local_day(now(), brand().timezone):
        raise NotFound("statement", month)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return statement(db(), brand_id=brand_id(), payee_id=g.guide.payee_id,
                     from_=day_start(first, brand().timezone), to=day_start(following, brand().timezone))


def kind_word(kind: str) -> str:
    return {"earned": gettext("解冻"), "reversed": gettext("扣回"), "paid": gettext("打款")}[group_of(kind)]


def _line(one: StatementLine) -> dict[str, object]:
    """Base × rate = share for what was earned, the refund for what was taken back."""
    formula = ""
    if one.base_minor is not None and one.share_minor is not None:
        measure = rate(one.rate_bp) if one.rate_bp is not None else gettext("固定")
        formula = f"{money(one.base_minor)} × {measure} = {money(one.share_minor)}"
    reason = (one.note or {}).get("reason") or ""
    return {"at": moment(one.at), "word": kind_word(one.kind), "group": group_of(one.kind), "title": one.title or kind_word(one.kind),
            "options": option_text(one.options), "number": one.order_number, "formula": formula, "why": why(one.trace) if one.trace else "",
            "reason": str(reason), "minor": one.amount_minor}


def _csv(found: Statement) -> Iterator[str]:
    yield _row([gettext("时间"), gettext("类型"), gettext("订单"), gettext("商品"), gettext("规格"), gettext("计佣金额"), gettext("比例"),
                gettext("佣金"), gettext("金额"), gettext("说明")])
    currency = brand().currency
    yield _row([_time(found.from_), gettext("期初可提现"), *[""] * 6, decimal_text(found.opening_minor, currency), ""])
    for one in found.lines:
        yield _row([
            _time(one.at), kind_word(one.kind), one.order_number or "", _plain(one.title or ""), _plain(option_text(one.options)),
            decimal_text(one.base_minor, currency) if one.base_minor is not None else "", rate(one.rate_bp) if one.rate_bp is not None else "",
            decimal_text(one.share_minor, currency) if one.share_minor is not None else "", decimal_text(one.amount_minor, currency),
            _plain(str((one.note or {}).get("reason") or ""))])
    yield _row([_time(found.to), gettext("期末可提现"), *[""] * 6, decimal_text(found.closing_minor, currency), ""])


def _time(at: datetime) -> str:
    return moment(at, "yyyy-MM-dd HH:mm")


def _plain(text: str) -> str:
    return "'" + text if text.startswith(FORMULA) else text


def _row(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
