"""Manual tags fall off after their days; rule tags follow from what she did, at the moment they are asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.domain.care.actions import add_tag, save_segment, set_birthday, set_tag, take_tag_off
from app.domain.care.rules import birthdays_ahead, clean_birthday, clean_terms
from app.domain.customers.actions import meet
from app.domain.customers.rules import customer_key
from app.domain.insights.customer_book import customer_count, customer_row, customers_page
from app.kernel.errors import Conflict, NotFound, Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import paid_order
from tests.builders.shops import CONTACT, Shop, a_shop
from tests.conftest import NOON

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """One who bought a case for 299.00 at NOON (shipping is not counted out: 299.00 paid or more), and one who only looked."""
    found = a_shop(session)
    paid_order(found, (found.case, 1))
    meet(session, brand_id=found.brand_id, phone="+8613800138001", name="李雷", now=NOON)
    session.commit()
    return found


def she(shop: Shop) -> UUID:
    return customer_key(shop.brand_id, "+86" + CONTACT["phone"])


def tags_at(shop: Shop, now: object) -> set[str]:
    found = customer_row(shop.session, brand_id=shop.brand_id, timezone="Asia/Shanghai", now=now, customer_id=she(shop))  # type: ignore[arg-type]
    return {name for _, name, _ in found.tags}


def test_a_manual_tag_falls_off_and_setting_it_again_begins_anew(shop: Shop) -> None:
    made = add_tag(shop.session, brand_id=shop.brand_id, name="爱出差", kind="manual", days=30)
    for at in (NOON, NOON + 10 * DAY):
        set_tag(shop.session, brand_id=shop.brand_id, customer_id=she(shop), tag_id=made.id, now=at)
    assert tags_at(shop, NOON + 40 * DAY - MOMENT) == {"爱出差"}
    assert tags_at(shop, NOON + 40 * DAY) == set()
    take_tag_off(shop.session, brand_id=shop.brand_id, customer_id=she(shop), tag_id=made.id)
    assert tags_at(shop, NOON + 11 * DAY) == set()


@pytest.mark.parametrize(("terms", "from_", "until"), [
    ({"kind": "bought", "category": "箱包", "days": 90}, timedelta(0), 90 * DAY),
    ({"kind": "bought", "category": "箱包 > 登机箱", "days": 90}, timedelta(0), 90 * DAY),
    ({"kind": "spent", "amount_minor": 29900, "days": 60}, timedelta(0), 60 * DAY),
    ({"kind": "lapsed", "days": 60}, 60 * DAY, None),
])
def test_a_rule_tag_begins_and_ends_by_itself(shop: Shop, terms: dict[str, Any], from_: timedelta, until: timedelta | None) -> None:
    add_tag(shop.session, brand_id=shop.brand_id, name="x", **terms)
    assert tags_at(shop, NOON + from_) == {"x"}
    if from_:
        assert tags_at(shop, NOON + from_ - MOMENT) == set()
    if until:
        assert (tags_at(shop, NOON + until - MOMENT), tags_at(shop, NOON + until)) == ({"x"}, set())


@pytest.mark.parametrize("terms", [{"kind": "bought", "category": "箱", "days": 90}, {"kind": "spent", "amount_minor": 9_900_000, "days": 60}])
def test_what_is_not_so_is_not_tagged(shop: Shop, terms: dict[str, Any]) -> None:
    add_tag(shop.session, brand_id=shop.brand_id, name="x", **terms)
    assert tags_at(shop, NOON) == set()


def test_the_month_of_a_birthday_is_the_brands(shop: Shop) -> None:
    add_tag(shop.session, brand_id=shop.brand_id, name="本月生日", kind="birthday")
    set_birthday(shop.session, brand_id=shop.brand_id, customer_id=she(shop), month="12", day="3")
    midnight = NOON.replace(day=30, hour=16, minute=0)
    assert (tags_at(shop, midnight - MOMENT), tags_at(shop, midnight)) == (set(), {"本月生日"})


@pytest.mark.parametrize(("month", "day", "kept"), [("2", "29", "0229"), ("", "", ""), ("12", "3", "1203")])
def test_a_birthday_is_a_day_of_some_year(month: str, day: str, kept: str) -> None:
    assert clean_birthday(month, day) == kept


@pytest.mark.parametrize(("month", "day"), [("2", "30"), ("13", "1"), ("x", "1"), ("1", ""), ("99999999999999999999", "1")])
def test_no_such_day(month: str, day: str) -> None:
    with pytest.raises(Refused, match="没有这一天"):
        clean_birthday(month, day)


def test_the_29th_of_february_is_kept_every_year() -> None:
    common, leap = NOON.date().replace(year=2027, month=2, day=27), NOON.date().replace(year=2028, month=2, day=27)
    assert (birthdays_ahead(common)["0229"], birthdays_ahead(leap)["0229"]) == (1, 2)


@pytest.mark.parametrize(("terms", "field"), [
    ({"kind": "bought", "days": 9}, "category"), ({"kind": "spent", "days": 9}, "amount"), ({"kind": "lapsed", "days": 0}, "days"), ({"kind": "manual"}, "days"),
    ({"kind": "manual", "days": 3651}, "days"), ({"kind": "x", "days": 1}, "kind")])
def test_a_tag_asks_for_its_terms(shop: Shop, terms: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as told:
        add_tag(shop.session, brand_id=shop.brand_id, name="x", **terms)
    assert told.value.field == field


def test_a_name_is_used_once_and_a_rule_tag_is_not_set_by_hand(shop: Shop) -> None:
    made = add_tag(shop.session, brand_id=shop.brand_id, name="沉睡", kind="lapsed", days=60)
    with pytest.raises(Conflict):
        add_tag(shop.session, brand_id=shop.brand_id, name="沉睡", kind="birthday")
    with pytest.raises(Refused, match="手工"):
        set_tag(shop.session, brand_id=shop.brand_id, customer_id=she(shop), tag_id=made.id, now=NOON)


def count(shop: Shop, now: object = NOON, **terms: Any) -> int:
    return customer_count(shop.session, brand_id=shop.brand_id, timezone="Asia/Shanghai", now=now, terms=clean_terms(terms))  # type: ignore[arg-type]


def test_a_segment_counts_who_meets_all_its_terms(shop: Shop) -> None:
    tagged = add_tag(shop.session, brand_id=shop.brand_id, name="老客", kind="bought", category="箱包", days=365)
    assert count(shop, tags=[tagged.id]) == 1
    assert count(shop, tags=[tagged.id], spent_minor=9_900_000) == 0
    assert count(shop, spent_minor=29900, spent_days=30) == 1
    assert (count(shop, bought_within=7), count(shop, NOON + 7 * DAY, bought_within=7)) == (1, 0)
    assert (count(shop, silent_for=7), count(shop, NOON + 7 * DAY, silent_for=7)) == (0, 1)
    assert (count(shop, store_id=shop.store.id), count(shop, store_id=new_id())) == (1, 0)


def test_a_segment_says_something_and_names_what_is_there(shop: Shop) -> None:
    with pytest.raises(Refused) as told:
        save_segment(shop.session, brand_id=shop.brand_id, name="空", terms={})
    assert told.value.code == "segment_empty"
    for terms in ({"tags": [new_id()]}, {"store_id": new_id()}):
        with pytest.raises(NotFound):
            save_segment(shop.session, brand_id=shop.brand_id, name="无", terms=terms)


@pytest.mark.parametrize(("q", "names"), [("8000", ["王小明"]), ("13800138001", ["李雷"]), ("小明", ["王小明"]), ("800", []), ("9999", []), ("", ["李雷", "王小明"])])
def test_a_customer_is_found_by_name_or_phone_or_its_end(shop: Shop, q: str, names: list[str]) -> None:
    page = customers_page(shop.session, brand_id=shop.brand_id, timezone="Asia/Shanghai", now=NOON, q=q)
    assert sorted(one.name for one in page.items) == names
