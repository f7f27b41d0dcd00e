"""Notes, birthdays, tags, segments and follow-ups. Whose customer it is has been asked before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.customers.models import Customer
from app.domain.orgs.queries import org_unit
from app.domain.people.audit import acting, note
from app.kernel.db import gather
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.texts import clean, optional, required

from .models import BegunCheckout, CustomerFollowUp, CustomerNote, CustomerTag, CustomerTagging, Segment
from .queries import segment, tag
from .rules import REASONS, SNOOZES, UNMASK_REASONS, clean_birthday, clean_terms, require_tag

MOST_TAGS, MOST_SEGMENTS = 60, 100
TASKS_ABOUT = "SELECT title FROM task_templates WHERE brand_id = %(brand_id)s AND segment_id = %(segment)s AND ended_at IS NULL LIMIT 1"


def write_note(session: Session, *, brand_id: int, customer_id: UUID, guide_id: UUID | None, words: str, now: datetime) -> CustomerNote:
    made = CustomerNote(brand_id=brand_id, id=new_id(), customer_id=customer_id, guide_id=guide_id, by=acting(session).name[:80],
                        words=required(words, field="words", most=500), at=now)
    session.add(made)
    session.flush()
    return made


def set_birthday(session: Session, *, brand_id: int, customer_id: UUID, month: str, day: str) -> None:
    """Month and day only: a year is not asked."""
    birthday = clean_birthday(month, day)
    session.scalars(select(Customer).where(Customer.brand_id == brand_id, Customer.id == customer_id)).one().birthday = birthday
    session.flush()


def note_unmasking(session: Session, *, brand_id: int, customer_id: UUID, reason: str, words: str) -> None:
    """Writes down who looks at a whole phone number and why (R35), before it is shown. Refuses no reason, and 'other' without words."""
    if reason not in UNMASK_REASONS:
        raise Refused("reason_missing", "请选一个原因", field="reason")
    words = optional(words, field="words", most=200)
    if reason == "other" and not words:
        raise Refused("required", "请写明原因", field="words")
    note(session, action="unmask", subject_kind="customers", subject_id=customer_id, after={"reason": reason, "note": words}, brand_id=brand_id)


def note_checkout(session: Session, *, brand_id: int, customer_id: UUID, guide_id: UUID | None, product_id: UUID, now: datetime) -> None:
    """She opened the checkout with this product first; only her last time is kept. `guide_id` is whom the order would be credited to."""
    seen = {"guide_id": guide_id, "product_id": product_id, "at": now}
    session.execute(insert(BegunCheckout).values(brand_id=brand_id, id=new_id(), customer_id=customer_id, **seen)
                    .on_conflict_do_update(index_elements=["brand_id", "customer_id"], set_=seen))


def add_tag(session: Session, *, brand_id: int, name: str, kind: str, category: str = "", days: int | None = None,
            amount_minor: int | None = None) -> CustomerTag:
    """Conflict for a name there is already; what a kind does not ask for is left out."""
    name = required(name, field="name", most=20)
    category = optional(category, field="category", most=200) if kind == "bought" else ""
    days, amount_minor = None if kind == "birthday" else days, amount_minor if kind == "spent" else None
    require_tag(kind=kind, category=category, days=days, amount_minor=amount_minor)
    if session.scalar(select(CustomerTag.id).where(CustomerTag.brand_id == brand_id, CustomerTag.name == name)):
        raise Conflict("tag_known", "已经有叫“%(name)s”的标签", field="name", name=name)
    in_use = select(func.count()).select_from(CustomerTag).where(CustomerTag.brand_id == brand_id, CustomerTag.ended_at.is_(None))
    if (session.scalar(in_use) or 0) >= MOST_TAGS:
        raise Refused("too_many_tags", "最多 %(most)d 个标签", field="name", most=MOST_TAGS)
    made = CustomerTag(brand_id=brand_id, id=new_id(), name=name, kind=kind, category=category, days=days, amount_minor=amount_minor)
    session.add(made)
    session.flush()
    return made


def end_tag(session: Session, *, brand_id: int, tag_id: UUID, now: datetime | None) -> CustomerTag:
    """Out of use (`now`) or in use again (None); what was set by hand stays until it expires."""
    found = tag(session, brand_id=brand_id, tag_id=tag_id)
    found.ended_at = now and (found.ended_at or now)
    session.flush()
    return found


def set_tag(session: Session, *, brand_id: int, customer_id: UUID, tag_id: UUID, now: datetime) -> None:
    """A manual tag, fresh from now on: setting it again begins its days anew."""
    found = tag(session, brand_id=brand_id, tag_id=tag_id)
    if found.kind != "manual" or found.ended_at is not None:
        raise Refused("tag_not_manual", "“%(name)s”不能手工打上", field="tag_id", name=found.name)
    said = {"by": acting(session).name[:80], "at": now, "expires_at": now + timedelta(days=found.days or 1)}
    session.execute(insert(CustomerTagging).values(brand_id=brand_id, id=new_id(), tag_id=tag_id, customer_id=customer_id, **said)
                    .on_conflict_do_update(index_elements=["brand_id", "customer_id", "tag_id"], set_=said))


def take_tag_off(session: Session, *, brand_id: int, customer_id: UUID, tag_id: UUID) -> None:
    session.execute(delete(CustomerTagging).where(CustomerTagging.brand_id == brand_id, CustomerTagging.customer_id == customer_id,
                                                  CustomerTagging.tag_id == tag_id))


def save_segment(session: Session, *, brand_id: int, name: str, terms: Mapping[str, Any], segment_id: UUID | None = None) -> Segment:
    """A new one, or other terms for one there is. Tags and store it names must be the brand's."""
    name, kept = required(name, field="name", most=40), clean_terms(terms)
    for key in kept["tags"]:
        tag(session, brand_id=brand_id, tag_id=UUID(key))
    if "store_id" in kept:
        org_unit(session, brand_id=brand_id, unit_id=UUID(kept["store_id"]))
    taken = session.scalar(select(Segment.id).where(Segment.brand_id == brand_id, Segment.name == name))
    if taken is not None and taken != segment_id:
        raise Conflict("segment_known", "已经有叫“%(name)s”的人群", field="name", name=name)
    if segment_id is None and (session.scalar(select(func.count()).select_from(Segment).where(Segment.brand_id == brand_id)) or 0) >= MOST_SEGMENTS:
        raise Refused("too_many_segments", "最多 %(most)d 个人群", field="name", most=MOST_SEGMENTS)
    found = segment(session, brand_id=brand_id, segment_id=segment_id) if segment_id else Segment(brand_id=brand_id, id=new_id())
    found.name, found.terms = name, kept
    session.add(found)
    session.flush()
    return found


def drop_segment(session: Session, *, brand_id: int, segment_id: UUID) -> None:
    found = segment(session, brand_id=brand_id, segment_id=segment_id)
    tasks = gather(session, (TASKS_ABOUT, {"brand_id": brand_id, "segment": segment_id}))[0]
    if tasks:
        raise Conflict("segment_in_use", "任务“%(title)s”正用着这个人群，先结束那个任务", title=tasks[0][0])
    session.delete(found)
    session.flush()


def follow_up(session: Session, *, brand_id: int, customer_id: UUID, guide_id: UUID, reason: str, days: int, words: str, now: datetime) -> CustomerFollowUp:
    """She was called, or is left alone for a while: this reason is not shown before `days` are over."""
    if reason not in REASONS:
        raise NotFound("follow_up", clean(reason)[:40])
    if days not in SNOOZES:
        raise Refused("unknown_choice", "请选一项", field="days")
    made = CustomerFollowUp(brand_id=brand_id, id=new_id(), customer_id=customer_id, guide_id=guide_id, reason=reason,
                            note=optional(words, field="words", most=300), at=now, until=now + timedelta(days=days))
    session.add(made)
    session.flush()
    return made
