"""The twin of the conformance of shops that are written to: doors that each break one promise, and the claim that finds them out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from writers_by_name import writer

from app.domain.catalog.ports import FlagshipUnreachable
from app.domain.fulfilment.ports import (
    Absent,
    Declined,
    Done,
    FlagshipOrder,
    FlagshipOrders,
    FlagshipShop,
    Pending,
    Placed,
    Stage,
    Unsure,
    WantedOrder,
)
from app.gateways.flagship.trials import Broken
from app.gateways.flagship.writer_conformance import ORDER_CLAIMS, SHOP_CLAIMS, WriterTrial
from app.kernel.ids import new_id


@dataclass
class Sinner:
    """A good door to a shop, with one thing done as a first draft does it. What is not named here goes through."""

    good: Any
    sin: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.good, name)

    def __repr__(self) -> str:
        return f"Sinner({self.good.shop.asking.known()})" if self.sin == "tells_its_secret" else "Sinner"

    def submit(self, order: WantedOrder) -> Placed | Declined | Unsure:
        if self.sin == "submits_without_asking":
            return self.good._submitted(order)  # type: ignore[no-any-return]
        if self.sin == "takes_what_is_not_there":
            order = replace(order, lines=tuple(replace(line, quantity=min(line.quantity, 3)) for line in order.lines))
        told: Placed | Declined | Unsure = self.good.submit(order)
        if isinstance(told, Unsure) and self.sin == "calls_a_lost_answer_a_no":
            return Declined(told.code, told.message, told.data)
        if isinstance(told, Unsure) and self.sin == "raises_what_it_does_not_know":
            raise FlagshipUnreachable(told.code, told.message, **told.data)
        return told

    def find(self, number: str) -> Placed | Absent | Unsure:
        if self.sin == "finds_the_first_best":
            rows = self.good.shop.rows("/wc/v3/orders", {"search": number[:-1] or number})
            return Placed(str(rows[0]["id"]), already=True) if rows else Absent()
        return self.good.find(number)  # type: ignore[no-any-return]

    def status(self, flagship_order_id: str) -> FlagshipOrder:
        order: FlagshipOrder = self.good.status(flagship_order_id)
        return replace(order, stage=Stage.PAID) if self.sin == "knows_one_state" else order

    def cancel(self, flagship_order_id: str, *, shipped: bool = False) -> Done | Pending | Declined | Unsure:
        if self.sin == "says_cancelled":
            return Done()
        return self.good.cancel(flagship_order_id, shipped=shipped)  # type: ignore[no-any-return]

    def change_stock(self, external_id: str, by: int, *, key: str) -> Done | Declined | Unsure:
        return self.good.change_stock(external_id, by, key=new_id().hex if self.sin == "forgets_the_key" else key)  # type: ignore[no-any-return]

    def ship(self, flagship_order_id: str, *, carrier: str = "", tracking_no: str = "") -> Done | Declined | Unsure:
        told: Done | Declined | Unsure = self.good.ship(flagship_order_id, carrier=carrier, tracking_no="" if self.sin == "drops_the_number" else tracking_no)
        return Declined("other", "不行") if isinstance(told, Unsure) and self.sin == "calls_a_lost_parcel_a_no" else told

    def orders(self, *, since: datetime, until: datetime) -> Iterator[FlagshipOrder]:
        try:
            yield from self.good.orders(since=since, until=until)
        except FlagshipUnreachable:
            if self.sin != "ends_early":
                raise


SINS = {
    "submits_without_asking": "submitted_twice_is_one_order", "calls_a_lost_answer_a_no": "a_lost_answer_makes_no_second_order",
    "raises_what_it_does_not_know": "a_lost_answer_makes_no_second_order", "takes_what_is_not_there": "a_plain_no_has_no_effect",
    "finds_the_first_best": "a_number_is_found_exactly", "knows_one_state": "it_is_paid_sent_and_tracked", "says_cancelled": "it_is_cancelled_once",
    "tells_its_secret": "no_order_tells_a_secret", "forgets_the_key": "a_change_counts_once_per_key", "drops_the_number": "an_order_is_sent_once",
    "calls_a_lost_parcel_a_no": "an_order_is_sent_once", "ends_early": "changed_orders_are_told",
}


def with_sin(trial: WriterTrial, sin: str) -> WriterTrial:
    def sinful(door: Callable[..., Any] | None) -> Callable[..., Any]:
        assert door is not None
        return lambda settings, means: Sinner(door(settings, means), sin)

    orders: Callable[..., FlagshipOrders] = sinful(trial.kind.orders)
    shop: Callable[..., FlagshipShop] = sinful(trial.kind.shop)
    return replace(trial, kind=replace(trial.kind, orders=orders, shop=shop))


@pytest.mark.parametrize(("sin", "claim"), SINS.items())
def test_the_claim_finds_the_sin(sin: str, claim: str) -> None:
    held = {**ORDER_CLAIMS, **SHOP_CLAIMS}[claim]
    with writer("woocommerce") as trial:
        with pytest.raises(Broken):
            held(with_sin(trial, sin))
        trial.resettle()
        held(with_sin(trial, ""))
