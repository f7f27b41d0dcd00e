"""Basic over HTTPS; over plain HTTP each call is signed and the secret stays at home. And what its answers mean."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from catalogues import connect
from doubles.woocommerce import WooDouble
from trials_by_name import WOO, trial_of

from app.domain.catalog.ports import Answer, FlagshipUnreachable, ListedGroup, ListedVariant, NeedsAuthorisation, UnreadableItem
from app.gateways.flagship import Means, kinds
from app.gateways.flagship.oauth1 import base_string, signed_query
from app.gateways.flagship.opening import GivenSecrets
from app.gateways.flagship.woo_items import Reader

URL = "http://shop.example:8080/wp-json/wc/v3/products"


def test_the_signature_of_a_call_worked_with_openssl() -> None:
    params = {"search": "箱 & ~", "modified_after": "2026-05-01T08:00:00"}
    signed = {**params, "oauth_consumer_key": "ck_1", "oauth_nonce": "n1", "oauth_signature_method": "HMAC-SHA256", "oauth_timestamp": "1777622400"}
    assert base_string("get", URL, signed) == (
        "GET&http%3A%2F%2Fshop.example%3A8080%2Fwp-json%2Fwc%2Fv3%2Fproducts&modified_after%3D2026-05-01T08%253A00%253A00%26oauth_consumer_key%3Dck_1"
        "%26oauth_nonce%3Dn1%26oauth_signature_method%3DHMAC-SHA256%26oauth_timestamp%3D1777622400%26search%3D%25E7%25AE%25B1%2520%2526%2520~")
    query = parse_qs(signed_query("GET", URL, params, key="ck_1", secret="cs_2", nonce="n1", timestamp=1777622400))
    assert query["oauth_signature"] == ["5DIl2/FMvG4VXfWPVl+/dhvaoc90aIBiVoyu72awPi8="] and query["search"] == ["箱 & ~"]
    assert base_string("GET", "https://Shop.example:443/a", {}).startswith("GET&https%3A%2F%2Fshop.example%2Fa&")


@pytest.mark.parametrize("base", ["https://shop.example/blog", "https://shop.example/blog/", "https://shop.example/blog/wp-json/"])
def test_over_https_the_key_goes_as_basic(base: str) -> None:
    asked: list[tuple[str, Any]] = []

    def talk(method: str, url: str, *, headers: dict[str, str], **_: object) -> Answer:
        asked.append((url, headers))
        return Answer(401, {}, b"{}")

    means = Means(GivenSecrets(dict(WOO)), talk, None, datetime(2026, 5, 1, tzinfo=UTC))  # type: ignore[arg-type]
    with pytest.raises(NeedsAuthorisation):
        kinds()["woocommerce"].open({"base_url": base}, means).check()
    (url, headers), *_ = asked
    assert urlsplit(url).path == "/blog/wp-json/wc/v3/data/currencies/current" and "oauth" not in url
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode() == f"{WOO['consumer_key']}:{WOO['consumer_secret']}"


def test_over_http_the_secret_never_travels_and_no_nonce_comes_twice() -> None:
    with trial_of("woocommerce") as trial:
        trial.read()
        double = trial.shop
        assert isinstance(double, WooDouble)
        sent = repr(double.asked)
        assert WOO["consumer_secret"] not in sent and "authorization" not in sent.lower()
        assert len(double.nonces) == len(double.asked)


PRODUCT = {"id": 10, "name": "轻行拉杆箱 &amp; 套", "type": "variable", "status": "publish", "catalog_visibility": "visible", "sku": "CASE",
           "description": "<p onclick='x'>静音</p>", "categories": [{"name": "拉杆箱"}, {"name": "新品"}], "brands": [{"name": "轻行"}], "weight": "3.2",
           "permalink": "https://w.example/case", "images": [{"src": "https://w.example/p.jpg"}]}
VARIATION = {"id": 11, "parent_id": 10, "status": "publish", "sku": "CASE-B", "price": "899.00", "regular_price": "1099.00", "manage_stock": True,
             "stock_quantity": 5, "stock_status": "instock", "image": {"src": "https://w.example/b.jpg"}, "global_unique_id": "6901234567892",
             "attributes": [{"name": "颜色", "option": "雾蓝"}, {"name": "尺寸", "option": ""}]}
READER = Reader("CNY", "kg")


def variation(**changed: object) -> ListedVariant:
    return READER.variation({**VARIATION, **changed}, PRODUCT, "11", 1)


def test_every_field_of_a_variation() -> None:
    assert variation() == ListedVariant(
        external_id="11", group_id="10", title="轻行拉杆箱 & 套", price_minor=89900, list_price_minor=109900, currency="CNY", position=1, sku="CASE-B",
        barcode="6901234567892", description="<p>静音</p>", category="拉杆箱", vendor="轻行", link="https://w.example/case", stock=5, weight_g=3200,
        options={"颜色": "雾蓝"}, images=("https://w.example/b.jpg", "https://w.example/p.jpg"))


@pytest.mark.parametrize(("changed", "stock"), [
    ({}, 5), ({"manage_stock": "parent"}, 5), ({"manage_stock": False}, None), ({"stock_status": "outofstock"}, 0), ({"stock_status": "onbackorder"}, 0),
    ({"stock_quantity": -3}, 0), ({"stock_quantity": None}, None),
])
def test_stock(changed: dict[str, object], stock: int | None) -> None:
    assert variation(**changed).stock == stock


def test_a_variation_that_answers_its_products_sku_has_none_of_its_own() -> None:
    assert variation(sku="CASE").sku == ""


def test_hidden_and_private_are_not_shown() -> None:
    assert variation().published and not variation(status="private").published
    assert not READER.variation(VARIATION, {**PRODUCT, "catalog_visibility": "hidden"}, "11", 1).published
    assert not READER.variation(VARIATION, {**PRODUCT, "status": "draft"}, "11", 1).published


def test_what_the_shop_counts_and_keeps_back_fails_the_reading() -> None:
    with trial_of("woocommerce") as trial:
        assert isinstance(trial.shop, WooDouble)
        trial.shop.hidden = {next(iter(trial.shop.shelf.products))}
        with pytest.raises(FlagshipUnreachable) as caught:
            trial.read()
        assert caught.value.code == "incomplete"


@pytest.mark.parametrize("name", ["woocommerce", "woocommerce_old"])
def test_one_bad_product_is_told_and_the_others_come(name: str) -> None:
    with trial_of(name) as trial:
        assert isinstance(trial.shop, WooDouble)
        first = next(iter(trial.shop.shelf.products.values()))
        first.title = ""
        bad = [item for item in trial.read() if isinstance(item, UnreadableItem)]
        assert {(item.external_id, item.code) for item in bad} <= {(str(next(iter(first.goods))), "title_missing"), (str(first.id), "title_missing")} and bad


@pytest.mark.parametrize("name", ["woocommerce", "woocommerce_old"])
def test_a_product_in_the_bin_is_told_among_the_changes(name: str) -> None:
    with trial_of(name) as trial:
        gone = next(iter(trial.shop.listed()))
        trial.shop.drop(gone)
        assert ListedGroup(gone) in list(trial.connector().list_changes(currency="CNY", since=trial.now()))


def test_another_currency_is_refused_before_anything_is_read() -> None:
    with trial_of("woocommerce") as trial, pytest.raises(FlagshipUnreachable) as caught:
        list(trial.connector().list_items(currency="USD"))
    assert caught.value.code == "currency_differs"


def test_opening_needs_no_network() -> None:
    assert connect("woocommerce", {"base_url": "https://shop.example"}).can_read_changes
