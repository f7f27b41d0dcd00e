"""What the online provider kept of orders: no share of any line, so it stands beside the margins and not in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.kernel.db import gather

BORNE = """
SELECT coalesce(sum(c.fee_order_minor), 0)::bigint
FROM orders o JOIN payments p ON p.brand_id = o.brand_id AND p.order_id = o.id JOIN charges c ON c.brand_id = p.brand_id AND c.payment_id = p.id
WHERE o.brand_id = %(brand_id)s AND o.placed_at >= %(from)s AND o.placed_at < %(to)s AND c.fee_party = 'brand'"""


def borne_by_brand(session: Session, *, brand_id: int, from_: datetime, to: datetime) -> int:
    """In the order's currency, of orders placed in [from_, to); a refund does not bring it back."""
    return int(gather(session, (BORNE, {"brand_id": brand_id, "from": from_, "to": to}))[0][0][0])
