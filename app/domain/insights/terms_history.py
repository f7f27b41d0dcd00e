"""Who changed what of the terms: every version of every rule and plan, the platform's fees and the settings that bound them (R4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.models import PlatformFeePlan
from app.domain.commission.models import CommissionRule
from app.domain.splits.models import SplitPlan
from app.kernel.db import gather
from app.kernel.paging import PAGE_SIZE, Page

KINDS = ("rule", "plan", "fee", "settings")
TERMS = ("guard_bp", "commission_cap_bp", "two_levels")
"""Settings that decide what an order pays."""

CHANGES = """
WITH changes AS (
  SELECT r.created_at AS at, r.created_by AS who, 'rule' AS kind, CASE r.version WHEN 1 THEN 'made' ELSE 'changed' END AS deed, r.id, p.id AS before_id,
         r.number, NULL::jsonb AS before, NULL::jsonb AS after
  FROM commission_rules r
  LEFT JOIN commission_rules p ON p.brand_id = r.brand_id AND p.number = r.number AND p.version = r.version - 1 WHERE r.brand_id = %(brand_id)s
  UNION ALL
  SELECT s.created_at, s.created_by, 'plan', CASE WHEN p.id IS NULL THEN 'made' ELSE 'changed' END, s.id, p.id, s.number, NULL, NULL
  FROM split_plans s LEFT JOIN LATERAL (
    SELECT p.id FROM split_plans p WHERE p.brand_id = s.brand_id AND p.org_unit_id IS NOT DISTINCT FROM s.org_unit_id AND p.number < s.number
      AND (p.effective_to IS NULL OR p.effective_to > s.effective_from) ORDER BY p.number DESC LIMIT 1) p ON true WHERE s.brand_id = %(brand_id)s
  UNION ALL
  SELECT f.created_at, f.created_by, 'fee', CASE WHEN p.id IS NULL THEN 'made' ELSE 'changed' END, f.id, p.id, f.number, NULL, NULL
  FROM platform_fee_plans f LEFT JOIN platform_fee_plans p ON p.brand_id = f.brand_id AND p.number = f.number - 1 WHERE f.brand_id = %(brand_id)s
  UNION ALL
  SELECT a.at, a.actor_name, CASE a.subject_kind WHEN 'split_plans' THEN 'plan' ELSE 'rule' END, 'ended', a.subject_id::uuid, NULL,
         CASE WHEN a.subject_name ~ '^[0-9]{1,9}$' THEN a.subject_name::int END, a.before, a.after
  FROM audit_events a WHERE a.brand_id = %(brand_id)s AND a.subject_kind IN ('commission_rules', 'split_plans') AND a.action = 'update'
    AND a.after ? 'effective_to' AND NOT a.after ? 'superseded_at'
  UNION ALL
  SELECT a.at, a.actor_name, 'settings', 'changed', a.id, NULL, NULL, a.before, a.after
  FROM audit_events a WHERE a.brand_id = %(brand_id)s AND a.subject_kind = 'brand_settings' AND a.action = 'update' AND a.after ?| %(terms)s
)
SELECT *, count(*) OVER () FROM changes
WHERE (%(kind)s = '' OR kind = %(kind)s) AND (%(who)s = '' OR strpos(lower(who), lower(%(who)s)) > 0) AND (%(number)s::int IS NULL OR number = %(number)s)
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
ORDER BY at DESC, kind, id DESC LIMIT %(size)s OFFSET %(offset)s"""


@dataclass(frozen=True, slots=True)
class Change:
    """`deed` is made, changed or ended. `before` and `after` are rows of the tables; of settings the named values."""

    at: datetime
    who: str
    kind: str
    deed: str
    number: int | None
    before: Any
    after: Any


def terms_history(session: Session, *, brand_id: int, kind: str = "", who: str = "", item: int | None = None, since: datetime | None = None,
                  until: datetime | None = None, number: int = 1, size: int = PAGE_SIZE) -> Page:
    """Changes newest first; `item` is the number of one rule or plan, the window is half-open."""
    number = max(number, 1)
    asked = {"brand_id": brand_id, "kind": kind, "who": who, "number": item, "since": since, "until": until, "terms": list(TERMS), "size": size,
             "offset": (number - 1) * size}
    rows = gather(session, (CHANGES, asked))[0]
    found = _rows(session, {(row[2], one) for row in rows for one in (row[4], row[5]) if one})
    return Page([_change(row, found) for row in rows], rows[0][-1] if rows else 0, number, size)


def _rows(session: Session, wanted: Iterable[tuple[str, UUID]]) -> dict[UUID, Any]:
    tables: dict[str, Any] = {"rule": CommissionRule, "plan": SplitPlan, "fee": PlatformFeePlan}
    wanted, found = list(wanted), {}
    for kind, table in tables.items():
        ids = [one for name, one in wanted if name == kind]
        found.update({row.id: row for row in session.scalars(select(table).where(table.id.in_(ids)))} if ids else {})
    return found


def _change(row: tuple[Any, ...], found: Mapping[UUID, Any]) -> Change:
    at, who, kind, deed, row_id, before_id, number, before, after, _ = row
    if kind == "settings":
        return Change(at, who, kind, deed, None, _terms(before), _terms(after))
    if deed == "ended":
        return Change(at, who, kind, deed, number, found.get(row_id), None)
    return Change(at, who, kind, deed, number, found.get(before_id), found.get(row_id))


def _terms(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in TERMS if name in values}
