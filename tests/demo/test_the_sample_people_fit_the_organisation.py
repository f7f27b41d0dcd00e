"""The roster and the console people point at units that exist, and nobody is there twice."""

from __future__ import annotations

import phonenumbers

from demo.orgs import DEALER_KINDS, STORES, UNITS
from demo.people import GENTLEMEN, HEADQUARTERS, ROSTER, roster


def test_every_parent_is_a_unit_above() -> None:
    kinds = {unit.code: unit.kind for unit in UNITS}
    assert len(kinds) == len(UNITS)
    for unit in UNITS:
        above = kinds.get(unit.parent or "")
        assert above in {"region": {None}, "store": {"region", *DEALER_KINDS}}.get(
            unit.kind, {"region"}
        )


def test_three_regions_two_dealers_a_mall_and_twelve_stores() -> None:
    kinds = [unit.kind for unit in UNITS]
    assert [kinds.count(kind) for kind in ("region", "dealer", "mall", "store")] == [3, 2, 1, 12]


def test_forty_guides_each_with_a_phone_and_number_of_her_own() -> None:
    rows = roster()
    assert len(rows) == 40
    assert len({row.phone for row in rows}) == len({row.number for row in rows}) == 40
    assert {row.kind for row in rows} == {"导购", "分销员"}


def test_the_roster_opens_in_a_spreadsheet_with_chinese_headers() -> None:
    assert ROSTER.read_bytes().startswith(b"\xef\xbb\xbf")
    assert (
        ROSTER.read_text(encoding="utf-8-sig").splitlines()[0] == "姓名,手机号,工号,门店编码,类型"
    )


def test_phones_have_the_form_of_mainland_mobiles() -> None:
    for row in roster():
        assert phonenumbers.is_valid_number(phonenumbers.parse(row.phone, "CN"))


def test_every_store_has_guides_and_every_guide_a_store() -> None:
    assert {row.store for row in roster()} == {store.code for store in STORES}


def test_console_people_have_example_addresses_and_known_units() -> None:
    assert {person.role for person in HEADQUARTERS} >= {"owner", "operations", "finance"}
    codes = {unit.code for unit in UNITS}
    for person in HEADQUARTERS:
        assert person.email.endswith("@farway.example")
        assert person.unit is None or person.unit in codes


def test_gentlemen_are_people_of_the_brand() -> None:
    assert {person.name for person in HEADQUARTERS} | {row.name for row in roster()} >= GENTLEMEN
