"""A case is written down and moved along; its lines are open as long as it is."""

from __future__ import annotations

import random
from datetime import datetime

from sqlalchemy.orm import Session

from app.kernel.clock import local_day

from .models import AfterSale
from .rules import OPEN, next_state


def new_number(now: datetime, timezone: str) -> str:
    """'A' + the brand-local day + 6 digits, for people to read out."""
    return f"A{local_day(now, timezone):%y%m%d}{random.SystemRandom().randrange(10**6):06d}"


def move_case(session: Session, case: AfterSale, act: str, *, now: datetime) -> AfterSale:
    """Takes a case one step further; an end closes its lines."""
    case.state = next_state(case.kind, case.state, act)
    if case.state not in OPEN:
        case.closed_at = now
        for line in case.lines:
            line.open = False
    session.flush()
    return case
