from __future__ import annotations

import contextlib

import pytest
from catalogues import SAMPLES, listed, workbook
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.flagship import template_csv

KINDS = st.sampled_from(["merchant_feed", "spreadsheet"])
STARTS = st.sampled_from([b"", b"<rss><item>", b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"\x1f\x8b\x08",
                          b"id\ttitle\tprice\n",
                          "SKU,名称,价格\n".encode(), b"\0\0\xfe\xff"])
REAL = [
    (SAMPLES / "feed.xml").read_bytes(), (SAMPLES / "shopify_current.csv").read_bytes(), template_csv(),
    workbook(("SKU", "名称", "价格"), ("A", "箱", 1)),
]


def read(kind: str, data: str | bytes) -> None:
    with contextlib.suppress(FlagshipUnreachable):
        for item in listed(kind, data):
            assert "\0" not in item.external_id


@settings(max_examples=300, deadline=None)
@given(KINDS, STARTS, st.binary(max_size=400))
def test_bytes(kind: str, start: bytes, data: bytes) -> None:
    read(kind, start + data or b" ")  # nothing at all is refused before it is read


@settings(max_examples=200, deadline=None)
@given(KINDS, st.text(max_size=200))
def test_text(kind: str, data: str) -> None:
    read(kind, "SKU,名称,价格,库存\n" + data)
    read(kind, "id\ttitle\tprice\n" + data)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(), max_size=30), st.text(st.characters(), max_size=30), st.text(max_size=30))
def test_cells(title: str, price: str, stock: str) -> None:
    cells = (f'"{text}"'.replace("\n", "") for text in (title, price, stock))
    read("spreadsheet", "SKU,名称,价格,库存\nA," + ",".join(cells) + "\n")


@pytest.mark.parametrize("real", REAL)
@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 10**6), patch=st.binary(min_size=1, max_size=4), kind=KINDS)
def test_damaged_real_files(real: bytes, place: int, patch: bytes, kind: str) -> None:
    at = place % len(real)
    read(kind, real[:at] + patch + real[at + len(patch):])
