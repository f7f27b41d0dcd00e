"""Finding share links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.guides.models import Guide
from app.kernel.errors import NotFound

from .models import ShareLink
from .rules import serves


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A share link as it stands now: `guide` is None once she no longer serves; the store always stands (R21)."""

    link: ShareLink
    guide: Guide | None


def link_by_code(session: Session, *, brand_id: int, code: str) -> OpenLink:
    """The link with guide, store, product and activity loaded; NotFound only for a code that never existed."""
    link = session.scalar(
        select(ShareLink).where(ShareLink.brand_id == brand_id, ShareLink.code == code)
        .options(joinedload(ShareLink.guide), joinedload(ShareLink.store), joinedload(ShareLink.product),
                 joinedload(ShareLink.activity)))
    if link is None:
        raise NotFound("share", code)
    return OpenLink(link, link.guide if serves(link.guide.status) else None)


def is_link(session: Session, *, brand_id: int, code: str | None) -> bool:
    """Whether some link has this code: who comes by one pays link-only prices, also once its guide has left (R21)."""
    return bool(code) and session.scalar(select(ShareLink.id).where(ShareLink.brand_id == brand_id, ShareLink.code == code)) is not None


def links_of(session: Session, *, brand_id: int, guide_id: UUID) -> Sequence[ShareLink]:
    """A guide's links, newest first."""
    return session.scalars(
        select(ShareLink).where(ShareLink.brand_id == brand_id, ShareLink.guide_id == guide_id)
        .options(joinedload(ShareLink.product)).order_by(ShareLink.id.desc())).all()
