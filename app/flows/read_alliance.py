"""The orders an alliance owes a commission for, read by hours without a gap: where a reading fails, the next one begins there.

For the brand to see, not booked: what an alliance pays falls after refunds even after it was settled, is paid out monthly to the alliance account and not
through us, and excludes the guide's own commission on the line. Who gets which part of it is decided with the alliance's pool, and only then posted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import select, text, update

from app.domain.alliance.actions import take_in
from app.domain.alliance.models import AllianceReading
from app.domain.alliance.ports import AllianceDoors, AlliancePool
from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.ports import FlagshipUnreachable, Transactions
from app.domain.catalog.secrets import SourceSecrets
from app.kernel.errors import Invalid, Refused
from app.kernel.queue import defer

LATE = timedelta(hours=2)
"""A row may become visible so long after the moment it carries: that much is read again every time."""
STEP, MOST = timedelta(hours=6), 20
"""Kept after every six hours; so many steps a job, then another one."""
BATCH = 500
ONE_WORKER = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:source, 7032))")


def read_alliance(database: Transactions, *, brand_id: int, source_id: UUID, doors: AllianceDoors, now: datetime) -> str:
    """All that changed since the last reading: read, more (another job goes on), failed or "" for one that is not read."""
    with database.transaction(brand_id) as guard:
        if not guard.scalar(ONE_WORKER, {"source": f"{brand_id}:{source_id}"}):
            return ""
        try:
            found = _opened(database, brand_id, source_id, doors, now)
            return _read(database, brand_id, source_id, *found, now) if found else ""
        except (FlagshipUnreachable, Refused) as failure:
            return _fail(database, brand_id, source_id, failure, now)


def _opened(database: Transactions, brand_id: int, source_id: UUID, doors: AllianceDoors, now: datetime) -> tuple[AlliancePool, datetime] | None:
    """The pool, and from when on its rows are wanted."""
    with database.transaction(brand_id) as session:
        found = session.execute(select(FlagshipSource, AllianceReading.read_until).join(
            AllianceReading, (AllianceReading.brand_id == FlagshipSource.brand_id) & (AllianceReading.source_id == FlagshipSource.id)).where(
            FlagshipSource.brand_id == brand_id, FlagshipSource.id == source_id, FlagshipSource.status == "active", AllianceReading.active)).one_or_none()
        if found is None:
            return None
        kind, settings, read_until = found[0].kind, {**found[0].settings}, found[1]
    secrets = SourceSecrets(database, brand_id, source_id)
    try:
        return doors.open_alliance(kind, settings, now=now, secrets=secrets, alone=secrets.alone), read_until - LATE
    except ValueError:
        raise Refused("secrets_unreadable", "保存的密钥已无法解开，请重新填写") from None


def _read(database: Transactions, brand_id: int, source_id: UUID, pool: AlliancePool, since: datetime, now: datetime) -> str:
    for _ in range(MOST):
        until = min(since + STEP, now)
        rows = pool.changed_rows(since=since, until=until)
        while batch := list(islice(rows, BATCH)):
            with database.transaction(brand_id) as session:
                take_in(session, brand_id=brand_id, source_id=source_id, rows=batch, now=now)
        with database.transaction(brand_id) as session:
            session.execute(update(AllianceReading).where(AllianceReading.brand_id == brand_id, AllianceReading.source_id == source_id).values(
                read_until=until, read_at=now, error_code="", error_message="", error_data=None).execution_options(synchronize_session=False))
            since = until
            if since < now:
                continue
            return "read"
    with database.transaction(brand_id) as session:
        defer(session, "read_alliance", brand_id=brand_id, source_id=str(source_id))
    return "more"


def _fail(database: Transactions, brand_id: int, source_id: UUID, failure: FlagshipUnreachable | Refused, now: datetime) -> str:
    if isinstance(failure, Invalid):
        failure = failure.errors[0]
    with database.transaction(brand_id) as session:
        session.execute(update(AllianceReading).where(AllianceReading.brand_id == brand_id, AllianceReading.source_id == source_id).values(
            failed_at=now, error_code=failure.code[:60], error_message=failure.message, error_data=dict(failure.data))
            .execution_options(synchronize_session=False))
    return "failed"
