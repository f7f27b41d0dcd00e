"""zh-CN and English are both complete: what code and templates say is in the catalogue, with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from scripts.catalogue import CATALOGUE, extract

PLACEHOLDER = re.compile(r"%\([a-z_0-9]+\)[sd]|%%|%")  # a lone % breaks the text that holds it


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    target: Path = tmp_path_factory.mktemp("texts") / "messages.pot"
    extract(target)
    with target.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def english() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file)


def test_nothing_is_missing(said: Catalog, english: Catalog) -> None:
    missing = [message.id for message in said if message.id and not _text(english, message.id)]
    assert missing == [], "run `python -m scripts.catalogue` and translate"


def test_nothing_is_left_over(said: Catalog, english: Catalog) -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in said}
    assert [message.id for message in english if message.id and (message.id if isinstance(message.id, str) else message.id[0]) not in known] == []


def test_placeholders_are_the_same(english: Catalog) -> None:
    for message in english:
        if isinstance(message.id, str) and message.id:
            assert sorted(PLACEHOLDER.findall(message.id)) == sorted(PLACEHOLDER.findall(str(message.string))), message.id


def test_english_has_no_chinese_left(english: Catalog) -> None:
    assert [message.id for message in english if message.id and re.search(r"[\u4e00-\u9fff]", str(message.string))] == []


def _text(english: Catalog, key: object) -> str:
    found = english.get(key)  # type: ignore[arg-type]
    if found is None:
        return ""
    return found.string if isinstance(found.string, str) else "".join(found.string)
