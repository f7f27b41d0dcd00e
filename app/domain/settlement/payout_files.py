"""A run as CSV: everything in one table, or the part that payroll or the bank takes in. Cells can hold no formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.files import Files
from app.kernel.money import decimal_text

from .models import PayoutRun
from .payout_orders import payout_orders
from .ports import PayoutOrder

HEADERS = {
    "": ("批次", "付款方式", "收款方", "工号", "户名", "开户行", "账号", "应付", "代扣税", "实付", "币种", "打款编号"),
    "payroll": ("工号", "姓名", "应付", "代扣税", "实付", "币种", "批次", "打款编号"),
    "bank": ("户名", "开户行", "账号", "金额", "币种", "收款方", "批次", "打款编号"),
    "internal": ("收款方", "金额", "币种", "批次", "打款编号"),
}
"""By part; '' is the whole run."""
BOM = "\ufeff"


def payout_csv(orders: Iterable[PayoutOrder], *, part: str = "") -> bytes:
    """UTF-8 with BOM; amounts in major units; the last line of the whole is the sum of its rows."""
    text, gross, tax, currency = io.StringIO(), 0, 0, ""
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADERS[part])
    for order in orders:
        if part in ("", order.method):
            writer.writerow([cell(value) for value in _row(order, part)])
            gross, tax, currency = gross + order.gross_minor, tax + order.tax_minor, order.currency
    if not part and currency:
        writer.writerow(["合计", "", "", "", "", "", "", *(decimal_text(amount, currency) for amount in (gross, tax, gross - tax)), currency, ""])
    return (BOM + text.getvalue()).encode()


def file_key(brand_id: int, run_id: UUID, part: str = "") -> str:
    """Where the file of a run lies; executing it again writes the same place."""
    return f"{brand_id}/payouts/{run_id}{'-' + part if part else ''}.csv"


def payout_file(session: Session, *, brand_id: int, run_id: UUID, files: Files, part: str = "") -> bytes:
    """What was handed over, byte for byte; before that a preview that shows no account."""
    run = session.scalar(select(PayoutRun).where(PayoutRun.id == run_id))
    if run is None or part not in HEADERS:
        raise NotFound("payout_run", run_id)
    key = file_key(brand_id, run_id, part)
    if run.file_key and files.has(key):
        return files.get(key)
    return payout_csv(payout_orders(session, run=run, masked=True), part=part)


def cell(value: str) -> str:
    """A text that a spreadsheet will not run as a formula; long digits stay text."""
    return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _row(one: PayoutOrder, part: str) -> Iterator[str]:
    gross, tax, net = (decimal_text(amount, one.currency) for amount in (one.gross_minor, one.tax_minor, one.net_minor))
    number, key = str(one.run_number), str(one.id)
    yield from {
        "": (number, one.method, one.payee, one.employee_no, one.holder, one.bank, one.account, gross, tax, net, one.currency, key),
        "payroll": (one.employee_no, one.payee, gross, tax, net, one.currency, number, key),
        "bank": (one.holder, one.bank, one.account, net, one.currency, one.payee, number, key),
        "internal": (one.payee, net, one.currency, number, key),
    }[part]
