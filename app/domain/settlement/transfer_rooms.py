"""What the charges behind a payee's earnings still have for her: told from the ledger and from what was transferred, nothing is stored."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.provider.rules import Room
from app.kernel.db import gather

FROZEN = """(c.disputed OR EXISTS (SELECT FROM chargebacks b WHERE b.brand_id = c.brand_id AND b.payment_id = c.payment_id AND b.state = 'open'))"""
"""For raw SQL with charges as `c`: nothing of it is sent while the shopper's bank asks for it."""

ROOMS = f"""
WITH owed AS MATERIALIZED (
  SELECT coalesce(l.order_id, t.order_id) AS order_id, sum(e.amount_minor)::bigint AS minor FROM ledger_entries e
  LEFT JOIN order_lines l ON l.brand_id = e.brand_id AND l.id = e.order_line_id
  LEFT JOIN ledger_transactions t ON t.brand_id = e.brand_id AND t.id = e.transaction_id AND e.order_line_id IS NULL
  WHERE e.brand_id = %(brand_id)s AND e.payee_id = %(payee_id)s AND e.phase = 'available' GROUP BY 1 HAVING sum(e.amount_minor) > 0
), locked AS MATERIALIZED (
  SELECT c.payment_id, c.amount_minor, c.settled_minor, c.charged_at, c.id, p.order_id, {FROZEN} AS frozen, c.amount_minor - p.refunded_minor AS kept,
    owed.minor - CASE WHEN y.party = 'brand' AND c.fee_party = 'brand' THEN c.fee_order_minor ELSE 0 END AS owed, y.party
  FROM owed JOIN payments p ON p.brand_id = %(brand_id)s AND p.order_id = owed.order_id AND p.state = 'succeeded'
  JOIN charges c ON c.brand_id = p.brand_id AND c.payment_id = p.id
  JOIN payees y ON y.brand_id = c.brand_id AND y.id = %(payee_id)s
  WHERE c.brand_id = %(brand_id)s ORDER BY c.id FOR NO KEY UPDATE OF c
)
SELECT c.payment_id, c.amount_minor, c.settled_minor, c.owed, g.mine, g.mine_settled, c.kept - g.everybody, c.settled_minor - g.everybody_settled,
  CASE WHEN c.party = 'brand' THEN coalesce((
    SELECT array_agg(o.minor ORDER BY o.payee_id) FROM (
      SELECT e.payee_id, sum(e.amount_minor)::bigint AS minor FROM order_lines l
      JOIN ledger_entries e ON e.brand_id = l.brand_id AND e.order_line_id = l.id AND e.payee_id <> %(payee_id)s
      WHERE l.brand_id = %(brand_id)s AND l.order_id = c.order_id GROUP BY 1 HAVING sum(e.amount_minor) <> 0) o), '{{}}') END
FROM locked c CROSS JOIN LATERAL (
  SELECT coalesce(sum(t.amount_minor - t.reversed_minor) FILTER (WHERE t.payee_id = %(payee_id)s), 0)::bigint AS mine,
    coalesce(sum(t.settled_minor - t.reversed_settled_minor) FILTER (WHERE t.payee_id = %(payee_id)s), 0)::bigint AS mine_settled,
    coalesce(sum(t.amount_minor - t.reversed_minor), 0)::bigint AS everybody,
    coalesce(sum(t.settled_minor - t.reversed_settled_minor), 0)::bigint AS everybody_settled
  FROM transfers t WHERE t.brand_id = %(brand_id)s AND t.payment_id = c.payment_id AND t.state <> 'refused') g
WHERE c.owed > g.mine AND c.kept > g.everybody ORDER BY c.frozen, c.charged_at, c.id"""  # noqa: S608 (constants of the code)
"""The charges are held still: two payouts do not take the same room. What a bank asks back comes last: a transfer of it would only wait."""

RATE = """
SELECT c.amount_minor, c.settled_minor, c.settled_currency FROM charges c
WHERE c.brand_id = %(brand_id)s AND c.settled_minor IS NOT NULL ORDER BY c.charged_at DESC, c.id DESC LIMIT 1"""


def rooms_of(session: Session, *, brand_id: int, payee_id: UUID) -> tuple[list[Room], bool]:
    """Oldest charge first, disputed ones last, and whether the provider has not settled one of them yet. What is released counts, less what was taken back;
    of the brand's, who has shipping too, also the provider's fee goes off."""
    rows = gather(session, (ROOMS, {"brand_id": brand_id, "payee_id": payee_id}))[0]
    rooms = [Room(payment_id, amount, settled, owed, mine, mine_settled, left, left_settled, None if others is None else tuple(others))
             for payment_id, amount, settled, owed, mine, mine_settled, left, left_settled, others in rows if settled is not None]
    return rooms, len(rooms) < len(rows)


def latest_rate(session: Session, *, brand_id: int) -> tuple[int, int, str] | None:
    """(amount, settled, currency it settled in) of the newest charge, for what no charge covers."""
    rows = gather(session, (RATE, {"brand_id": brand_id}))[0]
    return rows[0] if rows else None
