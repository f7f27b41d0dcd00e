"""Statements per payee and period: a page that adds up, prints, and downloads as CSV and PDF (R31)."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import select

from app.domain.insights.disputes import frozen_money
from app.domain.insights.payees import KINDS, SORTS, payee_card, payees_page
from app.domain.ledger.models import Payee
from app.domain.settlement.brand_books import BrandBooks
from app.domain.settlement.debts import debts_of
from app.domain.settlement.statement_lines import line_page
from app.kernel.ids import parse_id
from app.web.shared import brand_words, money_words
from app.web.shared import statement_words as words
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.names import payee_name
from app.web.shared.payout_words import reason_words
from app.web.shared.periods import asked_period
from app.web.shared.serving import actor, brand, brand_id, db
from app.web.shared.statement_files import books_of, csv_file, pdf_file, statement_of

from . import asked
from .blueprint import console


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
    told = statement_of(parse_id(payee_id, "payee"), period)
    page = line_page(db(), account=told.account, from_=period.from_, to=period.to, opening_minor=told.opening_minor, after=asked.row_id("after"),
                     before=asked.row_id("before"))
    books = books_of(told, period)
    debts = [one for one in debts_of(db(), brand_id=brand_id(), payee_id=told.payee.id) if one.touches(period.from_, period.to)]
    frozen = frozen_money(db(), brand_id=brand_id(), payee_id=told.payee.id) if period.to > now() else (0, 0)
    return render_template("console/statement.html", told=told, debts=debts, frozen=frozen,
                           period=period, page=page, query=period.query, words=words, names=money_words, reason_words=reason_words,
                           brand=brand(), card=payee_card(db(), brand_id=brand_id(), payee_id=told.payee.id),
                           name=payee_name(told.payee.party, told.payee.name),
                           lists=_lists(books) if books else [], falls=_falls(books) if books else [], sums=words.sums(told))


@console.get("/statements/<payee_id>.csv")
def statement_csv(payee_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    return csv_file(parse_id(payee_id, "payee"), asked_period())


@console.get("/statements/<payee_id>.pdf")
def statement_paper(payee_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    return pdf_file(parse_id(payee_id, "payee"), asked_period())


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
