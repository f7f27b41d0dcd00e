"""What WeChat answers decides: another token, a text in its place, later, or the operator."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.domain.notices.models import NoticeSend
from app.domain.notices.sending import send_again
from app.kernel.errors import Refused
from tests.builders.carriers import World
from tests.conftest import NOON

MINUTE = timedelta(minutes=1)


def test_by_wechat_as_the_template_says(world: World) -> None:
    """Amounts without separators, times and texts as long as their fields take; another kind by its own template."""
    world.wishes(wechat=True)
    notice_id = world.told()
    world.run(notice_id)
    [said] = world.wechat.sent
    assert (said["touser"], said["template_id"], said["client_msg_id"]) == ("oLin", "TM-any", UUID(notice_id).hex)
    assert {name: part["value"] for name, part in said["data"].items()} == {
        "thing1": "佣金解冻", "thing2": "¥1,235.88 可以提现了。", "time3": "2026-11-22 12:00"}
    assert said["url"].endswith("/guide/notices")
    world.run(world.told("paid_out", "payout:1", number=1, payout_id=notice_id, reason=""))
    assert world.wechat.sent[1]["data"]["amount1"] == {"value": "¥1235.88"}


def test_a_token_that_ended_is_replaced(world: World) -> None:
    world.wishes(wechat=True)
    world.run(world.told())
    world.wechat.end_token()
    world.run(world.told(cause="settlement:y"))
    assert len(world.wechat.sent) == 2
    assert [one.path.rsplit("/", 1)[1] for one in world.wechat.asked] == ["stable_token", "send", "send", "stable_token", "send"]


@pytest.mark.parametrize("codes", [[0, 42001], [-1], [40125]])
def test_without_a_token_that_holds_nothing_leaves(world: World, codes: list[int]) -> None:
    """A token fetched just now that is said to have ended, WeChat busy, and a wrong secret: the first two are tried later, the last is the operator's."""
    world.wishes(wechat=True)
    notice_id, world.wechat.codes = world.told(), list(codes)
    world.run(notice_id)
    assert world.sends()["wechat"] == ("failed" if codes == [40125] else "waiting", f"wechat_{codes[-1]}", 1)
    world.run(notice_id, NOON + MINUTE)
    assert len(world.wechat.sent) == (0 if codes == [40125] else 1)


@pytest.mark.parametrize("code", [43004, 43019, 43101, 40003])
def test_who_does_not_follow_gets_a_text(world: World, code: int) -> None:
    world.wishes(wechat=True)
    notice_id, world.wechat.codes = world.told(), [0, code]
    for _ in range(3):
        world.run(notice_id)
    assert world.sends() == {"wechat": ("failed", f"wechat_{code}", 1), "text": ("sent", "", 1)}
    assert world.sms.sent == [("13900000001", "SMS_NOTICE", {"brand": world.sms.sent[0][2]["brand"], "title": "佣金解冻", "text": "¥1,235.88 可以提现了。"})]
    assert world.wechat.sent == []


def test_used_up_calls_are_tried_after_an_hour(world: World) -> None:
    world.wishes(wechat=True)
    notice_id, world.wechat.codes = world.told(), [0, 45009]
    world.run(notice_id)
    assert world.sends()["wechat"] == ("waiting", "wechat_45009", 1)
    assert world.next_jobs() == [NOON + 60 * MINUTE]
    world.run(notice_id, NOON + 59 * MINUTE)
    assert world.wechat.sent == []
    world.run(notice_id, NOON + 60 * MINUTE)
    assert (world.sends()["wechat"], len(world.wechat.sent)) == (("sent", "", 2), 1)


def test_a_wrong_template_waits_for_the_operator(world: World) -> None:
    world.wishes(wechat=True)
    notice_id = world.told()
    world.wechat.templates = {}
    for _ in range(2):
        world.run(notice_id)
    assert world.sends() == {"wechat": ("failed", "wechat_40037", 1)}
    send_id = world.shop.session.scalars(select(NoticeSend.id)).one()
    world.wechat.templates = {"TM-any": {"thing1", "thing2", "time3"}}
    send_again(world.shop.session, brand_id=world.shop.brand_id, send_id=send_id, now=NOON + MINUTE)
    world.shop.session.commit()
    world.run(notice_id, NOON + MINUTE)
    assert (world.sends()["wechat"][0], len(world.wechat.sent)) == ("sent", 1)
    with pytest.raises(Refused, match="没有失败"):
        send_again(world.shop.session, brand_id=world.shop.brand_id, send_id=send_id, now=NOON)


def test_no_answer_from_wechat_is_asked_again_while_it_knows_the_key(world: World) -> None:
    """It took the message and the answer was lost: asked again with the same key it sends nothing more."""
    world.wishes(wechat=True)
    notice_id, world.wechat.faults = world.told(), ["", "reset_after"]
    world.run(notice_id)
    assert world.sends()["wechat"] == ("waiting", "wechat_-1", 1)
    world.run(notice_id, NOON + MINUTE)
    assert (world.sends()["wechat"], len(world.wechat.sent)) == (("sent", "", 2), 1)


def test_later_than_that_it_is_left_for_somebody_to_look_at(world: World) -> None:
    world.wishes(wechat=True)
    notice_id, world.wechat.faults = world.told(), ["", "reset_after", "reset_after"]
    for at in (NOON, NOON + MINUTE, NOON + 6 * MINUTE, NOON + 60 * MINUTE):
        world.run(notice_id, at)
    assert (world.sends()["wechat"], len(world.wechat.sent)) == (("sent", "", 3), 1), "1 and 6 minutes are within the ten"
    world.wechat.faults = ["reset_after"] * 3
    other = world.told(cause="settlement:y")
    for at in (NOON, NOON + MINUTE, NOON + 6 * MINUTE, NOON + 60 * MINUTE):
        world.run(other, at)
    states = [one.state for one in world.shop.session.scalars(select(NoticeSend).order_by(NoticeSend.planned_at, NoticeSend.id))]
    assert sorted(states) == ["sent", "unsure"]
    assert len(world.wechat.sent) == 2


def test_a_wechat_of_another_account_is_none(world: World) -> None:
    """The operator changed the public account: its openids are not the new one's, and she hears by text until she binds again."""
    world.wishes(wechat=True)
    world.shop.session.execute(text("UPDATE notice_wishes SET wechat_app_id = 'wx-old' WHERE brand_id = :brand"), {"brand": world.shop.brand_id})
    world.shop.session.commit()
    world.run(world.told())
    assert (world.wechat.sent, len(world.sms.sent)) == ([], 1)
