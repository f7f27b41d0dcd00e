"""R22: the fulfilling store's share is frozen with the order and goes, piece by piece, to whoever sends the parcel."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.domain.commission.models import SalesCredit
from app.domain.ledger.checking import check_ledger
from app.domain.ledger.queries import house_payees
from app.domain.orgs.actions import add_org_unit
from app.domain.orgs.models import OrgUnit
from app.domain.splits.actions import add_plan
from app.flows.cancel_order import cancel_order
from app.flows.deliver_order import deliver_order
from app.flows.place_order import PlacedOrder
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.ship_order import ship_order
from app.kernel.tenancy import BrandSession
from tests.builders.money import HOLD_OVER, due_to, lines_of, paid_order, unguarded, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """Store 5 % for selling, 3 % for fulfilling: of two covers (119.80) that is 5.99 and 3.59."""
    shop = a_shop(session)
    add_plan(session, brand_id=shop.brand_id, org_unit_id=shop.store.id, now=NOON,
             shares=[{"role": "store", "rate_bp": 500}, {"role": "fulfilling_store", "rate_bp": 300}])
    session.commit()
    return shop


@pytest.fixture
def other(shop: Shop) -> OrgUnit:
    store = add_org_unit(shop.session, brand_id=shop.brand_id, kind="store", name="港汇店", code="SH02")
    shop.session.commit()
    return store


def two_covers(shop: Shop) -> PlacedOrder:
    return paid_order(shop, (shop.cover, 2))


def ship(shop: Shop, placed: PlacedOrder, pieces: int, store: OrgUnit | None) -> None:
    [line] = lines_of(shop, placed)
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[(line.id, pieces)], source="store" if store else "flagship",
               store_id=store.id if store else None, now=NOON)
    shop.session.commit()


def receive(shop: Shop, placed: PlacedOrder) -> None:
    deliver_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()


def refund(shop: Shop, placed: PlacedOrder, **ask: int) -> None:
    [line] = lines_of(shop, placed)
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, **ask)], now=NOON)
    shop.session.commit()


def waiting(shop: Shop) -> UUID:
    return house_payees(shop.session, brand_id=shop.brand_id)["fulfilment"]


def test_until_a_parcel_leaves_the_share_waits(shop: Shop) -> None:
    two_covers(shop)
    assert due_to(shop, waiting(shop)) == {"pending": 359}, "119.80 × 3 % = 3.594"
    whole(shop)


def test_each_store_earns_for_the_pieces_it_sent(shop: Shop, other: OrgUnit) -> None:
    placed = two_covers(shop)
    ship(shop, placed, 1, other)
    assert (due_to(shop, other.payee_id), due_to(shop, waiting(shop))) == ({"pending": 180}, {"pending": 179}), "3.59 halved: 1.80 and 1.79"
    ship(shop, placed, 1, shop.store)
    assert due_to(shop, shop.store.payee_id) == {"pending": 599 + 179} and due_to(shop, waiting(shop)) == {}
    receive(shop, placed)
    assert due_to(shop, other.payee_id) == {"held": 180}
    settle(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    assert due_to(shop, other.payee_id) == {"available": 180}
    whole(shop)


def test_what_the_flagship_sends_is_the_brands(shop: Shop) -> None:
    placed = two_covers(shop)
    before = due_to(shop, house_payees(shop.session, brand_id=shop.brand_id)["brand"])["pending"]
    ship(shop, placed, 2, None)
    assert due_to(shop, house_payees(shop.session, brand_id=shop.brand_id)["brand"]) == {"pending": before + 359}
    assert due_to(shop, waiting(shop)) == {}
    whole(shop)


def test_a_refund_takes_from_who_holds_the_share(shop: Shop, other: OrgUnit) -> None:
    placed = two_covers(shop)
    ship(shop, placed, 1, other)
    ship(shop, placed, 1, shop.store)
    receive(shop, placed)
    refund(shop, placed, amount_minor=5990)
    assert due_to(shop, other.payee_id) == {"held": 90}, "round(3.59 × 59.90 / 119.80) = 1.80 back, half from each: 0.90 and 0.90"
    assert due_to(shop, shop.store.payee_id) == {"held": 299 + 89}, "5.99 less 2.995 → 3.00 is 2.99; 1.79 less 0.90"
    refund(shop, placed, amount_minor=5990)
    assert due_to(shop, other.payee_id) == {} and due_to(shop, shop.store.payee_id) == {}
    whole(shop)


def test_a_piece_that_never_left_costs_no_shipper(shop: Shop, other: OrgUnit) -> None:
    placed = two_covers(shop)
    ship(shop, placed, 1, other)
    refund(shop, placed, quantity=1)
    assert due_to(shop, waiting(shop)) == {} and due_to(shop, other.payee_id) == {"pending": 179}, "1.80 back: the 1.79 that waited, and the fen of rounding"
    receive(shop, placed)
    assert due_to(shop, waiting(shop)) == {}
    whole(shop)


def test_what_nobody_will_send_any_more_is_the_brands(shop: Shop, other: OrgUnit) -> None:
    """A price cut while one piece waits, then that piece is refunded unsent: fen that still wait go to the brand on receipt."""
    placed = two_covers(shop)
    ship(shop, placed, 1, other)
    refund(shop, placed, amount_minor=1)
    refund(shop, placed, quantity=1, amount_minor=3000)
    receive(shop, placed)
    assert due_to(shop, waiting(shop)) == {}
    whole(shop)


def test_cancelled_before_it_leaves_nobody_keeps_it(shop: Shop) -> None:
    placed = two_covers(shop)
    cancel_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, now=NOON)
    shop.session.commit()
    assert due_to(shop, waiting(shop)) == {}
    whole(shop)


def test_credit_is_given_beside_the_money(shop: Shop, other: OrgUnit) -> None:
    """One sale of 119.80: 119.80 online, 119.80 for the guide and her store, 59.90 for the store that sent one of the two."""
    placed = two_covers(shop)
    ship(shop, placed, 1, other)
    credits = shop.session.execute(select(SalesCredit.kind, SalesCredit.org_unit_id, SalesCredit.amount_minor).order_by(SalesCredit.kind)).all()
    assert [tuple(credit) for credit in credits] == [
        ("fulfilling", other.id, 5990), ("guide", shop.store.id, 11980), ("online", None, 11980), ("selling", shop.store.id, 11980)]
    whole(shop)


def test_a_share_that_waits_for_ever_is_found(shop: Shop, settings: Settings) -> None:
    """The twin: without the sweep on receipt the check speaks up."""
    placed = two_covers(shop)
    ship(shop, placed, 2, shop.store)
    receive(shop, placed)
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("""UPDATE ledger_entries SET payee_id = (SELECT id FROM payees WHERE brand_id = :brand AND party = 'fulfilment')
                             WHERE brand_id = :brand AND role = 'fulfilling_store' AND kind = 'received' AND phase = 'held'"""), {"brand": shop.brand_id})
        assert "only open parcels wait for who fulfils" in {violation.rule for violation in check_ledger(bare, brand_id=shop.brand_id)}
