"""What a person writes about a difference."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.people.audit import acting, note
from app.kernel.errors import NotFound, Refused
from app.kernel.texts import clean

from .models import FlagshipDayLine
from .queries import day_by_id

LONGEST_NOTE = 300


def handle_line(session: Session, *, brand_id: int, day_id: UUID, line_id: UUID, handled: bool, said: str, now: datetime) -> FlagshipDayLine:
    """Marked as handled, with a note, or opened again (the note stays, unless another is given). Raises NotFound, Refused.

    The day is locked first: a reading that takes its place meanwhile waits, and carries what was written.
    """
    day = day_by_id(session, brand_id=brand_id, day_id=day_id, lock=True)
    line = session.scalar(select(FlagshipDayLine).where(FlagshipDayLine.brand_id == brand_id, FlagshipDayLine.day_id == day.id, FlagshipDayLine.id == line_id,
                                                        FlagshipDayLine.reading == day.reading))
    if line is None:
        raise NotFound("flagship_day_line", line_id)
    text = clean(said).strip()
    if not line.differs:
        raise Refused("not_a_difference", "这一行没有不符，不用处理")
    if handled and not text and not line.note:
        raise Refused("note_missing", "请写一句怎么处理的", field="note")
    if len(text) > LONGEST_NOTE:
        raise Refused("note_too_long", "备注超过 %(most)d 个字", field="note", most=LONGEST_NOTE)
    before = {"handled": line.handled_at is not None, "note": line.note}
    line.note = text or line.note
    line.handled_at, line.handled_by = (now, acting(session).name[:80]) if handled else (None, "")
    note(session, action="update", subject_kind="flagship_day_lines", subject_id=line.id, subject_name=line.order_key, before=before,
         after={"handled": handled, "note": line.note})
    return line
