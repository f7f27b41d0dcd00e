"""Posting keeps no hot row: whatever happens to one order, to all that is due or to a payout run, other orders of the brand do not wait."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.config import Settings
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.extensions import Database
from app.flows.cancel_order import cancel_order
from app.flows.deliver_order import deliver_order
from app.flows.pay_order import apply_payment_event
from app.flows.pay_out import draft_payout_run
from app.flows.place_order import PlacedOrder, place_order
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.ship_order import ship_order
from app.kernel.errors import Conflict
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.money import HOLD_OVER, lines_of, received_order, whole
from tests.builders.shops import ADDRESS, CONTACT, Shop, a_shop
from tests.conftest import NOON
from tests.proof.conftest import a_database

RUNNING_BALANCE = """
CREATE TABLE running_balance (brand_id int PRIMARY KEY, posted bigint NOT NULL DEFAULT 0);
CREATE FUNCTION keep_running_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO running_balance VALUES (NEW.brand_id, 1) ON CONFLICT (brand_id) DO UPDATE SET posted = running_balance.posted + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER running_balance AFTER INSERT ON ledger_transactions FOR EACH ROW EXECUTE FUNCTION keep_running_balance()"""


def side_by_side(database: Database, brand_id: int, one: Callable[[BrandSession], Any], other: Callable[[BrandSession], Any]) -> Any:
    """`one` is done and not yet committed while `other` is; what that gives. Waiting for a lock is an error."""
    with database.session(brand_id) as first, database.session(brand_id) as second:
        act_as(first, command("one"))
        for session in (first, second):
            session.execute(text("SET LOCAL lock_timeout = '300ms'"))
        one(first)
        result = other(second)
        first.commit()
        second.commit()
        return result


def placing(shop: Shop, variant_id: Any) -> Callable[[BrandSession], PlacedOrder]:
    """Each thing has a shopper of its own: what one shopper does at once, of all things, is done one after the other."""
    basket, contact = shop.basket((variant_id, 1)), {**CONTACT, "phone": "13800138000" if variant_id == shop.case else "13800138001"}
    return lambda session: place_order(session, brand_id=shop.brand_id, basket=basket, contact=contact, address=ADDRESS, now=NOON)


def paying(shop: Shop, placed: PlacedOrder) -> Callable[[BrandSession], Any]:
    return lambda session: apply_payment_event(
        session, brand_id=shop.brand_id, payment_id=placed.payment_id, provider="sandbox", event_id=str(placed.payment_id), outcome="succeed",
        amount_minor=placed.total_minor, currency="CNY", payload={}, now=NOON)


def test_two_orders_go_all_the_way_side_by_side(session: BrandSession, database: Database) -> None:
    """The same guide, store and platform earn on both."""
    shop = a_shop(session)
    pair: list[PlacedOrder] = [shop.order((shop.case, 1))]
    session.commit()
    pair.append(side_by_side(database, shop.brand_id, lambda session: pair.append(placing(shop, shop.case)(session)), placing(shop, shop.cover)))
    session.commit()
    one, other = pair[1:]
    side_by_side(database, shop.brand_id, paying(shop, one), paying(shop, other))
    for flow in (ship_order, deliver_order):
        side_by_side(database, shop.brand_id, *(lambda session, placed=placed, flow=flow: flow(session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
                                               for placed in (one, other)))
    back = {placed.order_id: lines_of(shop, placed)[0].id for placed in (one, other)}
    session.commit()
    side_by_side(database, shop.brand_id, *(lambda session, placed=placed: refund_order(
        session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(back[placed.order_id], amount_minor=100)], now=NOON)
        for placed in (one, other)))
    side_by_side(database, shop.brand_id, lambda session: cancel_order(session, brand_id=shop.brand_id, order_id=pair[0].order_id, now=NOON),
                 placing(shop, shop.cover))
    whole(shop)


def test_settling_and_drafting_stop_no_sale(session: BrandSession, database: Database) -> None:
    shop = a_shop(session)
    received_order(shop)
    received_order(shop)
    later = placing(shop, shop.case)
    placed = side_by_side(database, shop.brand_id, lambda session: settle(session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER), later)
    side_by_side(database, shop.brand_id, lambda session: draft_payout_run(session, brand_id=shop.brand_id, now=HOLD_OVER), paying(shop, placed))
    whole(shop)


@pytest.fixture(scope="module")
def with_a_balance(postgres: Path, settings: Settings, app: Application) -> Iterator[Database]:
    """A house that keeps a running balance per brand."""
    with a_database(postgres, settings, f"balance_{os.getpid()}", RUNNING_BALANCE) as own:
        database = Database(own)
        yield database
        database.dispose()


def test_with_a_running_balance_every_order_waits_for_the_one_before(with_a_balance: Database) -> None:
    """The twin."""
    brand_id = a_brand(with_a_balance, slug="balance", now=NOON).id
    with with_a_balance.session(brand_id) as session:
        shop = a_shop(session)
        with pytest.raises(Conflict) as waited:
            side_by_side(with_a_balance, brand_id, placing(shop, shop.case), placing(shop, shop.cover))
        assert waited.value.code == "busy"
