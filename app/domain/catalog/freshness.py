"""How long a flagship's stock is believed: hidden once it has not been confirmed for the brand's `stock_ttl_hours`.

**What confirms.** A reading that was written, from the moment it began (`FlagshipSource.confirmed_at`): a whole one every variant it
listed, one of changes every variant of the source, because a shop that tells changes tells all of them since the last reading, and
silence means as before. What a reading met and could not take over (failed, in conflict, not wanted, left out or its stock left for later
by a person) or, whole, did not list keeps the moment of before in `Variant.stock_read_at`. A preview confirms nothing; undoing a run takes
its word back.
**What never goes stale:** SKUs entered by hand, and stock the brand has made its own.

Off unless a brand asks for it: an upgrade must take no goods off by itself, and a shop connected by an uploaded file would be empty
two days later. For a shop that is read by schedule 48 hours are a good start: two nightly readings may fail before a SKU is hidden.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.kernel.db import gather

BATCH = 1000

DEADLINE = "(SELECT cast(%(now)s AS timestamptz) - make_interval(hours => stock_ttl_hours) FROM brand_settings WHERE brand_id = %(brand_id)s)"
"""Stock confirmed then or before is stale; NULL while nothing goes stale."""

STALE = f"""(v.source_id IS NOT NULL AND NOT jsonb_exists(v.owners, 'stock') AND coalesce(v.stock_read_at <= {DEADLINE}, v.source_id = ANY(ARRAY(
  SELECT f.id FROM flagship_sources f WHERE f.brand_id = %(brand_id)s AND coalesce(f.confirmed_at, f.created_at) <= {DEADLINE}))))"""  # noqa: S608 (constants of the code)
"""Condition on variants `v` at %(now)s: never NULL. Its subqueries are of the brand alone, read once a statement.

Shelf, page, bag, guide app and order read it, so that what is shown is what can be bought.
"""

NEXT_STALE = f"""(SELECT make_interval(hours => stock_ttl_hours) FROM brand_settings WHERE brand_id = %(brand_id)s) + least(
  (SELECT min(coalesce(confirmed_at, created_at)) FROM flagship_sources WHERE brand_id = %(brand_id)s AND coalesce(confirmed_at, created_at) > {DEADLINE}),
  (SELECT min(stock_read_at) FROM variants WHERE brand_id = %(brand_id)s AND stock_read_at > {DEADLINE}))"""  # noqa: S608 (constants of the code)
"""When something of the brand next goes stale; NULL for never."""

UP_TO_DATE = """(outcome IN ('created', 'updated', 'unchanged') OR (outcome = 'skipped' AND code = 'kept_by_owner'))
  AND NOT changes @> '[{"field": "stock", "result": "later"}]'"""
TAKEN_IN = f"SELECT variant_id FROM sync_items WHERE brand_id = %(brand_id)s AND run_id = %(run)s AND {UP_TO_DATE}"  # noqa: S608 (parts above, values bound)
OURS = "SELECT id FROM variants WHERE brand_id = %(brand_id)s AND source_id = %(source)s AND tombstoned_at IS NULL"
BACK = f"{OURS} AND stock_read_at IS NULL EXCEPT {TAKEN_IN}"
BACK_OF_CHANGES = f"""{OURS} AND stock_read_at IS NULL AND external_id = ANY(ARRAY(
  SELECT external_id FROM sync_items WHERE brand_id = %(brand_id)s AND run_id = %(run)s AND NOT ({UP_TO_DATE})))"""  # noqa: S608 (parts above, values bound)
READ_AGAIN = f"{OURS} AND stock_read_at IS NOT NULL INTERSECT {TAKEN_IN}"
"""Sets against sets: no plan for them goes row by row through rows, and no statistics help the planner yet."""
SET_BACK = """UPDATE variants v SET stock_read_at = coalesce(s.confirmed_at, s.created_at) FROM flagship_sources s
WHERE s.brand_id = %(brand_id)s AND s.id = %(source)s AND coalesce(s.confirmed_at < %(began)s, true) AND v.brand_id = s.brand_id AND v.id = ANY(%(variants)s)"""
READ = """UPDATE variants v SET stock_read_at = CASE WHEN s.confirmed_at > %(began)s THEN %(began)s::timestamptz END
FROM flagship_sources s WHERE s.brand_id = %(brand_id)s AND v.brand_id = s.brand_id AND v.source_id = s.id AND NOT v.stock_read_at >= %(began)s
AND v.id = ANY(%(variants)s)"""
MOVE_ON = "UPDATE flagship_sources SET confirmed_at = greatest(confirmed_at, %(began)s) WHERE brand_id = %(brand_id)s AND id = %(source)s"
TAKE_BACK = """UPDATE flagship_sources s SET confirmed_at = (SELECT max(r.started_at) FROM sync_runs r
  WHERE r.brand_id = s.brand_id AND r.source_id = s.id AND r.state IN ('succeeded', 'partial') AND r.id <> %(run)s)
WHERE s.brand_id = %(brand_id)s AND s.id = %(source)s"""

HIDDEN = f"""SELECT v.product_id FROM variants v WHERE v.brand_id = %(brand_id)s AND v.status = 'published' AND v.tombstoned_at IS NULL
AND v.stock > v.reserved AND {STALE}""".replace("%(now)s", ":now").replace("%(brand_id)s", ":brand_id")  # noqa: S608 (constants of the code)
STALE_OF = f"SELECT v.id FROM variants v WHERE v.brand_id = %(brand_id)s AND v.id = ANY(%(variants)s) AND {STALE}"  # noqa: S608 (constants of the code)


def confirm_stock(session: Session, *, brand_id: int, source_id: UUID, run_id: UUID, began: datetime, whole: bool) -> None:
    """A run was written: its source's stock is confirmed as of `began`, except what it could not confirm."""
    values = {"brand_id": brand_id, "source": source_id, "run": run_id, "began": began}
    back, read = ([row[0] for row in rows] for rows in gather(session, (BACK if whole else BACK_OF_CHANGES, values), (READ_AGAIN, values)))
    gather(session, *((SET_BACK, {**values, "variants": part}) for part in _batches(back)), (MOVE_ON, values),
           *((READ, {**values, "variants": part}) for part in _batches(read)))


def _batches(ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(ids), BATCH):
        yield ids[start:start + BATCH]


def unconfirm_stock(session: Session, *, brand_id: int, source_id: UUID, run_id: UUID) -> None:
    """A run was undone: what is here now was last confirmed by the one written before it."""
    gather(session, (TAKE_BACK, {"brand_id": brand_id, "source": source_id, "run": run_id}))


def stock_read(session: Session, *, brand_id: int, variant_id: UUID, began: datetime) -> None:
    """One variant was written by hand from what a run had read that began then."""
    gather(session, (READ, {"brand_id": brand_id, "variants": [variant_id], "began": began}))


def hidden_products(*, brand_id: int, now: datetime) -> TextClause:
    """Ids of products with something in stock that is not sold until it is confirmed; for the WHERE of a list."""
    return text(HIDDEN).bindparams(brand_id=brand_id, now=now)


def stale_variants(session: Session, *, brand_id: int, variant_ids: Collection[UUID], now: datetime) -> set[UUID]:
    """Those of them whose stock is hidden until it is confirmed."""
    if not variant_ids:
        return set()
    return {row[0] for row in gather(session, (STALE_OF, {"brand_id": brand_id, "variants": list(variant_ids), "now": now}))[0]}
