"""A person chooses what of a preview is written; the rest is skipped or left for later, and says so (R36)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.catalog.models import SyncRun
from app.kernel.errors import Refused, msgid

REASON = msgid("你没有勾选，这次不写入")
WRITABLE = ("created", "updated", "removed")
FIELD = ("outcome <> 'created' AND EXISTS "
         "(SELECT FROM jsonb_array_elements(changes) c WHERE c->>'field' = ANY(:fields) AND c->>'result' = 'write')")
"""A new SKU is made whole or not at all."""
OTHERS = """UPDATE sync_items SET changes = (
  SELECT jsonb_agg(CASE WHEN c->>'result' = 'write' AND NOT c->>'field' = ANY(:fields || ARRAY['external_id'])
                        THEN jsonb_set(c, '{result}', '"later"') ELSE c END ORDER BY n) FROM jsonb_array_elements(changes) WITH ORDINALITY a(c, n))
WHERE brand_id = :brand AND run_id = :run AND outcome = 'updated' AND NOT applied"""
"""Whose it is (external_id) is settled with any of its fields."""
LEAVE_OUT = """UPDATE sync_items SET outcome = 'skipped', code = 'not_chosen', reason = :reason
WHERE brand_id = :brand AND run_id = :run AND outcome IN ('created', 'updated', 'removed') AND NOT applied AND NOT ({chosen})"""
RECOUNT = """SELECT outcome, count(*) FROM sync_items WHERE brand_id = :brand AND run_id = :run GROUP BY outcome"""
COUNTS = ("created", "updated", "unchanged", "removed", "skipped", "failed", "conflict")


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be written: of these outcomes, of these fields, of these items; minus `without`. None asks nothing."""

    only: Sequence[UUID] | None = None
    without: Sequence[UUID] = ()
    outcomes: Sequence[str] | None = None
    fields: Sequence[str] | None = None


def leave_out(session: Session, run: SyncRun, choice: Choice) -> int:
    """Items not chosen are skipped, fields not chosen stay differences; how many items. Raises Refused for an outcome that is never written."""
    strange = [one for one in choice.outcomes or () if one not in WRITABLE]
    if strange:
        raise Refused("outcome_unknown", "只能选新建、更新或下架", field="outcomes")
    asked = {"id = ANY(:only)": choice.only is not None, "NOT id = ANY(:without)": bool(choice.without),
             "outcome = ANY(:outcomes)": choice.outcomes is not None, FIELD: choice.fields is not None}
    if not any(asked.values()):
        return 0
    values = {"only": list(choice.only or ()), "without": list(choice.without), "outcomes": list(choice.outcomes or ()),
              "fields": list(choice.fields or ()), "reason": REASON, "brand": run.brand_id, "run": run.id}
    chosen = " AND ".join(sql for sql, wanted in asked.items() if wanted)
    left = session.execute(text(LEAVE_OUT.format(chosen=chosen)), values).rowcount  # type: ignore[attr-defined]  # a cursor result
    if choice.fields is not None:
        session.execute(text(OTHERS), values)
    counted: dict[str, int] = dict(session.execute(text(RECOUNT), values).all())
    run.counts = {"conflicts" if one == "conflict" else one: counted.get(one, 0) for one in COUNTS}
    return int(left)
