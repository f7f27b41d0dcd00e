"""SendSms of Alibaba Cloud: signed as published, an approved template, and each error code has its reaction. The double checks the signature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.config import BadSetting, from_env
from app.domain.customers.ports import NotSent
from app.gateways.talking import HttpTalk
from app.gateways.texts.aliyun import AliyunTexts
from app.gateways.texts.signing_acs3 import signed_headers
from app.gateways.wiring import Gateways
from tests.conftest import NOON
from tests.gateways.doubles.aliyun_sms import AliyunSmsDouble

CODE = {"phone": "+8613800138000", "text": "【云店】验证码 123456", "template": "code", "parts": {"code": "123456"}, "key": "k1"}
SETTINGS = {"ALIYUN_SMS_KEY_ID": "LTAI", "ALIYUN_SMS_SECRET": "s", "ALIYUN_SMS_SIGN": "云店", "ALIYUN_SMS_CODE_TEMPLATE": "SMS_1",
            "ALIYUN_SMS_NOTICE_TEMPLATE": "SMS_2"}


@pytest.fixture
def double() -> Iterator[AliyunSmsDouble]:
    double = AliyunSmsDouble(NOON)
    with double.open():
        yield double


@pytest.fixture
def texts(double: AliyunSmsDouble) -> AliyunTexts:
    return AliyunTexts(HttpTalk(allow_private=True), double.key_id, double.secret, double.sign, {"code": "SMS_CODE", "notice": "SMS_NOTICE"}, double.url,
                       clock=lambda: NOON)


def why(texts: AliyunTexts, **changes: object) -> tuple[str, str, int]:
    with pytest.raises(NotSent) as caught:
        texts.send(**{**CODE, **changes})  # type: ignore[arg-type]
    return caught.value.reason, caught.value.fate, caught.value.seconds


def test_the_signature_is_that_of_the_documents() -> None:
    """The worked example of 固定参数示例, digit by digit."""
    query = {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    headers = signed_headers(query, host="ecs.cn-shanghai.aliyuncs.com", action="RunInstances", version="2014-05-26", key_id="YourAccessKeyId",
                             secret="YourAccessKeySecret", at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC), nonce="3156853299f313e23d1673dc12e1703d")
    assert headers["Authorization"].endswith("Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")


def test_a_code_and_a_notice_arrive(texts: AliyunTexts, double: AliyunSmsDouble) -> None:
    """A phone of the mainland without its country, another one with it; a long variable is cut to the 35 characters there are."""
    texts.send(**CODE)  # type: ignore[arg-type]
    parts = {"brand": "轨道 & ~*'()", "title": "打款没有到账", "text": "第 1 批的 ¥35.88 退回了可提现：\n" + "账号不存在" * 8}
    texts.send(phone="+85261234567", text="x", template="notice", parts=parts, key="k2")
    assert double.sent[0] == ("13800138000", "SMS_CODE", {"code": "123456"})
    phone, template, said = double.sent[1]
    assert (phone, template, said["brand"]) == ("85261234567", "SMS_NOTICE", parts["brand"])
    assert said["text"] == "第 1 批的 ¥35.88 退回了可提现： " + ("账号不存在" * 8)[:12] + "…" and len(said["text"]) == 35


def test_only_our_signature_opens(texts: AliyunTexts, double: AliyunSmsDouble) -> None:
    assert why(replace(texts, secret="another")) == ("SignatureDoesNotMatch", "never", 0)
    assert why(replace(texts, key_id="another"))[0] == "InvalidAccessKeyId.NotFound"
    assert why(replace(texts, clock=lambda: NOON - timedelta(minutes=16)))[0] == "InvalidTimeStamp.Expired"
    assert double.sent == [] and "another" not in repr(replace(texts, secret="another"))


@pytest.mark.parametrize(("code", "fate", "seconds"), [
    ("isv.BUSINESS_LIMIT_CONTROL", "later", 3600), ("isv.DAY_LIMIT_CONTROL", "later", 14400), ("isv.AMOUNT_NOT_ENOUGH", "later", 3600),
    ("isv.OUT_OF_SERVICE", "later", 3600), ("isp.SYSTEM_ERROR", "later", 0), ("Throttling.User", "later", 0), ("ServiceUnavailable", "later", 0),
    ("isv.MOBILE_NUMBER_ILLEGAL", "gone", 0), ("InternalError", "unsure", 0), ("isv.SMS_TEMPLATE_ILLEGAL", "never", 0),
    ("isv.SMS_SIGNATURE_ILLEGAL", "never", 0), ("isp.RAM_PERMISSION_DENY", "never", 0), ("isv.BLACK_KEY_CONTROL_LIMIT", "never", 0)])
def test_each_code_has_its_reaction(texts: AliyunTexts, double: AliyunSmsDouble, code: str, fate: str, seconds: int) -> None:
    double.codes = [code]
    assert why(texts) == (code, fate, seconds)
    texts.send(**CODE)  # type: ignore[arg-type]
    assert len(double.sent) == 1


def test_what_it_refuses_by_itself(texts: AliyunTexts) -> None:
    assert why(texts, phone="+8612345")[:2] == ("isv.MOBILE_NUMBER_ILLEGAL", "gone")
    assert why(replace(texts, sign="别人"))[:2] == ("isv.SMS_SIGNATURE_ILLEGAL", "never")
    assert why(texts, template="notice")[:2] == ("isv.TEMPLATE_MISSING_PARAMETERS", "never")


@pytest.mark.parametrize(("fault", "fate"), [("reset_after", "unsure"), ("cut_body", "unsure"), ("html", "unsure"), ("empty", "unsure"), ("error", "unsure")])
def test_no_answer_may_mean_that_it_left(texts: AliyunTexts, double: AliyunSmsDouble, fault: str, fate: str) -> None:
    double.faults = [fault]
    assert why(texts)[1] == fate


def test_nobody_there_is_for_later(texts: AliyunTexts) -> None:
    assert why(replace(texts, base="http://127.0.0.1:9"))[1] == "later"


def test_it_is_set_up_whole_or_not_at_all(tmp_path: Path) -> None:
    chosen = Gateways.from_settings(from_env({**SETTINGS, "FILES": str(tmp_path)})).texts
    assert isinstance(chosen, AliyunTexts) and chosen.ready and chosen.templates == {"code": "SMS_1", "notice": "SMS_2"}
    for name in SETTINGS:
        with pytest.raises(BadSetting, match=name):
            from_env({**SETTINGS, name: ""})
    with pytest.raises(BadSetting, match="SMS_URL"):
        from_env({**SETTINGS, "SMS_URL": "https://sms.example.com"})
