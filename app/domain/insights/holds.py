"""How much was held, cleared and upheld, by guide and by store, of a period in which it was first looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather

COUNTED = """count(*) FILTER (WHERE h.state IN ('open', 'appealed')), coalesce(sum(h.amount_minor) FILTER (WHERE h.state IN ('open', 'appealed')), 0)::bigint,
  count(*) FILTER (WHERE h.state = 'cleared'), coalesce(sum(h.amount_minor) FILTER (WHERE h.state = 'cleared'), 0)::bigint,
  count(*) FILTER (WHERE h.state = 'upheld'), coalesce(sum(h.amount_minor) FILTER (WHERE h.state = 'upheld'), 0)::bigint"""
ASKED = """FROM sale_holds h {join} WHERE h.brand_id = %(brand_id)s AND h.state <> 'watched'
  AND (%(from)s::timestamptz IS NULL OR h.opened_at >= %(from)s) AND (%(to)s::timestamptz IS NULL OR h.opened_at < %(to)s)"""
TOTAL = f"SELECT NULL::uuid, '', {COUNTED} {ASKED.format(join='')}"
BY = "SELECT p.id, p.name, {counted} {asked} GROUP BY 1, 2 ORDER BY sum(h.amount_minor) DESC, 2, 1 LIMIT 50"
GUIDES = BY.format(counted=COUNTED, asked=ASKED.format(join="JOIN guides p ON p.brand_id = h.brand_id AND p.id = h.guide_id"))
STORES = BY.format(counted=COUNTED, asked=ASKED.format(join="JOIN org_units p ON p.brand_id = h.brand_id AND p.id = h.store_id"))


@dataclass(frozen=True, slots=True)
class HeldSum:
    """(How many, minor units of guides' and referrers' shares) in each state, of one guide, one store or the whole brand."""

    id: UUID | None
    name: str
    waiting: int
    waiting_minor: int
    cleared: int
    cleared_minor: int
    upheld: int
    upheld_minor: int

    @property
    def count(self) -> int:
        return self.waiting + self.cleared + self.upheld

    @property
    def amount_minor(self) -> int:
        return self.waiting_minor + self.cleared_minor + self.upheld_minor


def held_sums(session: Session, *, brand_id: int, from_: datetime | None, to: datetime | None) -> tuple[HeldSum, list[HeldSum], list[HeldSum]]:
    """The brand's; the fifty guides with the most; the fifty stores with the most."""
    asked = {"brand_id": brand_id, "from": from_, "to": to}
    total, guides, stores = gather(session, (TOTAL, asked), (GUIDES, asked), (STORES, asked))
    return HeldSum(*total[0]), [HeldSum(*row) for row in guides], [HeldSum(*row) for row in stores]
