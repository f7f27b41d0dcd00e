"""Tags, segments, notes and hand-overs by customer; who serves her now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.customers.models import CustomerBinding
from app.domain.guides.models import Guide
from app.domain.orgs.models import OrgUnit
from app.kernel.errors import NotFound

from .models import CustomerFollowUp, CustomerHandover, CustomerNote, CustomerTag, CustomerTagging, Segment
from .rules import TOLD_FOR


def tag(session: Session, *, brand_id: int, tag_id: UUID) -> CustomerTag:
    found = session.scalar(select(CustomerTag).where(CustomerTag.brand_id == brand_id, CustomerTag.id == tag_id))
    if found is None:
        raise NotFound("customer_tag", tag_id)
    return found


def tags(session: Session, *, brand_id: int, ended: bool = False) -> Sequence[CustomerTag]:
    """Those in use, by name; with `ended` all."""
    statement = select(CustomerTag).where(CustomerTag.brand_id == brand_id)
    return session.scalars((statement if ended else statement.where(CustomerTag.ended_at.is_(None))).order_by(CustomerTag.name)).all()


def segment(session: Session, *, brand_id: int, segment_id: UUID) -> Segment:
    found = session.scalar(select(Segment).where(Segment.brand_id == brand_id, Segment.id == segment_id))
    if found is None:
        raise NotFound("segment", segment_id)
    return found


def segments(session: Session, *, brand_id: int) -> Sequence[Segment]:
    return session.scalars(select(Segment).where(Segment.brand_id == brand_id).order_by(Segment.name)).all()


def taggings(session: Session, *, brand_id: int, customer_id: UUID, now: datetime) -> dict[UUID, CustomerTagging]:
    """Tag → who set it by hand and until when, of those that still count."""
    rows = session.scalars(select(CustomerTagging).where(CustomerTagging.brand_id == brand_id, CustomerTagging.customer_id == customer_id,
                                                         CustomerTagging.expires_at > now))
    return {row.tag_id: row for row in rows}


def notes(session: Session, *, brand_id: int, customer_id: UUID, guide_id: UUID | None = None) -> Sequence[CustomerNote]:
    """The last fifty, newest first; of one guide, or everybody's."""
    statement = select(CustomerNote).where(CustomerNote.brand_id == brand_id, CustomerNote.customer_id == customer_id)
    if guide_id is not None:
        statement = statement.where(CustomerNote.guide_id == guide_id)
    return session.scalars(statement.order_by(CustomerNote.at.desc(), CustomerNote.id.desc()).limit(50)).all()


def follow_ups(session: Session, *, brand_id: int, customer_id: UUID, guide_id: UUID | None = None) -> Sequence[CustomerFollowUp]:
    """The last twenty, newest first."""
    statement = select(CustomerFollowUp).where(CustomerFollowUp.brand_id == brand_id, CustomerFollowUp.customer_id == customer_id)
    if guide_id is not None:
        statement = statement.where(CustomerFollowUp.guide_id == guide_id)
    return session.scalars(statement.order_by(CustomerFollowUp.at.desc()).limit(20)).all()


def handovers(session: Session, *, brand_id: int, customer_id: UUID) -> Sequence[CustomerHandover]:
    return session.scalars(select(CustomerHandover).where(CustomerHandover.brand_id == brand_id, CustomerHandover.customer_id == customer_id)
                           .order_by(CustomerHandover.at.desc(), CustomerHandover.id.desc()).limit(50)).all()


def handovers_from(session: Session, *, brand_id: int, guide_id: UUID, since: datetime) -> Sequence[CustomerHandover]:
    """What went from her to another guide, and still stands there."""
    made = (CustomerBinding.brand_id == CustomerHandover.brand_id) & (CustomerBinding.id == CustomerHandover.made_binding_id)
    return session.scalars(select(CustomerHandover).join(CustomerBinding, made).where(
        CustomerHandover.brand_id == brand_id, CustomerHandover.from_guide_id == guide_id, CustomerHandover.at > since, CustomerHandover.why != "undo",
        CustomerBinding.ended_at.is_(None)).order_by(CustomerHandover.at.desc())).all()


def bound_count(session: Session, *, brand_id: int, guide_id: UUID, now: datetime) -> int:
    """Customers bound to her, still valid."""
    return session.scalar(select(func.count()).select_from(CustomerBinding).where(
        CustomerBinding.brand_id == brand_id, CustomerBinding.guide_id == guide_id, CustomerBinding.ended_at.is_(None), CustomerBinding.expires_at > now)) or 0


@dataclass(frozen=True, slots=True)
class Server:
    """Who serves a customer now; `guide_name` '' when it is the store."""

    guide_name: str
    store_name: str


def new_server(session: Session, *, brand_id: int, customer_id: UUID | None, now: datetime) -> Server | None:
    """Whom she was handed over to in the last ninety days, if that still stands; None when nothing changed for her."""
    if customer_id is None:
        return None
    stands = func.coalesce(CustomerHandover.made_binding_id, CustomerHandover.binding_id)
    row = session.execute(
        select(CustomerHandover.to_guide_id, Guide.name, Guide.status, OrgUnit.name)
        .join(CustomerBinding, (CustomerBinding.brand_id == CustomerHandover.brand_id) & (CustomerBinding.id == stands))
        .join(Guide, (Guide.brand_id == CustomerBinding.brand_id) & (Guide.id == CustomerBinding.guide_id))
        .join(OrgUnit, (OrgUnit.brand_id == Guide.brand_id) & (OrgUnit.id == Guide.store_id))
        .where(CustomerHandover.brand_id == brand_id, CustomerHandover.customer_id == customer_id, CustomerHandover.at > now - TOLD_FOR,
               CustomerBinding.ended_at.is_(None), CustomerBinding.expires_at > now)
        .order_by(CustomerHandover.at.desc(), CustomerHandover.id.desc()).limit(1)).first()
    if row is None:
        return None
    return Server(row[1] if row[0] is not None and row[2] == "active" else "", row[3])
