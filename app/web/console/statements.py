"""Statements per payee and period: a page that adds up, prints, and downloads as CSV and PDF (R31)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.insights.disputes import frozen_money
from app.domain.insights.payees import KINDS, SORTS, payee_card, payees_page
from app.domain.ledger.models import Payee
from app.domain.people.audit import note
from app.domain.settlement.brand_books import BrandBooks, brand_books
from app.domain.settlement.debts import debts_of
from app.domain.settlement.statement_lines import StatementLine, line_page, statement_lines
from app.domain.settlement.statements import Statement, statement
from app.kernel.db import snapshot
from app.kernel.ids import parse_id
from app.kernel.money import decimal_text
from app.web.shared import brand_words, money_words
from app.web.shared import statement_words as words
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.downloads import csv_response, streamed
from app.web.shared.formats import moment, option_text, rate
from app.web.shared.periods import Period, asked_period
from app.web.shared.serving import actor, brand, brand_id, db
from app.web.shared.statement_paper import statement_pdf

from . import asked
from .blueprint import console

PDF = "application/pdf"


@console.get("/statements")
def statements() -> ResponseReturnValue:
    """Everyone whose balance moved in the period; brand and platform above them."""
    actor().require("money:view")
    period = asked_period()
    q, kind, sort = asked.text("q"), asked.one_of("kind", KINDS), asked.one_of("sort", SORTS) or "-earned"
    page = payees_page(db(), brand_id=brand_id(), from_=period.from_, to=period.to, q=q, kind=kind, moved=True, sort=sort, number=page_number())
    house = db().execute(select(Payee.party, Payee.id).where(Payee.brand_id == brand_id(), Payee.party.in_(("brand", "platform")))).all()
    kept = asked.query(q=q, kind=kind, sort=sort if sort != "-earned" else "")
    return render_template("console/statements.html", page=page, q=q, kind=kind, sort=sort, words=money_words, period=period, house=dict(house), kept=kept,
                           query={**kept, **period.query})


@console.get("/statements/<payee_id>")
def statement_page(payee_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    period = asked_period()
    told = _told(payee_id, period)
    page = line_page(db(), account=told.account, from_=period.from_, to=period.to, opening_minor=told.opening_minor, after=asked.row_id("after"),
                     before=asked.row_id("before"))
    books = _books(told, period)
    debts = [one for one in debts_of(db(), brand_id=brand_id(), payee_id=told.payee.id) if one.touches(period.from_, period.to)]
    frozen = frozen_money(db(), brand_id=brand_id(), payee_id=told.payee.id) if period.to > now() else (0, 0)
    return render_template("console/statement.html", told=told, debts=debts, frozen=frozen,
                           period=period, page=page, query=period.query, words=words, names=money_words,
                           brand=brand(), card=payee_card(db(), brand_id=brand_id(), payee_id=told.payee.id), name=_name(told),
                           lists=_lists(books) if books else [], falls=_falls(books) if books else [], sums=words.sums(told))


@console.get("/statements/<payee_id>.csv")
def statement_csv(payee_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    period = asked_period()
    _note(_told(payee_id, period), period, "csv")
    return csv_response(_rows(payee_id, period), f"statement-{period.slug}.csv")


@console.get("/statements/<payee_id>.pdf")
def statement_paper(payee_id: str) -> ResponseReturnValue:
    """Written page by page while it is sent."""
    actor().require("money:view")
    period = asked_period()
    _note(_told(payee_id, period), period, "pdf")
    return streamed(_paper(payee_id, period), f"statement-{period.slug}.pdf", PDF)


def _rows(payee_id: str, period: Period) -> Iterator[list[str]]:
    """Sums and lines of one moment."""
    snapshot(db())
    told = _told(payee_id, period)
    yield from table(told, _lines(told, period))


def _paper(payee_id: str, period: Period) -> Iterator[bytes]:
    snapshot(db())
    told = _told(payee_id, period)
    card = payee_card(db(), brand_id=brand_id(), payee_id=told.payee.id)
    yield from statement_pdf(told, card, period, _lines(told, period), _books(told, period))


def table(told: Statement, lines: Iterator[StatementLine]) -> Iterator[list[str]]:
    """Opening, every line with its parts and the balance after it, closing."""
    currency, balance = brand().currency, told.opening_minor
    yield [gettext("时间"), gettext("事项"), gettext("身份"), gettext("订单号"), gettext("商品"), gettext("规格"), gettext("件数"), gettext("原价"),
           gettext("成交单价"), gettext("品牌券"), gettext("计佣金额"), gettext("比例"), gettext("应得"), gettext("承担的券"), gettext("怎么算"),
           gettext("本行金额"), gettext("余额"), gettext("币种"), gettext("说明")]
    yield [_at(told.from_), gettext("期初余额"), *[""] * 14, decimal_text(balance, currency), currency, ""]
    for line in lines:
        balance += line.amount_minor
        yield [_at(line.at), words.kind(line), words.role(line), line.order_number or "", line.title or words.subject(line), option_text(line.options),
               str(line.quantity or ""), *(_amount(amount, currency) for amount in (line.list_price_minor, line.unit_price_minor,
                                                                                     line.brand_discount_minor, line.base_minor)),
               rate(line.rate_bp) if line.rate_bp is not None else "", _amount(line.share_minor, currency), _amount(line.funded_minor or None, currency),
               words.formula(line), decimal_text(line.amount_minor, currency), decimal_text(balance, currency), currency, words.reason(line)]
    yield [_at(told.to), gettext("期末余额"), *[""] * 14, decimal_text(balance, currency), currency, ""]


def _told(payee_id: str, period: Period) -> Statement:
    return statement(db(), brand_id=brand_id(), payee_id=parse_id(payee_id, "payee"), from_=period.from_, to=period.to)


def _lines(told: Statement, period: Period) -> Iterator[StatementLine]:
    return statement_lines(db(), account=told.account, from_=period.from_, to=period.to)


def _books(told: Statement, period: Period) -> BrandBooks | None:
    return brand_books(db(), brand_id=brand_id(), from_=period.from_, to=period.to) if told.payee.party == "brand" else None


def _lists(books: BrandBooks) -> list[tuple[str, list[brand_words.Row]]]:
    return [(gettext("进来的"), brand_words.came_in(books)), (gettext("分给谁"), brand_words.went_out(books)), (gettext("留下的"), brand_words.stays(books)),
            (gettext("本期付出"), brand_words.paid_out(books))]


def _falls(books: BrandBooks) -> list[dict[str, Any]]:
    """From what came in, party by party, down to what stays."""
    rows: list[dict[str, Any]] = [{"label": gettext("从顾客净收"), "minor": books.received_minor, "kind": "start"}]
    rows += [{"label": money_words.word(money_words.ROLES, role), "minor": -part.net_minor, "kind": "share", "party": role.replace("fulfilling_store", "store")}
             for role, part in books.parts.items() if part.net_minor]
    if books.waiting_minor:
        rows.append({"label": gettext("发货方待定"), "minor": -books.waiting_minor, "kind": "cut"})
    return [*rows, {"label": gettext("品牌留下"), "minor": books.kept_minor, "kind": "sum", "party": "brand"}]


def _name(told: Statement) -> str:
    return told.payee.name or money_words.word(money_words.HOUSE, told.payee.party)


def _note(told: Statement, period: Period, form: str) -> None:
    note(db(), action="export", subject_kind="statements", subject_id=told.payee.id, subject_name=_name(told), after={"period": period.slug, "form": form})


def _at(value: Any) -> str:
    return moment(value, "yyyy-MM-dd HH:mm")


def _amount(amount_minor: int | None, currency: str) -> str:
    return "" if amount_minor is None else decimal_text(amount_minor, currency)
