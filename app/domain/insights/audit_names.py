"""What the ids in the audit log stand for: one read for a page of it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import gather

NAMED = {"org_units": "name", "guides": "name", "products": "title", "variants": "sku", "payees": "name", "accounts": "name", "activities": "name",
         "orders": "number", "coupons": "code", "flagship_sources": "name", "challenges": "title", "task_templates": "title", "segments": "name",
         "customer_tags": "name", "share_kits": "name"}
"""Table → the column it is called by."""
NAMES = "\nUNION ALL ".join(f"SELECT id, {column}::text FROM {table} WHERE brand_id = %(brand_id)s AND id = ANY(%(ids)s)"  # noqa: S608 (names are ours)
                            for table, column in NAMED.items())


def audit_names(session: Session, *, brand_id: int, ids: Collection[UUID]) -> dict[str, str]:
    """Id as text → name, for those that have one."""
    rows = gather(session, (NAMES, {"brand_id": brand_id, "ids": list(ids)}))[0] if ids else []
    return {str(row[0]): row[1] for row in rows if row[1]}
