from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jd_shops import Open, products
from jd_shops import Shop as UnderTest

from app.domain.alliance.ports import AllianceRow, AllianceState, GoodsQuestion, difference_minor
from app.domain.catalog.ports import Answer, FlagshipUnreachable
from app.gateways.jd.union import Union, alliance_row
from app.kernel.errors import Refused

ROWS = "jd.union.open.order.row.query"


def union(shop: UnderTest, *, by_code: bool = False, **more: Any) -> Union:
    return Union(shop.gateway(merchant=False, **more), "435676", by_code=by_code)


def rows(shop: UnderTest, *, minutes: float = 5, **more: Any) -> dict[str, AllianceRow]:
    now = datetime.now(UTC)
    return {row.id: row for row in union(shop, **more).changed_rows(since=now - timedelta(minutes=minutes), until=now + timedelta(seconds=5))}


def bought(shop: UnderTest, *, num: int = 1, at: int | None = None) -> dict[str, Any]:
    link = union(shop).link(min(shop.live()), code="g_7Hk-2", position=31)
    token = parse_qs(urlsplit(link.long_url).query)["p"][0]
    return shop.control("union_order", {"p": token, "num": num, **({"at": at} if at else {})})


def test_goods_of_the_pool(jd: Open) -> None:
    shop = jd(products(45, skus=1, deleted=0))
    page = union(shop).goods(GoodsQuestion(keyword="旅行箱"))
    assert len(page.goods) == 30 and not page.last
    last = union(shop).goods(GoodsQuestion(keyword="旅行箱"), page=2)
    assert last.last and not {one.external_id for one in page.goods} & {one.external_id for one in last.goods}
    one = page.goods[0]
    live = shop.live()[one.external_id]
    assert one.price_minor == round(float(live["price"]) * 100) and one.in_stock
    assert abs(one.commission_minor - one.price_minor * one.commission_bp / 10000) <= 1 and one.images


@pytest.mark.parametrize("by_code", [False, True])
def test_a_link_carries_the_guides_opaque_code(jd: Open, by_code: bool) -> None:
    shop = jd()
    link = union(shop, by_code=by_code).link(min(shop.live()), code="g_7Hk-2", position=31)
    assert link.long_url.startswith("http") and (link.short_url.startswith("http") or not by_code)


@pytest.mark.parametrize("code", ["", "王小明", "a b", "x" * 81, "a&b"])
def test_a_code_jd_would_not_carry_is_refused(jd: Open, code: str) -> None:
    with pytest.raises(Refused) as caught:
        union(jd()).link("10080000000001", code=code, position=1)
    assert caught.value.code == "union_code_invalid"


def test_a_sku_that_is_not_promoted_is_told_in_words(jd: Open) -> None:
    with pytest.raises(FlagshipUnreachable) as caught:
        union(jd()).link("99999999", code="g1", position=1)
    assert caught.value.code == "union_refused" and caught.value.message % caught.value.data


def test_a_row_through_its_life_and_the_differences_to_post(jd: Open) -> None:
    """Posted is what changed, and the sum of the postings is always what the row owes now: at the end the half that was kept."""
    shop = jd()
    order = bought(shop, num=2)
    booked, sums = 0, []
    for to, state in (("", AllianceState.UNPAID), ("paid", AllianceState.PAID), ("finished", AllianceState.FINISHED), ("returned", AllianceState.FINISHED)):
        if to:
            shop.control("union_order/advance", {"orderId": order["orderId"], "to": to, "num": 1})
        [row] = rows(shop).values()
        assert (row.state, row.code, row.position, row.external_id) == (state, "g_7Hk-2", 31, min(shop.live()))
        booked += difference_minor(booked, row)
        sums.append(booked)
        assert booked == row.earned_minor and row.excludes_guide_commission == (booked > 0)
    whole, half = round(row.commission_bp * 2 * order["price"] / 100), round(row.commission_bp * order["price"] / 100)
    assert sums == [0, whole, whole, half] and row.returned == 1 and row.settles_on > 20260101


def test_an_order_through_yundian_pays_no_alliance_commission(jd: Open) -> None:
    """Valid code 21: the alliance leaves the line to the brand, so its guide commission stands and nothing is booked here."""
    shop = jd()
    order = bought(shop)
    shop.control("union_order/advance", {"orderId": order["orderId"], "to": "paid"})
    [paid] = rows(shop).values()
    assert paid.excludes_guide_commission and not paid.through_own_shop
    shop.control("union_order/advance", {"orderId": order["orderId"], "to": "21"})
    [row] = rows(shop).values()
    assert row.through_own_shop and row.state is AllianceState.VOID and row.earned_minor == 0 and not row.excludes_guide_commission
    assert difference_minor(paid.earned_minor, row) == -paid.earned_minor
    assert row.void_reason.startswith("云店订单")


@pytest.mark.parametrize(("valid_code", "state"), [
    (15, "unpaid"), (24, "deposit"), (16, "paid"), (17, "finished"), (2, "split"), *((code, "void") for code in (3, 4, 5, 6, 7, 8, 9, 11, 13, 14, 19, 20, 21, 22, 23, 25, 26, 27, 28, 99)),
])
def test_every_valid_code(valid_code: int, state: str) -> None:
    row = alliance_row({"id": "1", "orderId": 5, "validCode": valid_code, "estimateFee": 3.456, "actualFee": "2.00", "estimateCosPrice": 40, "actualCosPrice": "30", "commissionRate": 7.5})
    earned = {"paid": 346, "deposit": 346, "finished": 200}.get(state, 0)
    assert (row.state, row.earned_minor, row.commission_bp) == (state, earned, 750)
    assert row.base_minor == (3000 if state == "finished" else 4000)
    assert bool(row.void_reason) == (state == "void") and row.void_reason % {"valid_code": valid_code} is not None


def test_hours_are_walked_with_an_overlap(jd: Open) -> None:
    """Rows 5 hours, 90 minutes and 20 minutes old; asked for the last hour, the one of 90 minutes is in the overlap of 30."""
    shop = jd()
    now = int(datetime.now(UTC).timestamp() * 1000)
    ids = [bought(shop, at=now - minutes * 60_000)["id"] for minutes in (300, 85, 20)]
    assert rows(shop, minutes=360).keys() == set(ids)
    assert rows(shop, minutes=60).keys() == set(ids[1:])


@pytest.mark.parametrize("kind", ["reset", "http", "empty", "html", "error", "malformed", "lost"])
def test_a_fault_loses_no_row(jd: Open, kind: str) -> None:
    shop = jd()
    ids = {bought(shop)["id"] for _ in range(3)}
    shop.fault(kind, ROWS, count=2, code="65")
    assert rows(shop).keys() == ids


def test_five_hundred_rows_and_more_come_by_halved_windows(jd: Open) -> None:
    shop = jd(products(1))
    now = int(datetime.now(UTC).timestamp() * 1000)
    link = union(shop).link(min(shop.live()), code="g1", position=1)
    token = parse_qs(urlsplit(link.long_url).query)["p"][0]
    ids = {shop.control("union_order", {"p": token, "at": now - number * 2000})["id"] for number in range(520)}
    assert rows(shop, minutes=30).keys() == ids


def test_the_old_gateways_form_is_read(jd: Open) -> None:
    shop = jd()
    body = json.dumps({"jd_union_open_goods_query_response": {"code": "0", "result": '{"code":200,"data":[],"totalCount":0}'}}).encode()

    def talk(method: str, url: str, **_: Any) -> Answer:
        return Answer(200, {}, body)

    assert union(shop, talk=talk).goods(GoodsQuestion()).total == 0
