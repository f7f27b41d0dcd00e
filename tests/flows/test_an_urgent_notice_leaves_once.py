"""A notice leaves once by each channel she wishes, is tried again only where that cannot reach her twice, and not for ever."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.domain.notices.models import NoticeSend
from app.domain.notices.rules import STALE_AFTER, WAITS, next_try
from app.domain.notices.sending import send_again
from app.kernel.errors import Refused
from app.web.shared.application import Application
from tests.builders.carriers import World
from tests.builders.money import unguarded
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


def test_by_every_channel_once_however_often_the_job_runs(world: World) -> None:
    world.wishes(by_text=True, email="lin@farway.example", wechat=True)
    notice_id = world.told()
    for _ in range(3):
        world.run(notice_id)
    assert (len(world.wechat.sent), len(world.sms.sent), len(world.mail.kept)) == (1, 1, 1)
    assert world.sends() == dict.fromkeys(("wechat", "text", "mail"), ("sent", "", 1))


def test_two_workers_at_once_send_it_once(world: World) -> None:
    world.wishes(by_text=True)
    notice_id = world.told()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(world.run, [notice_id] * 4))
    assert len(world.sms.sent) == 1


def test_without_the_key_it_could_be_planned_twice(world: World, app: Application) -> None:
    """The unique key is what holds it to once: with it a second row is not taken, without it both would leave."""
    world.wishes(by_text=True)
    world.run(world.told())
    again = text("INSERT INTO notice_sends (brand_id, id, notice_id, channel, planned_at, next_at) "
                 "SELECT brand_id, gen_random_uuid(), notice_id, channel, planned_at, next_at FROM notice_sends WHERE brand_id = :brand "
                 "ON CONFLICT DO NOTHING")
    for dropped, rows in ((False, 1), (True, 2)):
        with unguarded(app.settings, world.shop.brand_id) as bare:
            if dropped:
                bare.execute(text("ALTER TABLE notice_sends DROP CONSTRAINT uq_notice_sends_brand_id_notice_id_channel"))
            bare.execute(again, {"brand": world.shop.brand_id})
            assert bare.execute(text("SELECT count(*) FROM notice_sends WHERE brand_id = :brand"), {"brand": world.shop.brand_id}).scalar() == rows


def test_a_text_that_may_have_left_is_not_sent_again(world: World) -> None:
    world.wishes(by_text=True)
    notice_id, world.sms.faults = world.told(), ["reset_after"]
    for at in (NOON, NOON + MINUTE, NOON + 60 * MINUTE):
        world.run(notice_id, at)
    assert (world.sends()["text"][0], len(world.sms.sent)) == ("unsure", 1)
    with pytest.raises(Refused):
        send_again(world.shop.session, brand_id=world.shop.brand_id, send_id=world.shop.session.scalars(select(NoticeSend.id)).one(), now=NOON)


def test_tries_are_bounded(world: World) -> None:
    """At once, and after 1, 5, 20, 60 and 240 minutes; then it is the operator's."""
    world.wishes(by_text=True)
    notice_id, world.sms.codes, at = world.told(), ["isp.SYSTEM_ERROR"] * 20, NOON
    for wait in (*WAITS, timedelta(hours=9)):
        world.sms.now = NOON
        world.run(notice_id, at)
        at += wait
    assert world.sends()["text"] == ("failed", "isp.SYSTEM_ERROR", 6)
    assert len(world.sms.codes) == 14


def test_old_news_is_not_sent() -> None:
    assert next_try(tries=1, planned_at=NOON, now=NOON + STALE_AFTER - MINUTE) == NOON + STALE_AFTER
    assert next_try(tries=1, planned_at=NOON, now=NOON + STALE_AFTER) is None


def test_a_worker_that_died_while_sending_sends_nothing_twice(world: World) -> None:
    """What it took up may have left: another worker leaves it for the operator, after time enough for a slow carrier."""
    world.wishes(by_text=True)
    notice_id = world.told()
    world.run(notice_id)
    world.shop.session.execute(text("UPDATE notice_sends SET state = 'sending' WHERE brand_id = :brand"), {"brand": world.shop.brand_id})
    world.shop.session.commit()
    world.run(notice_id, NOON + MINUTE)
    assert (world.sends()["text"][0], world.next_jobs()) == ("sending", [NOON + 5 * MINUTE])
    world.run(notice_id, NOON + 5 * MINUTE)
    assert (world.sends()["text"][:2], len(world.sms.sent)) == (("unsure", "interrupted"), 1)


def test_what_she_no_longer_wishes_is_dropped(world: World) -> None:
    world.wishes(by_text=True)
    notice_id, world.sms.codes = world.told(), ["isp.SYSTEM_ERROR"]
    world.run(notice_id)
    world.wishes()
    world.run(notice_id, NOON + MINUTE)
    assert (world.sends()["text"][0], world.sms.sent) == ("dropped", [])
