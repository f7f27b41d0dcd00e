"""收款账户: where her money goes. She enters it herself; finance verifies it before it is used."""

from __future__ import annotations

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField

from app.domain.settlement.bank_details import set_bank_details
from app.domain.settlement.rules import method_of
from app.kernel.errors import Refused
from app.web.shared.account_words import account_facts
from app.web.shared.asking import tell, text_of
from app.web.shared.payee_accounts import AccountForm, account_here, home_name, online
from app.web.shared.serving import brand_id, db

from .blueprint import guide


class OwnBankForm(FlaskForm):
    holder = StringField(_l("户名"), render_kw={"maxlength": 80, "autocomplete": "name"})
    bank = StringField(_l("开户行"), render_kw={"maxlength": 60, "autocomplete": "off"})
    account = StringField(_l("卡号或账号"), render_kw={"maxlength": 50, "inputmode": "numeric", "autocomplete": "off"})


@guide.get("/bank")
def bank() -> str:
    return _page(OwnBankForm(formdata=None, holder=g.guide.name))


@guide.post("/bank")
def bank_post() -> ResponseReturnValue:
    form = OwnBankForm()
    try:
        set_bank_details(db(), brand_id=brand_id(), payee_id=g.guide.payee_id, **text_of(form, "holder", "bank", "account"))
    except Refused as refused:
        db().rollback()
        tell(form, refused)
        return _page(form), 422
    flash(gettext("已保存，品牌财务核验后才会用来打款。"), "ok")
    return redirect(url_for("guide.bank"), 303)


def _page(form: OwnBankForm) -> str:
    return bank_page(form, AccountForm(formdata=None) if online() else None)


def bank_page(form: OwnBankForm, account_form: AccountForm | None) -> str:
    """Both ways her money can come: her bank, and where Stripe is in use her account there."""
    account = account_here(g.guide.payee_id)
    return render_template("guide/bank.html", form=form, payee=g.guide.payee, by_bank=method_of(g.guide.payee.tax_kind) == "bank", account_form=account_form,
                           account=account_facts(account) if account else None, home=home_name())
