"""Our rows as a provider's books are held against them: by the marks a movement carries, and all of a day that no movement named."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.provider.day_rules import Ours, Theirs, kind_of, settled
from app.domain.provider.routing import id_of
from app.kernel.db import driver, gather

AT_ONCE = 500
MARKS = {"charge": "payment_id", "refund": "refund_id", "transfer": "transfer_id", "reversal": "reversal_id"}


def _posted(cause: str) -> str:
    """What the ledger took from who bears a fee, positive; NULL where it is not posted."""
    return f"""LEFT JOIN LATERAL (
  SELECT -sum(e.amount_minor) AS minor FROM ledger_transactions t JOIN ledger_entries e ON e.brand_id = t.brand_id AND e.transaction_id = t.id
  WHERE t.brand_id = %(brand_id)s AND t.cause {cause} AND e.phase <> 'received') f ON true"""  # noqa: S608 (the callers below)


SOURCES = {
    "charge": f"""
SELECT c.payment_id AS mark, c.id, c.charged_at AS at, true AS moved, c.charge_ref, 'charged', c.amount_minor, c.currency, c.settled_minor, c.settled_currency,
  c.payment_id, NULL::uuid, c.fee_minor, f.minor::bigint, coalesce(c.settled_minor, 1), c.amount_minor, 1
FROM charges c {_posted("= 'payment:' || c.payment_id || ':fee'")}
WHERE c.brand_id = %(brand_id)s AND c.provider = %(provider)s""",  # noqa: S608 (pieces are ours)
    "refund": """
SELECT r.id AS mark, r.id, CASE WHEN r.state = 'succeeded' THEN coalesce(r.settled_at, r.requested_at) ELSE r.requested_at END AS at,
  r.amount_minor > 0 AND r.outside_ref = '' AND NOT EXISTS (SELECT FROM chargebacks b WHERE b.brand_id = r.brand_id AND b.refund_id = r.id) AS moved,
  r.provider_ref, CASE WHEN r.state = 'succeeded' AND r.outside_ref <> '' THEN 'outside' ELSE r.state END, r.amount_minor, c.currency, NULL::bigint,
  c.settled_currency, r.payment_id, NULL::uuid, 0, NULL::bigint, c.settled_minor, c.amount_minor, r.attempt
FROM refunds r JOIN charges c ON c.brand_id = r.brand_id AND c.payment_id = r.payment_id AND c.provider = %(provider)s
WHERE r.brand_id = %(brand_id)s""",
    "transfer": """
SELECT t.id AS mark, t.id, coalesce(t.sent_at, t.asked_at) AS at, t.state IN ('sent', 'sending') AS moved, t.provider_ref, t.state, t.amount_minor,
  t.currency, t.settled_minor, t.settled_currency, t.payment_id, t.payout_id, 0, NULL::bigint, 1, 1, 1
FROM transfers t JOIN provider_accounts a ON a.brand_id = t.brand_id AND a.id = t.account_id AND a.provider = %(provider)s
WHERE t.brand_id = %(brand_id)s""",
    "reversal": """
SELECT v.id AS mark, v.id, v.asked_at AS at, v.state IN ('done', 'sending') AS moved, v.provider_ref, v.state, v.amount_minor, t.currency, v.settled_minor,
  t.settled_currency, t.payment_id, t.payout_id, 0, NULL::bigint, 1, 1, 1
FROM transfer_reversals v JOIN transfers t ON t.brand_id = v.brand_id AND t.id = v.transfer_id
JOIN provider_accounts a ON a.brand_id = t.brand_id AND a.id = t.account_id AND a.provider = %(provider)s
WHERE v.brand_id = %(brand_id)s""",
    "dispute": f"""
SELECT b.provider_ref AS mark, b.id, b.opened_at AS at, b.state = 'lost' AS moved, b.provider_ref, b.state, b.amount_minor, c.currency, NULL::bigint,
  c.settled_currency, b.payment_id, NULL::uuid, 0, f.minor::bigint, c.settled_minor, c.amount_minor, 1
FROM chargebacks b JOIN charges c ON c.brand_id = b.brand_id AND c.payment_id = b.payment_id AND c.provider = %(provider)s
{_posted("= ANY(SELECT 'chargeback:' || b.id || ':fee' || n FROM unnest(ARRAY['', ':2', ':3', ':4', ':5', ':6', ':7', ':8', ':9']) n)")}
WHERE b.brand_id = %(brand_id)s""",  # noqa: S608 (pieces are ours)
}
"""(mark, id, moment, whether our books say something moved, then Ours); what has no settled amount of its own is converted at its charge's rate."""
NAMED = {kind: f"SELECT * FROM ({sql}) o WHERE o.mark = ANY(%({kind})s)" for kind, sql in SOURCES.items()}  # noqa: S608 (pieces are ours)
OF_DAY = " UNION ALL ".join(f"SELECT '{kind}', o.* FROM ({sql.replace(' AS mark', '::text AS mark')}) o "  # noqa: S608 (pieces are ours)
                            "WHERE o.moved AND o.at >= %(from)s AND o.at < %(to)s" for kind, sql in SOURCES.items())
PAYMENTS = "SELECT id FROM payments WHERE brand_id = %(brand_id)s AND id = ANY(%(charge)s)"
SEEN = """SELECT DISTINCT source_ref FROM provider_day_lines
WHERE brand_id = %(brand_id)s AND source_ref = ANY(%(refs)s) AND theirs_minor IS NOT NULL"""


def ours_of(session: Session, *, brand_id: int, provider: str, lines: Sequence[Theirs]) -> dict[str, tuple[Ours | None, UUID | None]]:
    """Balance ref → the row of ours it is about, and the payment it belongs with: both None where we know of none."""
    wanted: dict[str, list[Any]] = {kind: [id_of(line.marks, mark) for line in lines if kind_of(line) == kind] for kind, mark in MARKS.items()}
    wanted["charge"] = [id_of(line.marks, "payment_id") for line in lines]
    wanted["dispute"] = [line.source_ref for line in lines if kind_of(line) == "dispute"]
    asked = {"brand_id": brand_id, "provider": provider, **{kind: [mark for mark in marks if mark is not None] for kind, marks in wanted.items()}}
    payments, *rows = gather(session, (PAYMENTS, asked), *((NAMED[kind], asked) for kind in SOURCES))
    known, there = dict(zip(SOURCES, ({row[0]: _ours(row) for row in of} for of in rows), strict=True)), {row[0] for row in payments}
    found = {}
    for line in lines:
        kind, payment_id = kind_of(line), id_of(line.marks, "payment_id")
        mark = line.source_ref if kind == "dispute" else id_of(line.marks, MARKS.get(kind, ""))
        ours = known.get(kind, {}).get(mark)
        found[line.ref] = ours, (ours and ours.payment_id) or (payment_id if payment_id in there else None)
    return found


def ours_of_day(session: Session, *, brand_id: int, provider: str, from_: datetime, to: datetime,
                besides: Collection[UUID | str]) -> Iterator[tuple[str, datetime, Ours]]:
    """(kind, moment, row) of [from_, to) that no movement of the provider names, whichever day it was told; `besides` are ids and refs known so."""
    with driver(session).cursor(name="ours_of_day") as cursor:
        cursor.execute(OF_DAY, {"brand_id": brand_id, "provider": provider, "from": from_, "to": to})
        while rows := cursor.fetchmany(AT_ONCE):
            refs = [row[5] for row in rows if row[5]]
            seen = {row[0] for row in gather(session, (SEEN, {"brand_id": brand_id, "refs": refs}))[0]}
            yield from ((kind, row[2], _ours(row)) for kind, *row in rows if row[4] not in seen and row[4] not in besides and row[1] not in besides)


def _ours(row: Sequence[Any]) -> Ours:
    ref, state, amount, currency, minor, settled_currency, payment_id, payout_id, fee, posted, rate_settled, rate_amount, attempt = row[4:]
    rate = (rate_settled or 1, rate_amount)
    if minor is None and rate_settled and state != "charged":
        minor = settled(amount, rate)
    return Ours(row[1], ref, state, amount, currency, minor, settled_currency, payment_id, payout_id, fee, posted, rate, attempt)
