"""Statements per payee and month: a page that adds up, prints, and downloads (R31)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.insights.payees import KINDS, SORTS, payees_page
from app.domain.people.audit import note
from app.domain.settlement.statements import Statement, StatementLine, statement, statement_lines
from app.kernel.clock import local_day
from app.kernel.money import decimal_text
from app.web.shared.asking import page_number
from app.web.shared.explaining import why
from app.web.shared.formats import moment, option_text, rate
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked, order_words
from . import payout_words as words
from .blueprint import console
from .order_export import csv_response
from .payees import payee_of

MOST_LINES = 500
"""Shown on the page; what is beyond is one line with its sum, and in the CSV."""


@console.get("/statements")
def statements() -> ResponseReturnValue:
    actor().require("money:view")
    month = asked.month()
    from_, to = asked.month_bounds(month)
    q, kind, sort = asked.text("q"), asked.one_of("kind", KINDS), asked.one_of("sort", SORTS) or "-earned"
    page = payees_page(db(), brand_id=brand_id(), from_=from_, to=to, q=q, kind=kind, moved=True, sort=sort, number=page_number())
    return render_template("console/statements.html", page=page, q=q, kind=kind, sort=sort, words=words, **months(month),
                           query=asked.query(q=q, kind=kind, month=f"{month:%Y-%m}", sort=sort if sort != "-earned" else ""))


@console.get("/statements/<payee_id>")
def statement_page(payee_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    month = asked.month()
    from_, to = asked.month_bounds(month)
    told = statement(db(), brand_id=brand_id(), payee_id=payee_of(payee_id).id, from_=from_, to=to)
    return render_template("console/statement.html", told=told, words=words, order_words=order_words, why=line_text, brand=brand(),
                           shown=told.lines[:MOST_LINES], rest=told.lines[MOST_LINES:], **months(month),
                           last_day=local_day(to, brand().timezone) - timedelta(days=1), sums=_sums(told))


@console.get("/statements/<payee_id>.csv")
def statement_csv(payee_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    payee, month = payee_of(payee_id), asked.month()
    from_, to = asked.month_bounds(month)
    note(db(), action="export", subject_kind="statements", subject_id=payee.id, subject_name=payee.name, after={"month": f"{month:%Y-%m}"})
    lines = statement_lines(db(), brand_id=brand_id(), payee_id=payee.id, from_=from_, to=to)
    return csv_response(_table(lines), f"statement-{month:%Y-%m}.csv")


def months(month: date) -> dict[str, object]:
    """The month shown with its neighbours; there is no next one in the future."""
    following = (month + timedelta(days=32)).replace(day=1)
    return {"month": month, "earlier": (month - timedelta(days=1)).replace(day=1), "later": following if following <= asked.today() else None}


def line_text(line: StatementLine) -> str:
    """Why this line: the trace of the share, or the reason of the refund."""
    if line.kind == "reversed":
        return order_words.refund_reason(str((line.note or {}).get("reason") or ""))
    return why(line.trace) if line.trace else ""


def _sums(told: Statement) -> list[tuple[str, int]]:
    return [(gettext("期初余额"), told.opening_minor), (gettext("本期解冻"), told.earned_minor), (gettext("退款扣回"), told.reversed_minor),
            (gettext("打款"), told.paid_minor), (gettext("期末余额"), told.closing_minor)]


def _table(lines: Iterator[StatementLine]) -> Iterator[list[str]]:
    currency = brand().currency
    yield [gettext("时间"), gettext("事项"), gettext("身份"), gettext("订单号"), gettext("商品"), gettext("规格"), gettext("计佣金额"), gettext("比例"),
           gettext("应得"), gettext("本行金额"), gettext("币种"), gettext("说明")]
    for line in lines:
        yield [moment(line.at, "yyyy-MM-dd HH:mm"), order_words.word(words.STATEMENT_KINDS, line.kind), order_words.word(order_words.LEDGER_ROLES, line.role),
               line.order_number or "", line.title or "", option_text(line.options), _amount(line.base_minor, currency),
               rate(line.rate_bp) if line.rate_bp is not None else "", _amount(line.share_minor, currency), decimal_text(line.amount_minor, currency), currency,
               line_text(line)]


def _amount(amount_minor: int | None, currency: str) -> str:
    return "" if amount_minor is None else decimal_text(amount_minor, currency)
