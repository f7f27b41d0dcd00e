"""R36: the ladder below the external id. Never by name; what is ambiguous or somebody else's is a conflict."""

from __future__ import annotations

from uuid import UUID

import pytest

from app.domain.catalog.matching import Known, Match, Shelf, shared_claims

HERE, ELSEWHERE = UUID(int=1), UUID(int=2)


def known(number: int, *, source: UUID | None = HERE, sku: str = "", barcode: str = "") -> Known:
    return Known(UUID(int=100 + number), source, f"x{number}" if source else "", sku, barcode, "", False)


def match(*ours: Known, sku: str = "", barcode: str = "", listed: set[str] | None = None) -> Match:
    return Shelf.of(HERE, ours).match(sku=sku, barcode=barcode, listed=listed or set())


def test_an_offline_variant_with_the_sku_is_linked() -> None:
    offline = known(1, source=None, sku="A")
    assert match(offline, sku="A") == Match(offline, "sku")


def test_a_variant_whose_external_id_is_gone_is_found_by_sku() -> None:
    old = known(1, sku="A")
    assert match(old, sku="A", listed={"x9"}) == Match(old, "sku")


def test_a_sku_of_an_item_still_listed_is_a_conflict() -> None:
    assert match(known(1, sku="A"), sku="A", listed={"x1", "x9"}).code == "sku_taken"


def test_a_sku_of_another_source_is_a_conflict() -> None:
    assert match(known(1, source=ELSEWHERE, sku="A"), sku="A").code == "sku_of_other_source"


def test_one_barcode_matches_two_are_a_conflict() -> None:
    one, two = known(1, source=None, barcode="690"), known(2, source=None, barcode="690")
    assert match(one, barcode="690") == Match(one, "barcode")
    found = match(one, two, barcode="690")
    assert (found.code, found.rivals) == ("barcode_ambiguous", (one.id, two.id))


def test_a_barcode_of_an_item_still_listed_is_not_free() -> None:
    assert match(known(1, barcode="690"), barcode="690", listed={"x1"}) == Match(None)


@pytest.mark.parametrize(("sku", "barcode"), [("", ""), ("B", "691")])
def test_nothing_in_common_is_new(sku: str, barcode: str) -> None:
    assert match(known(1, source=None, sku="A", barcode="690"), sku=sku, barcode=barcode) == Match(None)


def test_two_items_that_want_the_same_variant_are_both_in_conflict() -> None:
    assert shared_claims([("a", UUID(int=7)), ("b", UUID(int=8)), ("c", UUID(int=7))]) == {"a", "c"}
