"""A case is written down and moved along; its lines are open as long as it is."""

from __future__ import annotations

import random
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.clock import local_day

from .models import AfterSale, AfterSaleLine
from .rules import OPEN, before_refund, next_state, require_unrefunded


def new_number(session: Session, *, brand_id: int, now: datetime, timezone: str) -> str:
    """'A' + the brand-local day + 6 digits no other case has, for people to read out."""
    while True:
        number = f"A{local_day(now, timezone):%y%m%d}{random.SystemRandom().randrange(10**6):06d}"
        if session.scalar(select(AfterSale.id).where(AfterSale.brand_id == brand_id, AfterSale.number == number)) is None:
            return number


def move_case(session: Session, case: AfterSale, act: str, *, now: datetime) -> AfterSale:
    """Takes a case one step further; an end closes its lines. Refuses all but the refund once one is booked."""
    after = next_state(case.kind, case.state, act)
    if act != "refund":
        require_unrefunded(case.refund_id)
    case.state = after
    if case.state not in OPEN:
        case.closed_at = now
        for line in case.lines:
            line.open = False
    session.flush()
    return case


def reopen_case(session: Session, case: AfterSale) -> None:
    """Its refund came back: the case stands where it stood before. A line another case has taken up meanwhile stays with that one."""
    case.state, case.closed_at = before_refund(case.kind), None
    taken = set(session.scalars(select(AfterSaleLine.order_line_id).where(
        AfterSaleLine.order_line_id.in_([line.order_line_id for line in case.lines]), AfterSaleLine.open)))
    for line in case.lines:
        line.open = line.open or line.order_line_id not in taken
    session.flush()
