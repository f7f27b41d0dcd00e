from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from jd_shops import KEY, SECRET, Open, Sealed, Shop

from app.domain.catalog.ports import Answer, FlagshipUnreachable, NeedsAuthorisation
from app.gateways.jd.oauth import App
from app.gateways.jd.reactions import MEANINGS, JdRefused, Reaction

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
METHOD = "jingdong.vender.shop.query"
REACTIONS = {
    Reaction.RETRY: "1 43 65 66 67 69", Reaction.BACK_OFF_MINUTES: "2", Reaction.REFRESH: "18 19",
    Reaction.CONFIGURATION_ERROR: "4 5 7 8 11 12 14 15 20 21 22 24 28 79 80 88 89 92 2001", Reaction.FAIL: "23",
    Reaction.ITEM_ERROR: "60 61 62 63 68 64 70 71 72",
}


class Saying:
    """Talk that answers the same for ever, and counts."""

    def __init__(self, body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.answer = Answer(status, headers or {}, body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode())
        self.calls = 0

    def __call__(self, *_: object, **__: object) -> Answer:
        self.calls += 1
        return self.answer


def refusal(body: object, *, tokens: bool = False, status: int = 200, headers: dict[str, str] | None = None, repeatable: bool = True) -> tuple[FlagshipUnreachable, int]:
    talk = Saying(body, status=status, headers=headers)
    shop = Shop("http://jd.example", Sealed({"access_token": "tok-secret", "refresh_token": "refresh-secret"}), talk)
    gateway = shop.gateway(merchant=tokens, clock=lambda: NOON)
    with pytest.raises(FlagshipUnreachable) as caught:
        gateway.call(METHOD, {}, lambda told: told, repeatable=repeatable)
    assert caught.value.message % caught.value.data
    return caught.value, talk.calls


def error(code: str, zh: str = "出错了", **more: str) -> dict[str, object]:
    return {"error_response": {"code": code, "zh_desc": zh, "en_desc": "error", **more}}


@pytest.mark.parametrize(("reaction", "code"), [(reaction, code) for reaction, codes in REACTIONS.items() for code in codes.split()])
def test_the_table(reaction: Reaction, code: str) -> None:
    told, calls = refusal(error(code))
    assert isinstance(told, JdRefused) and (told.reaction, told.jd_code) == (reaction, code)
    assert calls == (6 if reaction in (Reaction.RETRY, Reaction.BACK_OFF_MINUTES) else 1)


def test_the_table_is_whole() -> None:
    assert set(MEANINGS) == {code for codes in REACTIONS.values() for code in codes.split()}


def test_a_code_nobody_knows_fails_with_jds_own_words() -> None:
    told, calls = refusal(error("12345", "新的错误"))
    assert told.message % told.data == f"京东拒绝了接口 {METHOD} 的调用（错误码 12345：新的错误）" and calls == 1


def test_a_burst_backs_off_and_then_says_when_to_come_again() -> None:
    told, _ = refusal(error("2", "限制时间内调用失败次数"))
    assert isinstance(told, JdRefused) and told.retry_at == NOON + timedelta(minutes=10) and told.data["retry_at"] == "2026-11-22T04:10:00+00:00"


def test_a_spent_day_waits_for_the_next() -> None:
    told, calls = refusal(error("2", "API今日调用次数已达上限"))
    assert isinstance(told, JdRefused) and told.reaction is Reaction.NEXT_DAY and calls == 1


@pytest.mark.parametrize("body", [
    {"error_response": {"code": "12", "errorMessage": "无效签名", "errorSolution": "…"}},
    {"error_response": {"code": 12, "en_desc": "Invalid signature"}},
    {"error_response": {"en_desc": "Invalid Signature"}},
    {"code": "12", "errorMessage": "无效签名", "errorSolution": "…"},
    {"errorCode": 12, "errorMessage": "无效签名"},
    {"jingdong_vender_shop_query_responce": {"code": "12", "error_description": "x"}},
    {"jingdong_vender_shop_query_response": {"code": "12", "zh_desc": "x"}},
])
def test_every_shape_of_a_refusal(body: object) -> None:
    told, calls = refusal(body, status=500)
    assert isinstance(told, JdRefused) and (told.jd_code, told.code, calls) == ("12", "jd_signature", 1)


@pytest.mark.parametrize("body", [
    b"", b"<html>", b"[]", b"null", b'"x"', b"{}", b'{"jingdong_vender_shop_query_responce":', b'{"jingdong_vender_shop_query_responce": 5}', b'{"other_responce": {"code": "0"}}',
    b"\xff\xfe", b'{"a": NaN}', b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}",
])
def test_what_is_no_answer_is_asked_for_again(body: bytes) -> None:
    told, calls = refusal(body, status=502)
    assert (told.code, told.data["status"], calls) == ("jd_no_reply", 502, 6)


def test_a_call_that_must_not_be_made_twice_is_made_once() -> None:
    for body in (b"", error("65"), error("67")):
        told, calls = refusal(body, repeatable=False)
        assert calls == 1 and told.data["unsure"] is True, "it may have had its effect"
    told, calls = refusal(error("12"), repeatable=False)
    assert not told.data["unsure"]


def test_a_wrong_clock_is_explained() -> None:
    told, _ = refusal(error("8"), headers={"date": "Sun, 22 Nov 2026 03:50:30 GMT"})
    assert told.message % told.data == "服务器的时钟与京东相差 +9:30，超过京东允许的 6 分钟，请校准服务器时间"
    told, _ = refusal(error("8"))
    assert "?" in told.message % told.data


def test_a_wrong_clock_at_the_gateway(jd: Open) -> None:
    shop = jd(skew=60)
    gateway = shop.gateway(clock=lambda: datetime.now(UTC) - timedelta(minutes=7))
    with pytest.raises(JdRefused) as caught:
        gateway.call(METHOD, {}, lambda body: body)
    assert caught.value.code == "jd_clock_skew" and str(caught.value.data["apart"]).startswith("-")


@pytest.mark.parametrize(("key", "secret", "code"), [("nobody", SECRET, "jd_app_key"), (KEY, "wrong", "jd_signature")])
def test_wrong_keys_are_told_apart(jd: Open, key: str, secret: str, code: str) -> None:
    shop = jd()
    with pytest.raises(JdRefused) as caught:
        shop.gateway(app=App(key, secret, shop.app.gateway_url)).call(METHOD, {}, lambda body: body)
    assert caught.value.code == code and caught.value.reaction is Reaction.CONFIGURATION_ERROR


def test_no_token_at_all_asks_for_the_owner() -> None:
    shop = Shop("http://jd.example", Sealed({}), Saying({}))
    with pytest.raises(NeedsAuthorisation):
        shop.gateway().call(METHOD, {}, lambda body: body)


def test_a_secret_that_jd_repeats_does_not_travel_on() -> None:
    told, _ = refusal(error("61", f"参数 tok-secret {SECRET} refresh-secret 不合法"), tokens=True)
    assert told.data["words"] == "参数 *** *** *** 不合法"
    assert not any(secret in repr(told) + str(told) for secret in ("tok-secret", SECRET, "refresh-secret"))
