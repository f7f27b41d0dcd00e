"""How far a brand is on its way to its first sale: facts, one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.kernel.db import gather

FACTS = """
SELECT b.status = 'approved',
  (SELECT count(*) FROM flagship_sources x WHERE x.brand_id = b.id),
  (SELECT count(*) FROM variants x WHERE x.brand_id = b.id AND x.tombstoned_at IS NULL),
  (SELECT count(*) FROM commission_rules x WHERE x.brand_id = b.id AND x.superseded_at IS NULL AND (x.effective_to IS NULL OR x.effective_to > %(now)s)),
  (SELECT count(*) FROM org_units x WHERE x.brand_id = b.id AND x.kind = 'store' AND x.status = 'open'),
  (SELECT count(*) FROM guides x WHERE x.brand_id = b.id AND x.status = 'active'),
  (SELECT count(DISTINCT x.guide_id) FROM share_links x WHERE x.brand_id = b.id),
  (SELECT count(*) FROM orders x WHERE x.brand_id = b.id AND x.paid_at IS NOT NULL),
  (SELECT count(*) FROM payout_runs x WHERE x.brand_id = b.id AND x.state = 'executed')
FROM brands b WHERE b.id = %(brand_id)s"""


@dataclass(frozen=True, slots=True)
class GoLive:
    approved: bool
    sources: int
    variants: int
    rules: int
    stores: int
    guides: int
    sharing_guides: int
    paid_orders: int
    payout_runs: int


def go_live(session: Session, *, brand_id: int, now: datetime) -> GoLive:
    """Rules that have ended do not count."""
    return GoLive(*gather(session, (FACTS, {"brand_id": brand_id, "now": now}))[0][0])
