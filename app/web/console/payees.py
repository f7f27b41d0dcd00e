"""Payees: who is owed what, how they are paid, and who has verified that."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import StringField

from app.domain.insights.payees import ACCOUNTS, KINDS, SORTS, payees_page
from app.domain.ledger.models import Payee
from app.domain.ledger.queries import balances, house_payees
from app.domain.settlement.bank_details import change_payment, set_bank_details, verify_bank_details
from app.domain.settlement.debts import debts_of
from app.domain.settlement.invoices import companies
from app.domain.settlement.queries import payouts_to
from app.kernel.errors import NotFound, Refused
from app.kernel.ids import parse_id
from app.web.shared import payee_accounts as accounts
from app.web.shared.account_words import STATES, account_facts
from app.web.shared.application import now
from app.web.shared.asking import page_number, tell, text_of
from app.web.shared.money_states import in_states
from app.web.shared.serving import actor, brand_id, db

from . import asked
from . import payout_words as words
from .blueprint import console


class BankForm(FlaskForm):
    holder = StringField(_l("户名"), render_kw={"maxlength": 80, "autocomplete": "off"})
    bank = StringField(_l("开户行"), render_kw={"maxlength": 60, "autocomplete": "off"})
    account = StringField(_l("账号"), render_kw={"maxlength": 50, "inputmode": "numeric", "autocomplete": "off"})


@console.get("/payees")
def payees() -> ResponseReturnValue:
    actor().require("money:view")
    q, kind, sort = asked.text("q"), asked.one_of("kind", KINDS), asked.one_of("sort", SORTS) or "-available"
    unverified, online = bool(request.args.get("unverified")), accounts.online()
    account = asked.one_of("account", ACCOUNTS) if online else ""
    from_, to = asked.month_bounds(asked.today().replace(day=1))
    page = payees_page(db(), brand_id=brand_id(), from_=from_, to=to, q=q, kind=kind, unverified=unverified, account=account,
                       provider=accounts.provider().name if online else "", sort=sort, number=page_number())
    brands_own = house_payees(db(), brand_id=brand_id())["brand"] if online else None
    own_account = accounts.account_here(brands_own) if brands_own else None
    return render_template("console/payees.html", page=page, q=q, kind=kind, sort=sort, words=words, unverified=unverified, account=account,
                           brands_own=brands_own, own_account=account_facts(own_account) if own_account else None, account_states=STATES,
                           query=asked.query(q=q, kind=kind, account=account, unverified="1" if unverified else "", sort=sort if sort != "-available" else ""))


@console.get("/payees/<payee_id>")
def payee(payee_id: str) -> ResponseReturnValue:
    actor().require("money:view")
    return _page(payee_of(payee_id), BankForm(formdata=None))


@console.post("/payees/<payee_id>/bank")
def set_bank(payee_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    row, form = payee_of(payee_id), BankForm()
    try:
        set_bank_details(db(), brand_id=brand_id(), payee_id=row.id, **text_of(form, "holder", "bank", "account"))
    except Refused as refused:
        tell(form, refused)
        return _page(row, form), 422
    flash(gettext("收款账户已保存，核验后才会用来打款。"), "success")
    return redirect(url_for("console.payee", payee_id=row.id), 303)


@console.post("/payees/<payee_id>/verify")
def verify_bank(payee_id: str) -> ResponseReturnValue:
    actor().require("money:approve")
    row = verify_bank_details(db(), brand_id=brand_id(), payee_id=payee_of(payee_id).id, now=now())
    flash(gettext("收款账户已核验。"), "success")
    return redirect(url_for("console.payee", payee_id=row.id), 303)


@console.post("/payees/<payee_id>/payment")
def change_payee(payee_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    row, status = payee_of(payee_id), request.form.get("status")
    change_payment(db(), brand_id=brand_id(), payee_id=row.id, tax_kind=request.form.get("tax_kind") or None,
                   status=status if status in ("active", "suspended") else None)
    flash(gettext("已保存。"), "success")
    return redirect(url_for("console.payee", payee_id=row.id), 303)


def payee_of(payee_id: str) -> Payee:
    """A guide or unit of this brand, or NotFound."""
    key = parse_id(payee_id, "payee")
    row = db().scalar(select(Payee).where(Payee.brand_id == brand_id(), Payee.id == key, Payee.party.in_(("guide", "org_unit"))))
    if row is None:
        raise NotFound("payee", payee_id)
    return row


def _page(row: Payee, form: BankForm) -> str:
    me, phases, account = actor(), balances(db(), brand_id=brand_id(), payee_id=row.id), accounts.account_here(row.id)
    cover = next((one for one in companies(db(), brand_id=brand_id()) if one.id == row.id), None) if row.tax_kind == "company" else None
    return render_template(
        "console/payee.html", payee=row, form=form, phases=in_states(phases), on_way=phases["in_payout"], requested=phases["requested"],
        words=words, cover=cover, debts=debts_of(db(), brand_id=brand_id(), payee_id=row.id),
        page=payouts_to(db(), brand_id=brand_id(), payee_id=row.id, number=page_number()),
        online=accounts.online(), account=account_facts(account) if account else None, may_run=me.may("money:run"), may_approve=me.may("money:approve"),
        entered_by_me=bool(row.bank_entered_by_id) and row.bank_entered_by_id == me.ref)
