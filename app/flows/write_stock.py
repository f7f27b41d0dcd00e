"""The flagship's stock is lowered by what we sold, and raised by what was called off: once per movement, by its key."""

from __future__ import annotations

import random
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.catalog.models import FlagshipSource
from app.domain.catalog.ports import FlagshipUnreachable, Transactions
from app.domain.catalog.secrets import SourceSecrets
from app.domain.fulfilment.actions import NOTHING, Told
from app.domain.fulfilment.models import StockWrite
from app.domain.fulfilment.ports import Declined, Done, FlagshipDoors, Unsure
from app.domain.fulfilment.rules import GIVE_UP, wait_after
from app.domain.fulfilment.stock import let_back_go, stock_write, take_up_write, written
from app.flows.push_orders import WRITE, Chance
from app.flows.talk_to_flagship import Silent, silent
from app.kernel.errors import Invalid, Refused
from app.kernel.queue import defer

Answer = Done | Declined | Unsure | Silent


def work_write(database: Transactions, *, brand_id: int, write_id: UUID, flagship: FlagshipDoors, now: datetime, chance: Chance = random.random) -> str:
    """One movement; its state afterwards, '' when it is another's turn or not due."""
    with database.transaction(brand_id) as session:
        write = take_up_write(session, brand_id=brand_id, write_id=write_id, now=now)
        if write is None:
            return ""
        source = session.scalars(select(FlagshipSource).where(FlagshipSource.id == write.source_id)).one()
    answer = _change(database, brand_id, source, write, flagship, now)
    with database.transaction(brand_id) as session:
        held = stock_write(session, brand_id=brand_id, write_id=write_id)
        if held.claim == write.claim:
            _write_down(session, held, answer, now, chance())
        return held.state


def _change(database: Transactions, brand_id: int, source: FlagshipSource, write: StockWrite, flagship: FlagshipDoors, now: datetime) -> Answer:
    secrets = SourceSecrets(database, brand_id, source.id)
    try:
        shop = flagship.open_shop(source.kind, source.settings, now=now, secrets=secrets, alone=secrets.alone)
        return shop.change_stock(write.external_id, write.by, key=write.key)
    except FlagshipUnreachable as failure:
        return silent(failure)
    except Refused as refused:
        first = refused.errors[0] if isinstance(refused, Invalid) else refused
        return Silent((first.code, first.message, first.data))


def _write_down(session: Session, write: StockWrite, answer: Answer, now: datetime, chance: float) -> None:
    if isinstance(answer, Done):
        written(write, "done", next_at=None, told=NOTHING, now=now)
        for waiting in let_back_go(session, write=write, now=now) if write.by < 0 else ():
            defer(session, WRITE, brand_id=write.brand_id, row_id=str(waiting))
        return
    if isinstance(answer, Declined):
        written(write, "declined", next_at=None, told=(answer.code, answer.message, answer.data), now=now)
        return
    told: Told = answer.told if isinstance(answer, Silent) else (answer.code, answer.message, answer.data)
    if isinstance(answer, Silent) and answer.locked_out:
        session.execute(update(FlagshipSource).where(FlagshipSource.id == write.source_id).values(authorisation_ended_at=now))
    write.attempts += 1
    if now - write.changed_at >= GIVE_UP:
        written(write, "given_up", next_at=None, told=told, now=now)
        return
    pause = now + wait_after(write.attempts, chance)
    retry_at = answer.retry_at if isinstance(answer, Silent) else None
    changed_at = write.changed_at
    written(write, "unsure" if isinstance(answer, Unsure) else write.state, next_at=max(pause, retry_at or pause), told=told, now=now)
    write.changed_at = changed_at
