"""The goods, links and orders of an alliance, and what is asked of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from app.domain.catalog.ports import Alone, Secrets


@dataclass(frozen=True, slots=True)
class PoolGoods:
    """One SKU of the pool. `commission_minor` is what one piece pays at the price after coupons (`coupon_price_minor`)."""

    external_id: str
    title: str
    brand: str
    shop: str
    category: str
    material_url: str
    price_minor: int
    coupon_price_minor: int | None
    commission_bp: int
    commission_minor: int
    in_stock: bool
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PoolPage:
    """`total` of the whole question, as far as the alliance shows it."""

    goods: tuple[PoolGoods, ...]
    total: int
    last: bool


@dataclass(frozen=True, slots=True)
class GoodsQuestion:
    """Empty fields ask for nothing. Prices in minor units, commission in basis points.

    `sort` is price, commissionShare, commission, inOrderCount30Days or inOrderComm30Days.
    """

    keyword: str = ""
    skus: Sequence[str] = ()
    brand_code: str = ""
    shop_id: str = ""
    price_from_minor: int | None = None
    price_to_minor: int | None = None
    commission_from_bp: int | None = None
    with_coupon: bool = False
    sort: str = ""
    ascending: bool = False


@dataclass(frozen=True, slots=True)
class PromotionLink:
    """`long_url` lasts; `short_url` lives 60 days and may be missing."""

    long_url: str
    short_url: str


class AllianceState(StrEnum):
    UNPAID = "unpaid"
    DEPOSIT = "deposit"
    PAID = "paid"
    FINISHED = "finished"
    SPLIT = "split"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class AllianceRow:
    """One SKU of one order; `id` is unique and stays. `base_minor` is what was paid for it without freight and coupons.

    `code` is the guide's opaque code, `position` her store's number. `void_reason` is a msgid with %(valid_code)s, "" while
    the row counts. `through_own_shop`: void because the brand's own guide commission holds here. `settles_on` is the pay
    day as yyyymmdd, 0 while it is not known.
    """

    id: str
    order_id: str
    external_id: str
    quantity: int
    returned: int
    state: AllianceState
    valid_code: int
    void_reason: str
    through_own_shop: bool
    commission_bp: int
    base_minor: int
    estimate_minor: int
    actual_minor: int
    code: str
    position: int
    same_shop: bool
    settles_on: int
    ordered_at: datetime | None
    finished_at: datetime | None
    changed_at: datetime | None

    @property
    def earned_minor(self) -> int:
        """What the alliance owes by this row as it stands: estimated until the order is finished, actual from then on, 0 where void."""
        if self.state is AllianceState.FINISHED:
            return self.actual_minor
        return self.estimate_minor if self.state in (AllianceState.PAID, AllianceState.DEPOSIT) else 0

    @property
    def excludes_guide_commission(self) -> bool:
        """The alliance pays for this line, so the brand must not pay as well."""
        return self.earned_minor > 0


def difference_minor(booked_minor: int, row: AllianceRow) -> int:
    """What is to be posted now: fees fall after refunds, even after they were settled, and what was booked is never edited."""
    return row.earned_minor - booked_minor


class AlliancePool(Protocol):
    """Every method may raise FlagshipUnreachable."""

    def goods(self, question: GoodsQuestion, *, page: int = 1) -> PoolPage: ...

    def link(self, external_id: str, *, code: str, position: int) -> PromotionLink:
        """A link of one SKU for one guide: `code` is opaque (never her name), `position` stands for her store. Raises Refused for a bad code."""
        ...

    def changed_rows(self, *, since: datetime, until: datetime) -> Iterator[AllianceRow]:
        """Rows changed between, and some from before. The same id may come again and the later one counts: upsert by it."""
        ...


class AllianceDoors(Protocol):
    """Opens the pool of the alliance a source belongs to; calls nobody."""

    def in_alliance(self, kind: str) -> bool: ...

    def open_alliance(self, kind: str, settings: Mapping[str, object], *, now: datetime, secrets: Secrets, alone: Alone = nullcontext) -> AlliancePool:
        """Raises Refused where the kind belongs to none."""
        ...
