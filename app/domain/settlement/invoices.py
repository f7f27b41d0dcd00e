"""What a company has invoiced: it is paid no more than that, where the brand asks for invoices (R31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UnaryExpression, or_, select
from sqlalchemy.orm import Session

from app.domain.ledger.models import Payee
from app.domain.people.audit import acting
from app.kernel.db import gather
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.paging import Page, numbered
from app.kernel.texts import required

from .bank_details import payable
from .models import Invoice

SORTS: dict[str, UnaryExpression[Any]] = {
    "on": Invoice.issued_on.asc(), "-on": Invoice.issued_on.desc(), "amount": Invoice.amount_minor.asc(), "-amount": Invoice.amount_minor.desc()}


def record_invoice(session: Session, *, brand_id: int, payee_id: UUID, number: str, amount_minor: int, issued_on: date, today: date,
                   now: datetime) -> Invoice:
    """Amount in minor units, tax included. Refused for who is no company, an amount not above 0, a number known, a day to come."""
    payee, number = payable(session, brand_id=brand_id, payee_id=payee_id), required(number, field="number", most=40)
    if payee.tax_kind != "company":
        raise Refused("no_company", "只有公司收款方需要发票", field="payee_id")
    if amount_minor <= 0:
        raise Refused("amount_invalid", "金额要大于 0", field="amount")
    if issued_on > today:
        raise Refused("issued_later", "开票日期不能晚于今天", field="issued_on")
    if session.scalar(select(Invoice.id).where(Invoice.payee_id == payee_id, Invoice.number == number)):
        raise Conflict("invoice_known", "这张发票已经登记过了", field="number")
    invoice = Invoice(brand_id=brand_id, id=new_id(), payee_id=payee_id, number=number, amount_minor=amount_minor, issued_on=issued_on,
                      recorded_by=acting(session).name, recorded_at=now)
    session.add(invoice)
    session.flush()
    return invoice


def void_invoice(session: Session, *, brand_id: int, invoice_id: UUID, now: datetime) -> Invoice:
    """It covers nothing any more; what was paid on it stays paid, and the next payout waits until others cover both."""
    payee_id = session.scalar(select(Invoice.payee_id).where(Invoice.brand_id == brand_id, Invoice.id == invoice_id))
    if payee_id is None:
        raise NotFound("invoice", invoice_id)
    payable(session, brand_id=brand_id, payee_id=payee_id)
    invoice = session.scalars(select(Invoice).where(Invoice.id == invoice_id).execution_options(populate_existing=True)).one()
    if invoice.voided_at:
        raise Conflict("already_void", "这张发票已经作废了")
    invoice.voided_at = now
    session.flush()
    return invoice


def invoices_page(session: Session, *, brand_id: int, q: str = "", payee_id: UUID | None = None, live: bool = False, sort: str = "-on",
                  number: int = 1) -> Page:
    """(Invoice, Payee); `live` leaves void ones out."""
    statement = select(Invoice, Payee).join(Payee, (Payee.id == Invoice.payee_id) & (Payee.brand_id == Invoice.brand_id)).where(Invoice.brand_id == brand_id)
    if q:
        statement = statement.where(or_(Payee.name.icontains(q, autoescape=True), Invoice.number.icontains(q, autoescape=True)))
    if payee_id:
        statement = statement.where(Invoice.payee_id == payee_id)
    if live:
        statement = statement.where(Invoice.voided_at.is_(None))
    return numbered(session, statement.order_by(SORTS.get(sort, SORTS["-on"]), Invoice.id.desc()), number=number)


COVER = """
SELECT y.id, y.name, coalesce(i.amount, 0)::bigint, coalesce(p.amount, 0)::bigint, coalesce(b.available, 0)::bigint
FROM payees y
LEFT JOIN (SELECT payee_id, sum(amount_minor) AS amount FROM invoices WHERE brand_id = %(brand_id)s AND voided_at IS NULL GROUP BY 1) i ON i.payee_id = y.id
LEFT JOIN (SELECT payee_id, sum(amount_minor) AS amount FROM payouts
           WHERE brand_id = %(brand_id)s AND tax_kind = 'company' AND state IN ('draft', 'approved', 'sent', 'paid') GROUP BY 1) p ON p.payee_id = y.id
LEFT JOIN (SELECT payee_id, sum(amount_minor) AS available FROM ledger_entries WHERE brand_id = %(brand_id)s AND phase IN ('available', 'requested')
           GROUP BY 1) b ON b.payee_id = y.id
WHERE y.brand_id = %(brand_id)s AND y.tax_kind = 'company' AND y.party IN ('guide', 'org_unit') ORDER BY coalesce(b.available, 0) DESC, y.name LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class Cover:
    """How far a company's invoices reach, in minor units: `used` by payouts, `due` stands available or asked for."""

    id: UUID
    name: str
    invoiced_minor: int
    used_minor: int
    due_minor: int

    @property
    def left_minor(self) -> int:
        return self.invoiced_minor - self.used_minor

    @property
    def missing_minor(self) -> int:
        return max(self.due_minor - self.left_minor, 0)


def companies(session: Session, *, brand_id: int, most: int = 200) -> Sequence[Cover]:
    """Companies by what is due to them."""
    return [Cover(*row) for row in gather(session, (COVER, {"brand_id": brand_id, "most": most}))[0]]
