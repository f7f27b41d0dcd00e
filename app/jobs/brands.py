"""Jobs that look through the brands by the clock; one brand's trouble stays its own."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.brands.models import Brand
from app.extensions import Database
from app.kernel.queue import defer

log = structlog.get_logger()


def each_brand(database: Database, look: Callable[[Session, int], object]) -> None:
    """Calls `look` for every approved brand, in a transaction of its own."""
    with database.transaction() as session:
        brands = session.scalars(select(Brand.id).where(Brand.status == "approved")).all()
    for brand_id in brands:
        try:
            with database.transaction(brand_id) as session:
                look(session, brand_id)
        except Exception:
            log.exception("a brand could not be looked at", brand_id=brand_id)


def queue_where(database: Database, has_work: Callable[[Session, int], object], name: str) -> None:
    """Queues the job of that name for every brand that has something to do."""

    def look(session: Session, brand_id: int) -> None:
        if has_work(session, brand_id):
            defer(session, name, brand_id=brand_id)

    each_brand(database, look)
