from __future__ import annotations

import io
from pathlib import Path

import pytest
from catalogues import connect

from app.gateways.flagship import kinds
from app.kernel.errors import Invalid, Refused


@pytest.mark.parametrize(("kind", "settings", "codes"), [
    ("merchant_feed", {"url": "https://a.example/f.xml"}, []),
    ("merchant_feed", {"content": "<rss/>"}, []),
    ("merchant_feed", {"file": b"<rss/>", "url": ""}, []),
    ("spreadsheet", {"file": Path("x.csv")}, []),
    ("merchant_feed", {}, ["source_missing"]),
    ("merchant_feed", {"url": "ftp://a.example/f.xml"}, ["url_invalid"]),
    ("merchant_feed", {"url": "https://"}, ["url_invalid"]),
    ("merchant_feed", {"url": "http://[::1"}, ["url_invalid"]),
    ("merchant_feed", {"url": "http://a.example:99999/"}, ["url_invalid"]),
    ("merchant_feed", {"url": 5}, ["url_invalid"]),
    ("merchant_feed", {"url": "https://a.example\0"}, ["url_invalid"]),
    ("merchant_feed", {"url": "https://a.example", "content": "x"}, ["source_ambiguous"]),
    ("merchant_feed", {"content": 5}, ["content_invalid"]),
    ("spreadsheet", {"url": "https://a.example"}, ["setting_unknown"]),
    ("spreadsheet", {"file": "/etc/passwd"}, ["file_invalid"]),
    ("spreadsheet", {"file": io.BytesIO()}, ["file_invalid"]),
    ("spreadsheet", {"file": b""}, ["empty"]),
])
def test_settings(kind: str, settings: dict[str, object], codes: list[str]) -> None:
    errors = kinds()[kind].problems(settings)
    assert [error.code for error in errors] == codes
    assert all(str(error) for error in errors)
    if codes:
        with pytest.raises(Refused):
            connect(kind, settings)


def test_several_errors_come_together() -> None:
    with pytest.raises(Invalid):
        connect("merchant_feed", {"url": "x", "content": 5})


def test_every_kind_has_a_label_and_fields() -> None:
    assert {"merchant_feed", "spreadsheet"} <= set(kinds())
    assert all(kind.label and kind.hint and kind.fields for kind in kinds().values())
