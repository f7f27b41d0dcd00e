"""'SKU,price' lines as people paste them: what can be read is read, the rest says why, by line."""

from __future__ import annotations

import pytest

from app.domain.promotions.rules import PriceLine, off, off_bp, read_prices, split_lines, state_of
from tests.builders.activities import DAY
from tests.conftest import NOON


def read(text: str, currency: str = "CNY") -> tuple[list[PriceLine], list[tuple[int, str]]]:
    lines, wrong = read_prices(split_lines(text), currency)
    return lines, [(number, refused.code) for number, refused in wrong]


@pytest.mark.parametrize(("line", "sku", "price"), [
    ("A-1,259", "A-1", 25900), ("A-1\t259.00", "A-1", 25900), ("A 1 ; ¥259", "A 1", 25900), ("A-1，1,299.00", "A-1", 129900),
    ('"A-1","1,299"', "A-1", 129900), ("A-1 0", "A-1", 0), ("  A-1 , 0.01 ", "A-1", 1), ("A\u200b-1,9", "A\u200b-1", 900)])
def test_the_usual_ways_to_write_a_line(line: str, sku: str, price: int) -> None:
    assert read(line) == ([PriceLine(1, sku, price)], [])


def test_headings_and_blank_lines_are_passed_over_and_numbers_stay() -> None:
    assert read("SKU,活动价\n\nA,1\n \nB,2\n") == ([PriceLine(3, "A", 100), PriceLine(5, "B", 200)], [])


@pytest.mark.parametrize(("line", "code"), [
    ("A", "line_unreadable"), ("A,abc", "amount_invalid"), ("A,-1", "price_negative"), ("A,1.005", "amount_too_fine"), ("A,59,90", "amount_invalid"),
    ("A,99999999999999", "amount_out_of_range"), ("A,", "line_unreadable"), ("A,1e9", "amount_invalid")])
def test_what_is_wrong_is_told_with_its_line(line: str, code: str) -> None:
    assert read(f"B,5\n{line}\nC,6") == ([PriceLine(1, "B", 500), PriceLine(3, "C", 600)], [(2, code)])


def test_a_sku_written_twice_counts_once() -> None:
    assert read("A,1\nA,2") == ([PriceLine(1, "A", 100)], [(2, "sku_twice")])


@pytest.mark.parametrize("text", ["", "\x00", "\ud800,1", "," * 5000, "\n" * 5000, "x" * 100_000])
def test_no_text_breaks_it(text: str) -> None:
    read(text)


def test_a_percentage_off_is_rounded_once() -> None:
    """299.00 less 15 % (44.85) is 254.15; 59.90 less 33.33 % (19.96467 → 19.96) is 39.94; 0.01 less half (0.005 → 0.01) is nothing."""
    assert [off(29900, 1500), off(5990, 3333), off(1, 5000), off(29900, 0), off(29900, 10000)] == [25415, 3994, 0, 29900, 0]
    assert [off_bp(29900, 25415), off_bp(29900, 29900), off_bp(29900, 31900), off_bp(5990, 0)] == [1500, 0, -669, 10000]


def test_a_period_is_half_open() -> None:
    end = NOON + DAY
    states = [state_of(NOON, end, at) for at in (NOON - NOON.resolution, NOON, end - end.resolution, end)]
    assert states == ["coming", "live", "live", "ended"]
