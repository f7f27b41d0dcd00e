"""WeChat's templates are named by the operator per kind of notice; what is wrong is said, and every field gets what it may hold."""

from __future__ import annotations

import pytest

from app.config import BadSetting, from_env
from app.domain.notices.rules import may_repeat, next_try
from app.domain.notices.templates import Template, read_templates
from tests.conftest import NOON

PARTS = {"brand": "轨道", "title": "打款没有到账", "text": "第 1 批的 ¥35.88 退回了可提现：账号不存在，请核对后重新填写", "amount": "¥1,235.88", "time": "2026-11-22 12:00"}
ACCOUNT = {"WECHAT_APP_ID": "wx1", "WECHAT_APP_SECRET": "s"}


def test_any_kind_and_one_of_its_own() -> None:
    found = read_templates("*=TM_1-a:thing1=title,thing2=text\n paid_out=TM2:amount1=amount")
    assert found == {"*": Template("TM_1-a", {"thing1": "title", "thing2": "text"}), "paid_out": Template("TM2", {"amount1": "amount"})}
    assert read_templates("  ") == {}


@pytest.mark.parametrize(("field", "part", "held"), [
    ("thing2", "text", "第 1 批的 ¥35.88 退回了可提…"), ("amount1", "amount", "¥1235.88"), ("time3", "time", "2026-11-22 12:00"), ("phrase4", "title", "打款没有到"),
    ("thing1", "title", "打款没有到账")])
def test_a_field_gets_what_it_may_hold(field: str, part: str, held: str) -> None:
    """A thing is 20 characters, a phrase 5, money without separators."""
    assert Template("T", {field: part}).filled(PARTS) == {field: {"value": held}}
    assert len(held) <= 20


def test_an_empty_part_is_a_dash() -> None:
    """WeChat refuses a field without a value."""
    assert Template("T", {"thing1": "amount"}).filled({**PARTS, "amount": ""}) == {"thing1": {"value": "-"}}


@pytest.mark.parametrize("text", ["sold=T:thing1=title", "*=T", "*=T:thing1=name", "*=T:thing=title", "*=:thing1=title", "*", "*=T:", "*=T:thing1"])
def test_what_is_wrong_is_said(text: str) -> None:
    """`sold` is not sent outside the app."""
    with pytest.raises(BadSetting, match="WECHAT_TEMPLATES"):
        from_env({**ACCOUNT, "WECHAT_TEMPLATES": text})


def test_templates_need_an_account() -> None:
    with pytest.raises(BadSetting, match="WECHAT_APP_ID"):
        from_env({"WECHAT_TEMPLATES": "*=T:thing1=title"})


def test_only_wechat_is_asked_again_when_it_may_have_left() -> None:
    soon = next_try(tries=1, planned_at=NOON, now=NOON)
    assert soon
    assert [may_repeat(channel, planned_at=NOON, at=soon) for channel in ("wechat", "text", "mail")] == [True, False, False]
