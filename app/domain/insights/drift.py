"""How far the catalogue may be from each flagship: SKUs known to differ, and how old what we know is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather

DRIFT = """
SELECT s.id, s.name, s.read_at, s.authorisation_ended_at IS NOT NULL, s.heard_at > coalesce(s.read_at, '-infinity'), coalesce(v.live, 0), coalesce(
  (SELECT (r.counts->>'conflicts')::int + (r.counts->>'failed')::int + CASE WHEN r.state = 'previewed'
     THEN (r.counts->>'created')::int + (r.counts->>'updated')::int + (r.counts->>'removed')::int
     ELSE (SELECT count(*) FROM sync_items i WHERE i.brand_id = r.brand_id AND i.run_id = r.id AND i.outcome = 'skipped' AND i.code = 'not_chosen') END
   FROM sync_runs r WHERE r.brand_id = s.brand_id AND r.source_id = s.id AND r.state IN ('previewed', 'succeeded', 'partial')
   ORDER BY r.number DESC LIMIT 1), 0)
FROM flagship_sources s
LEFT JOIN (SELECT source_id, count(*) AS live FROM variants WHERE brand_id = %(brand_id)s AND tombstoned_at IS NULL GROUP BY source_id) v ON v.source_id = s.id
WHERE s.brand_id = %(brand_id)s AND s.status = 'active' ORDER BY s.created_at, s.id"""


@dataclass(frozen=True, slots=True)
class Drift:
    """`differing` SKUs by the newest comparison; `heard` the shop has knocked since the last reading; `read_at` None: never written whole."""

    source_id: UUID
    name: str
    read_at: datetime | None
    locked_out: bool
    heard: bool
    live: int
    differing: int

    @property
    def same_percent(self) -> int:
        """Of what is listed here or would be; rounded down, so that 100 means all."""
        everything = max(self.live, self.differing)
        return 100 * (everything - self.differing) // everything if everything else 100 if self.read_at else 0


def drift(session: Session, *, brand_id: int) -> list[Drift]:
    """One a source, oldest first."""
    rows = gather(session, (DRIFT, {"brand_id": brand_id}))[0]
    return [Drift(row[0], row[1], row[2], row[3], bool(row[4]), row[5], row[6]) for row in rows]
