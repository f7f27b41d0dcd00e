"""Where the commission of one order stands: by phase of the ledger, and what of it a payout has claimed (R12, R15)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.fulfilment.models import Fulfilment
from app.domain.ledger.queries import phase_balances
from app.kernel.db import gather

HOUSE_ROLES = frozenset({"brand", "platform", "platform_subsidy", "shipping", "clearing"})

CLAIMED = """SELECT p.state = 'paid', coalesce(sum(e.amount_minor), 0)::bigint
FROM order_lines l JOIN ledger_entries e ON e.brand_id = l.brand_id AND e.order_line_id = l.id
JOIN payout_entries c ON c.brand_id = e.brand_id AND c.entry_id = e.id
JOIN payouts p ON p.brand_id = c.brand_id AND p.id = c.payout_id
WHERE l.brand_id = %(brand_id)s AND l.order_id = %(order_id)s AND p.state IN ('draft', 'approved', 'sent', 'paid') GROUP BY 1"""


def commission_phases(session: Session, *, brand_id: int, order_id: UUID) -> dict[str, int]:
    """What all parties but brand and platform have of an order, in minor units by phase; a payout's claim has left 'available'."""
    phases: dict[str, int] = {}
    standing = phase_balances(session, brand_id=brand_id, order_id=order_id)
    for (_, _, role), balances in standing.items():
        if role not in HOUSE_ROLES:
            for phase, amount in balances.items():
                phases[phase] = phases.get(phase, 0) + amount
    for paid, amount in gather(session, (CLAIMED, {"brand_id": brand_id, "order_id": order_id}))[0]:
        phases["paid" if paid else "in_payout"] = amount
        phases["available"] = phases.get("available", 0) - amount
    return phases


def parcels(session: Session, *, brand_id: int, order_id: UUID) -> list[Fulfilment]:
    """The parcels of an order in the order they were sent."""
    return list(session.scalars(select(Fulfilment).where(Fulfilment.brand_id == brand_id, Fulfilment.order_id == order_id)
                                .order_by(Fulfilment.shipped_at, Fulfilment.id)))
