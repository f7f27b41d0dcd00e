"""R1: what people and files write as money is read exactly, or refused; nothing else ever happens."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.kernel.errors import Refused
from app.kernel.money import CURRENCIES, MAX_MINOR, decimal_text, exponent, parse


@pytest.mark.parametrize(("text", "currency", "minor"), [
    ("299", "CNY", 29900), ("1,299.00", "CNY", 129900), ("¥59.9", "CNY", 5990), (" ￥ 0.01 ", "CNY", 1), ("0", "CNY", 0), ("-12.50", "CNY", -1250),
    ("1，299", "CNY", 129900), ("500", "JPY", 500), ("1.234", "KWD", 1234), ("99.50", "USD", 9950), ("1.000", "CNY", 100), ("500.0", "JPY", 500)])
def test_amounts_as_people_write_them(text: str, currency: str, minor: int) -> None:
    assert parse(text, currency) == minor


@pytest.mark.parametrize(("text", "currency", "code"), [
    ("", "CNY", "amount_invalid"), ("59,90", "CNY", "amount_invalid"), ("1e3", "CNY", "amount_invalid"), ("1e999", "CNY", "amount_invalid"),
    ("NaN", "CNY", "amount_invalid"), ("Infinity", "CNY", "amount_invalid"), ("０１", "CNY", "amount_invalid"), ("1 000", "CNY", "amount_invalid"),
    ("\x001", "CNY", "amount_invalid"), ("\ud800", "CNY", "amount_invalid"), ("1" * 27, "CNY", "amount_invalid"), (".5", "CNY", "amount_invalid"),
    ("1.005", "CNY", "amount_too_fine"), ("0.5", "JPY", "amount_too_fine"), ("1" * 20, "CNY", "amount_out_of_range"),
    ("100000000000", "CNY", "amount_out_of_range"), ("9999999999999", "JPY", None), ("10000000000000", "JPY", "amount_out_of_range")])
def test_what_is_no_exact_amount_is_refused(text: str, currency: str, code: str | None) -> None:
    if code is None:
        assert parse(text, currency) == int(text)
        return
    with pytest.raises(Refused) as refused:
        parse(text, currency, field="price")
    assert (refused.value.code, refused.value.field) == (code, "price")
    str(refused.value).encode()


@given(st.integers(-MAX_MINOR + 1, MAX_MINOR - 1), st.sampled_from(sorted(CURRENCIES)))
def test_what_we_write_we_read(minor: int, currency: str) -> None:
    assert parse(decimal_text(minor, currency), currency) == minor


@given(st.text(max_size=60) | st.text("0123456789.,+-eE¥$ \x00", max_size=40), st.sampled_from(["CNY", "JPY", "KWD"]))
@example("1" * 4400, "CNY")
@example("9" * 12 + ".99", "CNY")
def test_any_text_is_an_amount_in_range_or_refused(text: str, currency: str) -> None:
    try:
        minor = parse(text, currency)
    except Refused as refused:
        str(refused).encode()
    else:
        assert abs(minor) < MAX_MINOR
        assert parse(decimal_text(minor, currency), currency) == minor


@pytest.mark.parametrize(("minor", "currency", "text"), [(129900, "CNY", "1299.00"), (-5, "CNY", "-0.05"), (500, "JPY", "500"), (1234, "KWD", "1.234")])
def test_machine_text(minor: int, currency: str, text: str) -> None:
    assert decimal_text(minor, currency) == text
    assert exponent("XXX") == 2
