"""Points, heavy queries, bulk operations and their files; and what Shopify's answers mean."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from doubles.shopify import ShopifyDouble
from trials_by_name import trial_of

from app.domain.catalog.ports import Checkpoint, FlagshipUnreachable, ListedGroup, ListedVariant, NeedsAuthorisation
from app.gateways.flagship import kinds
from app.gateways.flagship.conformance import Trial
from app.gateways.flagship.graphql import data_of
from app.gateways.flagship.shopify_items import items_of
from app.gateways.flagship.trials import prices_of
from app.gateways.flagship.wire import Tally


@pytest.fixture
def pages() -> Iterator[Trial]:
    with trial_of("shopify") as trial:
        yield trial


@pytest.fixture
def bulk() -> Iterator[Trial]:
    with trial_of("shopify_bulk") as trial:
        yield trial


def double(trial: Trial) -> ShopifyDouble:
    assert isinstance(trial.shop, ShopifyDouble)
    return trial.shop


def asked(trial: Trial, name: str) -> int:
    return sum(name.encode() in one.body for one in double(trial).asked)


def test_a_throttled_query_waits_until_it_is_paid_for(pages: Trial) -> None:
    """A page of 4 × (2 + 22 + 16) + 2 = 162 points when 12 are left: (162 − 12) ÷ 50 a second = 3 s; the price of the next is waited for at once."""
    double(pages).points = 22.0
    assert prices_of(pages.read()) == pages.shop.listed()
    assert 3.0 in pages.waited and max(pages.waited) < 20


def test_a_query_that_is_too_heavy_is_asked_by_halves(pages: Trial) -> None:
    double(pages).most_cost = 60
    assert prices_of(pages.read()) == pages.shop.listed()


def test_a_shop_that_takes_no_query_at_all_is_told(pages: Trial) -> None:
    double(pages).most_cost = 12
    with pytest.raises(FlagshipUnreachable) as caught:
        pages.read()
    assert caught.value.code == "too_costly"


def test_more_variants_than_a_page_holds(pages: Trial) -> None:
    product = double(pages).shelf.put(150)
    read = pages.read()
    assert {str(number) for number in product.goods} <= set(prices_of(read))
    changes = list(pages.connector().list_changes(currency="CNY", since=product.changed))
    assert ListedGroup(str(product.id), frozenset(str(number) for number in product.goods)) in changes


def test_a_big_shop_is_exported_and_a_small_one_is_not(pages: Trial, bulk: Trial) -> None:
    pages.read()
    bulk.read()
    assert asked(pages, "bulkOperationRunQuery") == 0 and asked(bulk, "bulkOperationRunQuery") == 1


def test_an_export_that_fails_gives_way_to_pages(bulk: Trial) -> None:
    double(bulk).bulk_fails = True
    assert prices_of(bulk.read()) == bulk.shop.listed()
    assert asked(bulk, "YundianProducts") > 1


def test_an_export_waits_for_another_one(bulk: Trial) -> None:
    double(bulk).refused_bulks = 3
    assert prices_of(bulk.read()) == bulk.shop.listed()
    assert bulk.waited.count(10.0) == 3


def test_an_export_is_polled_with_growing_pauses(bulk: Trial) -> None:
    double(bulk).polls_until_done = 12
    bulk.read()
    assert bulk.waited[:12] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10]


def test_a_reader_that_died_while_waiting_takes_up_the_same_export(bulk: Trial) -> None:
    begun = next(item for item in bulk.connector().list_items(currency="CNY") if isinstance(item, Checkpoint))
    assert prices_of(bulk.read(cursor=begun.cursor)) == bulk.shop.listed()
    assert asked(bulk, "bulkOperationRunQuery") == 1


def test_an_export_that_is_no_longer_known_is_made_again(bulk: Trial) -> None:
    begun = next(item for item in bulk.connector().list_items(currency="CNY") if isinstance(item, Checkpoint))
    double(bulk).polls.clear()
    assert prices_of(bulk.read(cursor=begun.cursor)) == bulk.shop.listed()


def test_a_server_without_ranges_serves_the_file_whole(bulk: Trial) -> None:
    double(bulk).ranges = False
    assert prices_of(bulk.read()) == bulk.shop.listed()


def test_a_file_that_is_not_what_was_exported_fails_the_reading(bulk: Trial) -> None:
    """A child that follows another parent, and a line that is no JSON."""
    for spoil in (lambda file: b"\n".join(file.split(b"\n")[1:]), lambda file: file.replace(b'{"id"', b'{"id', 1)):
        bulk.resettle()
        begun = next(item for item in bulk.connector().list_items(currency="CNY") if isinstance(item, Checkpoint))
        shop = double(bulk)
        shop.files = {name: spoil(file) for name, file in shop.files.items()}
        with pytest.raises(FlagshipUnreachable) as caught:
            bulk.read(cursor=begun.cursor)
        assert caught.value.code == "broken_answer"


@pytest.mark.parametrize(("errors", "kind"), [
    ([{"message": "Access denied for products field.", "extensions": {"code": "ACCESS_DENIED"}}], NeedsAuthorisation),
    ([{"message": "Field 'x' doesn't exist on type 'Product'", "extensions": {"code": "undefinedField"}}], FlagshipUnreachable),
    ([{"message": "nothing else"}], FlagshipUnreachable), ([5], FlagshipUnreachable),
])
def test_errors_beside_data_make_the_data_worthless(errors: list[Any], kind: type[FlagshipUnreachable]) -> None:
    with pytest.raises(kind) as caught:
        data_of({"data": {"products": {}}, "errors": errors})
    assert type(caught.value) is kind and caught.value.message % caught.value.data


def test_the_token_goes_to_the_shop_and_not_to_the_file(bulk: Trial) -> None:
    bulk.read()
    files = [one for one in double(bulk).asked if one.path.startswith("/bulk/")]
    assert files and all("x-shopify-access-token" not in one.headers for one in files)


@pytest.mark.parametrize(("endpoint", "codes"), [
    ("https://a.myshopify.com", []), ("https://a.myshopify.com/admin/api/2026-04/graphql.json", []), ("http://localhost:80", []),
    ("http://a.myshopify.com", ["https_needed"]), ("a.myshopify.com", ["url_invalid"]), ("https://u:p@a.myshopify.com", ["url_invalid"]), ("", ["setting_missing"]),
])
def test_where_the_token_may_go(endpoint: str, codes: list[str]) -> None:
    problems = kinds()["shopify"].problems({"endpoint": endpoint, "access_token": "shpat_1"})
    assert [problem.code for problem in problems] == codes and all(str(problem) for problem in problems)


PRODUCT = {"id": "gid://shopify/Product/10", "title": "轻行拉杆箱", "descriptionHtml": "<p>静音</p>", "vendor": "轻行", "productType": "", "status": "ACTIVE",
           "onlineStoreUrl": "https://s.example/case", "category": {"fullName": "Luggage > Cabin"},
           "media": {"nodes": [{"image": {"url": "https://cdn.example/p.jpg"}}, {}]}}
VARIANT = {"id": "gid://shopify/ProductVariant/11", "sku": "B", "barcode": "6901234567892", "price": "899.00", "compareAtPrice": "1099.00", "inventoryQuantity": 5,
           "inventoryPolicy": "DENY", "selectedOptions": [{"name": "颜色", "value": "雾蓝"}], "media": {"nodes": [{"image": {"url": "https://cdn.example/b.jpg"}}]},
           "inventoryItem": {"tracked": True, "measurement": {"weight": {"value": 3.2, "unit": "KILOGRAMS"}}}}


def variant(product: dict[str, Any] | None = None, **changed: object) -> ListedVariant:
    (item,) = items_of({**PRODUCT, **(product or {})}, [{**VARIANT, **changed}], Tally(), currency="CNY")
    assert isinstance(item, ListedVariant)
    return item


def test_every_field_of_a_variant() -> None:
    assert variant() == ListedVariant(
        external_id="11", group_id="10", title="轻行拉杆箱", price_minor=89900, list_price_minor=109900, currency="CNY", position=1, sku="B",
        barcode="6901234567892", description="<p>静音</p>", category="Luggage > Cabin", vendor="轻行", link="https://s.example/case", stock=5, weight_g=3200,
        options={"颜色": "雾蓝"}, images=("https://cdn.example/b.jpg", "https://cdn.example/p.jpg"))
    assert variant({"productType": "拉杆箱"}).category == "拉杆箱" and not variant({"status": "DRAFT"}).published
    assert variant(selectedOptions=[{"name": "Title", "value": "Default Title"}]).options == {}
    assert variant(compareAtPrice="0.00").list_price_minor is None


@pytest.mark.parametrize(("changed", "stock"), [
    ({}, 5), ({"inventoryQuantity": -2}, 0), ({"inventoryQuantity": 0, "inventoryPolicy": "CONTINUE"}, None),
    ({"inventoryItem": {"tracked": False}}, None),
])
def test_stock(changed: dict[str, object], stock: int | None) -> None:
    assert variant(**changed).stock == stock


@pytest.mark.parametrize(("value", "unit", "grams"), [(3.2, "KILOGRAMS", 3200), (500, "GRAMS", 500), (2, "POUNDS", 907), (10, "OUNCES", 283),
                                                      (0, "GRAMS", None), (-1, "GRAMS", None), (True, "GRAMS", None), (1, "STONES", None)])
def test_weights(value: object, unit: str, grams: int | None) -> None:
    assert variant(inventoryItem={"tracked": True, "measurement": {"weight": {"value": value, "unit": unit}}}).weight_g == grams


