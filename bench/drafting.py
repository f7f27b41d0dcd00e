"""A payout run of a hundred thousand payees drafted, beside a bare insert of as many rows."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime

from app import create_app
from app.config import from_env
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.flows.pay_out import draft_payout_run
from app.kernel.ids import new_id
from bench.books import client_side, superuser, vacuum
from bench.machine import Shop, a_brand

PAYEES = int(os.environ.get("BENCH_PAYEES", "100000"))

OWED = """
INSERT INTO payees (brand_id, id, party, tax_kind, name) SELECT %(brand)s, uuidv7(), 'guide', 'employee', 'payee ' || n FROM generate_series(1, %(payees)s) n;
INSERT INTO ledger_transactions (brand_id, id, cause, kind, posted_at) VALUES (%(brand)s, %(transaction)s, 'owed', 'released', %(now)s);
INSERT INTO ledger_transactions (brand_id, id, cause, kind, posted_at) SELECT %(brand)s, uuidv7(), 'sale ' || n, 'placed', %(now)s FROM generate_series(1, %(payees)s) n;
INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, posted_at)
SELECT %(brand)s, uuidv7(), %(transaction)s, id, 'guide', side.phase, 'released', side.sign * 1234, %(now)s
FROM payees CROSS JOIN (VALUES ('held', -1), ('available', 1)) AS side(phase, sign) WHERE brand_id = %(brand)s AND party = 'guide'"""

BY_HAND = """
WITH made AS (
  INSERT INTO payouts (brand_id, id, run_id, payee_id, amount_minor, state, method, tax_kind)
  SELECT brand_id, gen_random_uuid(), %(run)s, payee_id, amount_minor, 'draft', 'payroll', 'employee' FROM ledger_entries
  WHERE brand_id = %(brand)s AND phase = 'available' RETURNING id, payee_id
), claimed AS (
  INSERT INTO payout_entries (brand_id, id, payout_id, entry_id)
  SELECT e.brand_id, gen_random_uuid(), made.id, e.id FROM ledger_entries e JOIN made USING (payee_id) WHERE e.brand_id = %(brand)s AND e.phase = 'available'
), headers AS (
  INSERT INTO ledger_transactions (brand_id, id, cause, kind, posted_at)
  SELECT %(brand)s, made.id, 'by hand ' || made.id, 'payout', %(now)s FROM made
)
INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, posted_at)
SELECT %(brand)s, gen_random_uuid(), made.id, made.payee_id, 'guide', side.phase, 'payout', side.sign * 1234, %(now)s
FROM made CROSS JOIN (VALUES ('available', -1), ('in_payout', 1)) AS side(phase, sign)"""
RUN = """INSERT INTO payout_runs (brand_id, id, number, state, cutoff, drafted_by_id, drafted_by, drafted_at)
VALUES (%(brand)s, %(run)s, 1, 'draft', %(now)s, 'x', 'x', %(now)s)"""


def payout_draft(place: Shop) -> str:
    """Goal: ≤ 3 × the time of the bare insert: payouts, claims and postings, nothing judged."""
    folder, now = place.environment["EMBEDDED_POSTGRES"], datetime.now(UTC)
    app = create_app(from_env({**os.environ, **place.environment}))
    ours, other = (a_brand(app, slug, now) for slug in ("drafting", "drafting-by-hand"))
    for brand_id in (ours, other):
        with superuser(folder) as connection:
            connection.execute("SET LOCAL session_replication_role = replica")
            client_side(connection).execute(OWED, {"brand": brand_id, "payees": PAYEES, "transaction": new_id(), "now": now})
    vacuum(folder)
    with superuser(folder) as connection:
        began = time.monotonic()
        names = {"brand": other, "run": new_id(), "now": now}
        connection.execute(RUN, names)
        connection.execute(BY_HAND, names)
        connection.commit()
        by_hand = time.monotonic() - began
    vacuum(folder)
    began = time.monotonic()
    with app.database.transaction(ours) as session:
        act_as(session, command("bench"))
        assert draft_payout_run(session, brand_id=ours, now=now).payout_count == PAYEES
    drafted = time.monotonic() - began
    app.database.dispose()
    return f"payout draft, {PAYEES:,} payees  {drafted:.1f} s   INSERT … SELECT {by_hand:.1f} s   ratio {drafted / by_hand:.2f}  (goal ≤ 3)"
