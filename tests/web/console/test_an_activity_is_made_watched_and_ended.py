"""An activity from its form to what it sold: goods found, pasted, uploaded and filled in by percentage; every error at its row."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.catalog.models import Variant
from app.domain.commission.actions import add_rule
from app.domain.promotions.activities import prices_of
from app.domain.promotions.models import Activity
from app.flows.refund_order import RefundAsk, refund_order
from app.kernel.ids import new_id
from tests.builders.activities import DAY, an_activity
from tests.builders.money import lines_of
from tests.builders.sales import paid
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock

NEW = "/console/activities/new"


def terms(shop: Shop, **more: Any) -> dict[str, Any]:
    return {"name": "双十二", "link_only": "1", "starts_at": "2026-12-12T00:00", "ends_at": "2026-12-13T00:00", f"price-{shop.case}": "259",
            f"price-{shop.cover}": "49.90", **more}


def typed(page: Any) -> dict[str, str]:
    """SKU → the price in its row."""
    rows = re.findall(r'· ([AB])</small>.*?name="price-[^"]+" value="([^"]*)"|<small>([AB])</small>.*?name="price-[^"]+" value="([^"]*)"', page.text, re.S)
    return {one or three: two or four for one, two, three, four in rows}


def made(shop: Shop) -> list[Activity]:
    shop.session.rollback()
    return list(shop.session.scalars(select(Activity).order_by(Activity.number).execution_options(populate_existing=True)))


def test_it_is_saved_in_the_brands_own_time(owner: FlaskClient, shop: Shop) -> None:
    answer = owner.post(NEW, data=terms(shop))
    [activity] = made(shop)
    assert (answer.status_code, answer.location) == (303, f"/console/activities/{activity.id}")
    assert (activity.starts_at.isoformat(), activity.ends_at.isoformat()) == ("2026-12-11T16:00:00+00:00", "2026-12-12T16:00:00+00:00")
    assert (activity.link_only, activity.created_by) == (True, "周衡")
    assert prices_of(activity) == {shop.case: 25900, shop.cover: 4990}
    page = owner.get(answer.location).text
    assert "还没开始" in page and "2026-12-12 24:00" in page and "只在导购的链接里" in page


def test_goods_are_found_and_ticked(owner: FlaskClient, shop: Shop) -> None:
    found = owner.post(NEW, data={"name": "双十二", "find": "箱", "go": "find"}).text
    assert found.count('name="add"') == 2 and 'value="双十二"' in found
    assert "没有找到" in owner.post(NEW, data={"find": "100%_x", "go": "find"}).text
    page = owner.post(NEW, data={"find": "箱", "add": [str(shop.case), "nonsense", "00000000-0000-7000-8000-000000000000"], "go": "add"})
    assert typed(page) == {"A": ""}
    assert typed(owner.post(NEW, data={f"price-{shop.case}": "1", f"price-{shop.cover}": "2", "drop": str(shop.case)})) == {"B": "2"}


def test_a_percentage_fills_the_prices_in(owner: FlaskClient, shop: Shop) -> None:
    page = owner.post(NEW, data={f"price-{shop.case}": "", f"price-{shop.cover}": "1", "off": "15", "go": "off"})
    assert typed(page) == {"A": "254.15", "B": "50.91"}, "59.90 − 8.985 → 8.99"
    assert page.text.count("−15%") == 1 and "−15.01%" in page.text
    for wrong in ("", "x", "-1", "101", "1.005", "9" * 500):
        page = owner.post(NEW, data={f"price-{shop.case}": "7", "off": wrong, "go": "off"})
        assert typed(page) == {"A": "7"} and 'class="err"' in page.text, wrong


def test_pasted_lines_that_are_wrong_stay_with_their_reason(owner: FlaskClient, shop: Shop) -> None:
    page = owner.post(NEW, data={"paste": "sku,price\nA,259\nNOPE,1\nB,abc\n\nB,49.9\n", "go": "paste", f"price-{shop.case}": "1"})
    assert typed(page) == {"A": "259.00", "B": "49.90"}
    for text in ("2 行没有读进来", "第 3 行：没有 SKU “NOPE”", "第 4 行：“abc”不是金额", "\nNOPE,1\nB,abc</textarea>"):
        assert text in page.text.replace("\r", ""), text
    shop.session.get(Variant, (shop.brand_id, shop.case)).tombstoned_at = NOON
    shop.session.commit()
    assert "“A”已经不卖了" in owner.post(NEW, data={"paste": "A,1", "go": "paste"}).text


def test_pasted_lines_are_not_lost_by_saving_too_soon(owner: FlaskClient, shop: Shop) -> None:
    page = owner.post(NEW, data={"name": "x", "ends_at": "2026-12-13T00:00", "paste": "A,259"})
    assert (page.status_code, typed(page), made(shop)) == (200, {"A": "259.00"}, [])
    assert "还没有保存" in page.text
    assert owner.post(NEW, data={"name": "x", "ends_at": "2026-12-13T00:00", f"price-{shop.case}": "259", "paste": " \n"}).status_code == 303


@pytest.mark.parametrize(("content", "prices"), [
    ("SKU,活动价\nA,259\nB,49.9".encode("gbk"), {"A": "259.00", "B": "49.90"}), (b"A\t259\r\nB\t49.9\r\n", {"A": "259.00", "B": "49.90"}), (b"", {}), (b"\xff\xfe\x00", {}),
    (b"PK\x03\x04broken", {})])
def test_a_table_is_uploaded(owner: FlaskClient, shop: Shop, content: bytes, prices: dict[str, str]) -> None:
    page = owner.post(NEW, data={"go": "upload", "file": (BytesIO(content), "prices.csv")})
    assert (page.status_code, typed(page)) == (200, prices)


def test_what_is_wrong_is_told_at_its_place(owner: FlaskClient, shop: Shop) -> None:
    an_activity(shop.session, {shop.cover: 100}, name="清仓", starts_at=NOON, ends_at=NOON + 60 * DAY)
    case, cover = f"price-{shop.case}", f"price-{shop.cover}"
    for wrong, text in (({"name": ""}, "这一项必须填写"), ({"ends_at": ""}, "这一项必须填写"), ({"ends_at": "2026-12-12T00:00"}, "结束时间要晚于"),
                        ({"ends_at": "later"}, "请填写日期和时间"), ({case: ""}, "请填写活动价"), ({case: "-1"}, "价格不能小于 0"), ({case: "1.005"}, "最多 2 位小数"),
                        ({case: "9" * 15}, "金额超出范围"), ({}, "“B”这段时间已经在活动 A-1“清仓”里")):
        answer = owner.post(NEW, data=terms(shop, **wrong))
        assert answer.status_code == 422 and text in answer.text, wrong
        assert 'aria-invalid="true"' in answer.text
    assert "还没有选商品" in owner.post(NEW, data={"name": "x", "ends_at": "2026-12-13T00:00"}).text
    assert len(made(shop)) == 1
    assert owner.post(NEW, data={**terms(shop), cover: "1", "ends_at": "2026-12-13T00:00", "price-nonsense": "1", "price-00000000-0000-7000-8000-000000000000": "1"}
                      ).status_code == 422


def test_a_price_above_the_list_is_saved_with_a_warning(owner: FlaskClient, shop: Shop) -> None:
    assert "1 个 SKU 的活动价高于原价" in owner.post(NEW, data=terms(shop, **{f"price-{shop.case}": "319", "go": "find"})).text
    answer = owner.post(NEW, data=terms(shop, **{f"price-{shop.case}": "319"}))
    page = owner.get(answer.location).text
    assert "1 个 SKU 的活动价高于原价" in page and "贵 6.69%" in page


def test_terms_that_would_exceed_the_base_are_refused(owner: FlaskClient, shop: Shop) -> None:
    """A rule of 30.00 a piece fits on 299.00, not on 25.00."""
    add_rule(shop.session, brand_id=shop.brand_id, scope={"variant_id": shop.case}, amount_minor=3000, now=NOON)
    shop.session.commit()
    answer = owner.post(NEW, data=terms(shop, **{f"price-{shop.case}": "25"}))
    assert answer.status_code == 422 and "超出可分金额" in answer.text
    assert made(shop) == []


def test_a_live_one_is_renamed_prolonged_and_ended(owner: FlaskClient, shop: Shop) -> None:
    activity = an_activity(shop.session, {shop.case: 25900})
    edit = f"/console/activities/{activity.id}/edit"
    page = owner.get(edit).text
    assert "只能改名称和结束时间" in page and 'name="price-' not in page and 'value="2026-11-23T12:00"' in page
    assert owner.post(edit, data={"name": "延长", "ends_at": "2026-11-30T00:00", f"price-{shop.case}": "1"}).status_code == 303
    [activity] = made(shop)
    assert (activity.name, activity.ends_at.isoformat(), prices_of(activity)) == ("延长", "2026-11-29T16:00:00+00:00", {shop.case: 25900})
    assert owner.post(f"/console/activities/{activity.id}/end").status_code == 303
    assert "已结束" in owner.get(f"/console/activities/{activity.id}").text
    assert owner.post(f"/console/activities/{activity.id}/end").status_code == 409
    assert owner.post(edit, data={"name": "x", "ends_at": "2026-12-30T00:00"}).status_code == 422


def test_one_to_come_is_changed_whole(owner: FlaskClient, shop: Shop) -> None:
    activity = an_activity(shop.session, {shop.case: 25900}, starts_at=NOON + DAY, ends_at=NOON + 2 * DAY)
    edit = f"/console/activities/{activity.id}/edit"
    assert 'value="259.00"' in owner.get(edit).text
    assert owner.post(edit, data={"name": "改了", "link_only": "0", "starts_at": "", "ends_at": "2026-11-30T00:00", f"price-{shop.cover}": "50"}).status_code == 303
    [activity] = made(shop)
    assert (activity.link_only, activity.starts_at, prices_of(activity)) == (False, NOON + DAY, {shop.cover: 5000})


def test_the_list_is_searched_filtered_sorted_and_paged(owner: FlaskClient, shop: Shop) -> None:
    assert "还没有活动" in owner.get("/console/activities").text
    an_activity(shop.session, {shop.case: 1}, name="进行")
    an_activity(shop.session, {shop.cover: 1}, name="将来", starts_at=NOON + DAY, ends_at=NOON + 2 * DAY)
    an_activity(shop.session, {shop.cover: 1}, name="过去", starts_at=NOON - 2 * DAY, ends_at=NOON - DAY, now=NOON - 3 * DAY)
    for query, names in (("", "进行 将来 过去"), ("?state=live", "进行"), ("?state=coming", "将来"), ("?state=ended", "过去"), ("?q=将", "将来"), ("?q=a-3", "过去"),
                         ("?q=B", "将来 过去"), ("?q=%25", ""), ("?state=no&sort=no&page=x", "进行 将来 过去"), ("?q=9999999999999", "")):
        text = owner.get(f"/console/activities{query}").text
        assert {name for name in ("进行", "将来", "过去") if f">{name}</a>" in text} == set(names.split()), query
    first = owner.get("/console/activities?sort=name").text
    assert first.index(">将来<") < first.index(">过去<") < first.index(">进行<") or first.index(">将来<") < first.index(">进行<")
    assert "没有符合条件的活动" in owner.get("/console/activities?q=nothing").text


def figures(page: str) -> list[str]:
    section = re.search(r'aria-label="卖得怎么样".*?</section>', page, re.S)
    assert section
    return [re.sub(r"<[^>]+>", "", one) for one in re.findall(r'<div class="v">(.*?)</div>', section[0], re.S)]


def test_what_it_sold(owner: FlaskClient, finance: FlaskClient, store_manager: FlaskClient, shop: Shop, clock: TestClock) -> None:
    """Two paid orders at 259.00 and 2 × 59.90, one of them with a case refunded by half: 259.00 + 259.00 − 129.50 = 388.50.

    Guide 12 % and referrer 2 %: 31.08 + 5.18 of each, less half of one: 36.26 × 2 − 15.54 − 2.59 = 54.39.
    """
    activity = an_activity(shop.session, {shop.case: 25900})
    page = f"/console/activities/{activity.id}"
    assert ">0</div>" in owner.get(page).text
    one, two = paid(shop, codes=()), paid(shop, codes=())
    shop.order()
    shop.session.commit()
    paid(shop, NOON + DAY, codes=())
    refund_order(shop.session, brand_id=shop.brand_id, order_id=two.order_id, lines=[RefundAsk(lines_of(shop, two)[0].id, amount_minor=12950)], now=NOON)
    shop.session.commit()
    assert figures(owner.get(page).text) == ["2", "2", "¥388.50", "¥54.39"]
    assert figures(finance.get(page).text)[3] == "¥54.39"
    assert figures(store_manager.get(page).text) == ["0", "0", "¥0.00"], "another store's sales are not a manager's matter"
    assert one.order_id != two.order_id


def test_the_product_page_leads_to_it(owner: FlaskClient, shop: Shop) -> None:
    live = an_activity(shop.session, {shop.case: 25900})
    an_activity(shop.session, {shop.case: 24900}, starts_at=NOON + 2 * DAY, ends_at=NOON + 3 * DAY)
    text = owner.get(f"/console/products/{shop.case_product}").text
    assert f'/console/activities/{live.id}">活动价 259.00</a> 到 11-23 12:00' in text and "活动价 249.00</a> 11-24 12:00 起" in text


@pytest.mark.parametrize("path", ["new", "{id}/edit"])
def test_who_only_looks_finds_no_form(finance: FlaskClient, store_manager: FlaskClient, shop: Shop, path: str) -> None:
    activity = an_activity(shop.session, {shop.case: 25900})
    for client in (finance, store_manager):
        assert client.get("/console/activities").status_code == 200
        assert client.get(f"/console/activities/{path.format(id=activity.id)}").status_code == 404
        assert client.post(f"/console/activities/{path.format(id=activity.id)}", data=terms(shop)).status_code == 404
        assert client.post(f"/console/activities/{activity.id}/end").status_code == 404


def test_odd_addresses_are_not_found(owner: FlaskClient) -> None:
    for key in ("nonsense", "00000000-0000-7000-8000-000000000000"):
        for path in ("", "/edit", "/end"):
            answer = owner.post(f"/console/activities/{key}{path}") if path == "/end" else owner.get(f"/console/activities/{key}{path}")
            assert answer.status_code == 404


def test_a_thousand_rows_travel_through_the_form(owner: FlaskClient, shop: Shop) -> None:
    product = shop.case_product
    shop.session.add_all(Variant(id=new_id(), product_id=product, sku=f"S{n}", price_minor=1000, stock=1, updated_at=NOON) for n in range(1001))
    shop.session.commit()
    page = owner.post(NEW, data={"paste": "\n".join(f"S{n},9" for n in range(1001)), "go": "paste"})
    rows = dict(re.findall(r'name="(price-[^"]+)" value="([^"]*)"', page.text))
    assert len(rows) == 1000 and "有 1 个没有加上" in page.text
    answer = owner.post(NEW, data={**rows, "name": "清仓", "ends_at": "2026-12-30T00:00"}, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.text[:500]
    assert len(prices_of(made(shop)[0])) == 1000
    assert owner.get(answer.location + "?page=3").status_code == 200


def test_hours_and_days_read_as_people_say_them(owner: FlaskClient, shop: Shop) -> None:
    for ends_at, said in ((NOON + timedelta(hours=12), "2026-11-22 24:00"), (NOON + timedelta(hours=13), "2026-11-23 01:00")):
        activity = an_activity(shop.session, {shop.case: 1}, ends_at=ends_at)
        assert said in owner.get(f"/console/activities/{activity.id}").text
        owner.post(f"/console/activities/{activity.id}/end")
