"""What is withheld from a payout made now (R31): the brand's scheme, the payee's kind, the month so far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.brands.queries import brand, settings_of
from app.kernel.db import gather

from .withholding import SCHEME, month_of, withhold

Tax = Callable[[UUID, str, int], tuple[int, dict[str, Any] | None]]
"""(payee, tax kind, gross in minor units) → (tax in minor units, how it came about)."""

MONTH_SO_FAR = """
SELECT p.payee_id, sum(p.amount_minor)::bigint, sum(p.tax_withheld_minor)::bigint
FROM payout_runs r JOIN payouts p ON p.brand_id = r.brand_id AND p.run_id = r.id AND p.state IN ('sent', 'paid') AND p.tax_kind = 'individual'
WHERE r.brand_id = %(brand_id)s AND r.executed_at >= %(from)s AND r.executed_at < %(to)s AND (%(payee_id)s::uuid IS NULL OR p.payee_id = %(payee_id)s)
GROUP BY p.payee_id"""


def taxes(session: Session, *, brand_id: int, now: datetime, payee_id: UUID | None = None) -> Tax:
    """Individuals only, on the calendar month of the brand's time zone; what failed in it does not count. `payee_id` reads one alone."""
    if settings_of(session, brand_id=brand_id).tax_scheme != SCHEME:
        return lambda payee, kind, gross: (0, None)
    month, start, end = month_of(now, brand(session, brand_id=brand_id).timezone)
    rows = gather(session, (MONTH_SO_FAR, {"brand_id": brand_id, "from": start, "to": end, "payee_id": payee_id}))[0]
    so_far = {row[0]: (row[1], row[2]) for row in rows}

    def tax(payee: UUID, kind: str, gross: int) -> tuple[int, dict[str, Any] | None]:
        if kind != "individual":
            return 0, None
        paid, withheld = so_far.get(payee, (0, 0))
        return withhold(gross, paid_before=paid, withheld_before=withheld, month=month)

    return tax
