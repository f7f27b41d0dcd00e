"""Brands as the platform lists them, and a brand's own settings."""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.paging import Page, numbered

from .models import Brand, BrandSettings


def settings_of(session: Session, *, brand_id: int) -> BrandSettings:
    """The brand's one row of settings."""
    return session.scalars(select(BrandSettings).where(BrandSettings.brand_id == brand_id)).one()


def brand(session: Session, *, brand_id: int) -> Brand:
    found = session.get(Brand, brand_id)
    if found is None:
        raise NotFound("brand", brand_id)
    return found


def brands_page(session: Session, *, q: str = "", status: str = "", sort: str = "-created", number: int = 1) -> Page:
    """Brands for the operator; who waits for approval comes first unless another order is asked."""
    statement = select(Brand)
    if q:
        statement = statement.where(or_(*(field.icontains(q, autoescape=True) for field in (Brand.name, Brand.slug, Brand.contact_name))))
    if status:
        statement = statement.where(Brand.status == status)
    column = {"name": Brand.name, "slug": Brand.slug}.get(sort.lstrip("-"), Brand.created_at)
    order = column.desc() if sort.startswith("-") else column.asc()
    return numbered(session, statement.order_by((Brand.status == "pending").desc(), order, Brand.id.desc()), number=number)


def counts_by_status(session: Session) -> dict[str, int]:
    return dict(session.execute(select(Brand.status, func.count()).group_by(Brand.status)).all())
