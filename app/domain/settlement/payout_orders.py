"""The payouts of a run as a provider gets them: streamed, with the account numbers unsealed on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel import sealing
from app.kernel.db import driver

from .models import PayoutRun
from .ports import PayoutOrder

ORDERS = """
SELECT p.id, p.method, y.name, coalesce(g.employee_no, ''), CASE WHEN p.method = 'bank' THEN y.bank_sealed END, y.bank_hint,
       p.amount_minor, p.tax_withheld_minor, b.currency
FROM payouts p JOIN brands b ON b.id = p.brand_id
JOIN payees y ON y.brand_id = p.brand_id AND y.id = p.payee_id
LEFT JOIN guides g ON g.brand_id = y.brand_id AND g.payee_id = y.id
WHERE p.brand_id = %(brand_id)s AND p.run_id = %(run_id)s AND p.state NOT IN ('left_out', 'cancelled') AND (%(ids)s::uuid[] IS NULL OR p.id = ANY(%(ids)s))
ORDER BY p.method, y.name, p.id"""


def payout_orders(session: Session, *, run: PayoutRun, payout_ids: list[UUID] | None = None, masked: bool = False) -> Iterator[PayoutOrder]:
    """By method and name. Masked, an account is its hint: nobody can pay from a preview."""
    with driver(session).cursor(name="payout_orders") as cursor:
        cursor.itersize = 2000
        cursor.execute(ORDERS, {"brand_id": run.brand_id, "run_id": run.id, "ids": payout_ids})
        for row in cursor:
            yield _order(run, masked, *row)


def _order(run: PayoutRun, masked: bool, payout_id: UUID, method: str, name: str, employee_no: str, sealed: bytes | None, hint: str,
           gross_minor: int, tax_minor: int, currency: str) -> PayoutOrder:
    account: dict[str, Any] = {} if sealed is None else {"account": hint} if masked else cast("dict[str, Any]", sealing.unseal(sealed))
    return PayoutOrder(payout_id, run.id, run.number, method, name, employee_no, account.get("holder", ""), account.get("bank", ""),
                       account.get("account", ""), gross_minor, tax_minor, currency)
