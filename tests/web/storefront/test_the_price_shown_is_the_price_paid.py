"""R5: page, quote and order agree, by link and without, before, at and after the moments an activity begins and ends."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.orders.models import OrderLine
from app.domain.promotions.activities import end_activity
from app.domain.promotions.models import Activity
from app.domain.sharing.actions import share_link
from app.flows.leave_guide import leave_guide
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.activities import DAY, an_activity
from tests.builders.shoppers import ZH, filled
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock

LIST, LESS = 29900, 25900
TICK = timedelta(microseconds=1)
MOMENTS = ((NOON - TICK, LIST), (NOON, LESS), (NOON + DAY - TICK, LESS), (NOON + DAY, LIST))


def shown(client: FlaskClient, address: str) -> int:
    page = client.get(address, headers=ZH)
    assert page.status_code == 200
    found = re.search(r"data-price>([\d,.]+)<", page.text)
    assert found
    return int(found[1].replace(",", "").replace(".", ""))


def to_pay(page: Any) -> int:
    return int(re.search(r'name="seen_total"[^>]*value="(\d+)"', page.text)[1])  # type: ignore[index]


def bought(client: FlaskClient, shop: Shop, brand: Brand, share: str) -> OrderLine:
    """One case, ordered at once: what checkout said is what is frozen."""
    address = f"/b/{brand.slug}/checkout?share={share}&v={shop.case}&q=1"
    page = client.get(address, headers=ZH)
    answer = client.post(address, data=filled(page.text), headers=ZH)
    assert answer.status_code == 303, answer.text
    shop.session.rollback()
    line = shop.session.scalars(select(OrderLine).order_by(OrderLine.id.desc())).first()
    assert line is not None and line.unit_price_minor == line.gross_minor == to_pay(page)
    return line


def pages_of(shop: Shop, brand: Brand, share: str) -> list[str]:
    if share:
        return [f"/s/{share}/p/{shop.case_product}"]
    return [f"/b/{brand.slug}/p/{shop.case_product}"]


@pytest.mark.parametrize(("at", "by_link"), MOMENTS)
@pytest.mark.parametrize("link_only", [True, False])
@pytest.mark.parametrize("came_by_link", [True, False])
def test_one_price_everywhere(client: FlaskClient, clock: TestClock, shop: Shop, brand: Brand, at: datetime, by_link: int, link_only: bool,
                              came_by_link: bool) -> None:
    activity = an_activity(shop.session, {shop.case: LESS}, link_only=link_only, now=NOON - DAY)
    clock.now = at
    price = by_link if came_by_link or not link_only else LIST
    share = shop.link.code if came_by_link else ""
    for page in pages_of(shop, brand, share):
        assert shown(client, page) == price
    told = client.get(f"/api/storefront/v1/{brand.slug}/products/{shop.case_product}", query_string={"share_code": share} if share else {}).json
    variant = told["variants"][0]
    assert (variant["price"], variant["list_price"]) == (price, LIST if price == LESS else None)
    assert (variant["activity"] or {}).get("id") == (str(activity.id) if price == LESS else None)
    line = bought(client, shop, brand, share)
    assert (line.unit_price_minor, line.list_price_minor, line.activity_id) == (price, LIST, activity.id if price == LESS else None)


def test_lists_and_bag_agree_with_the_page(client: FlaskClient, shop: Shop, brand: Brand) -> None:
    an_activity(shop.session, {shop.case: LESS})
    for address, price in ((f"/s/{shop.link.code}", "259.00"), (f"/b/{brand.slug}", "299.00")):
        tile = re.search(rf'<a href="[^"]*/p/{shop.case_product}".*?</a>', client.get(address, headers=ZH).text, re.S)
        assert tile and price in tile[0]
        assert ("公开价" in tile[0]) == (price == "259.00")
    for share, total in ((shop.link.code, "259.00"), ("", "299.00"), ("nosuchcode", "299.00")):
        buyer = client.application.test_client()
        buyer.post(f"/b/{brand.slug}/buy", data={"product": str(shop.case_product), "share": share, "go": "bag"})
        assert f"{total}</span></div>" in buyer.get(f"/b/{brand.slug}/bag", headers=ZH).text.replace("\n", ""), share
        assert to_pay(buyer.get(f"/b/{brand.slug}/checkout", headers=ZH)) == int(total.replace(".", ""))


def test_two_phones_at_the_same_moment(app: Application, clock: TestClock, shop: Shop, brand: Brand) -> None:
    """One came by the link, the other by the brand's own address; each pays what her page says, and not what the other's says."""
    an_activity(shop.session, {shop.case: LESS})
    by_link, direct = app.test_client(), app.test_client()
    by_link.get(f"/s/{shop.link.code}/touch.gif", headers=ZH)
    assert (shown(by_link, f"/s/{shop.link.code}/p/{shop.case_product}"), shown(direct, f"/b/{brand.slug}/p/{shop.case_product}")) == (LESS, LIST)
    assert (bought(by_link, shop, brand, shop.link.code).unit_price_minor, bought(direct, shop, brand, "").unit_price_minor) == (LESS, LIST)
    assert shown(by_link, f"/b/{brand.slug}/p/{shop.case_product}") == LIST, "the brand's own page has no private price, also for her"
    assert bought(by_link, shop, brand, "").unit_price_minor == LIST


def test_a_leavers_link_keeps_its_price(client: FlaskClient, session: BrandSession, shop: Shop, brand: Brand) -> None:
    an_activity(shop.session, {shop.case: LESS})
    leave_guide(session, brand_id=brand.id, guide_id=shop.lin.id, now=NOON)
    session.commit()
    assert shown(client, f"/s/{shop.link.code}/p/{shop.case_product}") == LESS
    assert bought(client, shop, brand, shop.link.code).unit_price_minor == LESS


@pytest.mark.parametrize("early", [True, False])
def test_an_activity_that_ended_meanwhile_is_a_moved_price(client: FlaskClient, clock: TestClock, shop: Shop, brand: Brand, early: bool) -> None:
    activity = an_activity(shop.session, {shop.case: LESS})
    address = f"/b/{brand.slug}/checkout?share={shop.link.code}&v={shop.case}&q=1"
    form = filled(client.get(address, headers=ZH).text)
    if early:
        end_activity(shop.session, brand_id=brand.id, activity_id=activity.id, now=NOON)
        shop.session.commit()
    else:
        clock.now = NOON + DAY
    answer = client.post(address, data=form, headers=ZH)
    assert (answer.status_code, to_pay(answer)) == (409, LIST)
    assert "价格刚刚有变动" in answer.text
    body = {"share_code": shop.link.code, "lines": [{"variant_id": str(shop.case), "quantity": 1}], "expected_total": LESS,
            "contact": {"name": "李小姐", "phone": "13912345678"}, "address": {"province": "上海市", "city": "上海市", "street": "南京西路 1 号"}}
    told = client.post(f"/api/storefront/v1/{brand.slug}/orders", json=body, headers={"Idempotency-Key": "one"})
    assert (told.status_code, told.json["code"], told.json["data"]["total_minor"]) == (409, "price_changed", LIST)


def test_what_was_ordered_keeps_its_price(client: FlaskClient, clock: TestClock, shop: Shop, brand: Brand) -> None:
    activity = an_activity(shop.session, {shop.case: LESS})
    line = bought(client, shop, brand, shop.link.code)
    clock.now = NOON + DAY
    shop.session.refresh(line)
    assert (line.unit_price_minor, line.activity_id) == (LESS, activity.id)


def test_the_page_says_for_whom_and_until_when(client: FlaskClient, shop: Shop, brand: Brand) -> None:
    an_activity(shop.session, {shop.case: LESS}, ends_at=NOON.replace(hour=16))
    text = client.get(f"/s/{shop.link.code}/p/{shop.case_product}", headers=ZH).text
    assert "链接专享价" in text and "只在林晓芸的链接里有效，到 11 月 22 日 24:00；旗舰店公开价不变" in text
    assert "链接专享价" not in client.get(f"/b/{brand.slug}/p/{shop.case_product}", headers=ZH).text
    assert "周年庆" not in text, "what the activity is called is the brand's matter"


def test_poster_and_words_carry_price_and_end(client: FlaskClient, app: Application, session: BrandSession, shop: Shop, brand: Brand, clock: TestClock) -> None:
    from app.domain.sharing.queries import link_by_code
    from app.domain.sharing.shelf import product_of
    from app.web.shared.share_kit import _facts, share_words
    code = share_link(session, brand_id=brand.id, guide_id=shop.lin.id, product_id=shop.case_product).code
    session.commit()
    before = client.get(f"/s/{code}/poster.png", headers=ZH).headers["ETag"]
    an_activity(session, {shop.case: LESS}, ends_at=NOON.replace(hour=16))
    with app.test_request_context(headers=ZH):
        found = link_by_code(session, brand_id=brand.id, code=code)
        facts = _facts(session, found, brand)
        assert (facts.price_text, facts.list_price_text, facts.price_note, facts.price_is_exclusive) == ("¥259", "¥299", "扫码专享价 · 到 11/22", True)
        assert "¥259（到 11/22）" in share_words(found, product_of(session, brand_id=brand.id, product_id=shop.case_product, now=NOON, by_link=True), brand)
    poster = client.get(f"/s/{code}/poster.png", headers=ZH)
    assert poster.headers["ETag"] != before
    assert poster.headers["Cache-Control"] == "public, max-age=300, s-maxage=300"
    clock.now = NOON.replace(hour=15, minute=58)
    assert client.get(f"/s/{code}/poster.png", headers=ZH).headers["Cache-Control"] == "public, max-age=120, s-maxage=120, must-revalidate"


def test_a_price_above_the_list_is_not_struck(client: FlaskClient, shop: Shop, session: BrandSession) -> None:
    an_activity(session, {shop.case: 31900})
    text = client.get(f"/s/{shop.link.code}/p/{shop.case_product}", headers=ZH).text
    assert "319.00" in text and re.search(r"<del[^>]* hidden>", text)


def test_activities_of_another_brand_change_nothing(client: FlaskClient, shop: Shop, brand: Brand, database) -> None:
    from tests.builders.brands import a_brand
    from tests.builders.shops import a_shop
    other = a_brand(database, slug=f"{brand.slug}-o", now=NOON)
    with database.session(other.id) as session:
        theirs = a_shop(session)
        an_activity(session, {theirs.case: 100})
    assert shown(client, f"/s/{shop.link.code}/p/{shop.case_product}") == LIST
    shop.session.rollback()
    assert shop.session.scalars(select(Activity)).all() == []
