"""What a person asks of a sync: start, apply, go on, stop."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.catalog.models import FlagshipSource, SyncRun
from app.domain.catalog.sync_queries import is_stalled, sync_run
from app.domain.people.audit import acting, note
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.queue import defer

from .choosing import Choice, leave_out

JOB = "sync_flagship"


def queue_sync(session: Session, *, brand_id: int, source_id: UUID, mode: str, now: datetime, reads: str = "full", in_background: bool = True) -> SyncRun:
    """A new run of a source; `mode` preview stops before writing, apply goes through. `reads` changes: only what changed
    since the last one that was written, where the flagship can tell.

    Raises Conflict sync_running while another run of the source is under way. Without `in_background` the caller runs it.
    """
    if mode not in ("preview", "apply"):
        raise Refused("mode_invalid", "方式只能是 preview 或 apply", field="mode")
    if reads not in ("full", "changes"):
        raise Refused("reads_invalid", "读取范围只能是 full 或 changes", field="reads")
    source = session.scalar(select(FlagshipSource).where(FlagshipSource.id == source_id))
    if source is None or source.brand_id != brand_id or source.status != "active":
        raise NotFound("flagship_source", source_id)
    session.execute(text("SELECT pg_advisory_xact_lock(7023, :brand_id)"), {"brand_id": brand_id})
    _refuse_second(session, source_id)
    number = (session.scalar(select(func.max(SyncRun.number))) or 0) + 1
    run = SyncRun(source_id=source_id, number=number, mode=mode, reads=reads, state="queued", requested_by=acting(session).name[:80], created_at=now)
    session.add(run)
    return _flush_and_enqueue(session, run, "sync_queued", in_background=in_background)


def apply_sync(session: Session, *, brand_id: int, run_id: UUID, now: datetime, confirmed: bool = False, choice: Choice | None = None,
               in_background: bool = True) -> SyncRun:
    """Write exactly what the preview showed, or what of it is chosen. `confirmed`: also when most of the source's products
    would be taken down.

    Raises Conflict not_previewed, sync_running or confirmation_needed.
    """
    run = sync_run(session, brand_id=brand_id, run_id=run_id, lock=True)
    if run.state != "previewed":
        raise Conflict("not_previewed", "只有已比对、尚未写入的运行可以写入", state=run.state)
    if run.error_code and not confirmed:
        raise Conflict("confirmation_needed", run.error_message, field="confirmed", **(run.error_data or {}))
    session.execute(text("SELECT pg_advisory_xact_lock(7023, :brand_id)"), {"brand_id": brand_id})
    _refuse_second(session, run.source_id)
    if choice is not None:
        leave_out(session, run, choice)
    run.state, run.step, run.error_code, run.error_message, run.error_data = "queued", "applying", "", "", None
    run.done, run.total, run.finished_at = 0, 0, None
    return _flush_and_enqueue(session, run, "sync_apply_asked", in_background=in_background)


def resume_sync(session: Session, *, brand_id: int, run_id: UUID, now: datetime, in_background: bool = True) -> SyncRun:
    """Put a run whose worker died, or whose flagship broke off, back to work: it goes on where it stopped.

    Raises Conflict if it is at work or over.
    """
    run = sync_run(session, brand_id=brand_id, run_id=run_id, lock=True)
    if run.state == "failed" and run.cursor:
        session.execute(text("SELECT pg_advisory_xact_lock(7023, :brand_id)"), {"brand_id": brand_id})
        _refuse_second(session, run.source_id)
        run.state, run.error_code, run.error_message, run.error_data, run.finished_at = "queued", "", "", None, None
    if run.state not in ("queued", "running"):
        raise Conflict("not_running", "这次运行已经结束，不需要继续", state=run.state)
    if run.state == "running" and not is_stalled(session, run):
        raise Conflict("sync_running", "这次运行还在进行", number=run.number)
    return _flush_and_enqueue(session, run, "sync_resumed", in_background=in_background)


def cancel_sync(session: Session, *, brand_id: int, run_id: UUID, now: datetime) -> SyncRun:
    """Stop a run that has written nothing yet. Raises Conflict once it is writing or over."""
    run = sync_run(session, brand_id=brand_id, run_id=run_id, lock=True)
    if run.state not in ("queued", "running", "previewed") or run.finished_at is not None or run.step in ("applying", "checking"):
        raise Conflict("cannot_cancel", "已经开始写入或已结束的运行不能取消", state=run.state)
    run.state, run.finished_at = "cancelled", now
    note(session, action="sync_cancelled", subject_kind="sync_runs", subject_id=run.id, subject_name=f"#{run.number}")
    return run


def _refuse_second(session: Session, source_id: UUID) -> None:
    number = session.scalar(select(SyncRun.number).where(SyncRun.source_id == source_id, SyncRun.state.in_(("queued", "running"))))
    if number is not None:
        raise Conflict("sync_running", "这个来源正在同步（运行 #%(number)d）", number=number)


def _flush_and_enqueue(session: Session, run: SyncRun, action: str, *, in_background: bool) -> SyncRun:
    try:
        with session.begin_nested():
            session.flush()
            session.execute(update(SyncRun).where(SyncRun.id == run.id).values(heartbeat_at=func.clock_timestamp())
                            .execution_options(synchronize_session=False))
    except IntegrityError:
        raise Conflict("sync_running", "这个来源正在同步") from None
    note(session, action=action, subject_kind="sync_runs", subject_id=run.id, subject_name=f"#{run.number}")
    if in_background:
        defer(session, JOB, brand_id=run.brand_id, run_id=str(run.id))
    return run
