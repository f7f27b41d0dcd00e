"""Invoices of companies: recorded, made void, and how far they reach against what is due (R31)."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from app.domain.brands.queries import settings_of
from app.domain.settlement.invoices import SORTS, companies, invoices_page, record_invoice, void_invoice
from app.kernel import money
from app.kernel.errors import Refused
from app.kernel.ids import parse_id
from app.web.shared.application import now
from app.web.shared.asking import chosen_id, options, page_number, tell
from app.web.shared.serving import actor, brand, brand_id, db

from . import asked
from . import payout_words as words
from .blueprint import console


class InvoiceForm(FlaskForm):
    payee_id = SelectField(_l("公司"), validate_choice=False)
    number = StringField(_l("发票号码"), render_kw={"maxlength": 40, "autocomplete": "off", "inputmode": "numeric"})
    amount = StringField(_l("价税合计"), render_kw={"maxlength": 16, "inputmode": "decimal", "autocomplete": "off"})
    issued_on = StringField(_l("开票日期"), render_kw={"type": "date"})


@console.get("/invoices")
def invoices() -> ResponseReturnValue:
    actor().require("money:view")
    return _page(InvoiceForm(formdata=None, payee_id=request.args.get("payee", ""), issued_on=asked.today().isoformat()))


@console.post("/invoices")
def add_invoice() -> ResponseReturnValue:
    actor().require("money:run")
    form = InvoiceForm()
    try:
        invoice = record_invoice(db(), brand_id=brand_id(), payee_id=chosen_id(form.payee_id.data, field="payee_id"), number=form.number.data or "",
                                 amount_minor=money.parse(form.amount.data or "", brand().currency), issued_on=_day(form.issued_on.data),
                                 today=asked.today(), now=now())
    except Refused as refused:
        tell(form, refused)
        return _page(form), 422
    flash(gettext("发票 %(number)s 已登记。", number=invoice.number), "success")
    return redirect(url_for("console.invoices"), 303)


@console.post("/invoices/<invoice_id>/void")
def void_one_invoice(invoice_id: str) -> ResponseReturnValue:
    actor().require("money:run")
    invoice = void_invoice(db(), brand_id=brand_id(), invoice_id=parse_id(invoice_id, "invoice"), now=now())
    flash(gettext("发票 %(number)s 已作废。", number=invoice.number), "success")
    return redirect(url_for("console.invoices"), 303)


def _day(typed: str | None) -> date:
    try:
        return date.fromisoformat(typed or "")
    except ValueError:
        raise Refused("date_invalid", "请选择日期", field="issued_on") from None


def _page(form: InvoiceForm) -> str:
    q, sort = asked.text("q"), asked.one_of("sort", SORTS) or "-on"
    covers = companies(db(), brand_id=brand_id())
    form.payee_id.choices = options([("", gettext("请选择")), *((one.id, one.name) for one in covers)])
    page = invoices_page(db(), brand_id=brand_id(), q=q, sort=sort, number=page_number())
    return render_template("console/invoices.html", page=page, form=form, covers=covers, q=q, sort=sort, words=words, may_run=actor().may("money:run"),
                           asked=settings_of(db(), brand_id=brand_id()).company_invoices, query=asked.query(q=q, sort=sort if sort != "-on" else ""))
