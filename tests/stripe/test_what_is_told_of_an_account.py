"""Stripe's own codes in plain words, and which readings of an account are worth a notice."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest
from stripe.v2.core import Account

from app.domain.provider.account_rules import OFFERED, TOGETHER, countries, state_after, telling
from app.web.shared.account_words import problem_words
from app.web.shared.application import Application

STATUS_DETAIL = Account.Configuration.Recipient.Capabilities.StripeBalance.StripeTransfers.StatusDetail


@pytest.fixture
def words(app: Application) -> object:
    def said(*problems: str) -> list[str]:
        with app.test_request_context("/", headers={"Accept-Language": "zh-CN"}):
            return problem_words(problems)
    return said


def test_every_code_of_a_capability_has_words(words: object) -> None:
    """Those that stripe 16.1.0 types."""
    codes = get_args(get_type_hints(STATUS_DETAIL)["code"])
    assert len(codes) >= 15 and "requirements_past_due" in codes
    for code in codes:
        assert words(code) != [code], code


@pytest.mark.parametrize(("problems", "said"), [
    ((), []),
    (("requirements_past_due",), ["有资料没填，或者过了期限"]),
    (("requirements_past_due", "external_account", "tos_acceptance.date"), ["收款的银行账户", "同意 Stripe 的服务条款"]),
    (("individual.first_name", "individual.last_name", "individual.dob.day"), ["姓名", "出生日期"]),
    (("identity.individual.documents.primary_verification", "requirements.past_due"), ["身份证件照片"]),
    (("some.new_code",), ["some.new_code"])])
def test_each_once_and_the_general_only_alone(words: object, problems: tuple[str, ...], said: list[str]) -> None:
    assert words(*problems) == said


@pytest.mark.parametrize(("was", "found", "state"), [
    ("due", "restricted", "onboarding"), ("due", "onboarding", "onboarding"), ("due", "ready", "ready"), ("onboarding", "restricted", "onboarding"),
    ("ready", "restricted", "restricted"), ("ready", "onboarding", "restricted"), ("restricted", "onboarding", "restricted"), ("restricted", "ready", "ready")])
def test_only_what_was_ready_is_restricted(was: str, found: str, state: str) -> None:
    assert state_after(was, found) == state


@pytest.mark.parametrize(("was", "before", "state", "after", "kind"), [
    ("due", [], "onboarding", ["external_account"], ""),
    ("onboarding", ["external_account"], "onboarding", ["document"], ""),
    ("onboarding", ["external_account"], "onboarding", ["requirements_pending_verification"], ""),
    ("onboarding", ["requirements_pending_verification"], "onboarding", ["document"], "account_wanted"),
    ("onboarding", ["external_account"], "ready", [], "account_ready"),
    ("ready", [], "ready", ["document"], "account_wanted"),
    ("ready", ["document"], "ready", ["document"], ""),
    ("ready", [], "restricted", ["document"], "account_stopped"),
    ("restricted", ["document"], "restricted", ["document", "address"], ""),
    ("restricted", ["document"], "ready", [], "account_ready")])
def test_she_hears_of_what_she_did_not_just_do_herself(was: str, before: list[str], state: str, after: list[str], kind: str) -> None:
    assert telling(was, before, state, after) == kind


def test_a_platform_pays_where_it_is_or_in_its_group() -> None:
    assert countries("SG") == {"SG"} and countries("CN") == frozenset() and countries("GB") == TOGETHER
    assert not {"CN", "HK", "TW", "MO"} & OFFERED
