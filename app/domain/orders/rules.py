"""Pure rules of orders: the ladder of attribution (R8), order states, what may be refunded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.kernel.errors import msgid
from app.kernel.money import half_up

STATES = ("pending_payment", "paid", "partly_shipped", "shipped", "delivered", "completed", "cancelled", "refunded")
SHIPPABLE = ("paid", "partly_shipped")
REFUNDABLE = ("paid", "partly_shipped", "shipped", "delivered", "completed")
PLAYED = "sandbox"
"""The provider that is none: what is paid and refunded there moves no money."""
MAX_QUANTITY = 999
MAX_LINES = 50


LADDER = ("chosen", "coupon", "touch", "binding", "store")
"""R8 from the top: a guide chosen or scanned at checkout; the owner of a coupon; a touch inside the window; an exclusive
binding; a store by its code. The first candidate nothing speaks against earns the order; what nobody earns is the brand's."""
TO_STORE = ("guide_left", "guide_suspended", "guide_pending", "self_purchase")
"""What a guide does not get for one of these reasons is her store's (R20, R21)."""
REASONS = ("chosen", "coupon", "last_touch", "first_touch", "binding", "store", "brand", "dispute", "upheld")
MOST_TOLD = 50
"""More candidates than these are judged, but not kept with the order."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who might earn the order, by one rung of the ladder, with what is true of guide and store at the moment of ordering.

    `herself`: the shopper is this guide; `proved`: by more than a phone that anyone may type. `until`: a binding's end.
    `mark`: the coupon's code, or the number that was typed.
    """

    share_link_id: UUID | None
    guide_id: UUID | None
    guide_name: str
    guide_status: str
    store_id: UUID
    store_open: bool
    at: datetime
    bot: bool = False
    rung: str = "touch"
    herself: bool = False
    exclusive: bool = True
    until: datetime | None = None
    mark: str = ""
    proved: bool = True


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who earns the order. `candidates` keeps winner and losers with the reason of each, for the page that explains it.

    `self_purchase`: the winner is the shopper herself, and that is proved.
    """

    reason: str
    guide_id: UUID | None = None
    store_id: UUID | None = None
    share_link_id: UUID | None = None
    candidates: list[dict[str, Any]] = field(default_factory=list)
    self_purchase: bool = False


@dataclass(frozen=True, slots=True)
class LadderTerms:
    """What a brand has decided about attribution: how long a touch counts, whether the last or the first one, and own orders (R20)."""

    window_days: int = 15
    model: str = "last_touch"
    self_purchase: str = "none"


def attribute(candidates: Sequence[Candidate], *, terms: LadderTerms, now: datetime) -> Attribution:
    """R8: the first rung of LADDER with a candidate nothing speaks against; else a store; else the brand. Never row order (R9)."""
    ranked = sorted(candidates, key=lambda candidate: _rank(candidate, terms.model))
    judged = [(candidate, _against(candidate, terms, now)) for candidate in ranked]
    winner = next((c for c, against in judged if against is None and c.rung != "store"), None)
    reason = _reason(winner, terms.model) if winner else ""
    if winner:
        return Attribution(reason, winner.guide_id, winner.store_id, winner.share_link_id, _kept(judged, winner, reason),
                           winner.herself and winner.proved)
    standing = _store(judged)
    if standing:
        return Attribution("store", None, standing.store_id, standing.share_link_id, _kept(judged, standing, "store"))
    return Attribution("brand", candidates=_kept(judged, None, ""))


def _rank(candidate: Candidate, model: str) -> tuple[int, float, str, int]:
    """By rung, then by time; what is equal in both stands in an order of its own, whatever row came first."""
    since = candidate.at.timestamp()
    oldest_first = candidate.rung == "touch" and model == "first_touch"
    mark = candidate.share_link_id or candidate.guide_id or candidate.store_id
    return LADDER.index(candidate.rung), since if oldest_first else -since, candidate.mark, -mark.int


def _against(candidate: Candidate, terms: LadderTerms, now: datetime) -> str | None:
    """What keeps a candidate from earning; None if nothing does."""
    if candidate.rung == "store":
        return None if candidate.store_open else "store_closed"
    if candidate.bot:
        return "bot"
    if candidate.rung == "touch" and not now - timedelta(days=terms.window_days) < candidate.at <= now:
        return "outside_window"
    if candidate.until is not None and candidate.until <= now:
        return "binding_expired"
    if not candidate.exclusive:
        return "binding_open"
    if candidate.guide_status != "active":
        return {"left": "guide_left", "suspended": "guide_suspended"}.get(candidate.guide_status, "guide_pending")
    return "self_purchase" if candidate.herself and terms.self_purchase == "none" else None


def _store(judged: Sequence[tuple[Candidate, str | None]]) -> Candidate | None:
    """A store that was named itself, else the first open one whose guide may not earn it."""
    named = (c for c, against in judged if c.rung == "store" and against is None)
    return next(named, None) or next((c for c, against in judged if c.store_open and against in TO_STORE), None)


def _reason(winner: Candidate, model: str) -> str:
    return model if winner.rung == "touch" else winner.rung


def _kept(judged: Sequence[tuple[Candidate, str | None]], winner: Candidate | None, reason: str) -> list[dict[str, Any]]:
    """Every candidate with what decided about it; a degraded store's keeps what was against its guide."""
    told: list[dict[str, Any]] = []
    for candidate, against in judged:
        verdict = against or (reason if candidate is winner else _beaten(candidate, winner, reason))
        if len(told) < MOST_TOLD or candidate is winner:
            told.append(_told(candidate, verdict))
    return told


def _beaten(candidate: Candidate, winner: Candidate | None, reason: str) -> str:
    if winner is None or candidate.rung != winner.rung:
        return "outranked"
    return "later" if reason == "first_touch" else "earlier"


def _told(candidate: Candidate, verdict: str) -> dict[str, Any]:
    told = {"rung": candidate.rung, "guide_id": _text(candidate.guide_id), "guide_name": candidate.guide_name, "store_id": str(candidate.store_id),
            "share_link_id": _text(candidate.share_link_id), "at": candidate.at.isoformat(), "verdict": verdict}
    if candidate.until:
        told["until"] = candidate.until.isoformat()
    return {**told, "mark": candidate.mark} if candidate.mark else told


def _text(key: UUID | None) -> str | None:
    return str(key) if key else None


def disputable(state: str, phases: Iterable[str]) -> tuple[str, str] | None:
    """Why who earned an order can be disputed no more; None while it can: until a share of it was released (R8, R21)."""
    if state in ("cancelled", "refunded"):
        return "order_closed", msgid("订单已经关闭，不能再改归属")
    if not set(phases) <= {"estimated", "pending", "held"}:
        return "already_released", msgid("这张订单的佣金已经解冻，不能再改归属")
    return None


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


def travels(provider: str, amount_minor: int) -> bool:
    """Whether a refund has to be sent by a provider and waits for its word; nothing, and what is only played, is given back at once."""
    return provider != PLAYED and amount_minor > 0
