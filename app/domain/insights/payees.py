"""Payees with what stands in each phase, and with a period's movement: one statement each, paged in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.settlement.statements import kinds_of
from app.kernel.db import gather
from app.kernel.paging import PAGE_SIZE, Page

KINDS = ("guide", "store", "dealer", "mall", "region")
ACCOUNTS = ("none", "onboarding", "ready", "restricted")
SORTS = {"name": "name", "-name": "name DESC", "held": "held", "-held": "held DESC", "available": "available", "-available": "available DESC",
         "paid": "paid", "-paid": "paid DESC", "earned": "earned", "-earned": "earned DESC"}

LISTED = """
WITH listed AS (
  SELECT y.id, y.name, coalesce(u.kind, y.party) AS kind, y.tax_kind, y.status, y.bank_hint, y.bank_verified_at IS NOT NULL AS verified,
    coalesce(s.name, u.code, '') AS place, coalesce(g.employee_no, '') AS employee_no, g.id AS guide_id, u.id AS unit_id,
    coalesce(b.pending, 0) AS pending, coalesce(b.held, 0) AS held, coalesce(b.available, 0) AS available, coalesce(b.in_payout, 0) AS in_payout,
    coalesce(b.paid, 0) AS paid, coalesce(b.earned, 0) AS earned, coalesce(b.reversed, 0) AS reversed, coalesce(b.paid_now, 0) AS paid_now,
    coalesce(a.state, 'none') AS account
  FROM payees y
  LEFT JOIN provider_accounts a ON a.brand_id = y.brand_id AND a.payee_id = y.id AND a.provider = %(provider)s AND a.state <> 'closed'
  LEFT JOIN guides g ON g.brand_id = y.brand_id AND g.payee_id = y.id
  LEFT JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
  LEFT JOIN org_units u ON u.brand_id = y.brand_id AND u.payee_id = y.id
  LEFT JOIN (
    SELECT payee_id, sum(amount_minor) FILTER (WHERE phase IN ('estimated', 'pending'))::bigint AS pending,
      sum(amount_minor) FILTER (WHERE phase = 'held')::bigint AS held, sum(amount_minor) FILTER (WHERE phase = 'available')::bigint AS available,
      sum(amount_minor) FILTER (WHERE phase = 'in_payout')::bigint AS in_payout, sum(amount_minor) FILTER (WHERE phase = 'paid')::bigint AS paid,
      sum(amount_minor) FILTER (WHERE phase = 'available' AND posted_at >= %(from)s AND posted_at < %(to)s
        AND kind <> ALL(%(taken)s) AND kind <> ALL(%(leaving)s))::bigint AS earned,
      sum(amount_minor) FILTER (WHERE phase = 'available' AND posted_at >= %(from)s AND posted_at < %(to)s AND kind = ANY(%(taken)s))::bigint AS reversed,
      sum(amount_minor) FILTER (WHERE phase = 'available' AND posted_at >= %(from)s AND posted_at < %(to)s AND kind = ANY(%(leaving)s))::bigint AS paid_now
    FROM ledger_entries WHERE brand_id = %(brand_id)s GROUP BY payee_id) b ON b.payee_id = y.id
  WHERE y.brand_id = %(brand_id)s AND y.party IN ('guide', 'org_unit')
)
SELECT *, count(*) OVER () FROM listed
WHERE (%(kind)s = '' OR kind = %(kind)s) AND (%(q)s = '' OR strpos(lower(name || ' ' || place || ' ' || employee_no), lower(%(q)s)) > 0)
  AND (NOT %(moved)s OR earned <> 0 OR reversed <> 0 OR paid_now <> 0) AND (NOT %(unverified)s OR (bank_hint <> '' AND NOT verified))
  AND (%(account)s = '' OR account = %(account)s OR (%(account)s = 'onboarding' AND account = 'due'))
"""


@dataclass(frozen=True, slots=True)
class PayeeRow:
    """Amounts in minor units: standing per phase, and inside the period (signed) what was `earned` (write-offs too), `reversed`,
    and asked for or put into payouts (`paid_now`). `account` is the state of the one at the provider, 'none' without one."""

    id: UUID
    name: str
    kind: str
    tax_kind: str
    status: str
    bank_hint: str
    verified: bool
    place: str
    employee_no: str
    guide_id: UUID | None
    unit_id: UUID | None
    pending: int
    held: int
    available: int
    in_payout: int
    paid: int
    earned: int
    reversed: int
    paid_now: int
    account: str


def payees_page(session: Session, *, brand_id: int, from_: datetime, to: datetime, q: str = "", kind: str = "", moved: bool = False,
                unverified: bool = False, account: str = "", provider: str = "", sort: str = "-available", number: int = 1) -> Page:
    """Guides and units money is owed to; `moved` keeps those with movement in [from_, to), `account` one of ACCOUNTS at the `provider`."""
    asked: dict[str, Any] = {"brand_id": brand_id, "from": from_, "to": to, "q": q, "kind": kind if kind in KINDS else "", "moved": moved,
                             "unverified": unverified, "account": account if account in ACCOUNTS else "", "provider": provider,
                             "taken": kinds_of("reversed", "fees"), "leaving": kinds_of("requested", "paid")}
    order = SORTS.get(sort, SORTS["-available"])
    number = max(number, 1)
    sql = f"{LISTED} ORDER BY {order}, name, id LIMIT {PAGE_SIZE} OFFSET %(offset)s"
    rows = gather(session, (sql, {**asked, "offset": (number - 1) * PAGE_SIZE}))[0]
    if not rows and number > 1:
        return payees_page(session, brand_id=brand_id, from_=from_, to=to, q=q, kind=kind, moved=moved, unverified=unverified, account=account,
                           provider=provider, sort=sort)
    return Page([PayeeRow(*row[:-1]) for row in rows], rows[0][-1] if rows else 0, number)


CARD = """
SELECT coalesce(u.kind, y.party), coalesce(s.name, u.code, ''), coalesce(g.employee_no, ''), y.tax_kind, y.bank_hint
FROM payees y LEFT JOIN guides g ON g.brand_id = y.brand_id AND g.payee_id = y.id
LEFT JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
LEFT JOIN org_units u ON u.brand_id = y.brand_id AND u.payee_id = y.id
WHERE y.brand_id = %(brand_id)s AND y.id = %(payee_id)s LIMIT 1"""


@dataclass(frozen=True, slots=True)
class PayeeCard:
    """Who a payee is, as the head of a letter says it: guide, kind of unit, or brand and platform."""

    kind: str
    place: str
    employee_no: str
    tax_kind: str
    bank_hint: str


def payee_card(session: Session, *, brand_id: int, payee_id: UUID) -> PayeeCard:
    return PayeeCard(*gather(session, (CARD, {"brand_id": brand_id, "payee_id": payee_id}))[0][0])
