"""The kind `graphql`: mappings that will do, what each part of one means, and what is refused before anything is called."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from app.domain.catalog.ports import ListedVariant, UnreadableItem
from app.gateways.flagship import kinds
from app.gateways.flagship.mapped import examples
from app.gateways.flagship.mapped_items import Reader
from app.gateways.flagship.mapped_shop import page_size
from app.gateways.flagship.mapping import BadMapping, read_mapping
from app.gateways.flagship.paths import Path, Paths
from app.gateways.flagship.wire import Tally

MAPPING: dict[str, Any] = {
    "method": "GET", "list": "data.goods", "paging": {"by": "offset", "size": 50}, "total": "data.count",
    "product": {"id": "id", "title": "name", "images": ["photos[].url", "cover"]}, "variants": "skus[]",
    "variant": {"id": "id", "price": "price", "currency": "money", "stock": "left", "options": {"list": "props[]", "name": "k", "value": "v[]"}},
}
PRODUCT = {"id": 1, "name": "箱", "photos": [{"url": "https://x.example/1.jpg"}, {"url": 5}, None], "cover": "https://x.example/c.jpg",
           "skus": [{"id": 11, "price": "9.90", "money": "cny", "left": 3, "props": [{"k": "颜色", "v": ["蓝", "白"]}, {"k": "", "v": ["x"]}]}]}


def changed(path: str, value: object) -> dict[str, Any]:
    mapping = deepcopy(MAPPING)
    *way, last = path.split(".")
    here = mapping
    for step in way:
        here = here.setdefault(step, {})
    if value is None:
        del here[last]
    else:
        here[last] = value
    return mapping


def read(product: dict[str, Any] = PRODUCT, /, **more: object) -> list[ListedVariant | UnreadableItem]:
    return list(Reader(read_mapping({**MAPPING, **more}), "CNY").items(product, Tally()))


def one(product: dict[str, Any] = PRODUCT, /, **more: object) -> ListedVariant:
    (item,) = read(product, **more)
    assert isinstance(item, ListedVariant), item
    return item


def with_sku(**values: object) -> dict[str, Any]:
    return {**PRODUCT, "skus": [{**PRODUCT["skus"][0], **values}]}


def code_of(product: dict[str, Any], /, **more: object) -> str:
    item = read(product, **more)[-1]
    assert isinstance(item, UnreadableItem) and item.reason % item.data
    return item.code


def test_an_item_is_where_the_mapping_says() -> None:
    item = one()
    assert (item.external_id, item.group_id, item.title, item.price_minor, item.stock) == ("11", "1", "箱", 990, 3)
    assert item.images == ("https://x.example/1.jpg", "https://x.example/c.jpg") and item.options == {"颜色": "蓝、白"}


@pytest.mark.parametrize(("form", "written", "minor"), [
    ("decimal", "9.90", 990), ("decimal", 9.9, 990), ("decimal", 19, 1900), ("decimal", 1099.0, 109900), ("minor", 990, 990), ("minor", "5", 5),
])
def test_prices(form: str, written: object, minor: int) -> None:
    assert one(with_sku(price=written), price=form).price_minor == minor


@pytest.mark.parametrize(("form", "written", "code"), [
    ("decimal", None, "price_missing"), ("minor", None, "price_missing"), ("minor", 9.9, "price_invalid"), ("minor", "-5", "price_invalid"),
    ("minor", 0, "price_not_positive"), ("decimal", "0", "price_not_positive"), ("decimal", 1e300, "price_too_large"), ("decimal", 9.999, "price_too_fine"),
    ("decimal", True, "price_missing"), ("decimal", {}, "price_missing"),
])
def test_prices_that_are_none(form: str, written: object, code: str) -> None:
    assert code_of(with_sku(price=written), price=form) == code


def test_nothing_is_converted_and_no_currency_is_guessed() -> None:
    assert code_of(with_sku(money="USD")) == "currency_differs" and code_of(with_sku(money=None)) == "currency_missing"
    constant = deepcopy(MAPPING["variant"]) | {"currency": "=CNY"}
    assert one(with_sku(money=None), variant=constant).price_minor == 990


@pytest.mark.parametrize(("said", "stock"), [(3, 3), ("3", 3), (-1, 0), (True, None), (False, 0), ("IN_STOCK", None), ("LOW_STOCK", None),
                                             ("OUT_OF_STOCK", 0), (None, None), ("", None)])
def test_stock(said: object, stock: int | None) -> None:
    assert one(with_sku(left=said)).stock == stock


@pytest.mark.parametrize(("said", "words", "published"), [
    (True, [], True), (False, [], False), ("published", ["published"], True), ("draft", ["published"], False), ("draft", [], False), (None, [], True),
])
def test_published(said: object, words: list[str], published: bool) -> None:
    product = {"id": "id", "title": "name", "published": "state"}
    assert one({**PRODUCT, "state": said}, product=product, published_is=words).published is published


def test_without_variants_the_product_is_its_own() -> None:
    mapping = {key: value for key, value in MAPPING.items() if key != "variants"}
    (item,) = Reader(read_mapping(mapping), "CNY").items({"id": 7, "name": "箱", "price": 5, "money": "CNY"}, Tally())
    assert isinstance(item, ListedVariant) and (item.external_id, item.group_id) == ("7", "7")


def test_two_variants_with_one_id_are_not_taken_for_one() -> None:
    good, bad = read({**PRODUCT, "skus": [PRODUCT["skus"][0], {**PRODUCT["skus"][0], "price": "8"}]})
    assert isinstance(good, ListedVariant) and isinstance(bad, UnreadableItem) and bad.code == "duplicate_id"


def test_an_editorjs_description_is_its_text() -> None:
    product = {"id": "id", "title": "name", "description": "text"}
    text = json.dumps({"blocks": [{"data": {"text": "静<b>音</b>"}}, {"data": {}}, {"data": {"text": "耐磨<script>x</script>"}}]})
    assert one({**PRODUCT, "text": text}, product=product, description="editorjs").description == "<p>静<b>音</b></p><p>耐磨</p>"
    assert one({**PRODUCT, "text": "plain"}, product=product, description="editorjs").description == "plain"


@pytest.mark.parametrize(("path", "found"), [
    ("a.b", ["1"]), ("list[].x", ["1", "2"]), ("list[].y", []), ("list.x", []), ("a[].b", []), ("=CNY", ["CNY"]), ("gone.b.c", []), ("deep[].deep[].z", ["3"]),
])
def test_paths(path: str, found: list[str]) -> None:
    source = {"a": {"b": 1}, "list": [{"x": 1}, None, {"x": "2"}, 5], "deep": [{"deep": [{"z": 3}]}]}
    assert Paths((Path.parse(path),)).texts(source) == found


@pytest.mark.parametrize(("place", "value", "key"), [
    ("list", None, "list"), ("list", "a..b", "list"), ("list", "a[0]", "list"), ("list", 5, "list"), ("list", "__proto__" * 40, "list"),
    ("product.title", None, "product.title"), ("product.id", None, "product.id"), ("variant.id", None, "variant.id"), ("variant.price", None, "variant.price"),
    ("variant.currency", None, "variant.currency"), ("product.colour", "x", "product.colour"), ("variants_", "x", "variants_"), ("paging.by", "pages", "paging.by"),
    ("paging.size", 0, "paging.size"), ("paging.size", 1001, "paging.size"), ("paging.size", True, "paging.size"), ("paging", {"by": "page", "size": 10}, "paging.size"),
    ("paging", {"by": "cursor"}, "next"), ("method", "DELETE", "method"), ("price", "cents", "price"), ("description", "md", "description"),
    ("published_is", "yes", "published_is"), ("weight_unit", "lb", "weight_unit"), ("variant.options", {"list": "a"}, "variant.options.name"),
    ("changes", {"since": "x"}, "changes.since"), ("variant", [], "variant"), ("total", "a b", "total"),
])
def test_a_wrong_mapping_names_the_place(place: str, value: object, key: str) -> None:
    with pytest.raises(BadMapping) as caught:
        read_mapping(changed(place, value))
    assert caught.value.data["key"] == key and str(caught.value)


@pytest.mark.parametrize(("given", "codes"), [
    ({}, []), ({"mapping": json.dumps(MAPPING)}, []), ({"mapping": "{"}, ["json_invalid"]), ({"mapping": "[]"}, ["json_invalid"]),
    ({"mapping": "[" * 50_000}, ["json_invalid"]), ({"mapping": {}}, ["mapping_invalid"]),
    ({"headers": {"Authorization": "Bearer abc"}}, ["header_secret"]), ({"headers": {"Authorization": "Bearer {token}"}}, []),
    ({"headers": {"Host": "x"}}, ["header_invalid"]), ({"headers": {"X-A": "a\nb"}}, ["header_invalid"]), ({"headers": {"X-A": 5}}, ["header_invalid"]),
    ({"headers": {"X A": "1"}}, ["header_invalid"]), ({"headers": {"X-A": "箱"}}, ["header_invalid"]),
    ({"endpoint": "http://shop.example/x", "headers": {"X-Key": "{token}"}}, ["https_needed"]), ({"query": "{ a }"}, ["mapping_invalid"]),
    ({"token": "a\nb"}, ["setting_invalid"]),
])
def test_settings(given: dict[str, object], codes: list[str]) -> None:
    problems = kinds()["graphql"].problems({"endpoint": "https://shop.example/api", "mapping": MAPPING, **given})
    assert [problem.code for problem in problems] == codes and all(str(problem) for problem in problems)


def test_the_examples_need_only_an_address() -> None:
    assert set(examples()) == {"medusa", "saleor", "vendure"}
    for example in examples().values():
        assert kinds()["graphql"].problems({**example, "endpoint": "https://shop.example/api", "token": "t"}) == []


@pytest.mark.parametrize("most", [20, 100])
def test_a_page_always_reaches_beyond_what_was_read(most: int) -> None:
    """Of pages in more than half that size one begins at or before an offset and ends after the next: for every offset of a big list."""
    for start in range(30_000):
        size = page_size(start, most)
        assert most // 2 < size <= most and start // size * size <= start and start // size * size + size > start + 1


