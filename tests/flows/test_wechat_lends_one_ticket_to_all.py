"""The ticket is asked for once for all processes, renewed when it ends, and not asked for while WeChat says no. The double is a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.domain.sharing.models import WeChatKey
from app.domain.sharing.wechat_keys import signature
from app.extensions import Database
from app.flows.ask_wechat import js_ticket
from app.gateways.talking import HttpTalk
from app.gateways.wechat.js_sdk import WeChat
from tests.conftest import NOON
from tests.gateways.doubles.wechat import WeChatDouble

HOUR = timedelta(hours=1)


@pytest.fixture
def double(database: Database) -> Iterator[WeChatDouble]:
    with database.transaction() as session:
        session.execute(text("DELETE FROM wechat_keys"))
    double = WeChatDouble()
    with double.open():
        yield double


@pytest.fixture
def wechat(double: WeChatDouble) -> WeChat:
    return WeChat(HttpTalk(allow_private=True), double.app_id, double.secret, double.url)


def paths(double: WeChatDouble) -> list[str]:
    return [one.path.rsplit("/", 1)[1] for one in double.asked]


def test_the_signature_is_that_of_the_documents() -> None:
    """Appendix 1 of the JS-SDK's documents, digit by digit."""
    assert signature(ticket="sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg", nonce="Wm3WZYTPz0wzccnW",
                     timestamp=1414587457, url="http://mp.weixin.qq.com?params=value#part") == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_it_is_kept_until_it_ends(database: Database, double: WeChatDouble, wechat: WeChat) -> None:
    assert [js_ticket(database, wechat, now=NOON + at) for at in (timedelta(), HOUR)] == ["TICKET-1"] * 2
    assert paths(double) == ["stable_token", "getticket"]
    js_ticket(database, wechat, now=NOON + 2 * HOUR)
    assert paths(double)[2:] == ["stable_token", "getticket"], "five minutes before its end it counts as over"


def test_eight_at_once_ask_once(database: Database, double: WeChatDouble, wechat: WeChat) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: js_ticket(database, wechat, now=NOON), range(8))) == {"TICKET-1"}
    assert paths(double) == ["stable_token", "getticket"]


def test_what_is_kept_is_sealed(database: Database, wechat: WeChat) -> None:
    js_ticket(database, wechat, now=NOON)
    with database.transaction() as session:
        kept = session.query(WeChatKey).all()
    assert {one.kind for one in kept} == {"token", "ticket"} and not [one for one in kept if b"TICKET" in one.sealed or b"TOKEN" in one.sealed]


def test_a_token_ended_early_is_replaced_once(database: Database, double: WeChatDouble, wechat: WeChat) -> None:
    js_ticket(database, wechat, now=NOON)
    double.end_token()
    with database.transaction() as session:
        session.execute(text("DELETE FROM wechat_keys WHERE kind = 'ticket'"))
    assert js_ticket(database, wechat, now=NOON + HOUR) == "TICKET-2"
    assert paths(double)[2:] == ["getticket", "stable_token", "getticket"]


@pytest.mark.parametrize(("code", "rest"), [(45009, HOUR), (-1, timedelta(minutes=1)), (40125, timedelta(minutes=10)), (42001, timedelta(minutes=10))])
def test_a_no_is_believed_for_a_while(database: Database, double: WeChatDouble, wechat: WeChat, code: int, rest: timedelta) -> None:
    """The day's calls used up, busy, a wrong secret; and a fresh token that is said to have ended is not asked for again and again."""
    double.codes = [0, code] if code == 42001 else [code]
    assert js_ticket(database, wechat, now=NOON) is None
    before = len(double.asked)
    assert js_ticket(database, wechat, now=NOON + rest - timedelta(seconds=1)) is None
    assert len(double.asked) == before
    assert js_ticket(database, wechat, now=NOON + rest) == "TICKET-1"


def test_a_wrong_secret_is_told_nobody(database: Database, double: WeChatDouble) -> None:
    wrong = WeChat(HttpTalk(allow_private=True), double.app_id, "not the secret", double.url)
    assert js_ticket(database, wrong, now=NOON) is None
    assert "not the secret" not in repr(wrong)


@pytest.mark.parametrize("fault", ["reset", "cut_body", "error", "busy", "html", "half_json", "garbage", "empty"])
def test_no_answer_is_a_crash(database: Database, double: WeChatDouble, wechat: WeChat, fault: str) -> None:
    double.faults = [fault]
    assert js_ticket(database, wechat, now=NOON) is None
    moment: datetime = NOON + timedelta(minutes=1)
    assert js_ticket(database, wechat, now=moment) == "TICKET-1"
