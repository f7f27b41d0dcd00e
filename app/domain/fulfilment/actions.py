"""A push is written, taken up by one worker, and told what became of it; every change leaves a line in its history.

Whoever calls holds the order's row (locked_order), which everything that changes an order queues for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from app.domain.orders.models import Order
from app.domain.people.audit import acting
from app.kernel.ids import new_id

from .models import OrderPush, OrderPushEvent, OrderPushLine
from .rules import LEASE, number_of

Told = tuple[str, str, Mapping[str, object]]
"""(code, msgid, data): the flagship's word, or ours about it."""
NOTHING: Told = ("", "", {})


def add_push(session: Session, *, order: Order, source_id: UUID, lines: Sequence[tuple[UUID, str, int, int]], now: datetime) -> OrderPush:
    """A new push of (order line, the flagship's id, pieces, unit price)."""
    before = session.scalar(select(func.count()).select_from(OrderPush).where(OrderPush.order_id == order.id)) or 0
    push = OrderPush(brand_id=order.brand_id, id=new_id(), order_id=order.id, source_id=source_id, number=number_of(order.number, before),
                     state="waiting", currency=order.currency, goods_minor=0, next_at=now, changed_at=now, created_at=now)
    session.add(push)
    set_lines(session, push, lines)
    happened(session, push, "written", now=now)
    return push


def set_lines(session: Session, push: OrderPush, lines: Sequence[tuple[UUID, str, int, int]]) -> None:
    """Only while the flagship knows nothing of it."""
    kept = {line.order_line_id: line for line in push.lines}
    push.lines = [_line(push, kept.get(line_id), line_id, external_id, pieces, price) for line_id, external_id, pieces, price in lines]
    push.goods_minor = sum(pieces * price for _, _, pieces, price in lines)
    session.flush()


def _line(push: OrderPush, kept: OrderPushLine | None, line_id: UUID, external_id: str, pieces: int, price_minor: int) -> OrderPushLine:
    line = kept or OrderPushLine(brand_id=push.brand_id, id=new_id(), order_line_id=line_id)
    line.external_id, line.quantity, line.unit_price_minor = external_id, pieces, price_minor
    return line


def take_up(session: Session, *, brand_id: int, push_id: UUID, now: datetime) -> tuple[OrderPush, str] | None:
    """The push and the state it was in, for the one who may work on it now, or None. It is hers until the lease ends.

    One that waited is unsure from here on: the submission is about to leave, and nobody may live to tell what came of it.
    """
    claim, mine = new_id(), OrderPush.__table__.c
    taken = session.execute(
        update(OrderPush).where(mine.brand_id == brand_id, mine.id == push_id, mine.next_at <= now, or_(mine.leased_until.is_(None), mine.leased_until <= now))
        .values(claim=claim, leased_until=now + LEASE, next_at=now + LEASE).returning(mine.state).execution_options(synchronize_session=False)).first()
    if taken is None:
        return None
    push = session.scalars(select(OrderPush).where(OrderPush.id == push_id).execution_options(populate_existing=True)).one()
    if push.state == "waiting":
        push.state, push.submitted_at = "unsure", now
    session.flush()
    return push, taken.state


def held_by(push: OrderPush, claim: UUID | None) -> bool:
    """Whether this worker's word still counts: another may have taken over from one that was slow."""
    return claim is not None and push.claim == claim


def let_go(push: OrderPush, *, next_at: datetime | None) -> None:
    push.claim, push.leased_until, push.next_at = None, None, next_at


def move_on(session: Session, push: OrderPush, state: str, *, now: datetime, told: Told = NOTHING, trouble: str = "", kind: str = "") -> None:
    """Another state, with the reason; the history says it once."""
    changed, news = push.state != state or push.trouble != trouble, bool(told[0]) and push.last_code != told[0][:60]
    push.state, push.trouble = state, trouble
    push.last_code, push.last_message, push.last_data = told[0][:60], told[1], plain(told[2])
    if changed:
        push.changed_at = now
    if changed or news:
        happened(session, push, kind or state, now=now, told=told)
    session.flush()


def happened(session: Session, push: OrderPush, kind: str, *, now: datetime, told: Told = NOTHING) -> None:
    actor = acting(session)
    session.add(OrderPushEvent(brand_id=push.brand_id, id=new_id(), push_id=push.id, at=now, kind=kind, by="" if actor.kind == "system" else actor.name[:80],
                               code=told[0][:60], message=told[1], data=plain(told[2])))


def plain(data: Mapping[str, object]) -> dict[str, object] | None:
    """What a column holds of a flagship's words: texts, numbers and truth."""
    kept = {key: value if isinstance(value, (int, str, bool)) else str(value) for key, value in data.items()}
    return {key: value.replace("\x00", "").encode("utf-8", "replace").decode()[:500] if isinstance(value, str) else value
            for key, value in kept.items()} or None
