"""R36: every field has an owner; the source writes only its own."""

from __future__ import annotations

import pytest

from app.domain.catalog.rules import differences, outcome_of, product_title, same_intent, sellable, suspiciously_short


def test_own_fields_are_written_others_kept() -> None:
    found = differences({"title": "新", "price_minor": 879, "stock": 5}, {"title": "旧", "price_minor": 899, "stock": 5}, {"title": "brand"})
    assert found == [{"field": "title", "old": "旧", "new": "新", "owner": "brand", "result": "keep"},
                     {"field": "price_minor", "old": 899, "new": 879, "owner": "source", "result": "write"}]


@pytest.mark.parametrize(("owner", "outcome"), [("source", "updated"), ("brand", "skipped"), ("locked", "skipped")])
def test_an_item_that_differs_only_where_the_brand_decides_is_skipped(owner: str, outcome: str) -> None:
    changes = differences({"title": "新"}, {"title": "旧"}, {} if owner == "source" else {"title": owner})
    assert outcome_of(changes, revived=False) == outcome


def test_stock_may_move_between_preview_and_writing_other_fields_may_not() -> None:
    shown = differences({"stock": 5, "sku": "A"}, {"stock": 9, "sku": ""}, {})
    assert same_intent(shown, differences({"stock": 5, "sku": "A"}, {"stock": 7, "sku": ""}, {}))
    assert not same_intent(shown, differences({"stock": 5, "sku": "A"}, {"stock": 9, "sku": "B"}, {}))


@pytest.mark.parametrize(("title", "options", "short"), [
    ("登机箱 雾蓝 20 寸", {"颜色": "雾蓝", "尺寸": "20 寸"}, "登机箱"),
    ("登机箱 - 20 寸 / 雾蓝", {"颜色": "雾蓝", "尺寸": "20 寸"}, "登机箱"),
    ("登机箱（雾蓝）", {"颜色": "雾蓝"}, "登机箱"),
    ("雾蓝登机箱", {"颜色": "雾蓝"}, "雾蓝登机箱"),
    ("雾蓝", {"颜色": "雾蓝"}, "雾蓝"),
    ("登机箱", {}, "登机箱"),
])
def test_product_is_named_without_the_options_at_its_end(title: str, options: dict[str, str], short: str) -> None:
    assert product_title(title, options) == short


@pytest.mark.parametrize(("live", "removed", "short"), [(20, 10, False), (20, 11, True), (19, 10, True), (9, 9, False), (0, 0, False)])
def test_more_than_half_gone_and_ten_at_least_is_suspicious(live: int, removed: int, short: bool) -> None:
    assert suspiciously_short(live=live, removed=removed) is short


def test_sellable_is_never_negative() -> None:
    assert (sellable(stock=5, reserved=2), sellable(stock=1, reserved=3)) == (3, 0)
