"""When keys of stock changes were first used: Shopify forgets an idempotency key after a day, and a change must never count twice.

They stand in a field of the variant that is this app's own, written before the change and compared when written (`compareDigest`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from app.domain.fulfilment.ports import Declined, Done, Unsure
from app.kernel.errors import msgid

from .shopify_desk import ShopifyDesk
from .shopify_order_queries import SET_FIELD
from .shopify_order_shapes import gid
from .wire import Fields, fields_of, text_of

NAMESPACE, FIELD = "$app:yundian", "stock_keys"
KEYS = uuid.UUID("5f7b0d0e-6f0d-4c0f-9b7e-2d6c9f1f7a51")
REMEMBERED = timedelta(hours=20)
"""Of Shopify's 24: clocks differ, and a call may take its time."""
KEPT, MOST = timedelta(days=60), 1_000
STALE = ("STALE_OBJECT", "INVALID_COMPARE_DIGEST")
TRIES = 5
FORGOTTEN = msgid("这一笔库存变动在 %(hours)d 小时前已经写过一次，结果不明，旗舰店已不记得它；请到旗舰店核对库存")


def idempotency_key(key: str) -> str:
    """The UUID Shopify knows it by."""
    return str(uuid.uuid5(KEYS, key))


@dataclass(frozen=True, slots=True)
class StockKeys:
    desk: ShopifyDesk
    moment: Callable[[], datetime]

    def use(self, external_id: str, key: str, read: Callable[[], Fields]) -> Done | Declined | Unsure:
        """Done: the key may go out now, for the first time or while Shopify still knows it. `read` gives the variant as it stands."""
        told: Done | Declined | Unsure = Done()
        for _ in range(TRIES):
            field = fields_of(read().get("metafield"))
            known, now, mark = _known(field), self.moment(), idempotency_key(key)
            if mark in known:
                old = now.timestamp() - known[mark] > REMEMBERED.total_seconds()
                return Unsure("key_forgotten", FORGOTTEN, {"hours": REMEMBERED // timedelta(hours=1)}) if old else Done()
            told = self._write(external_id, {**_recent(known, now), mark: int(now.timestamp())}, text_of(field.get("compareDigest")) or None)
            if not (isinstance(told, Declined) and any(word in str(told.data.get("shop_code")) for word in STALE)):
                return told
        return told

    def _write(self, external_id: str, known: dict[str, int], digest: str | None) -> Done | Declined | Unsure:
        row = {"ownerId": gid("ProductVariant", external_id), "namespace": NAMESPACE, "key": FIELD, "type": "json", "value": orjson.dumps(known).decode(),
               "compareDigest": digest}
        return self.desk.mutate(SET_FIELD, {"metafields": [row]}, lambda _: Done(), name="metafieldsSet", repeatable=True)


def _known(field: Fields) -> dict[str, int]:
    try:
        told = orjson.loads(text_of(field.get("value")) or "{}")
    except orjson.JSONDecodeError:
        return {}
    return {mark: at for mark, at in fields_of(told).items() if isinstance(at, int)}


def _recent(known: dict[str, int], now: datetime) -> dict[str, int]:
    fresh = {mark: at for mark, at in known.items() if now.timestamp() - at <= KEPT.total_seconds()}
    return dict(sorted(fresh.items(), key=lambda one: one[1])[-MOST + 1:])
