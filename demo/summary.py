"""What the sample brand holds, for whoever has just loaded it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.domain.brands.models import Brand
from app.domain.catalog.models import Product, ProductImage, Variant
from app.domain.guides.models import Guide
from app.domain.orders.models import Order
from app.domain.orgs.models import OrgUnit
from app.domain.tasks.models import TaskAssignment
from app.extensions import Database
from app.kernel.tenancy import BrandSession
from demo.brand import LAST_DAY, SLUG
from demo.stage import told


def finished(database: Database) -> int | None:
    """The id of the sample brand if its story has been told to the end."""
    with database.transaction() as session:
        brand_id = session.scalar(select(Brand.id).where(Brand.slug == SLUG))
    if brand_id is None:
        return None
    with database.transaction(brand_id) as session:
        return brand_id if told(session, LAST_DAY) else None


def summary(session: BrandSession, *, brand_id: int) -> Iterator[str]:
    """A few lines of counts."""
    yield f"products {_count(session, Product)}, variants {_count(session, Variant)}, pictures {_count(session, ProductImage)}"
    units = _counts(session, OrgUnit.kind)
    yield "units    " + ", ".join(f"{kind} {units.get(kind, 0)}" for kind in ("region", "dealer", "mall", "store"))
    yield "guides   " + ", ".join(f"{status} {count}" for status, count in sorted(_counts(session, Guide.status).items()))
    yield "tasks    " + ", ".join(f"{state} {count}" for state, count in sorted(_counts(session, TaskAssignment.state).items()))
    yield "orders   " + ", ".join(f"{state} {count}" for state, count in sorted(_counts(session, Order.state).items()))


def _count(session: BrandSession, table: type[Product] | type[Variant] | type[ProductImage]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _counts(session: BrandSession, column: InstrumentedAttribute[str]) -> dict[str, int]:
    rows = session.execute(select(column, func.count()).group_by(column))
    return {str(value): int(count) for value, count in rows}
