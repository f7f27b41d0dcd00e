"""What a flagship store looks like to the catalogue: the connector Protocol and the records it yields (R36)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from app.kernel.errors import Refused


@dataclass(frozen=True, slots=True)
class ListedVariant:
    """One sellable item as the flagship lists it.

    `external_id` is the source's stable variant id; `group_id` groups variants into a product.
    `price_minor` is what the flagship asks now, `list_price_minor` the crossed-out price or None.
    `stock` is a count (0 when the source says out of stock, None when it does not tell a count but has stock).
    `options` maps option name to value in source order ({"颜色": "雾蓝", "尺寸": "20 寸"}).
    `images` are absolute URLs, first is the main one. `position` says where in the source it stood (row or item, from 1).
    """

    external_id: str
    group_id: str
    title: str
    price_minor: int
    currency: str
    position: int
    sku: str = ""
    barcode: str = ""
    title_en: str = ""
    description: str = ""
    category: str = ""
    vendor: str = ""
    link: str = ""
    list_price_minor: int | None = None
    stock: int | None = None
    weight_g: int | None = None
    published: bool = True
    options: Mapping[str, str] = field(default_factory=dict)
    images: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadableItem:
    """An item the source lists but that cannot be taken in: it is accounted for as failed, with its place and reason.

    `reason` is a gettext msgid with placeholders filled from `data`; `code` is stable.
    """

    position: int
    external_id: str
    code: str
    reason: str
    data: Mapping[str, object] = field(default_factory=dict)


class FlagshipUnreachable(Exception):
    """The source did not answer, or what it answered is no catalogue at all: the whole run fails, nothing is written."""

    def __init__(self, code: str, message: str, **data: object) -> None:
        super().__init__(code, message, data)
        self.code = code
        self.message = message
        self.data = data


class FlagshipConnector(Protocol):
    """Reads a flagship's whole catalogue. `list_items` streams; it may raise FlagshipUnreachable at any point."""

    def list_items(self, *, currency: str) -> Iterator[ListedVariant | UnreadableItem]: ...


class Download(Protocol):
    """Fetches a URL to a local temporary file; real HTTP and an offline mirror implement it."""

    def __call__(self, url: str, *, max_bytes: int) -> bytes: ...


class FlagshipGateway(Protocol):
    """Turns a source's kind and settings into its connector."""

    def problems(self, kind: str, settings: Mapping[str, object]) -> list[Refused]:
        """What is wrong with the settings a person typed, by field; empty when they will do."""
        ...

    def open(self, kind: str, settings: Mapping[str, object], *, now: datetime) -> FlagshipConnector:
        """The connector for stored settings; raises Refused for settings that will not do."""
        ...


class Transactions(Protocol):
    """Opens short transactions of its own: for long work that shows its progress while it runs."""

    def transaction(self, brand_id: int | None = None) -> AbstractContextManager[Session]: ...
