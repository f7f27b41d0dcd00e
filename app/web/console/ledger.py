"""The ledger: accounts, transactions with their entries, and the check that everything adds up (R34)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.insights.ledger_checks import last_check, run_check
from app.domain.ledger.checking import check_ledger
from app.domain.ledger.queries import Account, accounts, entries_of, transactions_page
from app.kernel.paging import Page
from app.web.shared.asking import page_number
from app.web.shared.formats import moment
from app.web.shared.names import payee_name
from app.web.shared.serving import actor, brand_id, db

from . import asked
from . import order_words as words
from .blueprint import console

SIZE = 50


@console.get("/ledger")
def ledger() -> ResponseReturnValue:
    """Transactions newest first, of one kind, order, payee or period."""
    actor().require("money:view")
    kind, order_id, payee_id = asked.one_of("kind", words.POSTING_KINDS), asked.row_id("order"), asked.row_id("payee")
    from_, to = asked.days()
    page = transactions_page(db(), brand_id=brand_id(), kind=kind, order_id=order_id, payee_id=payee_id, from_=from_, to=to, number=page_number())
    entries = entries_of(db(), brand_id=brand_id(), transaction_ids=[one.id for one in page.items])
    return render_template("console/ledger.html", page=page, ledger=[(one, entries[one.id]) for one in page.items], kind=kind, words=words, tab="transactions",
                           check=last_check(db(), brand_id=brand_id()), kept=asked.query(order=order_id, payee=payee_id),
                           query=asked.query(kind=kind, order=order_id, payee=payee_id, from_=asked.day("from"), to=asked.day("to")))


@console.get("/ledger/accounts")
def ledger_accounts() -> ResponseReturnValue:
    actor().require("money:view")
    q, role, phase = asked.text("q"), asked.one_of("role", words.LEDGER_ROLES), asked.one_of("phase", words.PHASES)
    shown = [one for one in accounts(db(), brand_id=brand_id()) if _wanted(one, q, role, phase)]
    number = min(page_number(), max(1, -(-len(shown) // SIZE)))
    page = Page(shown[(number - 1) * SIZE:number * SIZE], len(shown), number, SIZE)
    return render_template("console/ledger_accounts.html", page=page, q=q, role=role, phase=phase, words=words, tab="accounts",
                           total_minor=sum(one.balance_minor for one in shown), check=last_check(db(), brand_id=brand_id()),
                           query=asked.query(q=q, role=role, phase=phase))


@console.get("/ledger/check")
def ledger_check() -> ResponseReturnValue:
    actor().require("money:view")
    return render_template("console/ledger_check.html", violations=check_ledger(db(), brand_id=brand_id()), tab="check",
                           check=last_check(db(), brand_id=brand_id()))


@console.post("/ledger/check")
def check_now() -> ResponseReturnValue:
    actor().require("money:view")
    found = run_check(db(), brand_id=brand_id())
    flash(gettext("对账平衡，没有问题。") if not found else gettext("发现 %(count)d 处问题，见下面。", count=len(found)), "success" if not found else "error")
    return redirect(url_for("console.ledger_check"), 303)


def ledger_badge() -> dict[str, Any] | None:
    """The top bar's word on the last check."""
    check = last_check(db(), brand_id=brand_id())
    if check is None:
        return None
    at = moment(check.at)
    text = gettext("对账有 %(count)d 处不符 · %(at)s", count=check.violations, at=at) if check.violations else gettext("对账平衡 · %(at)s", at=at)
    return {"balanced": not check.violations, "text": text, "href": url_for("console.ledger_check")}


def _wanted(one: Account, q: str, role: str, phase: str) -> bool:
    return (not q or q.lower() in payee_name(one.party, one.payee_name).lower()) and role in ("", one.role) and phase in ("", one.phase)
