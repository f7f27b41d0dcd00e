"""Orders, payments, ledger and payouts: for each kind of exception a fault planted behind the house's back is found, and as that kind."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.domain.insights.four_way import KINDS
from app.domain.settlement.models import ReconciliationException
from app.flows.reconcile import reconcile
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.ship_order import ship_order
from app.kernel.errors import Refused
from app.kernel.tenancy import BrandSession
from tests.builders.money import lines_of, paid_order, received_order, unguarded, whole
from tests.builders.periods import TAKEN, Month, a_month
from tests.builders.sales import an_r23_shop
from tests.conftest import NOON

LATER = NOON + timedelta(days=21)
END = NOON + timedelta(days=60)

# The orders of the story: a (paid, unsent), s (paid, sent), h (received, held), o (unpaid), first/second/third of the month.
FAULTS: dict[str, tuple[str, ...]] = {
    "shipped_unpaid": ("UPDATE payments SET state = 'failed' WHERE order_id = :s",),
    "order_unpaid": ("UPDATE payments SET state = 'expired' WHERE order_id = :a",),
    "paid_twice": ("DROP INDEX uq_payments_one_success",
                   """INSERT INTO payments SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid()))).* FROM payments p WHERE order_id = :a"""),
    "payment_without_order": ("UPDATE payments SET state = 'succeeded' WHERE order_id = :o",),
    "order_vs_payment": ("UPDATE orders SET total_minor = total_minor + 100 WHERE id = :a",),
    "refund_not_posted": ("""DELETE FROM ledger_entries WHERE transaction_id IN (SELECT id FROM ledger_transactions WHERE order_id = :first AND kind = 'reversed')""",
                          "DELETE FROM ledger_transactions WHERE order_id = :first AND kind = 'reversed'"),
    "refund_stuck": ("UPDATE refunds SET state = 'pending' WHERE order_id = :first",),
    "ledger_vs_payment": ("UPDATE ledger_entries SET amount_minor = amount_minor - 7 WHERE phase = 'received' AND transaction_id IN "
                          "(SELECT id FROM ledger_transactions WHERE order_id = :a AND kind = 'paid')",),
    "shares_vs_ledger": ("UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE role = 'store' AND phase = 'pending' AND transaction_id IN "
                         "(SELECT id FROM ledger_transactions WHERE order_id = :a AND kind = 'paid')",),
    "share_not_reversed": ("""DELETE FROM ledger_entries WHERE role = 'guide' AND transaction_id IN
                              (SELECT id FROM ledger_transactions WHERE order_id = :h AND kind = 'reversed')""",),
    "no_clawback": ("""DELETE FROM ledger_entries WHERE role IN ('guide', 'store') AND transaction_id IN
                       (SELECT id FROM ledger_transactions WHERE order_id = :second AND kind = 'reversed')""",),
    "not_held": ("UPDATE ledger_entries SET phase = 'pending' WHERE phase = 'held' AND transaction_id IN (SELECT id FROM ledger_transactions WHERE order_id = :h)",),
    "not_released": ("UPDATE order_lines SET hold_until = hold_until - interval '30 days' WHERE order_id = :h",),
    "stale_payment": ("UPDATE payments SET state = 'open' WHERE order_id = :a",),
    "event_not_applied": ("UPDATE payment_events SET applied_at = NULL WHERE payment_id IN (SELECT id FROM payments WHERE order_id = :a)",),
    "payout_vs_entries": ("UPDATE payouts SET amount_minor = amount_minor + 1 WHERE state = 'paid' AND payee_id = :lin",),
    "entry_twice": ("ALTER TABLE payout_entries DROP CONSTRAINT uq_payout_entries_brand_id_entry_id",
                    """INSERT INTO payout_entries SELECT brand_id, gen_random_uuid(), (SELECT id FROM payouts WHERE state = 'paid' AND payee_id = :store), entry_id
                       FROM payout_entries WHERE payout_id = (SELECT id FROM payouts WHERE state = 'paid' AND payee_id = :lin) LIMIT 1"""),
    "payout_not_booked": ("UPDATE ledger_entries SET amount_minor = amount_minor - 1 WHERE kind = 'payout_done' AND phase = 'paid' AND payee_id = :lin",),
    "failed_still_claims": ("UPDATE payouts SET state = 'failed' WHERE payee_id = :lin AND state = 'paid'",),
    "not_confirmed": ("UPDATE payouts SET state = 'sent', paid_at = paid_at - interval '30 days' WHERE payee_id = :lin AND state = 'paid'",),
}


@pytest.fixture
def story(session: BrandSession) -> dict[str, object]:
    """The month in which everything happens, and orders that stand in between."""
    shop = an_r23_shop(session)
    month: Month = a_month(shop)
    paid, sent = paid_order(shop, (shop.case, 1)), paid_order(shop, (shop.case, 1))
    ship_order(session, brand_id=shop.brand_id, order_id=sent.order_id, now=NOON)
    held = received_order(shop, (shop.case, 2))
    refund_order(session, brand_id=shop.brand_id, order_id=held.order_id, lines=[RefundAsk(lines_of(shop, held)[0].id, quantity=1)], now=NOON)
    for line in lines_of(shop, held):
        line.hold_until = LATER + timedelta(days=1)
    open_ = shop.order((shop.case, 1), now=LATER)
    session.commit()
    whole(shop)
    session.commit()
    return {"brand": shop.brand_id, "a": paid.order_id, "s": sent.order_id, "h": held.order_id, "o": open_.order_id, "first": month.first.order_id,
            "second": month.second.order_id, "lin": shop.lin.payee_id, "store": shop.store.payee_id}


def run(session: BrandSession, brand_id: int, from_: object = NOON, to: object = END) -> dict[str, int]:
    made = reconcile(session, brand_id=brand_id, from_=from_, to=to, now=LATER)  # type: ignore[arg-type]
    found: dict[str, int] = {}
    for one in session.scalars(select(ReconciliationException).where(ReconciliationException.run_id == made.id)):
        found[one.kind] = found.get(one.kind, 0) + 1
    assert made.exception_count == sum(found.values())
    return found


def test_a_month_in_which_everything_happened_matches(story: dict[str, object], session: BrandSession) -> None:
    made = reconcile(session, brand_id=int(str(story["brand"])), from_=NOON, to=END, now=LATER)
    assert made.exception_count == 0
    told = made.totals
    assert told["orders"] == told["payments"] == told["ledger"] == told["shares"] > 0
    assert told["claimed"] == told["payouts"] == told["paid"] == told["booked"] == 16301
    assert (made.order_count, made.payout_count) == (8, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_is_found(kind: str, story: dict[str, object], settings: Settings) -> None:
    with unguarded(settings, int(str(story["brand"]))) as bare:
        for fault in FAULTS[kind]:
            assert bare.execute(text(fault), {name: value for name, value in story.items() if f":{name}" in fault}).rowcount != 0, fault
        bare.flush()
        found = run(bare, int(str(story["brand"])))
        assert kind in found, found


def test_every_kind_has_its_fault() -> None:
    assert set(FAULTS) == set(KINDS), "a check that never finds anything proves nothing"


def test_a_period_shows_what_moved_in_it(story: dict[str, object], settings: Settings) -> None:
    with unguarded(settings, int(str(story["brand"]))) as bare:
        bare.execute(text("UPDATE payments SET state = 'expired' WHERE order_id = :a"), {"a": story["a"]})
        assert run(bare, int(str(story["brand"])), from_=TAKEN) == {}, "that order moved before"
        assert run(bare, int(str(story["brand"])), to=NOON + timedelta(microseconds=1)) == {"order_unpaid": 1, "ledger_vs_payment": 1}


def test_runs_are_numbered_and_a_period_must_be_one(story: dict[str, object], session: BrandSession) -> None:
    brand_id = int(str(story["brand"]))
    assert [reconcile(session, brand_id=brand_id, from_=NOON, to=END, now=LATER).number for _ in range(2)] == [1, 2]
    for to in (NOON, NOON - timedelta(days=1), NOON + timedelta(days=401)):
        with pytest.raises(Refused):
            reconcile(session, brand_id=brand_id, from_=NOON, to=to, now=LATER)
