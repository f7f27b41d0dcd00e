"""对账单: a month of her available balance, line by line, adding up; also as CSV and PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime

from flask import Response, g, render_template
from flask_babel import gettext

from app.domain.insights.disputes import frozen_money
from app.domain.insights.guide_day import payee_months
from app.domain.insights.payees import payee_card
from app.domain.settlement.debts import debts_of
from app.domain.settlement.statement_lines import StatementLine, line_page, statement_lines
from app.domain.settlement.statements import Statement, group_of, statement
from app.kernel.db import snapshot
from app.kernel.errors import NotFound
from app.kernel.money import decimal_text
from app.web.shared import money_words
from app.web.shared import statement_words as words
from app.web.shared.application import now
from app.web.shared.asking import row_id
from app.web.shared.downloads import csv_response, streamed
from app.web.shared.formats import moment, option_text, rate
from app.web.shared.payout_words import reason_words
from app.web.shared.periods import Period, month_of, today
from app.web.shared.serving import brand, brand_id, db
from app.web.shared.statement_paper import statement_pdf

from .blueprint import guide

MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


@guide.get("/statements")
def statements() -> str:
    months = payee_months(db(), brand_id=brand_id(), payee_id=g.guide.payee_id, timezone=brand().timezone)
    return render_template("guide/statements.html", months=months)


@guide.get("/statements/<month>", endpoint="statement")
def statement_page(month: str) -> str:
    period = _period(month)
    found = _statement(period)
    page = line_page(db(), account=found.account, from_=period.from_, to=period.to, opening_minor=found.opening_minor, after=row_id("after"),
                     before=row_id("before"))
    debts = [one for one in debts_of(db(), brand_id=brand_id(), payee_id=g.guide.payee_id) if one.touches(period.from_, period.to)]
    frozen = frozen_money(db(), brand_id=brand_id(), payee_id=g.guide.payee_id) if period.to > now() else (0, 0)
    return render_template("guide/statement.html", debts=debts, frozen=frozen, found=found, month=month,
                           page=page, lines=[_line(one) for one in page.lines], rows=words.sums(found),
                           names=money_words, reason_words=reason_words)


@guide.get("/statements/<month>.csv", endpoint="statement_csv")
def statement_csv(month: str) -> Response:
    period = _period(month)
    return csv_response(_table(period), f"statement-{month}.csv")


@guide.get("/statements/<month>.pdf", endpoint="statement_pdf")
def statement_paper(month: str) -> Response:
    return streamed(_paper(_period(month)), f"statement-{month}.pdf", "application/pdf")


def _period(month: str) -> Period:
    """A month that has begun."""
    parts = MONTH.fullmatch(month)
    if parts is None or date(int(parts[1]), int(parts[2]), 1) > today():
        raise NotFound("statement", month)
    return month_of(date(int(parts[1]), int(parts[2]), 1))


def _statement(period: Period) -> Statement:
    return statement(db(), brand_id=brand_id(), payee_id=g.guide.payee_id, from_=period.from_, to=period.to)


def _line(one: StatementLine) -> dict[str, object]:
    """Base × rate = share for what was earned, the refund for what was taken back."""
    mine = one.role in ("guide", "guide_subsidy")
    return {"at": moment(one.at), "word": words.kind(one), "group": group_of(one.kind), "title": words.subject(one), "number": one.order_number,
            "order_id": one.order_id if mine else None, "formulas": words.formulas(one), "reason": words.reason(one), "minor": one.amount_minor}


def _paper(period: Period) -> Iterator[bytes]:
    snapshot(db())
    found = _statement(period)
    card = payee_card(db(), brand_id=brand_id(), payee_id=found.payee.id)
    yield from statement_pdf(found, card, period, statement_lines(db(), account=found.account, from_=period.from_, to=period.to))


def _table(period: Period) -> Iterator[list[str]]:
    snapshot(db())
    found, currency = _statement(period), brand().currency
    yield [gettext("时间"), gettext("事项"), gettext("订单"), gettext("商品"), gettext("规格"), gettext("计佣金额"), gettext("比例"), gettext("佣金"),
           gettext("怎么算"), gettext("金额"), gettext("说明")]
    yield [_time(period.from_), gettext("期初可提现"), *[""] * 7, decimal_text(found.opening_minor, currency), ""]
    for one in statement_lines(db(), account=found.account, from_=period.from_, to=period.to):
        yield [_time(one.at), words.kind(one), one.order_number or "", one.title or words.subject(one), option_text(one.options), _amount(one.base_minor),
               rate(one.rate_bp) if one.rate_bp is not None else "", _amount(one.share_minor), words.formula(one), decimal_text(one.amount_minor, currency),
               words.reason(one)]
    yield [_time(period.to), gettext("期末可提现"), *[""] * 7, decimal_text(found.closing_minor, currency), ""]


def _amount(amount_minor: int | None) -> str:
    return "" if amount_minor is None else decimal_text(amount_minor, brand().currency)


def _time(at: datetime) -> str:
    return moment(at, "yyyy-MM-dd HH:mm")
