"""Which brand an address is about, remembered for seconds: a share page must not ask for it every time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import select

from app.domain.brands.models import Brand, BrandSettings, Signpost
from app.kernel.errors import NotFound
from app.web.shared.application import app, brand_session, global_session

Value = TypeVar("Value")
LARGEST = 20_000


@dataclass(frozen=True, slots=True)
class Shop:
    """An open brand with its settings, both detached and only read."""

    brand: Brand
    settings: BrandSettings


class Memory(Generic[Value]):
    """A bounded store of answers with an age; when full it starts over. An answer is of one database: two may be served by one process."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._kept: dict[object, tuple[float, Value]] = {}

    def get(self, key: object, find: Callable[[], Value]) -> Value:
        here = (app().database, key)
        known = self._kept.get(here)
        moment = time.monotonic()
        if known is not None and known[0] > moment and not app().testing:
            return known[1]
        value = find()
        if len(self._kept) >= LARGEST:
            self._kept.clear()
        self._kept[here] = (moment + self._seconds, value)
        return value


_brand_of_code: Memory[int] = Memory(3600)
_shop_of_brand: Memory[Shop] = Memory(10)
_brand_of_slug: Memory[int] = Memory(10)


def brand_of_code(code: str) -> int:
    """A share code leads to one brand for ever; only its existence is asked."""
    return _brand_of_code.get(code, lambda: _signpost(code))


def shop_of_slug(slug: str) -> Shop:
    return shop_of_brand(_brand_of_slug.get(slug, lambda: _by_slug(slug)))


def shop_of_brand(brand_id: int) -> Shop:
    return _shop_of_brand.get(brand_id, lambda: _shop(brand_id))


def _signpost(code: str) -> int:
    brand_id = global_session().scalar(select(Signpost.brand_id).where(Signpost.kind == "share", Signpost.key == code))
    if brand_id is None:
        raise NotFound("share", code)
    return brand_id


def _by_slug(slug: str) -> int:
    brand_id = global_session().scalar(select(Brand.id).where(Brand.slug == slug))
    if brand_id is None:
        raise NotFound("brand", slug)
    return brand_id


def _shop(brand_id: int) -> Shop:
    brand = global_session().get(Brand, brand_id)
    if brand is None or brand.status != "approved":
        raise NotFound("brand", brand_id)
    settings = brand_session(brand_id).scalars(select(BrandSettings)).one()
    global_session().expunge(brand)
    brand_session(brand_id).expunge(settings)
    return Shop(brand, settings)
