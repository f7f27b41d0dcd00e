"""Who holds a share of a line now: whom the line names, or whom an accepted dispute gave it to (ShareMove)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather

HOLDER = """coalesce((SELECT m.payee_id FROM share_moves m WHERE m.brand_id = c.brand_id AND m.commission_line_id = c.id
  ORDER BY m.version DESC LIMIT 1), c.payee_id)"""
"""The payee of a row `c` of commission_lines, for raw SQL."""

HELD = """
SELECT c.id, c.order_line_id, c.role, c.payee_id, coalesce(m.payee_id, c.payee_id), coalesce(m.version, 1),
  coalesce(m.guide_id, c.guide_id), coalesce(m.org_unit_id, c.org_unit_id), u.payee_id IS NOT DISTINCT FROM coalesce(m.payee_id, c.payee_id), y.name
FROM commission_lines c
LEFT JOIN LATERAL (SELECT * FROM share_moves m WHERE m.brand_id = c.brand_id AND m.commission_line_id = c.id ORDER BY m.version DESC LIMIT 1) m ON true
LEFT JOIN org_units u ON u.brand_id = c.brand_id AND u.id = coalesce(m.org_unit_id, c.org_unit_id)
JOIN payees y ON y.brand_id = c.brand_id AND y.id = coalesce(m.payee_id, c.payee_id)
WHERE c.brand_id = %(brand_id)s AND c.order_line_id = ANY(%(lines)s) ORDER BY c.id"""


@dataclass(frozen=True, slots=True)
class Held:
    """A share with its holder. `first_payee_id` is whom the line names; `is_units`: the holder is the unit's own payee."""

    id: UUID
    order_line_id: UUID
    role: str
    first_payee_id: UUID
    payee_id: UUID
    version: int
    guide_id: UUID | None
    org_unit_id: UUID | None
    is_units: bool
    payee_name: str

    @property
    def moved(self) -> bool:
        return self.version > 1


def held_shares(session: Session, *, brand_id: int, line_ids: Sequence[UUID]) -> list[Held]:
    """Every share of these lines with who holds it."""
    return [Held(*row) for row in gather(session, (HELD, {"brand_id": brand_id, "lines": list(line_ids)}))[0]]
