"""Anyone's statement as a file, CSV or PDF: written while it is sent, of one moment, and written down as an export (R31)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from flask import Response
from flask_babel import gettext

from app.domain.insights.payees import payee_card
from app.domain.people.audit import note
from app.domain.settlement.brand_books import BrandBooks, brand_books
from app.domain.settlement.statement_lines import StatementLine, statement_lines
from app.domain.settlement.statements import Statement, statement
from app.kernel.db import snapshot
from app.kernel.money import decimal_text

from . import statement_words as words
from .downloads import csv_response, streamed
from .formats import moment, option_text, rate
from .periods import Period
from .serving import brand, brand_id, db
from .statement_paper import statement_pdf

PDF = "application/pdf"


def statement_of(payee_id: UUID, period: Period) -> Statement:
    return statement(db(), brand_id=brand_id(), payee_id=payee_id, from_=period.from_, to=period.to)


def books_of(told: Statement, period: Period) -> BrandBooks | None:
    """What the brand's own statement begins with; no other has it."""
    return brand_books(db(), brand_id=brand_id(), from_=period.from_, to=period.to) if told.payee.party == "brand" else None


def csv_file(payee_id: UUID, period: Period) -> Response:
    """Sums and every line with its parts; NotFound for who has no statement."""
    _note(statement_of(payee_id, period), period, "csv")
    return csv_response(_table(payee_id, period), f"statement-{period.slug}.csv")


def pdf_file(payee_id: UUID, period: Period) -> Response:
    """The same on paper."""
    _note(statement_of(payee_id, period), period, "pdf")
    return streamed(_paper(payee_id, period), f"statement-{period.slug}.pdf", PDF)


def _note(told: Statement, period: Period, form: str) -> None:
    note(db(), action="export", subject_kind="statements", subject_id=told.payee.id, subject_name=told.payee.name, after={"period": period.slug, "form": form})


def _paper(payee_id: UUID, period: Period) -> Iterator[bytes]:
    snapshot(db())
    told = statement_of(payee_id, period)
    card = payee_card(db(), brand_id=brand_id(), payee_id=told.payee.id)
    yield from statement_pdf(told, card, period, _lines(told), books_of(told, period))


def _table(payee_id: UUID, period: Period) -> Iterator[list[str]]:
    """Opening, every line with its parts and the balance after it, closing."""
    snapshot(db())
    told, currency = statement_of(payee_id, period), brand().currency
    balance = told.opening_minor
    yield [gettext("时间"), gettext("事项"), gettext("身份"), gettext("订单号"), gettext("商品"), gettext("规格"), gettext("件数"), gettext("原价"),
           gettext("成交单价"), gettext("品牌券"), gettext("计佣金额"), gettext("比例"), gettext("应得"), gettext("承担的券"), gettext("怎么算"),
           gettext("本行金额"), gettext("余额"), gettext("币种"), gettext("说明")]
    yield [_at(told.from_), gettext("期初余额"), *[""] * 14, decimal_text(balance, currency), currency, ""]
    for line in _lines(told):
        balance += line.amount_minor
        yield [_at(line.at), words.kind(line), words.role(line), line.order_number or "", line.title or words.subject(line), option_text(line.options),
               str(line.quantity or ""), *(_amount(amount, currency) for amount in (line.list_price_minor, line.unit_price_minor,
                                                                                     line.brand_discount_minor, line.base_minor)),
               rate(line.rate_bp) if line.rate_bp is not None else "", _amount(line.share_minor, currency), _amount(line.funded_minor or None, currency),
               words.formula(line), decimal_text(line.amount_minor, currency), decimal_text(balance, currency), currency, words.reason(line)]
    yield [_at(told.to), gettext("期末余额"), *[""] * 14, decimal_text(balance, currency), currency, ""]


def _lines(told: Statement) -> Iterator[StatementLine]:
    return statement_lines(db(), account=told.account, from_=told.from_, to=told.to)


def _at(value: datetime) -> str:
    return moment(value, "yyyy-MM-dd HH:mm")


def _amount(amount_minor: int | None, currency: str) -> str:
    return "" if amount_minor is None else decimal_text(amount_minor, currency)
