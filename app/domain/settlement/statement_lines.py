"""The lines of a statement, each with the parts its amount is made of (R4, R5, R7, R11): streamed whole, or page by page.

Lines stand in the order they were posted, those of one posting by order line. An entry's id is its place in that order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import driver, gather

from .statements import Account

PAGE = 100
AT_ONCE = 2_000

PLACE = ("{0}.posted_at", "{0}.transaction_id", "coalesce({0}.order_line_id, '00000000-0000-0000-0000-000000000000'::uuid)", "{0}.id")


def _place(alias: str, direction: str = "") -> str:
    return ", ".join(part.format(alias) + direction for part in PLACE)


ENTRIES = """FROM ledger_entries e
WHERE e.brand_id = %(brand_id)s AND e.payee_id = %(payee_id)s AND e.phase = ANY(%(phases)s) AND e.kind <> ALL(%(moves)s)
  AND e.posted_at >= %(from)s AND e.posted_at < %(to)s"""
KNOWN = f"(SELECT {_place('x')} FROM ledger_entries x WHERE x.brand_id = %(brand_id)s AND x.id = %(place)s)"  # noqa: S608 (pieces are ours)
TOLD = """
SELECT e.id, e.transaction_id, e.posted_at, e.kind, e.role, e.amount_minor, o.id, o.number, l.title, l.sku, l.options, l.quantity,
  l.list_price_minor, l.unit_price_minor, a.name, l.gross_minor, l.brand_discount_minor, l.platform_discount_minor, l.store_discount_minor,
  l.guide_discount_minor, l.base_minor, l.paid_minor, c.rate_bp, c.amount_minor, c.funded_minor, c.trace, back.refunded, back.pieces, before.amount,
  coalesce(n.number, w.number, (t.note ->> 'number')::int), t.note, t.cause
FROM ({entries}) e JOIN ledger_transactions t ON t.brand_id = e.brand_id AND t.id = e.transaction_id
LEFT JOIN order_lines l ON l.brand_id = e.brand_id AND l.id = e.order_line_id
LEFT JOIN orders o ON o.brand_id = e.brand_id AND o.id = coalesce(l.order_id, t.order_id)
LEFT JOIN activities a ON a.brand_id = l.brand_id AND a.id = l.activity_id
LEFT JOIN commission_lines c ON c.brand_id = e.brand_id AND c.order_line_id = e.order_line_id AND c.role = replace(e.role, '_subsidy', '')
  AND (c.payee_id = e.payee_id OR c.role = 'fulfilling_store' OR EXISTS (
    SELECT FROM share_moves m WHERE m.brand_id = c.brand_id AND m.commission_line_id = c.id AND m.payee_id = e.payee_id))
LEFT JOIN payout_runs n ON n.brand_id = e.brand_id AND n.id = (t.note ->> 'payout_run_id')::uuid
LEFT JOIN withdrawals w ON w.brand_id = e.brand_id AND w.id = (t.note ->> 'withdrawal_id')::uuid
LEFT JOIN LATERAL (
  SELECT sum(r.amount_minor)::bigint AS refunded, sum(r.quantity)::int AS pieces
  FROM refund_lines r JOIN refunds f ON f.brand_id = r.brand_id AND f.id = r.refund_id
  JOIN refunds this ON this.brand_id = r.brand_id AND this.id = (t.note ->> 'refund_id')::uuid
  WHERE r.brand_id = e.brand_id AND r.order_line_id = e.order_line_id AND (f.requested_at, f.id) <= (this.requested_at, this.id)
) back ON e.kind IN ('reversed', 'chargeback') AND e.order_line_id IS NOT NULL
LEFT JOIN LATERAL (
  SELECT coalesce(-sum(p.amount_minor), 0)::bigint AS amount FROM ledger_entries p
  WHERE p.brand_id = e.brand_id AND p.order_line_id = e.order_line_id AND p.payee_id = e.payee_id AND p.role = e.role
    AND p.kind IN ('reversed', 'chargeback') AND (p.posted_at, p.transaction_id) < (e.posted_at, e.transaction_id)
) before ON e.kind IN ('reversed', 'chargeback') AND e.order_line_id IS NOT NULL
"""


def _told(where: str = "", limit: str = "") -> str:
    """The chosen entries with all that is told of them, in the statement's order."""
    return TOLD.replace("{entries}", f"SELECT e.* {ENTRIES} {where} {limit}") + f" ORDER BY {_place('e')}"


ALL = _told()
FORWARD = _told(f"AND (%(place)s::uuid IS NULL OR ({_place('e')}) > {KNOWN})", f"ORDER BY {_place('e')} LIMIT %(limit)s")
BACKWARD = _told(f"AND ({_place('e')}) < {KNOWN}", f"ORDER BY {_place('e', ' DESC')} LIMIT %(limit)s")
EARLIER = f"SELECT coalesce(sum(e.amount_minor), 0)::bigint, count(*) {ENTRIES} AND ({_place('e')}) < {KNOWN}"


@dataclass(frozen=True, slots=True)
class StatementLine:
    """`amount_minor` is what the line adds or takes. The rest says how it came about, where an order line stands behind it.

    `share_minor` is the frozen share (base × rate, with its trace), `funded_minor` what this party pays of a coupon. Of what
    was taken back: `refunded_minor` and `refunded_pieces` up to and with this refund, `reversed_before_minor` before it.
    `reference` numbers the payout run, withdrawal or write-off.
    """

    id: UUID
    transaction_id: UUID
    at: datetime
    kind: str
    role: str
    amount_minor: int
    order_id: UUID | None
    order_number: str | None
    title: str | None
    sku: str | None
    options: dict[str, Any] | None
    quantity: int | None
    list_price_minor: int | None
    unit_price_minor: int | None
    activity: str | None
    gross_minor: int | None
    brand_discount_minor: int | None
    platform_discount_minor: int | None
    store_discount_minor: int | None
    guide_discount_minor: int | None
    base_minor: int | None
    paid_minor: int | None
    rate_bp: int | None
    share_minor: int | None
    funded_minor: int | None
    trace: dict[str, Any] | None
    refunded_minor: int | None
    refunded_pieces: int | None
    reversed_before_minor: int | None
    reference: int | None
    note: dict[str, Any] | None
    cause: str


@dataclass(frozen=True, slots=True)
class LinePage:
    """`brought_minor` stood before its first line and `first` is that line's number from 1; `after` and `before` lead on, None at the ends."""

    lines: Sequence[StatementLine]
    brought_minor: int
    first: int
    before: UUID | None
    after: UUID | None

    @property
    def carried_minor(self) -> int:
        return self.brought_minor + sum(line.amount_minor for line in self.lines)


def statement_lines(session: Session, *, account: Account, from_: datetime, to: datetime) -> Iterator[StatementLine]:
    """All lines by a server-side cursor: constant memory however many there are."""
    with driver(session).cursor(name="statement") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(ALL, _asked(account, from_, to))
        for row in cursor:
            yield StatementLine(*row)


def line_page(session: Session, *, account: Account, from_: datetime, to: datetime, opening_minor: int, after: UUID | None = None,
              before: UUID | None = None, limit: int = PAGE) -> LinePage:
    """The lines next to one that is known, or the first ones; costs the same however far on."""
    asked = {**_asked(account, from_, to), "place": before or after, "limit": limit + 1}
    found = [StatementLine(*row) for row in gather(session, (BACKWARD if before else FORWARD, asked))[0]]
    more = len(found) > limit
    lines = found[-limit:] if before else found[:limit]
    if not lines:
        return line_page(session, account=account, from_=from_, to=to, opening_minor=opening_minor, limit=limit) if after or before else LinePage(
            (), opening_minor, 1, None, None)
    brought, earlier = gather(session, (EARLIER, {**asked, "place": lines[0].id}))[0][0]
    return LinePage(lines, opening_minor + brought, earlier + 1, lines[0].id if earlier else None, lines[-1].id if more or before else None)


def _asked(account: Account, from_: datetime, to: datetime) -> dict[str, Any]:
    return {"brand_id": account.payee.brand_id, "payee_id": account.payee.id, "phases": list(account.phases), "moves": list(account.moves),
            "from": from_, "to": to}
