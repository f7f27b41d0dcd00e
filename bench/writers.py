"""Sixteen who place, get paid, send and deliver at once: in one brand, and in two; a row that all of a brand must write would show.

How much it would show is measured too: with a running balance per brand beside the ledger, as many systems keep one.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app import create_app
from app.config import from_env
from app.domain.orders.baskets import Basket, BasketLine
from app.extensions import Database
from app.flows.deliver_order import deliver_order
from app.flows.pay_order import apply_payment_event
from app.flows.place_order import place_order
from app.flows.ship_order import ship_order
from bench.books import superuser
from bench.load import ROUNDS, SECONDS
from bench.machine import Shop, a_brand, stock

WRITERS = int(os.environ.get("BENCH_WRITERS", "16"))
CONTACT = {"name": "王小明", "phone": "13800138000"}
ADDRESS = {"province": "上海市", "city": "上海市", "district": "静安区", "street": "南京西路 1515 号"}
Seat = tuple[int, str, UUID]
"""(brand, share code, a variant of the writer's own)."""

RUNNING_BALANCE = """
CREATE TABLE running_balance (brand_id int PRIMARY KEY, posted bigint NOT NULL DEFAULT 0);
INSERT INTO running_balance SELECT id FROM brands;
CREATE FUNCTION keep_running_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  UPDATE running_balance SET posted = posted + 1 WHERE brand_id = NEW.brand_id;
  RETURN NULL;
END $$;
CREATE TRIGGER running_balance AFTER INSERT ON ledger_transactions FOR EACH ROW EXECUTE FUNCTION keep_running_balance()"""
NO_BALANCE = "DROP TRIGGER running_balance ON ledger_transactions"


def one_brand_or_two(place: Shop) -> str:
    """Goal: one brand keeps up with two."""
    environment, now = {**os.environ, **place.environment}, datetime.now(UTC)
    app = create_app(from_env(environment))
    brands = [a_brand(app, slug, now) for slug in ("writers-1", "writers-2")]
    shelves = [(brand_id, *stock(app, brand_id, now)) for brand_id in brands]
    app.database.dispose()
    seats = [[(brand_id, code, variants[number]) for brand_id, code, variants in shelves] for number in range(WRITERS)]
    together, apart = [pair[0] for pair in seats], [pair[number % 2] for number, pair in enumerate(seats)]
    ours, one, two = _compare(app.database, together, apart)
    with superuser(place.environment["EMBEDDED_POSTGRES"]) as connection:
        connection.execute(RUNNING_BALANCE)
    hot, *_ = _compare(app.database, together, apart)
    with superuser(place.environment["EMBEDDED_POSTGRES"]) as connection:
        connection.execute(NO_BALANCE)
    return (f"{WRITERS} writers, one brand   {one:5.0f} orders/s  two brands       {two:5.0f} orders/s  ratio {ours:.2f}  (goal ≥ 0.90; "
            f"with a running balance {hot:.2f})")


def _compare(database: Database, together: Sequence[Seat], apart: Sequence[Seat]) -> tuple[float, float, float]:
    """Median of the rounds' ratios, and of each side's orders per second."""
    rounds = [(_rate(database, together), _rate(database, apart)) for _ in range(ROUNDS)]
    return statistics.median(one / two for one, two in rounds), *(statistics.median(side) for side in zip(*rounds, strict=True))


def _rate(database: Database, seats: Sequence[Seat]) -> float:
    """Orders a second that went from placed to received, by a process a seat."""
    forked = multiprocessing.get_context("fork")
    start, counts = forked.Barrier(len(seats)), forked.Queue()
    processes = [forked.Process(target=_write, args=(database, seat, start, counts)) for seat in seats]
    for process in processes:
        process.start()
    done = sum(counts.get(timeout=SECONDS + 60) for _ in seats)
    for process in processes:
        process.join()
    return float(done) / SECONDS


def _write(database: Database, seat: Seat, start: Any, counts: Any) -> None:
    _sell(database, seat)
    start.wait()
    done, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        _sell(database, seat)
        done += 1
    counts.put(done)
    database.dispose()


def _sell(database: Database, seat: Seat) -> None:
    (brand_id, code, variant_id), now = seat, datetime.now(UTC)
    basket = Basket((BasketLine(variant_id, 1),), share_code=code)
    with database.transaction(brand_id) as session:
        placed = place_order(session, brand_id=brand_id, basket=basket, contact=CONTACT, address=ADDRESS, now=now)
    assert placed.payment_id
    with database.transaction(brand_id) as session:
        apply_payment_event(session, brand_id=brand_id, payment_id=placed.payment_id, provider="sandbox", event_id=str(placed.payment_id), outcome="succeed",
                            amount_minor=placed.total_minor, currency=placed.currency, payload={}, now=now)
    for step in (ship_order, deliver_order):
        with database.transaction(brand_id) as session:
            step(session, brand_id=brand_id, order_id=placed.order_id, now=now)
