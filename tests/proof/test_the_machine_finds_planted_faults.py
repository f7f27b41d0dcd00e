"""The twin of the money machine: a fault of each kind, planted behind the house's back, ends a life; and each step does what it says."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from hypothesis.stateful import rule
from sqlalchemy import select

from app.config import Settings
from app.domain.orders.models import Order
from app.domain.settlement.models import PayoutRun
from app.extensions import Database
from app.web.shared.application import Application
from tests.proof.conftest import a_database
from tests.proof.money_machine import Money, run
from tests.proof.template import Template, a_template

FEN_BACK = "UPDATE payments SET refunded_minor = refunded_minor + 1 WHERE brand_id = %(brand)s AND state = 'succeeded' AND refunded_minor < amount_minor"

SKIPPED = """
WITH gone AS (DELETE FROM ledger_transactions WHERE brand_id = %(brand)s AND kind IN ('reversed', 'chargeback') RETURNING id)
DELETE FROM ledger_entries e USING gone WHERE e.brand_id = %(brand)s AND e.transaction_id = gone.id"""

POSTED_TWICE = """
WITH one AS (SELECT * FROM ledger_transactions WHERE brand_id = %(brand)s AND kind = '{kind}' ORDER BY posted_at DESC, id LIMIT 1), again AS (
  INSERT INTO ledger_transactions (brand_id, id, cause, kind, order_id, posted_at)
  SELECT brand_id, gen_random_uuid(), 'again ' || gen_random_uuid(), kind, order_id, posted_at FROM one RETURNING id)
INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, order_line_id, posted_at)
SELECT e.brand_id, gen_random_uuid(), again.id, e.payee_id, e.role, e.phase, e.kind, e.amount_minor, e.order_line_id, e.posted_at
FROM again, one JOIN ledger_entries e ON e.brand_id = one.brand_id AND e.transaction_id = one.id"""

CLAIMED_TWICE = """
WITH one AS (
  SELECT p.payee_id, p.method, p.tax_kind, x.entry_id, e.amount_minor, e.role FROM payouts p
  JOIN payout_entries x ON x.brand_id = p.brand_id AND x.payout_id = p.id JOIN ledger_entries e ON e.brand_id = x.brand_id AND e.id = x.entry_id
  WHERE p.brand_id = %(brand)s AND p.state = 'paid' AND e.amount_minor > 0 LIMIT 1
), paid AS (
  INSERT INTO payouts (brand_id, id, run_id, payee_id, amount_minor, state, method, tax_kind)
  SELECT %(brand)s, gen_random_uuid(), gen_random_uuid(), payee_id, amount_minor, 'paid', method, tax_kind FROM one RETURNING id
), claimed AS (
  INSERT INTO payout_entries (brand_id, id, payout_id, entry_id) SELECT %(brand)s, gen_random_uuid(), paid.id, one.entry_id FROM one, paid
), header AS (
  INSERT INTO ledger_transactions (brand_id, id, cause, kind, posted_at)
  SELECT %(brand)s, id, 'payout:' || id || ':done', 'payout_done', now() FROM paid RETURNING id
)
INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, posted_at)
SELECT %(brand)s, gen_random_uuid(), header.id, one.payee_id, one.role, side.phase, 'payout_done', side.sign * one.amount_minor, now()
FROM one, header, (VALUES ('available', -1), ('paid', 1)) AS side(phase, sign)"""

FAULTS = {
    "a fen given back by hand": (FEN_BACK, "shopper's money"),
    "a reversal skipped": (SKIPPED, "shopper's money"),
    "a payment booked twice": (POSTED_TWICE.format(kind="paid"), "no phase owes a share less than nothing"),
    "a share released twice": (POSTED_TWICE.format(kind="released"), "no phase owes a share less than nothing"),
    "an entry paid out twice": (CLAIMED_TWICE, "each paid entry is in exactly one payout"),
    "a piece put back twice": ("UPDATE variants SET reserved = reserved - 1 WHERE brand_id = %(brand)s AND reserved > 0", "reservations are what open orders hold"),
}


class Careless(Money):
    """Among all that people do, somebody errs."""

    def __init__(self, template: Template, settings: Settings, fault: str) -> None:
        super().__init__(template)
        self.superuser, self.fault = settings.owner_url.replace("postgresql+psycopg", "postgresql").replace("yundian_owner@", "postgres@"), fault

    @rule()
    def somebody_errs(self) -> None:
        with psycopg.connect(self.superuser) as connection:
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute(self.fault, {"brand": self.brand_id})
        self.changed = True


@pytest.fixture(scope="module")
def open_house(postgres: Path, settings: Settings) -> Iterator[Settings]:
    """A database whose keys against doing it twice are taken away."""
    with a_database(postgres, settings, f"careless_{os.getpid()}", "ALTER TABLE payout_entries DROP CONSTRAINT uq_payout_entries_brand_id_entry_id",
                    "DROP INDEX uq_ledger_entries_released_once") as own:
        yield own


@pytest.fixture(scope="module")
def template(open_house: Settings, app: Application) -> Iterator[Template]:
    database = Database(open_house)
    yield a_template(database)
    database.dispose()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(template: Template, open_house: Settings, fault: str) -> None:
    sql, claim = FAULTS[fault]
    with pytest.raises(AssertionError, match=claim):
        run(partial(Careless, template, open_house, sql), examples=60, shrinks=False)


def test_without_a_fault_the_open_house_keeps_its_books(template: Template) -> None:
    run(partial(Money, template), examples=5)


def test_steps_do_what_they_say(database: Database) -> None:
    """A machine whose steps are all refused would prove nothing."""
    machine = Money(a_template(database), done := Counter())
    machine.place(1, 2, ("BRAND",), 0, True)
    for step in (partial(machine.ship, 0, 0, 1, 1, False), partial(machine.refund_all_that_is_left, 0), partial(machine.cancel, 2), partial(machine.wait, 120),
                 partial(machine.pay_out, "withdrawals", None, ["sent"], True, True), partial(machine.hear_of_a_payout, 0, 0, False)):
        step()
        machine.everything_adds_up()
    with database.session(machine.brand_id) as session:
        states = session.scalars(select(Order.state).order_by(Order.placed_at, Order.id)).all()
        assert states == ["completed", "completed", "delivered", "partly_shipped", "cancelled", "cancelled", "refunded"]
        assert session.scalars(select(PayoutRun.state).order_by(PayoutRun.number)).all() == ["executed", "executed"]
    assert done == Counter(dict.fromkeys(done, 1)), "each once, none refused"
