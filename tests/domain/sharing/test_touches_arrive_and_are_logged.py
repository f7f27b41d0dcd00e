"""A touch counts from the moment it arrived, is moved into the log once, and programs are marked (R8)."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.domain.brands.models import Brand
from app.domain.sharing.models import Touch, TouchArrival
from app.domain.sharing.rules import is_bot
from app.domain.sharing.touch_log import BURST, SEEN, drain, have_arrived, note_touch
from app.extensions import Database
from app.kernel.db import gather
from app.kernel.tenancy import BrandSession
from tests.builders.shops import a_shop
from tests.conftest import NOON


def touch(session: BrandSession, brand: Brand, link: UUID, visitor: str, *seconds: float) -> None:
    for s in seconds:
        note_touch(session, brand_id=brand.id, visitor=visitor, share_link_id=link, at=NOON + timedelta(seconds=s))
    session.flush()


def seen(session: BrandSession, brand: Brand, visitor: str) -> list[tuple[float, bool]]:
    sql = f"SELECT at, bot FROM {SEEN} t WHERE brand_id = %(brand)s AND visitor = %(visitor)s ORDER BY at"
    return [((at - NOON).total_seconds(), bot) for at, bot in gather(session, (sql, {"brand": brand.id, "visitor": visitor}))[0]]


def test_a_touch_is_seen_once_before_and_after_it_is_logged(session: BrandSession, brand: Brand) -> None:
    touch(session, brand, a_shop(session).link.id, "anna", 0, 20)
    assert seen(session, brand, "anna") == [(0, False), (20, False)]
    assert have_arrived(session, brand_id=brand.id)
    assert drain(session, brand_id=brand.id) == 2
    assert seen(session, brand, "anna") == [(0, False), (20, False)]
    assert not have_arrived(session, brand_id=brand.id)
    assert drain(session, brand_id=brand.id) == 0


def test_more_than_twenty_touches_in_ten_seconds_are_a_program(session: BrandSession, brand: Brand) -> None:
    link = a_shop(session).link.id
    touch(session, brand, link, "hasty", *(n * 0.4 for n in range(BURST + 2)))
    touch(session, brand, link, "eager", *(n * 0.6 for n in range(BURST + 2)))
    drain(session, brand_id=brand.id)
    assert [bot for _, bot in seen(session, brand, "hasty")] == [False] * BURST + [True] * 2
    assert not any(bot for _, bot in seen(session, brand, "eager")), "17 within any ten seconds"


def test_two_workers_take_different_arrivals(session: BrandSession, brand: Brand, database: Database) -> None:
    link = a_shop(session).link.id
    for n in range(40):
        touch(session, brand, link, f"v{n}", n)
    session.commit()
    moved, start = [], threading.Barrier(2)

    def work() -> None:
        with database.transaction(brand.id) as mine:
            start.wait()
            moved.append(drain(mine, brand_id=brand.id))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(moved) == 40
    assert session.scalar(select(func.count()).select_from(Touch)) == 40
    assert session.scalar(select(func.count()).select_from(TouchArrival)) == 0


@pytest.mark.parametrize("agent", ["", "  ", "Googlebot/2.1", "curl/8.5", "python-requests/2.32", "facebookexternalhit/1.1", "HeadlessChrome/140"])
def test_programs_are_bots(agent: str) -> None:
    assert is_bot(agent)


@pytest.mark.parametrize("agent", [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36"])
def test_phones_are_not(agent: str) -> None:
    assert not is_bot(agent)
