"""`demo load`: the sample brand from nothing to two weeks of business, chapter by chapter.

Each chapter looks first whether it has happened: a second run changes nothing, and one that was interrupted goes on.
Every change is made by the flow or action that a person would have used, at the moment the story says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from datetime import time as clock_time
from pathlib import Path
from time import perf_counter

from app.extensions import Database
from app.gateways.wiring import Gateways
from demo import agreeing, opening, shelf
from demo.brand import LAST_DAY, SLUG, Calendar
from demo.flagship import draw
from demo.stage import AfterAct, Stage, tell_day, told
from demo.story import DAYS

Say = Callable[[str], None]


@dataclass(frozen=True)
class Loader:
    """`mirror` is the folder that stands for the internet. Without `pictures` nothing is drawn or fetched."""

    database: Database
    gateways: Gateways
    mirror: Path
    now: datetime
    password_hash: str
    say: Say
    slug: str = SLUG
    pictures: bool = True
    after: AfterAct | None = None

    def load(self) -> int:
        """The brand's id."""
        with self._chapter("the brand applies and is approved"):
            opening.ensure_operator(self.database, password_hash=self.password_hash)
            brand = opening.ensure_brand(self.database, slug=self.slug, password_hash=self.password_hash, now=self.now)
        assert brand.approved_at
        calendar = Calendar.begun(brand.approved_at, self.now)
        self._open(brand.id, calendar)
        self._stock(brand.id, calendar)
        self._tell(brand.id, calendar)
        return brand.id

    def _open(self, brand_id: int, calendar: Calendar) -> None:
        files = self.gateways.files
        with self._chapter("headquarters, regions, dealers, stores"), self.database.transaction(brand_id) as session:
            opening.set_up(session, brand_id=brand_id, files=files, logo=draw.logo() if self.pictures else None,
                           password_hash=self.password_hash, now=calendar.moment(0, clock_time(11)))
        with self._chapter("the roster of 40 guides"), self.database.transaction(brand_id) as session:
            opening.take_on_guides(session, brand_id=brand_id, files=files, portrait=draw.avatar if self.pictures else None,
                                   password_hash=self.password_hash, now=calendar.moment(0, clock_time(13)))

    def _stock(self, brand_id: int, calendar: Calendar) -> None:
        with self._chapter("the flagship's pictures are drawn"):
            media = shelf.open_flagship(self.mirror)
            if self.pictures:
                draw.draw_all(media)
        with self._chapter("one click: the flagship's range is synced"):
            shelf.sync_range(self.database, self.gateways, brand_id=brand_id, now=calendar.moment(0, clock_time(14)))
        if self.pictures:
            with self._chapter("its pictures are fetched"):
                shelf.fetch_all_pictures(self.database, self.gateways, brand_id=brand_id)
        with self._chapter("offline products, rates, splits, coupons"), self.database.transaction(brand_id) as session:
            shelf.tend(session, brand_id=brand_id, now=calendar.moment(0, clock_time(15)))
            agreeing.agree(session, brand_id=brand_id, midnight=calendar.moment(0, clock_time()), now=calendar.moment(0, clock_time(16)))

    def _tell(self, brand_id: int, calendar: Calendar) -> None:
        for day in range(LAST_DAY + 1):
            with self._chapter(f"day {day}: {DAYS[day].title}"), self.database.transaction(brand_id) as session:
                if not told(session, day):
                    tell_day(Stage(session, brand_id, calendar, self.gateways.files, self.password_hash), day, after=self.after)

    @contextmanager
    def _chapter(self, title: str) -> Iterator[None]:
        began = perf_counter()
        yield
        self.say(f"{perf_counter() - began:6.1f} s  {title}")
