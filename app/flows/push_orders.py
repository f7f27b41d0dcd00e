"""What is sold goes back to the flagship: its order is written when ours is paid, and taken back when ours is called off.

Written in the transaction that pays or cancels, sent by a worker afterwards: a flagship that does not answer keeps nobody waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalog.models import FlagshipSource, Variant
from app.domain.fulfilment.actions import add_push, happened, move_on, set_lines
from app.domain.fulfilment.areas import remember_areas
from app.domain.fulfilment.models import OrderPush, StockWrite
from app.domain.fulfilment.queries import order_push, pushes_of, with_the_flagship
from app.domain.fulfilment.rules import CLOSED, may_retry, may_withdraw
from app.domain.fulfilment.stock import give_back_stock, retry_write, take_stock_there
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.queries import lines_of, locked_order
from app.kernel.errors import Conflict, msgid
from app.kernel.queue import defer

PUSH, WRITE = "push_order", "write_stock"
REFUNDED_THERE = msgid("顾客的钱已经退了，旗舰店已发出一部分，其余的请到旗舰店拦截")
NEW_GOODS = tuple[UUID, str, int, int]
Chance = Callable[[], float]
"""From 0 to 1: spreads those apart that wait."""


def send_back(session: Session, *, order: Order, lines: Sequence[OrderLine], now: datetime) -> list[OrderPush]:
    """Called where an order is paid. One push per source that takes orders, one stock write per line of a source that takes stock."""
    by_source: dict[UUID, list[NEW_GOODS]] = {}
    for line, variant, source in _of_flagships(session, order.brand_id, lines):
        if source.sends_back == "orders":
            by_source.setdefault(source.id, []).append((line.id, variant.external_id, line.quantity, variant.price_minor))
        else:
            _queue(session, WRITE, take_stock_there(session, line=line, source_id=source.id, external_id=variant.external_id, now=now).id, order.brand_id)
    return [_push(session, order, source_id, goods, now) for source_id, goods in by_source.items()]


def take_back(session: Session, *, order: Order, unsent: Mapping[UUID, int], now: datetime) -> None:
    """Called where pieces are refunded or cancelled before they left (`unsent`, by line): the flagship is to send no more than is still wanted."""
    for write in give_back_stock(session, brand_id=order.brand_id, unsent=unsent, now=now):
        _queue(session, WRITE, write.id, order.brand_id)
    session.flush()
    lines = {line.id: line for line in lines_of(session, brand_id=order.brand_id, order_id=order.id)}
    for push in pushes_of(session, brand_id=order.brand_id, order_id=order.id, lock=True):
        kept = {line.id: max(min(line.quantity, _wanted(order, lines[line.order_line_id])), line.shipped_quantity) for line in push.lines}
        if any(kept[line.id] < line.quantity for line in push.lines):
            _want_less(session, push, kept, now)


def _want_less(session: Session, push: OrderPush, kept: Mapping[UUID, int], now: datetime) -> None:
    """`kept`: pieces of each of its lines that are wanted or gone."""
    left = [(line.order_line_id, line.external_id, kept[line.id], line.unit_price_minor) for line in push.lines if kept[line.id]]
    if push.state in CLOSED:
        if not left:
            move_on(session, push, push.state, now=now, told=_last(push), kind="settled")
    elif any(line.shipped_quantity for line in push.lines):
        move_on(session, push, push.state, now=now, told=("refunded_there", REFUNDED_THERE, {}), trouble="refunded_there")
    elif push.state == "waiting" and left:
        set_lines(session, push, left)
        happened(session, push, "fewer", now=now)
    else:
        push.renew = bool(left)
        _ask_back(session, push, now)


def withdraw_push(session: Session, *, brand_id: int, push_id: UUID, within: str | None = None, now: datetime) -> OrderPush:
    """HQ wants the goods back from the flagship, to send them from a store or not at all. Refuses once something is on its way."""
    push = _locked(session, brand_id, push_id, within)
    if not may_withdraw(push.state, sent=any(line.shipped_quantity for line in push.lines)):
        raise Conflict("not_withdrawable", "这一单在旗舰店的状态已不能撤回", state=push.state)
    push.renew = False
    _ask_back(session, push, now)
    return push


def _ask_back(session: Session, push: OrderPush, now: datetime) -> None:
    """At once where the flagship cannot know of it; else it is asked, and until it has said yes the goods are with it."""
    if push.submitted_at is None and not push.flagship_order_id:
        move_on(session, push, "cancelled", now=now)
        push.next_at = None
        renew_push(session, push, now=now)
    elif push.state != "cancel_asked":
        move_on(session, push, "cancel_asked", now=now)
        push.attempts, push.next_at = 0, now
        _queue(session, PUSH, push.id, push.brand_id)
    session.flush()


def renew_push(session: Session, push: OrderPush, *, now: datetime) -> OrderPush | None:
    """After one that was withdrawn for what is no longer wanted: what is still wanted goes out anew, under a new number."""
    if not push.renew:
        return None
    push.renew = False
    order = locked_order(session, brand_id=push.brand_id, order_id=push.order_id)
    goods = _still_wanted(session, order, push)
    return _push(session, order, push.source_id, goods, now) if goods else None


def retry_push(session: Session, *, brand_id: int, push_id: UUID, within: str | None = None, now: datetime) -> OrderPush:
    """At once, and where the flagship had refused, with today's price and what is still wanted. One it gave up gets a new number.

    Raises Conflict where it has been sent, or nothing of it is wanted any more.
    """
    push = _locked(session, brand_id, push_id, within)
    if not may_retry(push.state):
        raise Conflict("already_sent", "旗舰店已经发出，不需要重试", state=push.state)
    if push.state in ("declined", "cancelled"):
        return _again(session, push, now)
    happened(session, push, "retried", now=now)
    if push.state == "given_up":
        move_on(session, push, "unsure" if push.submitted_at else "waiting", now=now)
    push.attempts, push.next_at, push.changed_at = 0, now, now
    if push.trouble in ("given_up", "pay_declined", "cancel_declined"):
        push.trouble = ""
    _queue(session, PUSH, push.id, brand_id)
    session.flush()
    return push


def _again(session: Session, push: OrderPush, now: datetime) -> OrderPush:
    order = locked_order(session, brand_id=push.brand_id, order_id=push.order_id)
    goods = _still_wanted(session, order, push)
    if not goods:
        raise Conflict("nothing_wanted", "这些商品已经发出、退款，或在另一张推送里，没有要旗舰店发的了")
    if push.state == "cancelled":
        move_on(session, push, "cancelled", now=now, told=_last(push))
        return _push(session, order, push.source_id, goods, now)
    set_lines(session, push, goods)
    move_on(session, push, "waiting", now=now, kind="retried")
    push.attempts, push.next_at, push.submitted_at = 0, now, None
    _queue(session, PUSH, push.id, push.brand_id)
    session.flush()
    return push


def settle_trouble(session: Session, *, brand_id: int, push_id: UUID, within: str | None = None, now: datetime) -> OrderPush:
    """A person has dealt with it outside; what the flagship says next may be trouble again."""
    push = _locked(session, brand_id, push_id, within)
    if not push.trouble:
        raise Conflict("nothing_to_settle", "这一单没有等人处理的事")
    move_on(session, push, push.state, now=now, told=_last(push), kind="settled")
    return push


def learn_areas(session: Session, *, brand_id: int, source_id: UUID, rows: Sequence[Mapping[str, object]], now: datetime) -> tuple[int, int]:
    """Places by the flagship's ids; orders it had refused for want of them are tried again. (places, orders)"""
    count = remember_areas(session, brand_id=brand_id, source_id=source_id, rows=rows)
    waiting = session.scalars(select(OrderPush.id).where(OrderPush.source_id == source_id, OrderPush.state == "declined",
                                                         OrderPush.last_code == "area_unknown").order_by(OrderPush.order_id)).all()
    again = 0
    for push_id in waiting:
        with suppress(Conflict):
            retry_push(session, brand_id=brand_id, push_id=push_id, now=now)
            again += 1
    return count, again


def retry_stock(session: Session, *, brand_id: int, write_id: UUID, now: datetime) -> StockWrite:
    """One movement in the flagship's stock, at once."""
    write = retry_write(session, brand_id=brand_id, write_id=write_id, now=now)
    session.flush()
    _queue(session, WRITE, write.id, brand_id)
    return write


def answered_by_us(session: Session, *, order: Order, now: datetime) -> None:
    """Pushes the flagship refused or gave up need nobody any more once nothing of them is left to send."""
    session.flush()
    lines = {line.id: line for line in lines_of(session, brand_id=order.brand_id, order_id=order.id)}
    for push in pushes_of(session, brand_id=order.brand_id, order_id=order.id, lock=True):
        if push.state in CLOSED and push.trouble and all(_left(order, lines[line.order_line_id]) == 0 for line in push.lines):
            move_on(session, push, push.state, now=now, told=_last(push), kind="settled")


def _of_flagships(session: Session, brand_id: int, lines: Sequence[OrderLine]) -> list[tuple[OrderLine, Variant, FlagshipSource]]:
    by_variant: dict[UUID, list[OrderLine]] = {}
    for line in lines:
        by_variant.setdefault(line.variant_id, []).append(line)
    found = session.execute(select(Variant, FlagshipSource).join(
        FlagshipSource, (FlagshipSource.id == Variant.source_id) & (FlagshipSource.brand_id == Variant.brand_id)).where(
        Variant.brand_id == brand_id, Variant.id.in_(list(by_variant)), Variant.external_id != "", FlagshipSource.sends_back != "nothing",
        FlagshipSource.status == "active"))
    return sorted(((line, variant, source) for variant, source in found for line in by_variant[variant.id]), key=lambda row: row[0].position)


def _still_wanted(session: Session, order: Order, push: OrderPush) -> list[NEW_GOODS]:
    """Pieces of its lines that are still to be sent and are with no other push, at today's price."""
    elsewhere = {line_id for line_id, other in with_the_flagship(session, brand_id=order.brand_id, order_id=order.id).items() if other.id != push.id}
    lines = {line.id: line for line in lines_of(session, brand_id=order.brand_id, order_id=order.id)}
    prices = {variant.id: variant for variant in session.scalars(select(Variant).where(
        Variant.id.in_([lines[line.order_line_id].variant_id for line in push.lines])))}
    wanted = []
    for line in push.lines:
        bought = lines[line.order_line_id]
        left = _left(order, bought)
        if left and bought.id not in elsewhere:
            wanted.append((bought.id, prices[bought.variant_id].external_id or line.external_id, left, prices[bought.variant_id].price_minor))
    return wanted


def _wanted(order: Order, line: OrderLine) -> int:
    return 0 if order.state in ("cancelled", "refunded") else line.quantity - line.refunded_quantity


def _left(order: Order, line: OrderLine) -> int:
    return max(_wanted(order, line) - line.shipped_quantity, 0)


def _push(session: Session, order: Order, source_id: UUID, goods: Sequence[NEW_GOODS], now: datetime) -> OrderPush:
    push = add_push(session, order=order, source_id=source_id, lines=goods, now=now)
    _queue(session, PUSH, push.id, order.brand_id)
    return push


def _locked(session: Session, brand_id: int, push_id: UUID, within: str | None) -> OrderPush:
    """First the order, then the push: the same way round for everybody."""
    push = order_push(session, brand_id=brand_id, push_id=push_id, within=within)
    locked_order(session, brand_id=brand_id, order_id=push.order_id)
    return order_push(session, brand_id=brand_id, push_id=push_id, within=within, lock=True)


def _last(push: OrderPush) -> tuple[str, str, Mapping[str, object]]:
    return push.last_code, push.last_message, push.last_data or {}


def _queue(session: Session, job: str, row_id: UUID, brand_id: int) -> None:
    defer(session, job, brand_id=brand_id, row_id=str(row_id))
