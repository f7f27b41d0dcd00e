"""The faults of a real line, before and after the shop has done its work: silence, a reset, a body cut off, an error page."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from doubles.serving import SOCKET_FAULTS, ShopDouble
from trials_by_name import trial_of

from app.domain.catalog.ports import Answer, FlagshipUnreachable
from app.gateways.flagship.trials import prices_of
from app.gateways.talking import HttpTalk

TALK = HttpTalk(allow_private=True)


def hasty(method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", seconds: float = 30.0,
          max_bytes: int = 32 * 1024 * 1024) -> Answer:
    return TALK(method, url, headers=headers, body=body, seconds=0.25, max_bytes=max_bytes)


@pytest.mark.parametrize("fault", SOCKET_FAULTS)
@pytest.mark.parametrize("name", ["shopify", "shopify_bulk", "woocommerce", "vendure", "saleor"])
def test_once_in_the_middle(name: str, fault: str) -> None:
    with trial_of(name, hasty) as trial:
        assert isinstance(trial.shop, ShopDouble)
        trial.shop.faults = ["", "", "", fault]
        assert prices_of(trial.read()) == trial.shop.listed()
        assert trial.shop.faults == []


@pytest.mark.parametrize("fault", ["silent_after", "reset", "cut_body", "html"])
@pytest.mark.parametrize("name", ["shopify", "woocommerce", "saleor"])
def test_for_good(name: str, fault: str) -> None:
    with trial_of(name, hasty) as trial:
        assert isinstance(trial.shop, ShopDouble)
        trial.shop.faults = ["", "", *[fault] * 50]
        with pytest.raises(FlagshipUnreachable):
            trial.read()
