from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from jd_shops import KEY, SECRET, Open, Shop, expected_prices, read

from app.domain.alliance.ports import AlliancePool, GoodsQuestion
from app.domain.catalog.ports import FlagshipConnector, NeedsAuthorisation
from app.domain.fulfilment.ports import Absent, FlagshipOrders, FlagshipShop
from app.gateways.downloads import HttpDownload
from app.gateways.flagship import Means, kinds
from app.gateways.flagship.opening import GivenSecrets
from app.gateways.jd import kind
from app.kernel.errors import Refused

CHANNEL = {"customer_id": "1", "channel_id": "1", "pin": "brand"}


def means(shop: Shop, **secrets: str) -> Means:
    return Means(GivenSecrets({**shop.secrets.values, **secrets}), shop.talk, HttpDownload(), datetime(2020, 1, 1, tzinfo=UTC), sleep=lambda _: None)


def settings(shop: Shop, **more: str) -> dict[str, object]:
    return {"gateway_url": f"{shop.url}/routerjson", "app_key": KEY, **more}


def test_the_kind_reads_a_shop(jd: Open) -> None:
    """The run's own moment may be long past: JD compares the clock's time with its own."""
    shop = jd()
    connector = kinds()["jd"].open(settings(shop), means(shop))
    assert isinstance(connector, kind.PopShop)
    assert read(connector).prices() == expected_prices(shop)


def test_the_other_doors(jd: Open) -> None:
    shop = jd()
    given = settings(shop, **CHANNEL)
    orders: FlagshipOrders = kind.channel_orders(given, means(shop))
    floor: FlagshipShop = kind.shop(given, means(shop))
    pool: AlliancePool = kind.alliance(given, means(shop, access_token=""))
    catalogue: FlagshipConnector = kind.catalogue(given, means(shop))
    now = datetime.now(UTC)
    assert orders.find("YD1") == Absent() and list(floor.orders(since=now, until=now)) == []
    assert pool.goods(GoodsQuestion()).goods and catalogue.can_read_changes


def test_without_a_channel_no_order_is_pushed(jd: Open) -> None:
    shop = jd()
    with pytest.raises(Refused) as caught:
        kind.channel_orders(settings(shop, customer_id="1"), means(shop))
    assert caught.value.field == "channel_id"


def test_what_is_wrong_is_told_by_field() -> None:
    jd_kind = kinds()["jd"]
    typed = {"app_key": KEY, "app_secret": SECRET}
    assert jd_kind.problems(typed) == []
    assert [error.field for error in jd_kind.problems({})] == ["app_key", "app_secret"]
    assert [error.field for error in jd_kind.problems({**typed, "customer_id": "一"})] == ["customer_id"]
    assert [error.field for error in jd_kind.problems({**typed, "gateway_url": "ftp://x"})] == ["gateway_url"]
    assert [error.field for error in jd_kind.problems({**typed, "oauth": "newest"})] == ["oauth"]
    assert jd_kind.divide({**typed, "access_token": "a", "refresh_token": "r"}) == ({"app_key": KEY}, {"app_secret": SECRET, "access_token": "a", "refresh_token": "r"})


def test_a_shop_not_authorised_yet_says_so(jd: Open) -> None:
    shop = jd()
    with pytest.raises(NeedsAuthorisation):
        kinds()["jd"].open(settings(shop), means(shop, access_token="", refresh_token="")).check()


def test_a_renewal_is_made_alone(jd: Open) -> None:
    """What the source lends as its lock is held while the token is renewed."""
    shop = jd()
    held: list[str] = []

    class Alone:
        def __enter__(self) -> None:
            held.append("in")

        def __exit__(self, *_: object) -> None:
            held.append("out")

    shop.control("tokens/expire", {})
    kinds()["jd"].open(settings(shop), replace(means(shop), alone=Alone)).check()
    assert held == ["in", "out"]
