"""What a flagship says it has sent becomes a parcel of ours, once; what it says was received is received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.fulfilment.models import Fulfilment, OrderPush
from app.domain.fulfilment.ports import FlagshipOrder, Stage, Track
from app.domain.orders.models import Order
from app.domain.orders.queries import lines_of
from app.flows.deliver_order import deliver_order
from app.flows.ship_order import ship_order, wanted
from app.kernel.texts import clean

GONE = frozenset({Stage.SHIPPED, Stage.DELIVERED})
Sent = tuple[Track | None, dict[UUID, int]]
"""A parcel and the pieces of each push line in it."""


def take_over_parcels(session: Session, *, order: Order, push: OrderPush, seen: FlagshipOrder, tracks: Sequence[Track], now: datetime) -> str:
    """Writes the parcels we do not have yet and marks as received what was; the caller holds the order and the push.

    Answers "sent_too_much" where pieces left that had been refunded: they become part of no parcel, and a person calls them back.
    """
    trouble = ""
    for track, pieces in _sent(session, push, seen, tracks):
        if _take_over(session, order, push, track, pieces, now):
            trouble = "sent_too_much"
    _received(session, order, push, seen, tracks, now)
    return trouble


def _sent(session: Session, push: OrderPush, seen: FlagshipOrder, tracks: Sequence[Track]) -> list[Sent]:
    """Parcels that are new. A flagship that does not say what is in them has sent everything once it says sent.

    A number is taken over once. Without numbers one parcel cannot be told from another: what all of them hold beyond what ours hold is new.
    """
    ours = session.scalars(select(Fulfilment).where(Fulfilment.push_id == push.id)).all()
    known = {parcel.tracking_no for parcel in ours if parcel.tracking_no}
    left = {line.id: line.quantity - line.shipped_quantity for line in push.lines}
    numbered = [track for track in tracks if _number(track) and _number(track) not in known]
    found: list[Sent] = [(track, pieces) for track in numbered if track.lines and (pieces := _filled(push, left, track.lines))]
    nameless = _beyond(push, [track for track in tracks if not _number(track)], [parcel for parcel in ours if not parcel.tracking_no])
    if nameless and (pieces := _filled(push, left, nameless)):
        found.append((next(track for track in tracks if not _number(track)), pieces))
    if seen.stage in GONE and any(left.values()):
        silent = next((track for track in numbered if not track.lines), None)
        found.append((silent, {line_id: pieces for line_id, pieces in left.items() if pieces}))
    return found


def _beyond(push: OrderPush, tracks: Sequence[Track], parcels: Sequence[Fulfilment]) -> list[tuple[str, int]]:
    """(external id, pieces) that these tracks hold and these parcels of ours do not."""
    keys = {line.order_line_id: line.external_id for line in push.lines}
    counts: Counter[str] = Counter()
    for track in tracks:
        for external_id, count in track.lines:
            counts[external_id] += count
    for parcel in parcels:
        for part in parcel.lines:
            counts[keys.get(part.order_line_id, "")] -= part.quantity
    return [(external_id, count) for external_id, count in counts.items() if count > 0]


def _filled(push: OrderPush, left: dict[UUID, int], goods: Sequence[tuple[str, int]]) -> dict[UUID, int]:
    """(external id, pieces) spread over the push's lines; taken out of `left`."""
    filled: dict[UUID, int] = {}
    for external_id, count in goods:
        for line in push.lines:
            pieces = min(count, left[line.id]) if line.external_id == external_id else 0
            if pieces > 0:
                filled[line.id] = filled.get(line.id, 0) + pieces
                left[line.id] -= pieces
                count -= pieces
    return filled


def _take_over(session: Session, order: Order, push: OrderPush, track: Track | None, pieces: dict[UUID, int], now: datetime) -> bool:
    """Whether some of it was not wanted any more."""
    bought = {line.id: line for line in lines_of(session, brand_id=order.brand_id, order_id=order.id)}
    ours: list[tuple[UUID, int]] = []
    for line in push.lines:
        if count := pieces.get(line.id, 0):
            line.shipped_quantity += count
            mine = bought[line.order_line_id]
            ours.append((mine.id, min(count, max(wanted(mine) - mine.shipped_quantity, 0))))
    session.flush()
    parcel = [(line_id, count) for line_id, count in ours if count]
    if parcel and order.state not in ("cancelled", "refunded"):
        ship_order(session, brand_id=order.brand_id, order_id=order.id, lines=parcel, carrier=track.carrier if track else "",
                   tracking_no=_number(track) if track else "", push_id=push.id, now=now)
    return sum(count for _, count in ours) < sum(pieces.values())


def _received(session: Session, order: Order, push: OrderPush, seen: FlagshipOrder, tracks: Sequence[Track], now: datetime) -> None:
    arrived = {_number(track) for track in tracks if track.delivered_at}
    for parcel in session.scalars(select(Fulfilment).where(Fulfilment.push_id == push.id, Fulfilment.delivered_at.is_(None)).order_by(Fulfilment.id)).all():
        if seen.stage is Stage.DELIVERED or parcel.tracking_no in arrived:
            deliver_order(session, brand_id=order.brand_id, order_id=order.id, fulfilment_id=parcel.id, now=now)


def all_received(session: Session, *, push: OrderPush) -> bool:
    """Somebody of ours may have marked the last parcel before the flagship says so."""
    moments = session.scalars(select(Fulfilment.delivered_at).where(Fulfilment.push_id == push.id)).all()
    return bool(moments) and None not in moments


def _number(track: Track) -> str:
    return clean(track.tracking_no)[:60]
