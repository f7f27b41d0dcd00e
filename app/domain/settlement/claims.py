"""Which entries a payout run claims, payee by payee, and whom it may pay: set-based, no entry passes through Python (R15).

A run of scope 'all' claims what stands available, one of scope 'withdrawals' what stands requested. In both, every entry
counts but those by which payouts themselves moved money: so negative entries net, and claims add up to the balance. What an
order earned is left while the shopper's bank asks for its payment. Whoever has an account at the provider is paid by transfer;
of the brand itself only what came in through the provider.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.provider.accounts import STANDING
from app.kernel.db import dump_json, gather

from .models import PayoutRun
from .rules import BY_TRANSFER, METHODS

PHASES = {"all": "available", "withdrawals": "requested"}
AT_ONCE = 5_000

CLAIM = f"""
WITH holders AS MATERIALIZED (
  SELECT y.id, y.party, y.tax_kind, h.opened_at,
    CASE WHEN EXISTS (SELECT FROM charges c WHERE c.brand_id = %(brand_id)s AND c.settled_minor IS NOT NULL) THEN {STANDING} END AS account
  FROM payees y LEFT JOIN LATERAL (SELECT min(a.created_at) AS opened_at FROM provider_accounts a
    WHERE a.brand_id = y.brand_id AND a.payee_id = y.id AND a.provider = %(provider)s) h ON true
  WHERE y.brand_id = %(brand_id)s AND y.party IN ('guide', 'org_unit', 'brand')
), asked_back AS MATERIALIZED (
  SELECT l.id FROM chargebacks b JOIN order_lines l ON l.brand_id = b.brand_id AND l.order_id = b.order_id
  WHERE b.brand_id = %(brand_id)s AND b.state = 'open'
), open AS MATERIALIZED (
  SELECT e.id, e.payee_id, e.amount_minor FROM ledger_entries e JOIN holders y ON y.id = e.payee_id
  WHERE e.brand_id = %(brand_id)s AND e.phase = %(phase)s AND e.kind NOT IN ('payout', 'payout_undone', 'payout_failed')
    AND (e.posted_at <= %(cutoff)s OR e.amount_minor < 0)
    AND NOT EXISTS (SELECT FROM payout_entries x WHERE x.brand_id = e.brand_id AND x.entry_id = e.id)
    AND (e.amount_minor < 0 OR e.order_line_id IS NULL OR e.order_line_id NOT IN (SELECT id FROM asked_back))
    AND (y.party <> 'brand' OR y.account IS NOT NULL AND EXISTS (
      SELECT FROM ledger_transactions t LEFT JOIN order_lines l ON l.brand_id = t.brand_id AND l.id = e.order_line_id
      LEFT JOIN payments p ON p.brand_id = t.brand_id AND p.order_id = coalesce(l.order_id, t.order_id, (t.note ->> 'order_id')::uuid)
      LEFT JOIN charges c ON c.brand_id = p.brand_id AND c.payment_id = p.id
      WHERE t.brand_id = e.brand_id AND t.id = e.transaction_id
        AND (c.id IS NOT NULL OR e.posted_at >= y.opened_at AND coalesce(l.order_id, t.order_id, (t.note ->> 'order_id')::uuid) IS NULL)))
), due AS MATERIALIZED (
  SELECT y.id AS payee_id, y.tax_kind, o.amount, gen_random_uuid() AS payout_id,
    CASE WHEN y.account IS NOT NULL THEN '{BY_TRANSFER}' ELSE %(methods)s::jsonb ->> y.tax_kind END AS method
  FROM (SELECT payee_id, sum(amount_minor)::bigint AS amount FROM open GROUP BY payee_id HAVING sum(amount_minor) <> 0) o
  JOIN holders y ON y.id = o.payee_id
), made AS (
  INSERT INTO payouts (brand_id, id, run_id, payee_id, amount_minor, state, reason, method, tax_kind)
  SELECT %(brand_id)s, payout_id, %(run_id)s, payee_id, amount, CASE WHEN amount > 0 THEN 'draft' ELSE 'left_out' END,
         CASE WHEN amount > 0 THEN '' ELSE 'nothing_due' END, method, tax_kind FROM due
)
INSERT INTO payout_entries (brand_id, id, payout_id, entry_id)
SELECT %(brand_id)s, gen_random_uuid(), due.payout_id, open.id FROM due JOIN open USING (payee_id) WHERE due.amount > 0"""  # noqa: S608 (constants of the code)
"""One statement, so that what is summed is what is claimed. What was taken back or asked for after the cut-off counts too. What stands on
no order (rewards, fees) is the brand's here since it opened its account; before, it paid them itself."""

CANDIDATES = f"""
SELECT p.id, p.payee_id, p.amount_minor, p.tax_kind, y.tax_kind, y.status, y.bank_verified_at IS NOT NULL, g.status,
  CASE WHEN y.tax_kind = 'company' AND s.company_invoices THEN p.amount_minor + (
    SELECT coalesce(sum(q.amount_minor), 0) FROM payouts q WHERE q.brand_id = p.brand_id AND q.payee_id = p.payee_id AND q.id <> p.id
      AND q.tax_kind = 'company' AND q.state IN ('draft', 'approved', 'sent', 'paid')) - (
    SELECT coalesce(sum(i.amount_minor), 0) FROM invoices i WHERE i.brand_id = p.brand_id AND i.payee_id = p.payee_id AND i.voided_at IS NULL)
  ELSE 0 END::bigint,
  CASE WHEN %(scope)s = 'withdrawals' AND p.state = 'draft' THEN (
    SELECT -coalesce(sum(e.amount_minor), 0) FROM ledger_entries e
    WHERE e.brand_id = p.brand_id AND e.payee_id = p.payee_id AND e.phase = 'available') ELSE 0 END::bigint,
  p.method, {STANDING}
FROM payouts p
JOIN payees y ON y.brand_id = p.brand_id AND y.id = p.payee_id
JOIN brand_settings s ON s.brand_id = p.brand_id
LEFT JOIN guides g ON g.brand_id = p.brand_id AND g.payee_id = p.payee_id
WHERE p.brand_id = %(brand_id)s AND p.run_id = %(run_id)s AND p.state IN ('draft', 'approved')
ORDER BY p.payee_id FOR SHARE OF y"""  # noqa: S608 (constants of the code)
"""The payees are held still: what is decided here about their accounts is what the file will say."""

GIVE_UP = """
DELETE FROM payout_entries x USING payouts p
WHERE p.brand_id = %(brand_id)s AND p.run_id = %(run_id)s AND x.brand_id = p.brand_id AND x.payout_id = p.id
  AND (%(ids)s::uuid[] IS NULL OR p.id = ANY(%(ids)s))"""

REVISE = """
UPDATE payouts p SET state = r.state, reason = r.reason, tax_withheld_minor = r.tax, tax_trace = r.trace
FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id uuid, state text, reason text, tax bigint, trace jsonb)
WHERE p.brand_id = %(brand_id)s AND p.id = r.id"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What decides whether a payout is made; amounts in minor units, `drafted_as` and `tax_kind` say how she was and is paid."""

    payout_id: UUID
    payee_id: UUID
    amount_minor: int
    drafted_as: str
    tax_kind: str
    status: str
    verified: bool
    guide_status: str | None
    uncovered_minor: int
    owes_minor: int
    method: str
    account: str | None
    """At the provider: ready, restricted or None."""


def claim(session: Session, *, run: PayoutRun) -> None:
    """One payout per payee, with the entries it is the sum of; whose balance is not above zero is left out."""
    gather(session, (CLAIM, {"brand_id": run.brand_id, "run_id": run.id, "phase": PHASES[run.scope], "cutoff": run.cutoff, "methods": dump_json(METHODS),
                             "provider": BY_TRANSFER}))


def candidates(session: Session, *, run: PayoutRun) -> list[Candidate]:
    """The payouts of a run that are not made yet, with what is known of their payees now; those cannot change until the commit."""
    rows = gather(session, (CANDIDATES, {"brand_id": run.brand_id, "run_id": run.id, "scope": run.scope, "provider": BY_TRANSFER}))[0]
    return [Candidate(*row) for row in rows]


def revise(session: Session, *, brand_id: int, rows: Sequence[dict[str, Any]]) -> None:
    """Writes id, state, reason, tax and trace of payouts."""
    for part in portions(rows):
        gather(session, (REVISE, {"brand_id": brand_id, "rows": dump_json(part)}))


def give_up(session: Session, *, run: PayoutRun, payout_ids: Sequence[UUID] | None = None) -> None:
    """Lets go of the entries of these payouts, or of all: another run may claim them."""
    gather(session, (GIVE_UP, {"brand_id": run.brand_id, "run_id": run.id, "ids": None if payout_ids is None else list(payout_ids)}))


def portions(rows: Sequence[Any], size: int = AT_ONCE) -> Iterator[Sequence[Any]]:
    """So that no statement carries a hundred thousand rows at once."""
    return (rows[at:at + size] for at in range(0, len(rows), size))
