"""A flagship's stock is sold until it has not been confirmed for the brand's hours; what a reading could not take in, a little less long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.domain.brands.actions import change_settings
from app.domain.brands.models import Brand
from app.domain.catalog.freshness import stale_variants
from app.domain.catalog.models import FlagshipSource, SyncItem, Variant
from app.domain.catalog.ports import UnreadableItem
from app.domain.orders.baskets import Basket, BasketLine
from app.domain.sharing.shelf import product_of, shown_until
from app.domain.sharing.shelf_lines import bag_lines
from app.domain.sharing.shelf_list import shelf_page
from app.extensions import Database
from app.flows.connect_flagship import disconnect_flagship
from app.flows.place_order import place_order
from app.flows.quote_order import quote_order
from app.flows.sync_flagship import apply_sync, queue_sync, undo_sync
from app.flows.sync_flagship.choosing import Choice
from app.flows.sync_flagship.resolving import resolve_conflict
from app.kernel.errors import Conflict
from tests.builders.flagships import MemoryFlagship, a_flagship, a_source, a_variant, sync, work
from tests.builders.shops import ADDRESS, CONTACT
from tests.conftest import NOON

HOUR, TICK = timedelta(hours=1), timedelta(microseconds=1)
TTL = 48 * HOUR


class Changing(MemoryFlagship):
    """It can say what changed: `news` of the readings to come."""

    news: Any = ()

    @property
    def can_read_changes(self) -> bool:
        return True

    def list_changes(self, *, currency: str, since: datetime) -> Any:
        return iter(self.news)


@dataclass
class Kept:
    database: Database
    brand_id: int
    flagship: MemoryFlagship
    source: UUID

    def read(self, now: datetime) -> Any:
        return sync(self.database, self.flagship, brand_id=self.brand_id, source_id=self.source, now=now)

    def read_changes(self, now: datetime) -> Any:
        with self.database.transaction(self.brand_id) as session:
            run = queue_sync(session, brand_id=self.brand_id, source_id=self.source, mode="apply", reads="changes", now=now, in_background=False)
            run_id = run.id
        return work(self.database, self.flagship, brand_id=self.brand_id, run_id=run_id, now=now)

    def stale(self, now: datetime) -> set[str]:
        """SKUs that are not sold at this moment."""
        with self.database.transaction(self.brand_id) as session:
            known = {one.id: one.sku for one in session.scalars(select(Variant).where(Variant.tombstoned_at.is_(None)))}
            return {known[one] for one in stale_variants(session, brand_id=self.brand_id, variant_ids=list(known), now=now)}

    def change(self, sku: str, **values: Any) -> None:
        with self.database.transaction(self.brand_id) as session:
            session.execute(update(Variant).where(Variant.sku == sku).values(values))

    def believed_for(self, hours: int | None) -> None:
        with self.database.transaction(self.brand_id) as session:
            change_settings(session, brand_id=self.brand_id, stock_ttl_hours=hours)


@pytest.fixture
def kept(database: Database, brand: Brand) -> Kept:
    """Four SKUs read at noon, believed for 48 hours."""
    shop = Kept(database, brand.id, Changing(a_flagship(4).items), a_source(database, brand.id))
    shop.read(NOON)
    shop.believed_for(48)
    return shop


ALL = {"SKU-1", "SKU-2", "SKU-3", "SKU-4"}


def test_to_the_tick(kept: Kept) -> None:
    assert kept.stale(NOON + TTL - TICK) == set()
    assert kept.stale(NOON + TTL) == ALL


def test_a_reading_that_changes_nothing_confirms(kept: Kept) -> None:
    assert kept.read(NOON + 40 * HOUR).counts["unchanged"] == 4
    assert kept.stale(NOON + TTL + 39 * HOUR) == set()
    assert kept.stale(NOON + TTL + 40 * HOUR) == ALL


def test_it_counts_from_when_the_reading_began(kept: Kept, database: Database, brand: Brand) -> None:
    """Previewed at 40 h and written at 47 h: what was written is what the shop said at 40 h."""
    kept.flagship.change("x1", stock=7)
    run = sync(database, kept.flagship, brand_id=brand.id, source_id=kept.source, now=NOON + 40 * HOUR, mode="preview")
    assert kept.stale(NOON + TTL) == ALL, "a preview confirms nothing"
    with database.transaction(brand.id) as session:
        apply_sync(session, brand_id=brand.id, run_id=run.id, now=NOON + 47 * HOUR, in_background=False)
    work(database, kept.flagship, brand_id=brand.id, run_id=run.id, now=NOON + 47 * HOUR)
    assert kept.stale(NOON + TTL + 40 * HOUR - TICK) == set()
    assert kept.stale(NOON + TTL + 40 * HOUR) == ALL


def test_off_unless_asked_for(kept: Kept) -> None:
    kept.believed_for(None)
    assert kept.stale(NOON + 10_000 * HOUR) == set()


def test_the_brands_own_stock_and_skus_entered_by_hand_never(kept: Kept) -> None:
    kept.change("SKU-1", owners={"stock": "brand"})
    kept.change("SKU-2", owners={"stock": "locked"})
    kept.change("SKU-3", owners={"price_minor": "brand"})
    kept.change("SKU-4", source_id=None, external_id="")
    assert kept.stale(NOON + TTL) == {"SKU-3"}


def test_silence_of_a_shop_that_tells_changes_confirms(kept: Kept) -> None:
    kept.flagship.news = [a_variant(1, stock=3)]
    assert kept.read_changes(NOON + 40 * HOUR).reads == "changes"
    assert kept.stale(NOON + TTL + 39 * HOUR) == set()


def test_what_could_not_be_read_keeps_the_time_of_before(kept: Kept) -> None:
    """Read at noon; at 40 h SKU-2 could not be: at 48 h only it is doubtful. Silence at 50 h is no word about it; a whole reading is."""
    good = kept.flagship.items
    kept.flagship.items = [good[0], UnreadableItem(2, "x2", "stock_unreadable", "库存读不出来"), *good[2:]]
    assert kept.read(NOON + 40 * HOUR).counts["failed"] == 1
    assert kept.stale(NOON + TTL) == {"SKU-2"}
    kept.read_changes(NOON + 50 * HOUR)
    assert kept.stale(NOON + 60 * HOUR) == {"SKU-2"}
    kept.flagship.items = good
    kept.read(NOON + 61 * HOUR)
    assert kept.stale(NOON + 62 * HOUR) == set()


def test_a_failure_among_changes_doubts_that_one_alone(kept: Kept) -> None:
    kept.flagship.news = [UnreadableItem(2, "x2", "stock_unreadable", "库存读不出来")]
    kept.read_changes(NOON + 40 * HOUR)
    assert kept.stale(NOON + TTL) == {"SKU-2"}
    kept.flagship.news = [a_variant(2, stock=4)]
    kept.read_changes(NOON + 49 * HOUR)
    assert kept.stale(NOON + 50 * HOUR) == set()


def test_what_a_person_left_out_keeps_the_time_of_before(kept: Kept, database: Database, brand: Brand) -> None:
    for one in ("x1", "x2"):
        kept.flagship.change(one, stock=5)
    run = sync(database, kept.flagship, brand_id=brand.id, source_id=kept.source, now=NOON + 40 * HOUR, mode="preview")
    with database.transaction(brand.id) as session:
        chosen = session.scalars(select(SyncItem.id).where(SyncItem.run_id == run.id, SyncItem.external_id == "x1")).one()
        apply_sync(session, brand_id=brand.id, run_id=run.id, now=NOON + 40 * HOUR, choice=Choice(only=[chosen]), in_background=False)
    work(database, kept.flagship, brand_id=brand.id, run_id=run.id, now=NOON + 40 * HOUR)
    assert kept.stale(NOON + TTL) == {"SKU-2"}


def test_stock_left_for_later_is_not_confirmed(kept: Kept, database: Database, brand: Brand) -> None:
    """Only prices were chosen: what SKU-1 has in stock was seen and not taken over."""
    kept.flagship.change("x1", stock=5, price_minor=9_900)
    run = sync(database, kept.flagship, brand_id=brand.id, source_id=kept.source, now=NOON + 40 * HOUR, mode="preview")
    with database.transaction(brand.id) as session:
        apply_sync(session, brand_id=brand.id, run_id=run.id, now=NOON + 40 * HOUR, choice=Choice(fields=["price_minor"]), in_background=False)
    work(database, kept.flagship, brand_id=brand.id, run_id=run.id, now=NOON + 40 * HOUR)
    with database.transaction(brand.id) as session:
        one = session.scalars(select(Variant).where(Variant.sku == "SKU-1")).one()
    assert (one.price_minor, one.stock) == (9_900, 10)
    assert kept.stale(NOON + TTL) == {"SKU-1"}


def test_undoing_takes_the_word_back(kept: Kept, database: Database, brand: Brand) -> None:
    kept.flagship.change("x1", stock=5)
    run = kept.read(NOON + 40 * HOUR)
    with database.transaction(brand.id) as session:
        undo_sync(session, brand_id=brand.id, run_id=run.id, now=NOON + 41 * HOUR)
    assert kept.stale(NOON + TTL) == ALL


def test_a_conflict_answered_by_a_person_is_read(kept: Kept, database: Database, brand: Brand) -> None:
    """SKU-2 changes its barcode to one that two of ours have, and its id: nobody knows which it is until a person says so."""
    for sku in ("SKU-1", "SKU-2"):
        kept.change(sku, barcode="690000")
    kept.flagship.items = [one for one in kept.flagship.items if one.external_id not in ("x1", "x2")] + [
        a_variant(2, external_id="new", sku="", barcode="690000", stock=6)]
    run = kept.read(NOON + 40 * HOUR)
    assert run.counts["conflicts"] == 1
    assert kept.stale(NOON + TTL) == {"SKU-1", "SKU-2"}
    with database.transaction(brand.id) as session:
        item = session.scalars(select(SyncItem).where(SyncItem.run_id == run.id, SyncItem.outcome == "conflict")).one()
        variant = session.scalars(select(Variant.id).where(Variant.sku == "SKU-2")).one()
        resolve_conflict(session, brand_id=brand.id, run_id=run.id, item_id=item.id, variant_id=variant, now=NOON + 41 * HOUR)
        session.flush()
        assert stale_variants(session, brand_id=brand.id, variant_ids=[variant], now=NOON + TTL + 39 * HOUR) == set()


def test_nobody_confirms_what_was_disconnected(kept: Kept, database: Database, brand: Brand) -> None:
    with database.transaction(brand.id) as session:
        disconnect_flagship(session, brand_id=brand.id, source_id=kept.source)
    assert kept.stale(NOON + TTL) == ALL


def test_another_source_is_none_of_its_business(kept: Kept, database: Database, brand: Brand) -> None:
    other = Kept(database, brand.id, MemoryFlagship([a_variant(9)]), a_source(database, brand.id, "二店"))
    other.read(NOON + 40 * HOUR)
    assert kept.stale(NOON + TTL) == ALL
    kept.read(NOON + TTL)
    assert kept.stale(NOON + TTL + 40 * HOUR) == {"SKU-9"}


def bought(kept: Kept, now: datetime) -> list[str]:
    """What page, list, bag, quote and order say of SKU-1, in that order."""
    with kept.database.transaction(kept.brand_id) as session:
        one = session.scalars(select(Variant).where(Variant.sku == "SKU-1")).one()
        basket = Basket((BasketLine(one.id, 1),))
        page = product_of(session, brand_id=kept.brand_id, product_id=one.product_id, now=now)
        tile = next(tile for tile in shelf_page(session, brand_id=kept.brand_id, now=now).page.items if tile.id == one.product_id)
        bag = bag_lines(session, brand_id=kept.brand_id, variant_ids=[one.id], now=now, by_link=False)[0]
        said = [page.standing, tile.standing, f"{tile.left} {page.variants[0].left} {bag.left}"]
        for ask in (lambda: quote_order(session, brand_id=kept.brand_id, basket=basket, now=now),
                    lambda: place_order(session, brand_id=kept.brand_id, basket=basket, contact=CONTACT, address=ADDRESS, now=now)):
            try:
                ask()
                said.append("sold")
            except Conflict as conflict:
                assert conflict.field == "lines.0.quantity"
                said.append(conflict.code)
        session.rollback()
        return said


def test_page_list_bag_and_order_agree(kept: Kept) -> None:
    assert bought(kept, NOON + TTL - TICK) == ["on_sale", "on_sale", "10 10 10", "sold", "sold"]
    assert bought(kept, NOON + TTL) == ["confirming", "confirming", "0 0 0", "stock_unconfirmed", "stock_unconfirmed"]
    kept.change("SKU-1", stock=0)
    assert bought(kept, NOON + TTL)[:2] == ["sold_out", "sold_out"], "what has none left is sold out, whenever that was read"


def test_without_hours_old_stock_is_sold(kept: Kept) -> None:
    """The twin: the flagship sold its last piece after noon, nobody read it, and the storefront takes an order for it."""
    kept.flagship.change("x1", stock=0)
    kept.believed_for(None)
    assert bought(kept, NOON + 1000 * HOUR)[-1] == "sold"
    kept.believed_for(48)
    assert bought(kept, NOON + 1000 * HOUR)[-1] == "stock_unconfirmed"


def test_a_page_knows_until_when_it_holds(kept: Kept, database: Database, brand: Brand) -> None:
    """The source at 48 h, SKU-2 already at 40 h; past both nothing more is to come."""
    def until(now: datetime) -> datetime | None:
        with database.transaction(brand.id) as session:
            return shown_until(session, brand_id=brand.id, now=now)

    assert until(NOON) == NOON + TTL
    kept.change("SKU-2", stock_read_at=NOON - 8 * HOUR)
    assert until(NOON) == NOON + 40 * HOUR
    assert until(NOON + 40 * HOUR) == NOON + TTL
    assert until(NOON + TTL) is None
    kept.believed_for(None)
    assert until(NOON) is None


def test_a_source_nothing_was_ever_written_of_counts_from_its_connection(kept: Kept, database: Database, brand: Brand) -> None:
    with database.transaction(brand.id) as session:
        session.execute(update(FlagshipSource).values(confirmed_at=None, created_at=NOON - HOUR))
    assert kept.stale(NOON + TTL - HOUR - TICK) == set()
    assert kept.stale(NOON + TTL - HOUR) == ALL
