"""What payouts and withdrawals post: one transaction per payout, whose cause makes sure that it happens once (R18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather

from .claims import PHASES
from .models import PayoutRun

POST = """
WITH chosen AS MATERIALIZED (
  SELECT p.id, p.payee_id, p.tax_withheld_minor, gen_random_uuid() AS transaction_id FROM payouts p
  WHERE p.brand_id = %(brand_id)s AND p.run_id = %(run_id)s AND p.state = %(state)s AND (%(ids)s::uuid[] IS NULL OR p.id = ANY(%(ids)s))
), header AS (
  INSERT INTO ledger_transactions (brand_id, id, cause, kind, posted_at, note)
  SELECT %(brand_id)s, transaction_id, format('payout:%%s:%%s', id, %(what)s::text), %(kind)s, %(now)s,
         jsonb_build_object('payout_run_id', %(run_id)s::uuid, 'payout_id', id) FROM chosen
), moved AS (
  SELECT c.transaction_id, c.payee_id, e.role, sum(e.amount_minor)::bigint AS amount
  FROM chosen c JOIN payout_entries x ON x.brand_id = %(brand_id)s AND x.payout_id = c.id
  JOIN ledger_entries e ON e.brand_id = x.brand_id AND e.id = x.entry_id GROUP BY 1, 2, 3
), sides AS (
  SELECT transaction_id, payee_id, role, side.phase, side.sign * amount AS amount
  FROM moved CROSS JOIN (VALUES (%(source)s, -1), (%(target)s, 1)) AS side(phase, sign)
  UNION ALL
  SELECT transaction_id, payee_id, 'tax', side.phase, side.sign * tax_withheld_minor * %(tax)s
  FROM chosen CROSS JOIN (VALUES ('paid', -1), ('withheld', 1)) AS side(phase, sign)
)
INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, posted_at)
SELECT %(brand_id)s, gen_random_uuid(), transaction_id, payee_id, role, phase, %(kind)s, amount, %(now)s FROM sides WHERE amount <> 0"""

WITHDRAWALS_BACK = """
WITH back AS MATERIALIZED (
  SELECT id, payee_id, amount_minor, gen_random_uuid() AS transaction_id FROM withdrawals
  WHERE brand_id = %(brand_id)s AND payout_id = ANY(%(ids)s) AND state = 'failed'
), header AS (
  INSERT INTO ledger_transactions (brand_id, id, cause, kind, posted_at, note)
  SELECT %(brand_id)s, transaction_id, format('withdrawal:%%s:undone', id), 'withdrawal_undo', %(now)s, jsonb_build_object('withdrawal_id', id) FROM back
)
INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, posted_at)
SELECT %(brand_id)s, gen_random_uuid(), transaction_id, payee_id, 'withdrawal', side.phase, 'withdrawal_undo', side.sign * amount_minor, %(now)s
FROM back CROSS JOIN (VALUES ('requested', -1), ('available', 1)) AS side(phase, sign)"""


def post_drafted(session: Session, *, run: PayoutRun, now: datetime) -> None:
    _post(session, run, "draft", "drafted", "payout", PHASES[run.scope], "in_payout", now)


def post_undone(session: Session, *, run: PayoutRun, now: datetime, payout_ids: Sequence[UUID] | None = None) -> None:
    """Of payouts just cancelled: their money goes back where it was claimed."""
    _post(session, run, "cancelled", "undone", "payout_undone", "in_payout", PHASES[run.scope], now, payout_ids)


def post_done(session: Session, *, run: PayoutRun, now: datetime, payout_ids: Sequence[UUID] | None = None) -> None:
    """Of payouts just paid: the net is paid, the tax withheld; both were hers."""
    _post(session, run, "paid", "done", "payout_done", "in_payout", "paid", now, payout_ids, tax=1)


def post_failed(session: Session, *, run: PayoutRun, now: datetime, payout_ids: Sequence[UUID], paid: bool) -> None:
    """Of payouts just failed: back from paid (and the tax with it) or from under way to where they were claimed."""
    _post(session, run, "failed", "failed", "payout_failed", "paid" if paid else "in_payout", PHASES[run.scope], now, payout_ids, tax=-1 if paid else 0)


def post_withdrawals_back(session: Session, *, brand_id: int, payout_ids: Sequence[UUID], now: datetime) -> None:
    """Of withdrawals just failed: what was requested is available again."""
    gather(session, (WITHDRAWALS_BACK, {"brand_id": brand_id, "ids": list(payout_ids), "now": now}))


def _post(session: Session, run: PayoutRun, state: str, what: str, kind: str, source: str, target: str, now: datetime,
          payout_ids: Sequence[UUID] | None = None, *, tax: int = 0) -> None:
    gather(session, (POST, {
        "brand_id": run.brand_id, "run_id": run.id, "state": state, "what": what, "kind": kind, "source": source, "target": target, "now": now,
        "ids": None if payout_ids is None else list(payout_ids), "tax": tax}))
