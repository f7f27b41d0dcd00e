"""The bank's result file is read against one run: who got the money is confirmed, what came back is available again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.people.audit import note
from app.domain.settlement.models import Payout
from app.domain.settlement.results import ResultRow, read_results
from app.domain.settlement.rules import BY_TRANSFER
from app.flows.reconcile_payouts import confirm_payouts, fail_payouts, locked_run
from app.kernel.sheets import Row, RowError


@dataclass(frozen=True, slots=True)
class ResultsTaken:
    """Every line is in exactly one of the four. `applied` says whether anything was written."""

    confirmed: int
    failed: int
    unchanged: int
    errors: tuple[RowError, ...]
    applied: bool = False


def import_results(session: Session, *, brand_id: int, run_id: UUID, rows: Iterable[Row], dry_run: bool = False, skip_errors: bool = False,
                   now: datetime) -> ResultsTaken:
    """Applies the good lines when there is no bad one, or when bad ones are to be skipped; a dry run only tells.

    `rows` are (line number, cells), the header among the first ten. The same file again changes nothing.
    """
    run = locked_run(session, run_id)
    lines, errors = read_results(rows)
    states = {row.id: (row.state, row.confirmed_at is not None) for row in session.execute(
        select(Payout.id, Payout.state, Payout.confirmed_at).where(
            Payout.run_id == run_id, Payout.state.not_in(("left_out", "cancelled")), Payout.method != BY_TRANSFER))}
    sorted_out: dict[str, list[ResultRow]] = {"confirmed": [], "failed": [], "unchanged": []}
    for one in lines:
        wrong = _problem(one, states.get(one.payout_id))
        if wrong:
            errors.append(wrong)
        else:
            sorted_out["unchanged" if _known(one, *states[one.payout_id]) else one.result].append(one)
    apply = not dry_run and (skip_errors or not errors)
    if apply:
        confirm_payouts(session, brand_id=brand_id, run_id=run_id, payout_ids=[one.payout_id for one in sorted_out["confirmed"]], now=now)
        fail_payouts(session, brand_id=brand_id, run_id=run_id, reasons={one.payout_id: one.reason for one in sorted_out["failed"]}, now=now)
        note(session, action="import", subject_kind="payout_runs", subject_id=run_id, subject_name=str(run.number),
             after={name: len(found) for name, found in sorted_out.items()})
    counts = {name: len(found) for name, found in sorted_out.items()}
    return ResultsTaken(**counts, errors=tuple(sorted(errors, key=lambda error: error.line)), applied=apply)


def _problem(one: ResultRow, known: tuple[str, bool] | None) -> RowError | None:
    if known is None:
        return RowError(one.line, "payout", "payout_not_in_run", "这一批里没有这个打款编号")
    if known[0] == "failed" and one.result == "confirmed":
        return RowError(one.line, "result", "payout_failed_before", "这笔已经记为失败，金额退回了可提现，请和银行核对")
    return None


def _known(one: ResultRow, state: str, confirmed: bool) -> bool:
    return state == "failed" if one.result == "failed" else confirmed
