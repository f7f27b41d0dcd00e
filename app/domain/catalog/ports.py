"""What a flagship store looks like to the catalogue: the connector Protocol and the records it yields (R36)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import BinaryIO, NamedTuple, Protocol

from sqlalchemy.orm import Session

from app.kernel.errors import Refused
from app.kernel.texts import clean


class ListedVariant(NamedTuple):
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
    options: Mapping[str, str] = MappingProxyType({})
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
    """The source did not answer, or what it answered is no catalogue at all: the whole run fails, nothing is written.

    `data` may carry the source's own words, whatever they are: they can be stored and shown.
    """

    def __init__(self, code: str, message: str, **data: object) -> None:
        super().__init__(code, message, data)
        self.code = code
        self.message = message
        self.data = {name: clean(value) if isinstance(value, str) else value for name, value in data.items()}


@dataclass(frozen=True, slots=True)
class RemovedItem:
    """The flagship says by name that this variant is no longer listed (recycled, deleted, a webhook)."""

    external_id: str


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """Among changes: of this product exactly these variants are still listed, others of it are gone; none means it is gone as a whole."""

    group_id: str
    external_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything yielded so far is whole; a reading that is cut off later may go on from `cursor`."""

    cursor: str


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """What a connection test found: the shop's name and how many variants it lists, if it tells."""

    shop: str
    variants: int | None = None
    expires_at: datetime | None = None


class NeedsAuthorisation(FlagshipUnreachable):
    """The shop's permission has ended and cannot be renewed by us: its owner has to give it again."""


Read = ListedVariant | UnreadableItem | RemovedItem | ListedGroup | Checkpoint
"""What reading a flagship yields."""


class FlagshipConnector(Protocol):
    """One flagship shop, opened with its settings and secrets. Every method may raise FlagshipUnreachable at any point.

    A connector owns the completeness of what it reads: `list_items` ends normally only when every variant the shop listed
    at some moment of the reading was yielded at least once (ids counted against the shop's own totals, pages overlapped
    or read again while goods move). The same id may come twice; the later one counts. `can_read_changes` says whether
    `list_changes` works; `list_changes` yields at least everything changed since a moment, and RemovedItem or ListedGroup where
    the shop can name what is gone.
    """

    @property
    def can_read_changes(self) -> bool: ...

    def check(self) -> ShopFacts:
        """A cheap call that proves address and secrets."""
        ...

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[Read]:
        """The whole catalogue, from a checkpoint on if `cursor` names one. Streams."""
        ...

    def list_changes(self, *, currency: str, since: datetime) -> Iterator[Read]:
        """What changed since; overlap by a few minutes is the connector's business."""
        ...


class Secrets(Protocol):
    """A source's secrets at rest: sealed, never logged, never returned. `keep` replaces some of them at once (token refresh)."""

    def read(self) -> Mapping[str, str]: ...

    def keep(self, **renewed: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Talk(Protocol):
    """One HTTP call to an address that was vetted (no private networks unless the operator allows the host). No redirects.

    Raises FlagshipUnreachable for no answer (codes timeout, connection_failed, host_unknown, address_refused, too_large);
    `unsure` in its data is True when the call may have had its effect (the request was sent whole, the answer was lost).
    """

    def __call__(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", seconds: float = 30.0,
                 max_bytes: int = 32 * 1024 * 1024) -> Answer: ...


Alone = Callable[[], AbstractContextManager[object]]


class Download(Protocol):
    """Fetches what lies at a URL; real HTTP and an offline mirror implement it."""

    def __call__(self, url: str, *, max_bytes: int, into: BinaryIO | None = None) -> bytes:
        """All of it; with `into`, for what may be large, it is written there as it comes, and b"" is answered."""
        ...


class Permission(Protocol):
    """The owner of a shop lets us in on a page of the shop (OAuth): she is sent there, and comes back to `redirect_uri` with a code."""

    def authorise_url(self, *, redirect_uri: str, state: str) -> str: ...

    def granted(self, code: str, *, redirect_uri: str, now: datetime) -> Mapping[str, str]:
        """The secrets that a code, good once, is exchanged for. Raises FlagshipUnreachable, NeedsAuthorisation for a code that is refused."""
        ...


class FlagshipGateway(Protocol):
    """Turns a source's kind and settings into its connector."""

    def problems(self, kind: str, settings: Mapping[str, object], *, kept: Collection[str] = ()) -> list[Refused]:
        """What is wrong with the settings a person typed, by field; empty when they will do. `kept`: secrets that may stay blank."""
        ...

    def divide(self, kind: str, typed: Mapping[str, object]) -> tuple[dict[str, object], dict[str, str]]:
        """What a person typed as (settings to store, secrets to seal)."""
        ...

    def open(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets | None = None,
             alone: Alone = nullcontext) -> FlagshipConnector:
        """The connector for stored settings; raises Refused for settings that will not do. `alone` is held while secrets are renewed."""
        ...

    def hear(self, kind: str, headers: Mapping[str, str], body: bytes, *, secrets: Secrets) -> Heard | None:
        """What a webhook delivery says; None if it is not the shop's."""
        ...


class Heard(Protocol):
    """A webhook delivery whose signature is right. `delivery` is unique per delivery of a shop."""

    @property
    def delivery(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def changed(self) -> bool: ...
    @property
    def removed_groups(self) -> tuple[str, ...]: ...


class Transactions(Protocol):
    """Opens short transactions of its own: for long work that shows its progress while it runs."""

    def transaction(self, brand_id: int | None = None) -> AbstractContextManager[Session]: ...
