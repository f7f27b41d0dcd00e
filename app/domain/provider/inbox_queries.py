"""What the operator sees of the inbox and of movements that belong to nobody."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.kernel.paging import Page, numbered

from .event_rules import STUCK_AFTER
from .models import InboxEvent, Stray

WAITING, STUCK, ASIDE, DONE = "waiting", "stuck", "aside", "done"
state_now = case(
    (and_(InboxEvent.done_at.is_not(None), InboxEvent.problem == ""), DONE), (InboxEvent.done_at.is_not(None), ASIDE),
    (InboxEvent.tries >= STUCK_AFTER, STUCK), else_=WAITING)
"""Of one event: done, set aside as nobody's, waiting, or waiting after so many tries that somebody should look."""


def inbox_page(session: Session, *, q: str = "", state: str = "", sort: str = "-received", number: int = 1) -> Page:
    """Rows of (event, its state)."""
    statement = select(InboxEvent, state_now.label("state"))
    if q:
        statement = statement.where(_names(q, InboxEvent.event_id, InboxEvent.object_ref, InboxEvent.account_ref, InboxEvent.type, InboxEvent.problem))
    if state:
        statement = statement.where(state_now == state)
    column = {"tries": InboxEvent.tries, "next": InboxEvent.next_try_at, "type": InboxEvent.type}.get(sort.lstrip("-"), InboxEvent.received_at)
    order = column.desc() if sort.startswith("-") else column.asc()
    return numbered(session, statement.order_by(order, InboxEvent.id.desc()), number=number)


def inbox_counts(session: Session) -> dict[str, int]:
    """By state, zeros left out."""
    return dict(session.execute(select(state_now, func.count()).group_by(state_now)).all())


def strays_page(session: Session, *, q: str = "", sort: str = "-at", number: int = 1) -> Page:
    statement = select(Stray)
    if q:
        statement = statement.where(_names(q, Stray.balance_ref, Stray.source_ref, Stray.kind))
    column = {"amount": Stray.amount_minor, "seen": Stray.seen_at}.get(sort.lstrip("-"), Stray.at)
    order = column.desc() if sort.startswith("-") else column.asc()
    return numbered(session, statement.order_by(order, Stray.id.desc()), number=number)


def _names(q: str, *columns: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    return or_(*(column.icontains(q.strip(), autoescape=True) for column in columns))
