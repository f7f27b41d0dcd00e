"""Should JD's index lie, the second guard finds it: SKUs are counted, and a list that contradicts itself is not believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import pytest
from jd_shops import InProcess, Sealed, Shop, expected_prices, products, read  # noqa: F401

from app.domain.catalog.ports import Answer, FlagshipUnreachable
from app.gateways.jd.pop import PopShop
from tests.gateways.doubles.jd_double import JdDouble
from tests.gateways.doubles.jd_double_goods import live_skus

WARES = "jingdong.ware.read.searchWare4Valid"
Page = dict[str, Any]


@dataclass
class Lying:
    """Changes what JD says about its wares, from the first answer to `until` of them."""

    inner: InProcess
    change: Callable[[Page], None]
    until: int = 1
    told: int = 0

    def __call__(self, method: str, url: str, **more: Any) -> Answer:
        answer = self.inner(method, url, **more)
        if dict(parse_qsl(more["body"].decode()))["method"] != WARES or self.told >= self.until:
            return answer
        self.told += 1
        body = json.loads(answer.body)
        self.change(body[WARES.replace(".", "_") + "_responce"]["page"])
        return Answer(200, {}, json.dumps(body).encode())


def a_shop(change: Callable[[Page], None], *, until: int = 1) -> tuple[JdDouble, PopShop]:
    double = JdDouble(products(30))
    shop = Shop("http://jd.example", Sealed({"access_token": "tokA"}), Lying(InProcess(double), change, until))
    return double, PopShop(shop.gateway())


def hide_one(page: Page) -> None:
    del page["data"][7]
    page["totalItem"] -= 1


def test_a_ware_the_list_hides_is_found_by_counting() -> None:
    double, shop = a_shop(hide_one)
    assert read(shop).variants.keys() == live_skus(double.goods.state()).keys()


def test_the_twin_without_counting_loses_it() -> None:
    double, shop = a_shop(hide_one)
    walked = [ware["wareId"] for rows, _ in shop.wares.valid() for ware in rows]
    assert len(walked) == 29


def test_a_page_shorter_than_its_own_total_is_asked_for_again() -> None:
    double, shop = a_shop(lambda page: page["data"].pop())
    assert read(shop).variants.keys() == live_skus(double.goods.state()).keys()


@pytest.mark.parametrize(("change", "code"), [
    (lambda page: page["data"].pop(), "listing_incomplete"),
    (lambda page: page["data"].reverse(), "listing_disordered"),
    (lambda page: page.pop("totalItem"), "jd_no_reply"),
    (lambda page: page.update(data=[1, 2]), "jd_no_reply"),
    (lambda page: page.update(data="x"), "jd_no_reply"),
])
def test_one_that_goes_on_so_fails_the_reading(change: Callable[[Page], None], code: str) -> None:
    _, shop = a_shop(change, until=999)
    with pytest.raises(FlagshipUnreachable) as caught:
        read(shop)
    assert caught.value.code == code and caught.value.message % caught.value.data


def test_an_empty_answer_is_no_empty_shop() -> None:
    """Missing keys must never read as a shop without goods, which would take everything down."""
    _, shop = a_shop(lambda page: page.clear(), until=999)
    with pytest.raises(FlagshipUnreachable):
        read(shop)
