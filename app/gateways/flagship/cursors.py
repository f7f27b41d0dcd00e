"""Where a reading stands, as the text of a Checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import orjson

from .paging import Place


@dataclass(frozen=True, slots=True)
class Cursor:
    """`phase` names the list being read, `since` is when the reading began, `position` counts the items that came out so far."""

    phase: str
    since: datetime
    place: Place = Place()
    position: int = 0

    def text(self) -> str:
        place = self.place
        return orjson.dumps([self.phase, self.since.isoformat(), place.at, place.last, place.read, self.position]).decode()

    @classmethod
    def read(cls, text: str, now: datetime) -> Cursor:
        """The beginning for a blank text, and for one that is no cursor: reading too much harms nobody."""
        try:
            phase, since, at, last, read, position = orjson.loads(text or "null")
            return cls(str(phase), datetime.fromisoformat(since), Place(int(at), str(last), int(read)), int(position))
        except (TypeError, ValueError):
            return cls("", now)
