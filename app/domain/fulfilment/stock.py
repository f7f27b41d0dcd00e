"""The flagship's stock follows our sales: one row per movement of an order line, written there once by its key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.domain.orders.models import OrderLine
from app.kernel.errors import Conflict, NotFound
from app.kernel.ids import new_id

from .actions import Told, plain
from .models import StockWrite
from .rules import LEASE


def take_stock_there(session: Session, *, line: OrderLine, source_id: UUID, external_id: str, now: datetime) -> StockWrite:
    """Its pieces are sold."""
    return _add(session, line.brand_id, line.id, line.variant_id, source_id, external_id, -line.quantity, f"{line.id.hex}:out", now)


def give_back_stock(session: Session, *, brand_id: int, unsent: Mapping[UUID, int], now: datetime) -> list[StockWrite]:
    """Pieces that were called off before they left, as far as they had been taken."""
    made = []
    for write in session.scalars(select(StockWrite).where(StockWrite.order_line_id.in_(list(unsent)), StockWrite.by < 0, StockWrite.state != "dropped")
                                 .order_by(StockWrite.id).with_for_update()).all():
        back = session.scalar(select(func.coalesce(func.sum(StockWrite.by), 0)).where(
            StockWrite.order_line_id == write.order_line_id, StockWrite.by > 0)) or 0
        pieces = min(unsent[write.order_line_id], -write.by - back)
        if pieces > 0:
            made.append(_add(session, brand_id, write.order_line_id, write.variant_id, write.source_id, write.external_id, pieces,
                             f"{write.order_line_id.hex}:back:{back + pieces}", now))
            made[-1].next_at = now if write.state == "done" else None
    return made


def let_back_go(session: Session, *, write: StockWrite, now: datetime) -> list[UUID]:
    """What waited for this one to be done."""
    return list(session.scalars(update(StockWrite).where(
        StockWrite.order_line_id == write.order_line_id, StockWrite.by > 0, StockWrite.state == "waiting", StockWrite.next_at.is_(None))
        .values(next_at=now).returning(StockWrite.id).execution_options(synchronize_session=False)))


def _add(session: Session, brand_id: int, line_id: UUID, variant_id: UUID, source_id: UUID, external_id: str, by: int, key: str, now: datetime) -> StockWrite:
    write = StockWrite(brand_id=brand_id, id=new_id(), order_line_id=line_id, variant_id=variant_id, source_id=source_id, external_id=external_id, by=by,
                       key=key, state="waiting", next_at=now, changed_at=now, created_at=now)
    session.add(write)
    session.flush()
    return write


def take_up_write(session: Session, *, brand_id: int, write_id: UUID, now: datetime) -> StockWrite | None:
    """The write for the one who may work on it now, or None. A movement back waits until the one it takes back is done."""
    mine, out = StockWrite.__table__.c, aliased(StockWrite)
    taken_out = select(out.id).where(out.brand_id == mine.brand_id, out.order_line_id == mine.order_line_id, out.by < 0, out.state == "done").exists()
    taken = session.execute(
        update(StockWrite).where(mine.brand_id == brand_id, mine.id == write_id, mine.next_at <= now,
                                 or_(mine.leased_until.is_(None), mine.leased_until <= now), or_(mine.by < 0, taken_out))
        .values(claim=new_id(), leased_until=now + LEASE, next_at=now + LEASE)
        .returning(mine.id).execution_options(synchronize_session=False)).first()
    return session.scalars(select(StockWrite).where(StockWrite.id == write_id).execution_options(populate_existing=True)).one() if taken else None


def written(write: StockWrite, state: str, *, next_at: datetime | None, told: Told, now: datetime) -> None:
    if write.state != state:
        write.changed_at = now
    write.state, write.next_at, write.claim, write.leased_until = state, next_at, None, None
    write.last_code, write.last_message, write.last_data = told[0][:60], told[1], plain(told[2])


def stock_write(session: Session, *, brand_id: int, write_id: UUID) -> StockWrite:
    found = session.scalar(select(StockWrite).where(StockWrite.brand_id == brand_id, StockWrite.id == write_id).with_for_update()
                           .execution_options(populate_existing=True))
    if found is None:
        raise NotFound("stock_write", write_id)
    return found


def retry_write(session: Session, *, brand_id: int, write_id: UUID, now: datetime) -> StockWrite:
    write = stock_write(session, brand_id=brand_id, write_id=write_id)
    if write.state in ("done", "dropped"):
        raise Conflict("nothing_to_retry", "这一笔已经了结，不需要重试", state=write.state)
    write.state, write.attempts, write.changed_at = "waiting", 0, now
    waits = write.by > 0 and session.scalar(select(StockWrite.id).where(
        StockWrite.order_line_id == write.order_line_id, StockWrite.by < 0, StockWrite.state == "done")) is None
    write.next_at = None if waits else now
    return write


def drop_write(session: Session, *, brand_id: int, write_id: UUID, now: datetime) -> StockWrite:
    """Not written, now or later, and neither is what would take it back: a person has set the flagship's stock right."""
    write = stock_write(session, brand_id=brand_id, write_id=write_id)
    if write.state not in ("declined", "given_up"):
        raise Conflict("nothing_to_settle", "这一笔没有等人处理的事")
    if write.by < 0:
        session.execute(update(StockWrite).where(StockWrite.order_line_id == write.order_line_id, StockWrite.state != "done")
                        .values(state="dropped", next_at=None, changed_at=now).execution_options(synchronize_session="fetch"))
    written(write, "dropped", next_at=None, told=("", "", {}), now=now)
    return write
