"""Pure rules of orders: attribution by last valid touch (R8), order states, what may be refunded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.kernel.money import half_up

STATES = ("pending_payment", "paid", "partly_shipped", "shipped", "delivered", "completed", "cancelled", "refunded")
SHIPPABLE = ("paid", "partly_shipped")
REFUNDABLE = ("paid", "partly_shipped", "shipped", "delivered", "completed")
MAX_QUANTITY = 999
MAX_LINES = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """One touch of this shopper, with what is true of its guide and store at the moment of ordering."""

    share_link_id: UUID
    guide_id: UUID
    guide_name: str
    guide_status: str
    store_id: UUID
    store_open: bool
    at: datetime
    bot: bool = False


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who earns the order. `candidates` keeps winner and losers with the reason of each, for the page that explains it."""

    reason: str
    guide_id: UUID | None = None
    store_id: UUID | None = None
    share_link_id: UUID | None = None
    candidates: list[dict[str, Any]] = field(default_factory=list)


def attribute(candidates: Sequence[Candidate], *, window_days: int, now: datetime) -> Attribution:
    """R8: last valid touch inside the window → the touched link's store → the brand."""
    newest_first = sorted(candidates, key=lambda c: (c.at, c.share_link_id.int), reverse=True)
    verdicts = [(c, _against(c, window_days, now)) for c in newest_first]
    winner = next((c for c, against in verdicts if against is None), None)
    store = winner or next((c for c, against in verdicts if c.store_open and against in ("guide_left", "guide_suspended", "guide_pending")), None)
    kept = [_told(c, against if c is not winner else "last_touch") for c, against in verdicts]
    if winner:
        return Attribution("last_touch", winner.guide_id, winner.store_id, winner.share_link_id, kept)
    if store:
        return Attribution("store", None, store.store_id, store.share_link_id, kept)
    return Attribution("brand", candidates=kept)


def _against(candidate: Candidate, window_days: int, now: datetime) -> str | None:
    if candidate.bot:
        return "bot"
    if not now - timedelta(days=window_days) < candidate.at <= now:
        return "outside_window"
    if candidate.guide_status != "active":
        return {"left": "guide_left", "suspended": "guide_suspended"}.get(candidate.guide_status, "guide_pending")
    return None


def _told(candidate: Candidate, verdict: str | None) -> dict[str, Any]:
    return {"guide_id": str(candidate.guide_id), "guide_name": candidate.guide_name, "store_id": str(candidate.store_id),
            "share_link_id": str(candidate.share_link_id), "at": candidate.at.isoformat(), "verdict": verdict or "earlier"}


def shipped_state(lines: Sequence[tuple[int, int, int]]) -> str:
    """The order's state from its lines (wanted, shipped, delivered); wanted leaves out what was refunded unsent."""
    wanted = sum(line[0] for line in lines)
    shipped = sum(line[1] for line in lines)
    delivered = sum(line[2] for line in lines)
    if shipped == 0:
        return "paid"
    if shipped < wanted:
        return "partly_shipped"
    return "delivered" if delivered >= wanted else "shipped"


def part_of_paid(*, paid_minor: int, quantity: int, refunded_minor: int, refunded_quantity: int, pieces: int) -> int:
    """What `pieces` more pieces of a line are worth of what was paid for it. The last pieces take what is left, so that pieces sum to it."""
    left = paid_minor - refunded_minor
    return left if pieces >= quantity - refunded_quantity else min(half_up(paid_minor * pieces, quantity), left)
