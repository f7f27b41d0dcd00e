"""What is available is paid: drafted, approved by a second person, executed; each entry in at most one payout (R15)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.ledger.actions import Entry, post
from app.domain.people.audit import acting
from app.domain.settlement.models import Payout, PayoutRun
from app.domain.settlement.payout_files import payout_csv
from app.domain.settlement.rules import left_out, method_of
from app.flows.announce import announce
from app.kernel.db import gather, insert_rows
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.files import Files
from app.kernel.ids import new_id
from app.kernel.locks import one_at_a_time

OPEN_ENTRIES = """
SELECT y.id, y.party, y.tax_kind, y.status, y.bank_verified_at IS NOT NULL, g.status, sum(e.amount_minor)::bigint, array_agg(e.id)
FROM ledger_entries e
JOIN payees y ON y.brand_id = e.brand_id AND y.id = e.payee_id AND y.party IN ('guide', 'org_unit')
LEFT JOIN guides g ON g.brand_id = y.brand_id AND g.payee_id = y.id
WHERE e.brand_id = %(brand_id)s AND e.phase = 'available' AND e.kind NOT IN ('payout', 'payout_undone') AND e.posted_at <= %(cutoff)s
  AND NOT EXISTS (SELECT FROM payout_entries x WHERE x.brand_id = e.brand_id AND x.entry_id = e.id)
GROUP BY y.id, y.party, y.tax_kind, y.status, y.bank_verified_at, g.status ORDER BY y.id"""

CLAIMED = """
SELECT p.payee_id, e.role, sum(e.amount_minor)::bigint
FROM payouts p JOIN payout_entries x ON x.brand_id = p.brand_id AND x.payout_id = p.id
JOIN ledger_entries e ON e.brand_id = x.brand_id AND e.id = x.entry_id
WHERE p.brand_id = %(brand_id)s AND x.brand_id = %(brand_id)s AND e.brand_id = %(brand_id)s AND p.run_id = %(run_id)s
GROUP BY p.payee_id, e.role ORDER BY p.payee_id, e.role"""

MINIMUM = "SELECT payout_minimum_minor FROM brand_settings WHERE brand_id = %(brand_id)s"


def draft_payout_run(session: Session, *, brand_id: int, now: datetime) -> PayoutRun:
    """Claims every available entry up to now, one payout per payee; payees passed over are kept with the reason.

    Refuses while another run is open, or when nothing can be paid.
    """
    one_at_a_time(session, f"payout:{brand_id}")
    if session.scalar(select(PayoutRun.id).where(PayoutRun.state.in_(("draft", "approved")))):
        raise Conflict("run_open", "上一批打款还没有执行或取消")
    balances, minimum = gather(session, (OPEN_ENTRIES, {"brand_id": brand_id, "cutoff": now}), (MINIMUM, {"brand_id": brand_id}))
    actor = acting(session)
    number = (session.scalar(select(func.max(PayoutRun.number))) or 0) + 1
    run = PayoutRun(brand_id=brand_id, id=new_id(), number=number, state="draft", cutoff=now, drafted_by_id=actor.ref, drafted_by=actor.name, drafted_at=now)
    session.add(run)
    session.flush()
    payouts, claims = _sort_out(run, balances, int(minimum[0][0]))
    if not claims:
        raise Refused("nothing_to_pay", "现在没有可以打款的金额")
    run.payout_count = sum(payout["state"] == "draft" for payout in payouts)
    run.amount_minor = sum(payout["amount_minor"] for payout in payouts if payout["state"] == "draft")
    gather(session, insert_rows("payouts", payouts), insert_rows("payout_entries", claims))
    _post(session, run, "drafted", "payout", "available", "in_payout", now)
    session.flush()
    return run


def _sort_out(run: PayoutRun, balances: Any, minimum: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    payouts, claims = [], []
    for payee_id, _party, tax_kind, status, verified, guide_status, amount, entry_ids in balances:
        reason = left_out(tax_kind=tax_kind, status=status, verified=verified, guide_status=guide_status, amount_minor=amount, minimum_minor=minimum)
        payout_id = new_id()
        payouts.append({"brand_id": run.brand_id, "id": payout_id, "run_id": run.id, "payee_id": payee_id, "amount_minor": amount,
                        "tax_withheld_minor": 0, "state": "left_out" if reason else "draft", "method": method_of(tax_kind), "reason": reason or ""})
        if not reason:
            claims += [{"brand_id": run.brand_id, "id": new_id(), "payout_id": payout_id, "entry_id": entry_id} for entry_id in entry_ids]
    return payouts, claims


def approve_payout_run(session: Session, *, brand_id: int, run_id: UUID, now: datetime) -> PayoutRun:
    """R15: by another person than the one who drafted it; the database refuses the same one too."""
    run = _locked(session, run_id, "draft")
    actor = acting(session)
    if actor.ref == run.drafted_by_id:
        raise Refused("second_person", "起草和批准必须是两个人，请另一位同事批准")
    run.state, run.approved_by_id, run.approved_by, run.approved_at = "approved", actor.ref, actor.name, now
    for payout in payouts_of(session, run_id):
        payout.state = "approved" if payout.state == "draft" else payout.state
    session.flush()
    return run


def execute_payout_run(session: Session, *, brand_id: int, run_id: UUID, files: Files, now: datetime) -> PayoutRun:
    """Writes the payroll and bank file and books every payout as paid. Executing twice is refused."""
    run = _locked(session, run_id, "approved")
    run.file_key = f"{brand_id}/payouts/{run.id}.csv"
    files.put(run.file_key, payout_csv(session, brand_id=brand_id, run=run))
    for payout in payouts_of(session, run_id):
        if payout.state == "approved":
            payout.state, payout.paid_at = "paid", now
    run.state, run.executed_at = "executed", now
    session.flush()
    _post(session, run, "executed", "payout_done", "in_payout", "paid", now)
    announce(session, brand_id=brand_id, event="payout.executed", now=now,
             payload={"payout_run_id": str(run.id), "number": run.number, "amount": run.amount_minor, "payouts": run.payout_count})
    return run


def cancel_payout_run(session: Session, *, brand_id: int, run_id: UUID, now: datetime) -> PayoutRun:
    """Gives every claim up; the entries are available again."""
    run = _locked(session, run_id, "draft", "approved")
    _post(session, run, "cancelled", "payout_undone", "in_payout", "available", now)
    gather(session, ("""DELETE FROM payout_entries x USING payouts p WHERE x.brand_id = %(brand_id)s AND p.brand_id = x.brand_id
                        AND p.id = x.payout_id AND p.run_id = %(run_id)s""", {"brand_id": brand_id, "run_id": run_id}))
    for payout in payouts_of(session, run_id):
        payout.state = "cancelled" if payout.state != "left_out" else payout.state
    run.state = "cancelled"
    session.flush()
    return run


def payout_file(session: Session, *, brand_id: int, run_id: UUID) -> bytes:
    """The CSV of a run as it stands: a preview before execution, the same bytes after."""
    run = session.scalar(select(PayoutRun).where(PayoutRun.id == run_id))
    if run is None:
        raise NotFound("payout_run", run_id)
    return payout_csv(session, brand_id=brand_id, run=run)


def payouts_of(session: Session, run_id: UUID) -> list[Payout]:
    return list(session.scalars(select(Payout).where(Payout.run_id == run_id).order_by(Payout.amount_minor.desc(), Payout.id)))


def _locked(session: Session, run_id: UUID, *states: str) -> PayoutRun:
    run = session.scalar(select(PayoutRun).where(PayoutRun.id == run_id).with_for_update().execution_options(populate_existing=True))
    if run is None:
        raise NotFound("payout_run", run_id)
    if run.state not in states:
        raise Conflict("run_state", "这批打款现在是“%(state)s”，不能这样操作", state=run.state)
    return run


def _post(session: Session, run: PayoutRun, what: str, kind: str, source: str, target: str, now: datetime) -> None:
    """Moves what each payee claimed, role by role, so that every account says by itself what is still available."""
    entries = [Entry(payee_id, role, phase, sign * amount)
               for payee_id, role, amount in gather(session, (CLAIMED, {"brand_id": run.brand_id, "run_id": run.id}))[0]
               for phase, sign in ((source, -1), (target, 1))]
    post(session, brand_id=run.brand_id, cause=f"payout_run:{run.id}:{what}", kind=kind, entries=entries, now=now, note={"payout_run_id": str(run.id)})
