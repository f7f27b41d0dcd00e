"""A reload is the same visit; bots are kept and marked (R8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.domain.brands.models import Brand
from app.domain.sharing.actions import record_touch
from app.domain.sharing.queries import touches_of
from app.domain.sharing.rules import is_bot
from app.kernel.tenancy import BrandSession
from tests.builders.shops import a_shop
from tests.conftest import NOON


def test_thirty_seconds_are_one_visit(session: BrandSession, brand: Brand) -> None:
    link = a_shop(session).link.id
    kept = [record_touch(session, brand_id=brand.id, visitor="v", share_link_id=link, at=NOON + timedelta(seconds=s)) for s in (0, 29, 30)]
    assert kept == [True, False, True]
    found = touches_of(session, brand_id=brand.id, visitor="v", since=NOON)
    assert [touch.at for touch in found] == [NOON + timedelta(seconds=30), NOON]
    assert touches_of(session, brand_id=brand.id, visitor="another", since=NOON) == []


@pytest.mark.parametrize("agent", ["", "  ", "Googlebot/2.1", "curl/8.5", "python-requests/2.32", "facebookexternalhit/1.1", "HeadlessChrome/140"])
def test_programs_are_bots(agent: str) -> None:
    assert is_bot(agent)


@pytest.mark.parametrize("agent", [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50",
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36"])
def test_phones_are_not(agent: str) -> None:
    assert not is_bot(agent)
