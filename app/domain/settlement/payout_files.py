"""The offline payout provider: one CSV for payroll, bank and internal booking. Cells can hold no formula."""

from __future__ import annotations

import csv
import io
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.models import Brand
from app.domain.guides.models import Guide
from app.domain.ledger.models import Payee
from app.kernel import sealing
from app.kernel.money import decimal_text

from .models import Payout, PayoutRun

HEADER = ("批次", "付款方式", "收款方", "工号", "户名", "开户行", "账号", "应付", "代扣税", "实付", "币种", "打款编号")
BOM = "\ufeff"


def payout_csv(session: Session, *, brand_id: int, run: PayoutRun) -> bytes:
    """UTF-8 with BOM; amounts in major units; rows and the last line add up to the run's amount."""
    currency = session.scalars(select(Brand.currency).where(Brand.id == brand_id)).one()
    statement = (
        select(Payout, Payee, Guide.employee_no)
        .join(Payee, (Payee.id == Payout.payee_id) & (Payee.brand_id == Payout.brand_id))
        .outerjoin(Guide, (Guide.payee_id == Payee.id) & (Guide.brand_id == Payee.brand_id))
        .where(Payout.run_id == run.id, Payout.state != "left_out").order_by(Payout.method, Payee.name, Payout.id))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for payout, payee, employee_no in session.execute(statement):
        writer.writerow([cell(value) for value in _row(run, payout, payee, employee_no or "", currency)])
    writer.writerow(["合计", "", "", "", "", "", "", decimal_text(run.amount_minor, currency), "", decimal_text(run.amount_minor, currency), currency, ""])
    return (BOM + text.getvalue()).encode()


def cell(value: str) -> str:
    """A text that a spreadsheet will not run as a formula; long digits stay text."""
    return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _row(run: PayoutRun, payout: Payout, payee: Payee, employee_no: str, currency: str) -> list[str]:
    bank = cast("dict[str, str]", sealing.unseal(payee.bank_sealed)) if payee.bank_sealed and payout.method == "bank" else {}
    net = payout.amount_minor - payout.tax_withheld_minor
    return [str(run.number), payout.method, payee.name, employee_no, bank.get("holder", ""), bank.get("bank", ""), bank.get("account", ""),
            decimal_text(payout.amount_minor, currency), decimal_text(payout.tax_withheld_minor, currency), decimal_text(net, currency), currency,
            str(payout.id)]
