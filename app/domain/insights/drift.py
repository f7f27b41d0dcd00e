"""How far the catalogue may be from each flagship: SKUs known to differ, how old what we know is, and what is hidden for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.catalog.freshness import STALE
from app.kernel.db import gather

DRIFT = f"""
SELECT s.id, s.name, s.read_at, coalesce(s.confirmed_at, s.created_at), s.status, s.authorisation_ended_at IS NOT NULL,
       s.heard_at > coalesce(s.read_at, '-infinity'), s.changes_minutes IS NOT NULL OR s.full_hour IS NOT NULL, coalesce(v.live, 0), coalesce(
  (SELECT (r.counts->>'conflicts')::int + (r.counts->>'failed')::int + CASE WHEN r.state = 'previewed'
     THEN (r.counts->>'created')::int + (r.counts->>'updated')::int + (r.counts->>'removed')::int
     ELSE (SELECT count(*) FROM sync_items i WHERE i.brand_id = r.brand_id AND i.run_id = r.id AND i.outcome = 'skipped' AND i.code = 'not_chosen') END
   FROM sync_runs r WHERE r.brand_id = s.brand_id AND r.source_id = s.id AND r.state IN ('previewed', 'succeeded', 'partial')
   ORDER BY r.number DESC LIMIT 1), 0), coalesce(v.hidden, 0), (SELECT stock_ttl_hours FROM brand_settings WHERE brand_id = %(brand_id)s)
FROM flagship_sources s
LEFT JOIN (SELECT source_id, count(*) AS live, count(*) FILTER (WHERE v.status = 'published' AND v.stock > v.reserved AND {STALE}) AS hidden
           FROM variants v WHERE brand_id = %(brand_id)s AND tombstoned_at IS NULL GROUP BY source_id) v ON v.source_id = s.id
WHERE s.brand_id = %(brand_id)s AND (s.status = 'active' OR v.hidden > 0) ORDER BY s.created_at, s.id"""  # noqa: S608 (pieces are ours)


@dataclass(frozen=True, slots=True)
class Drift:
    """`differing` SKUs by the newest comparison; `heard` the shop has knocked since the last reading; `read_at` None: never written whole.

    `hidden` SKUs are in stock by what was last read, and not sold because nobody has confirmed that for `ttl_hours` (None: it is
    believed for ever); all but those a reading could not take in are confirmed as of `confirmed_at`. One that is not `active` any
    more is told only while something of it is hidden. `scheduled`: it is read by itself.
    """

    source_id: UUID
    name: str
    read_at: datetime | None
    confirmed_at: datetime
    active: bool
    locked_out: bool
    heard: bool
    scheduled: bool
    live: int
    differing: int
    hidden: int
    ttl_hours: int | None

    @property
    def same_percent(self) -> int:
        """Of what is listed here or would be; rounded down, so that 100 means all."""
        everything = max(self.live, self.differing)
        return 100 * (everything - self.differing) // everything if everything else 100 if self.read_at else 0

    def aged_percent(self, now: datetime) -> int | None:
        """How much of the time its stock is believed has passed; None while it is believed for ever."""
        return int((now - self.confirmed_at) / timedelta(hours=self.ttl_hours) * 100) if self.ttl_hours else None


def drift(session: Session, *, brand_id: int, now: datetime) -> list[Drift]:
    """One a source, oldest first."""
    rows = gather(session, (DRIFT, {"brand_id": brand_id, "now": now}))[0]
    return [Drift(*[*row[:4], row[4] == "active", row[5], bool(row[6]), *row[7:]]) for row in rows]
