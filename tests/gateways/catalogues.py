"""Small catalogues to read, and what comes out of them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest
import xlsxwriter

from app.domain.catalog.ports import Answer, Download, FlagshipConnector, FlagshipUnreachable, ListedVariant, UnreadableItem
from app.gateways.flagship import Means, kinds
from app.gateways.flagship.opening import GivenSecrets
from app.kernel.errors import Refused

SAMPLES = Path(__file__).parent / "samples"
Item = ListedVariant | UnreadableItem


def never(url: str, *, max_bytes: int, into: BinaryIO | None = None) -> bytes:
    raise AssertionError("nothing is to be fetched")


def silence(*_: object, **__: object) -> Answer:
    raise AssertionError("nobody is to be called")


def connect(kind: str, settings: Mapping[str, object], *, download: Download = never, now: datetime | None = None) -> FlagshipConnector:
    means = Means(GivenSecrets({}), talk=silence, download=download, now=now or datetime.now(UTC))
    return kinds()[kind].open(settings, means)


def listed(kind: str, given: str | bytes | Path, *, currency: str = "CNY", now: datetime | None = None) -> list[Item]:
    settings = {"file": given} if isinstance(given, Path) else {"content": given}
    return list(connect(kind, settings, now=now).list_items(currency=currency))


def variants(kind: str, given: str | bytes | Path, *, now: datetime | None = None) -> list[ListedVariant]:
    items = listed(kind, given, now=now)
    assert all(isinstance(item, ListedVariant) for item in items), items
    return [item for item in items if isinstance(item, ListedVariant)]


def refusal(kind: str, given: str | bytes | Path) -> FlagshipUnreachable | Refused:
    with pytest.raises((FlagshipUnreachable, Refused)) as caught:
        listed(kind, given)
    assert caught.value.message % caught.value.data
    return caught.value


def rss(*items: str) -> str:
    body = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel><title>x</title>{body}</channel></rss>'


def feed_item(item_id: str = "A", title: str = "箱", price: str = "10 CNY", more: str = "") -> str:
    return f"<g:id>{item_id}</g:id><g:title>{title}</g:title><g:price>{price}</g:price>{more}"


def workbook(*rows: tuple[object, ...]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return target.getvalue()
