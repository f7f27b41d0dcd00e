from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs

from jd_shops import KEY, SECRET, Open, Sealed, Shop

from app.domain.catalog.ports import Answer
from app.gateways.jd.gateway import Gateway
from app.gateways.jd.oauth import App
from app.gateways.jd.signing import beijing_text, moment_of, sign


def test_the_worked_example() -> None:
    """PROTOCOLS.md §1, checked there with md5sum; the value is Chinese, so the text is signed as UTF-8."""
    params = {"method": "jingdong.ware.read.searchWare4Valid", "app_key": "testkey", "access_token": "tokA", "v": "2.0",
              "timestamp": "2026-01-02 03:04:05", "360buy_param_json": '{"pageNo":1,"pageSize":10,"searchKey":"手机"}'}
    assert sign(params, "testsecret") == "50A16883BFA66200BD9E546967047D51"
    assert sign({**params, "sign": "x", "format": ""}, "testsecret") == "50A16883BFA66200BD9E546967047D51", "sign and empty values stay out"


def test_times_are_told_as_in_beijing() -> None:
    assert beijing_text(datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)) == "2026-01-02 03:04:05"
    assert moment_of("2026-01-02 03:04:05") == moment_of(1767294245000) == moment_of("1767294245000") == datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)
    for never in ("0001-01-01 00:00:00", "1970-01-01 00:00:00", "", None, "soon", -1, 10**30, [], True):
        assert moment_of(never) is None


def test_what_is_sent_is_what_was_signed() -> None:
    sent = {}

    def talk(method: str, url: str, *, headers: dict[str, str], body: bytes, **_: object) -> Answer:
        sent.update({name: values[0] for name, values in parse_qs(body.decode(), keep_blank_values=True).items()})
        assert (method, url) == ("POST", "https://api.jd.com/routerjson"), "nothing but the address in the address"
        return Answer(200, {}, b'{"jingdong_x_responce":{"code":"0"}}')

    shop = Shop("", Sealed({"access_token": "tok+/="}))
    gateway = Gateway(app=App(KEY, SECRET), talk=talk, tokens=shop.tokens(talk=talk), clock=lambda: datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC))
    gateway.call("jingdong.x", {"searchKey": "手机&=+%"}, lambda body: body)
    assert sent.pop("sign") == sign(sent, SECRET)
    assert sent["timestamp"] == "2026-01-02 03:04:05" and json.loads(sent["360buy_param_json"]) == {"searchKey": "手机&=+%"}
    gateway.call("jingdong.x", {}, lambda body: body)
    assert sent["360buy_param_json"] == "{}", "the empty object is sent too"


def test_the_gateway_takes_it(jd: Open) -> None:
    assert jd().pop().check().shop == "示例官方旗舰店"
