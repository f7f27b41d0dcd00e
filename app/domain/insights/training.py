"""How far guides have come with training cards: per card, per store, per guide. Counted among active guides the card is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather
from app.kernel.paging import PAGE_SIZE, Page

FOR_HER = """c.brand_id = g.brand_id AND c.audience IN ('all', g.kind)
  AND (c.org_unit_id IS NULL OR EXISTS (SELECT FROM org_units o WHERE o.brand_id = c.brand_id AND o.id = c.org_unit_id
    AND left(s.path, length(o.path)) = o.path))"""
DUE = f"""
FROM training_cards c JOIN guides g ON g.brand_id = c.brand_id AND g.status = 'active' JOIN org_units s ON s.brand_id = g.brand_id AND s.id = g.store_id
LEFT JOIN training_results r ON r.brand_id = c.brand_id AND r.card_id = c.id AND r.guide_id = g.id
WHERE c.brand_id = %(brand_id)s AND {FOR_HER} AND (%(within)s::text IS NULL OR left(s.path, length(%(within)s)) = %(within)s)"""
COUNTS = "count(*)::int, count(r.passed_at)::int, count(*) FILTER (WHERE r.id IS NOT NULL AND r.passed_at IS NULL)::int"
CARDS = f"SELECT c.id, {COUNTS} {DUE} AND c.id = ANY(%(cards)s) GROUP BY c.id"
STORES = f"""SELECT s.id, s.name, {COUNTS}, coalesce(sum(r.attempts), 0)::int {DUE} AND c.id = %(card)s GROUP BY s.id, s.name
ORDER BY count(r.passed_at)::numeric / count(*), s.name, s.id"""
GUIDES = f"""
SELECT g.id, g.name, s.name, coalesce(r.attempts, 0), r.score, r.asked, r.tried_at, r.passed_at, count(*) OVER () {DUE} AND c.id = %(card)s
  AND (%(q)s = '' OR strpos(lower(g.name || ' ' || s.name), lower(%(q)s)) > 0) AND (%(store)s::uuid IS NULL OR s.id = %(store)s)
  AND CASE %(state)s WHEN 'passed' THEN r.passed_at IS NOT NULL WHEN 'failed' THEN r.id IS NOT NULL AND r.passed_at IS NULL
    WHEN 'open' THEN r.id IS NULL ELSE true END
ORDER BY r.passed_at DESC NULLS LAST, r.tried_at DESC NULLS LAST, g.name, g.id LIMIT {PAGE_SIZE} OFFSET %(skip)s"""
ACCOUNTS = f"SELECT g.account_id {DUE} AND c.id = %(card)s AND r.passed_at IS NULL AND g.account_id IS NOT NULL"
STATES = ("passed", "failed", "open")


@dataclass(frozen=True, slots=True)
class Reached:
    """Guides a card is for, those who passed, those who tried and have not."""

    guides: int = 0
    passed: int = 0
    failed: int = 0

    @property
    def percent(self) -> int:
        """Whole, cut: 100 only when everybody passed."""
        return self.passed * 100 // self.guides if self.guides else 0


@dataclass(frozen=True, slots=True)
class StoreReached:
    id: UUID
    name: str
    reached: Reached
    attempts: int


@dataclass(frozen=True, slots=True)
class GuideReached:
    id: UUID
    name: str
    store_name: str
    attempts: int
    score: int | None
    asked: int | None
    tried_at: datetime | None
    passed_at: datetime | None

    @property
    def state(self) -> str:
        return "passed" if self.passed_at else "failed" if self.tried_at else "open"


def cards_reached(session: Session, *, brand_id: int, card_ids: Sequence[UUID], within: str | None = None) -> dict[UUID, Reached]:
    rows = gather(session, (CARDS, {"brand_id": brand_id, "cards": list(card_ids), "within": within}))[0]
    return {row[0]: Reached(*row[1:]) for row in rows}


def due_accounts(session: Session, *, brand_id: int, card_id: UUID) -> list[UUID]:
    """Of the guides a card is for and who have not passed it."""
    return [row[0] for row in gather(session, (ACCOUNTS, {"brand_id": brand_id, "card": card_id, "within": None}))[0]]


def stores_reached(session: Session, *, brand_id: int, card_id: UUID, within: str | None = None) -> list[StoreReached]:
    """Stores of a scope, the one furthest behind first."""
    rows = gather(session, (STORES, {"brand_id": brand_id, "card": card_id, "within": within}))[0]
    return [StoreReached(row[0], row[1], Reached(*row[2:5]), row[5]) for row in rows]


def guides_reached(session: Session, *, brand_id: int, card_id: UUID, within: str | None = None, q: str = "", state: str = "", store_id: UUID | None = None,
                   number: int = 1) -> Page:
    number = max(number, 1)
    values: dict[str, Any] = {"brand_id": brand_id, "card": card_id, "within": within, "q": q, "state": state, "store": store_id,
                              "skip": (number - 1) * PAGE_SIZE}
    rows = gather(session, (GUIDES, values))[0]
    return Page([GuideReached(*row[:-1]) for row in rows], rows[0][-1] if rows else 0, number)
