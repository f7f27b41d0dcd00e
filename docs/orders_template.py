"""Orders and stock for a shop of your own: copy this beside the connector (connector_template.py) and change it. docs/connectors.md explains.

The shop of this example, beside its goods, with an X-Token header:
POST /orders {number, lines, freight, to} → the order; the same number again → the same order; 422 {reason, message} for a no
GET  /orders?number= | ?since=&until= → {"orders": […]}      GET /orders/7 → the order      PUT /orders/7 {state, carrier, tracking_no} → the order, or 409
GET  /goods/7 → {"id", "stock"}      POST /goods/7/stock {"set": 3} or {"by": -1, "key": "…"}: once per key
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import orjson

from app.domain.catalog.ports import Answer, FlagshipUnreachable
from app.domain.fulfilment.ports import (
    PAID_STAGES,
    Absent,
    AfterSaleAsked,
    AfterSaleNow,
    Declined,
    Destination,
    Done,
    FlagshipLine,
    FlagshipOrder,
    FlagshipOrders,
    FlagshipShop,
    Pending,
    Placed,
    Stage,
    Track,
    Unsure,
    WantedAfterSale,
    WantedLine,
    WantedOrder,
)
from app.gateways.flagship import Means
from app.gateways.flagship.asking import Asking, Call, as_json, broken, refuse_status
from app.gateways.flagship.order_values import minor_of, moment_of
from app.gateways.flagship.wire import Fields, fields_of, id_of, list_of, text_of
from app.gateways.flagship.writing import InDoubt, attempt, declined, looked_up, placed_once, whole
from app.kernel import money

T = TypeVar("T")
STAGES = {"new": Stage.AWAITING_PAYMENT, "paid": Stage.PAID, "sent": Stage.SHIPPED, "cancelled": Stage.CANCELLED}
REASONS = {"stock": "out_of_stock", "unknown": "not_sellable", "state": "wrong_state"}


@dataclass(frozen=True, slots=True)
class LittleOrders:
    """A FlagshipOrders and a FlagshipShop. Reading is asked until it is whole; changing goes through `attempt`."""

    url: str
    asking: Asking

    def submit(self, order: WantedOrder) -> Placed | Declined | Unsure:
        to, freight = [order.destination.name, order.destination.address], money.decimal_text(order.shipping_minor, order.currency)
        lines = [{"id": line.external_id, "quantity": line.quantity, "price": money.decimal_text(line.unit_price_minor, order.currency)}
                 for line in order.lines]
        told = {"number": order.number, "freight": freight, "to": to, "lines": lines}
        return placed_once(lambda: self.find(order.number), lambda: self._write("POST", "/orders", told, _placed))

    def find(self, number: str) -> Placed | Absent | Unsure:
        rows = self._rows(f"?number={quote(number, safe='')}")
        found = [id_of(row.get("id")) for row in rows if row.get("number") == number]
        return Placed(found[0], already=True) if found else Absent()

    def tell_paid(self, flagship_order_id: str) -> Done | Declined | Unsure:
        return self._moved(flagship_order_id, {"state": "paid"}, PAID_STAGES)

    def status(self, flagship_order_id: str) -> FlagshipOrder:
        return _order(self._read(f"/orders/{quote(flagship_order_id, safe='')}"))

    def tracks(self, flagship_order_id: str) -> tuple[Track, ...]:
        order = self._read(f"/orders/{quote(flagship_order_id, safe='')}")
        return (Track(text_of(order.get("carrier")), text_of(order.get("tracking_no")), ()),) if order.get("state") == "sent" else ()

    def cancel(self, flagship_order_id: str, *, shipped: bool = False) -> Done | Pending | Declined | Unsure:
        return self._moved(flagship_order_id, {"state": "cancelled"}, frozenset({Stage.CANCELLED}))

    def ask_after_sale(self, wanted: WantedAfterSale) -> AfterSaleAsked | Declined | Unsure:
        return declined("没有这种接口", "")

    def after_sale(self, service_id: str) -> AfterSaleNow:
        raise FlagshipUnreachable("after_sale_unknown", "旗舰店没有这张售后单")

    def shipping_minor(self, order: WantedOrder) -> int:
        return order.shipping_minor

    def in_stock(self, lines: tuple[WantedLine, ...], destination: Destination) -> Mapping[str, bool]:
        return {line.external_id: self._stock(line.external_id) >= line.quantity for line in lines}

    def set_stock(self, external_id: str, count: int) -> Done | Declined | Unsure:
        return self._write("POST", f"/goods/{quote(external_id, safe='')}/stock", {"set": count}, lambda _: Done(), repeatable=True)

    def change_stock(self, external_id: str, by: int, *, key: str) -> Done | Declined | Unsure:
        """May be tried again by itself, because the shop counts a key once."""
        return self._write("POST", f"/goods/{quote(external_id, safe='')}/stock", {"by": by, "key": key}, lambda _: Done(), repeatable=True)

    def set_price(self, external_id: str, price_minor: int) -> Done | Declined | Unsure:
        return declined("没有这种接口", "")

    def ship(self, flagship_order_id: str, *, carrier: str = "", tracking_no: str = "") -> Done | Declined | Unsure:
        return self._moved(flagship_order_id, {"state": "sent", "carrier": carrier, "tracking_no": tracking_no}, frozenset({Stage.SHIPPED}))

    def order(self, flagship_order_id: str) -> FlagshipOrder:
        return self.status(flagship_order_id)

    def orders(self, *, since: datetime, until: datetime) -> Iterator[FlagshipOrder]:
        yield from map(_order, self._rows(f"?since={quote(since.isoformat())}&until={quote(until.isoformat())}"))

    def _stock(self, external_id: str) -> int:
        stock = self._read(f"/goods/{quote(external_id, safe='')}").get("stock")
        return stock if isinstance(stock, int) else 0

    def _moved(self, known: str, told: Mapping[str, str], wished: frozenset[Stage]) -> Done | Declined | Unsure:
        """A state that is set may be set twice; the order itself has the last word."""
        if self.status(known).stage in wished:
            return Done()
        made: Done | Declined | Unsure = self._write("PUT", f"/orders/{quote(known, safe='')}", told, lambda _: Done(), repeatable=True)
        return looked_up(made, lambda: self.status(known), wished)

    def _rows(self, query: str) -> list[Fields]:
        rows = self._read(f"/orders{query}").get("orders")
        if not isinstance(rows, list):
            raise FlagshipUnreachable("broken_answer", "旗舰店的回答不完整或看不懂")
        return [fields_of(row) for row in rows]

    def _read(self, path: str) -> Fields:
        def understood(answer: Answer) -> Fields:
            told = as_json(answer)
            if not isinstance(told, dict):
                raise broken()
            return told

        return self.asking.ask(self._call("GET", path), understood)

    def _write(self, method: str, path: str, told: Mapping[str, Any], read: Callable[[Fields], T], *, repeatable: bool = False) -> T | Declined | Unsure:
        def judged(answer: Answer) -> T | Declined:
            if answer.status not in (404, 409, 422):
                refuse_status(answer)
            made = whole(answer)
            if not isinstance(made, dict):
                raise InDoubt(broken().reason)
            if answer.status >= 400:
                return declined(text_of(made.get("message")), text_of(made.get("reason")), REASONS.get(text_of(made.get("reason")), "not_found"))
            return read(made)

        return attempt(self.asking, self._call(method, path, orjson.dumps(dict(told))), judged, repeatable=repeatable)

    def _call(self, method: str, path: str, body: bytes = b"") -> Callable[[Mapping[str, str]], Call]:
        return lambda secrets: Call(method, self.url + path, {"X-Token": secrets.get("token", "")}, body)


def _placed(made: Fields) -> Placed:
    """An answer without a number leaves in doubt whether there is an order."""
    if not id_of(made.get("id")):
        raise InDoubt(broken().reason)
    return Placed(id_of(made.get("id")))


def _order(told: Fields) -> FlagshipOrder:
    currency = text_of(told.get("currency"))
    lines = tuple(FlagshipLine(id_of(line.get("id")), _count(line.get("quantity")), minor_of(line.get("price"), currency))
                  for line in map(fields_of, list_of(told.get("lines"))))
    return FlagshipOrder(
        id_of(told.get("id")), STAGES.get(text_of(told.get("state")), Stage.UNKNOWN), text_of(told.get("state")), lines, minor_of(told.get("total"), currency),
        shipping_minor=minor_of(told.get("freight"), currency), outer_number=text_of(told.get("number")), tracking_no=text_of(told.get("tracking_no")),
        placed_at=moment_of(told.get("made")), paid_at=moment_of(told.get("paid")), changed_at=moment_of(told.get("changed")), currency=currency)


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _open(settings: Mapping[str, object], means: Means) -> LittleOrders:
    return LittleOrders(str(settings["shop_url"]).strip().rstrip("/"), means.asking())


def orders(settings: Mapping[str, object], means: Means) -> FlagshipOrders:
    """Give this to your `Kind` as `orders`, and the next as `shop`."""
    return _open(settings, means)


def shop(settings: Mapping[str, object], means: Means) -> FlagshipShop:
    return _open(settings, means)
