"""/invoices: what companies have invoiced; they are paid no more than that (R31)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.ledger.models import Payee
from app.domain.settlement.invoices import record_invoice as record
from app.domain.settlement.invoices import void_invoice as void
from app.domain.settlement.models import Invoice
from app.kernel.clock import local_day
from app.web.shared.application import now
from app.web.shared.serving import brand, brand_id, db

from .fields import Amount, Day, Ref, Text, When
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "invoices"}


class InvoiceOut(Shape):
    id = Ref("invoice")
    payee_id = Ref("payee")
    number = Text(40)
    amount = Amount(attribute="amount_minor")
    currency = Currency()
    issued_on = Day()
    voided_at = When(allow_none=True)
    recorded_by = Text(80)
    recorded_at = When()


class NewInvoice(Shape):
    payee_id = Ref("payee", required=True)
    number = Text(40, least=1, required=True)
    amount = Amount(1, required=True, metadata={"description": "Minor units, tax included."})
    issued_on = Day(required=True)


class InvoiceQuery(Paging):
    payee_id = Ref("payee", load_default=None)


@v1.get("/invoices", listed=InvoiceOut, query=InvoiceQuery, scope="money:read", summary="Invoices", **TAG)
def list_invoices(query: dict[str, Any]) -> Rows:
    statement = select(Invoice)
    if query["payee_id"]:
        statement = statement.where(Invoice.payee_id == query["payee_id"])
    return listed(statement, Invoice, query)


@v1.get("/invoices/<id>", out=InvoiceOut, scope="money:read", summary="One invoice", **TAG)
def get_invoice(id: str) -> Invoice:
    return found(Invoice, id)


@v1.post("/invoices", body=NewInvoice, out=InvoiceOut, status=201, scope="money:write", summary="Record an invoice", **TAG)
def record_invoice(body: dict[str, Any]) -> Invoice:
    """Payouts of a company wait until its invoices cover them, where the brand asks for invoices."""
    return record(db(), brand_id=brand_id(), payee_id=found(Payee, body["payee_id"]).id, number=body["number"], amount_minor=body["amount"],
                  issued_on=body["issued_on"], today=local_day(now(), brand().timezone), now=now())


@v1.post("/invoices/<id>/void", out=InvoiceOut, scope="money:write", summary="Make an invoice void", **TAG)
def void_invoice(id: str) -> Invoice:
    """It covers nothing any more; what was paid on it stays paid."""
    return void(db(), brand_id=brand_id(), invoice_id=found(Invoice, id).id, now=now())
