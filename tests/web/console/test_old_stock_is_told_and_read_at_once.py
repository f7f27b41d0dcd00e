"""HQ sets how long stock is believed, sees how much is hidden and why, and reads the flagship with one press."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand, BrandSettings
from app.domain.catalog.models import Product, SyncRun, Variant
from app.domain.catalog.substitutes import set_substitute
from app.extensions import Database
from tests.builders.flagships import a_flagship, a_source, sync
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock

HOUR = timedelta(hours=1)


@pytest.fixture
def source(database: Database, brand: Brand, shop: Shop) -> str:
    """Ten SKUs read at noon, one of them sold out."""
    flagship, made = a_flagship(10), a_source(database, brand.id)
    flagship.change("x1", stock=0)
    sync(database, flagship, brand_id=brand.id, source_id=made, now=NOON)
    return str(made)


def settings_form(client: FlaskClient, **changes: str) -> dict[str, str]:
    page = client.get("/console/settings").text
    form = page[page.index('<form class="card fm" method="post" data-once>'):]
    sent = dict(re.findall(r'<input[^>]*?name="([a-z_]+)"[^>]*?value="([^"]*)"', form))
    sent |= dict(re.findall(r'<select[^>]*?name="([a-z_]+)"[^<]*(?:<option(?![^>]* selected).*?</option>)*<option[^>]*?value="([^"]*)"', form))
    return {**{name: value for name, value in sent.items() if "two_levels" not in name}, **changes}


def hours(shop: Shop) -> int | None:
    shop.session.rollback()
    return shop.session.scalars(select(BrandSettings.stock_ttl_hours)).one()


def test_hours_are_set_and_taken_back(owner: FlaskClient, shop: Shop) -> None:
    assert hours(shop) is None, "off unless asked for"
    assert owner.post("/console/settings", data=settings_form(owner, stock_ttl_hours="48")).status_code == 303
    assert hours(shop) == 48
    for wrong in ("0", "721", "x", "999999", "-1", "4.5"):
        answer = owner.post("/console/settings", data=settings_form(owner, stock_ttl_hours=wrong))
        assert (answer.status_code, hours(shop)) == (422, 48), wrong
    assert owner.post("/console/settings", data=settings_form(owner, stock_ttl_hours=" ")).status_code == 303
    assert hours(shop) is None


def test_the_meter_says_what_is_hidden_and_one_press_reads(owner: FlaskClient, clock: TestClock, shop: Shop, source: str) -> None:
    """Ten SKUs, one sold out anyway: after two hours nine are hidden."""
    owner.post("/console/settings", data=settings_form(owner, stock_ttl_hours="2"))
    clock.now = NOON + HOUR
    page = owner.get("/console/").text
    assert "库存还信 1 小时" in page and "没有定时读取，到时会藏起" in page and "有库存被藏起" not in page
    clock.now = NOON + 2 * HOUR
    page = owner.get("/console/").text
    assert "有库存被藏起" in page and "库存已过时效" in page
    assert ">9</a>" in page and "stock=stale" in page
    listed = owner.get("/console/products?stock=stale").text
    assert listed.count("行李箱") >= 9 and "行李箱 1 号" not in listed
    assert owner.post(f"/console/sources/{source}/sync", data={"mode": "apply"}).status_code == 303
    shop.session.rollback()
    run = shop.session.scalars(select(SyncRun).order_by(SyncRun.number.desc())).first()
    assert run is not None and (run.mode, run.state) == ("apply", "queued")


def test_the_press_is_offered_to_who_may(finance: FlaskClient, owner: FlaskClient, clock: TestClock, source: str) -> None:
    owner.post("/console/settings", data=settings_form(owner, stock_ttl_hours="2"))
    assert 'name="mode" value="apply"' not in owner.get("/console/").text, "nothing is hidden"
    clock.now = NOON + 2 * HOUR
    assert 'name="mode" value="apply"' in owner.get("/console/").text
    assert 'name="mode" value="apply"' not in finance.get("/console/").text
    assert finance.post(f"/console/sources/{source}/sync", data={"mode": "apply"}).status_code in (403, 404)


def test_a_product_page_says_which_skus_wait(owner: FlaskClient, clock: TestClock, shop: Shop, source: str) -> None:
    owner.post("/console/settings", data=settings_form(owner, stock_ttl_hours="2"))
    two = shop.session.scalars(select(Variant.product_id).where(Variant.sku == "SKU-2")).one()
    assert "库存待确认" not in owner.get(f"/console/products/{two}").text.partition('id="substitute"')[0]
    clock.now = NOON + 2 * HOUR
    assert "库存待确认" in owner.get(f"/console/products/{two}").text.partition('id="substitute"')[0]


def test_a_substitute_is_named_by_sku(owner: FlaskClient, finance: FlaskClient, shop: Shop, brand: Brand) -> None:
    address = f"/console/products/{shop.case_product}"
    assert owner.post(f"{address}/substitute", data={"sku": " B "}).status_code == 303
    shop.session.rollback()
    assert shop.session.get_one(Product, (brand.id, shop.case_product)).substitute_id == shop.cover_product
    assert "箱套 20 寸" in owner.get(address).text
    for sku, said in (("A", "不能用商品自己来替代"), ("nosuch", "没有 SKU 为“nosuch”的商品"), ("B" * 500, "没有 SKU")):
        answer = owner.post(f"{address}/substitute", data={"sku": sku})
        assert answer.status_code == 422 and said in answer.text, sku
    assert finance.post(f"{address}/substitute", data={"sku": ""}).status_code in (403, 404)
    assert owner.post(f"{address}/substitute", data={"sku": ""}).status_code == 303
    shop.session.rollback()
    assert shop.session.get_one(Product, (brand.id, shop.case_product)).substitute_id is None


def test_a_choice_in_use_is_marked(owner: FlaskClient, shop: Shop, brand: Brand) -> None:
    set_substitute(shop.session, brand_id=brand.id, product_id=shop.case_product, substitute_id=shop.cover_product, now=NOON)
    shop.session.commit()
    address = f"/console/products/{shop.case_product}"
    assert "现在正用着" not in owner.get(address).text
    owner.post(f"{address}/status", data={"status": "unpublished"})
    assert "现在正用着" in owner.get(address).text
