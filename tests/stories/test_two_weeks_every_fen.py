"""The sample brand's two weeks, told by the code of `demo load`, against books kept by hand: every account, every act."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.config import Settings
from app.domain.aftersales.models import AfterSale, Chargeback
from app.domain.care.models import CustomerHandover
from app.domain.commission.models import CommissionLine
from app.domain.fraud.models import SaleHold
from app.domain.guides.models import Guide
from app.domain.insights.communities import group_states
from app.domain.insights.four_way import four_way
from app.domain.insights.my_store import my_store
from app.domain.ledger.checking import check_ledger
from app.domain.ledger.models import Payee
from app.domain.ledger.queries import accounts, balances
from app.domain.orders.models import AttributionDecision, AttributionDispute, Order, OrderLine, Refund
from app.domain.orgs.models import OrgUnit
from app.domain.people.models import AuditEvent
from app.domain.settlement.models import Payout, PayoutRun, ReconciliationRun, SettlementRun, Withdrawal, WriteOff
from app.domain.settlement.statement_lines import statement_lines
from app.domain.settlement.statements import statement
from app.domain.tasks.models import TaskAssignment
from app.extensions import Database
from app.gateways.wiring import Gateways
from app.kernel.tenancy import BrandSession
from demo.acts import Act
from demo.load import Loader
from demo.stage import Stage
from tests.builders.brands import PASSWORD_HASH
from tests.conftest import NOON
from tests.stories.arithmetic import Line
from tests.stories.books import Books

STOP_AT = ("story-06-05", "pay")
"""Here the first try is interrupted, in the middle of a day."""


class PulledPlug(Exception):
    pass


@dataclass
class Told:
    """The story as it was told: what the application holds, and the books."""

    database: Database
    gateways: Gateways
    brand_id: int
    books: Books
    acts: list[Act]
    again: Loader


@pytest.fixture(scope="module")
def told(database: Database, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Loaded once; interrupted once on the way."""
    mirror = tmp_path_factory.mktemp("mirror")
    gateways = Gateways.from_settings(replace(settings, mirror=mirror))
    first, books, acts = Books(), Books(), list[Act]()

    def interrupted(stage: Stage, act: Act, now: datetime) -> None:
        first.write(act, now)
        compare(stage.session, stage.brand_id, first, act)
        if act.deal and (act.deal.key, act.verb) == STOP_AT:
            raise PulledPlug
        today.append((act, now))

    def then(stage: Stage, act: Act, now: datetime) -> None:
        books.write(act, now)
        acts.append(act)
        compare(stage.session, stage.brand_id, books, act)

    today: list[tuple[Act, datetime]] = []
    loader = Loader(database, gateways, mirror, NOON, PASSWORD_HASH, say=lambda line: None, slug=f"story-{os.getpid()}",
                    pictures=False, after=interrupted)
    with pytest.raises(PulledPlug):
        loader.load()
    for act, now in today:
        if act.day < 6:
            books.write(act, now)
            acts.append(act)
    again = replace(loader, after=then, now=NOON + timedelta(minutes=7))
    return Told(database, gateways, again.load(), books, acts, again)


def compare(session: BrandSession, brand_id: int, books: Books, act: Act) -> None:
    """After each act every account is what the books say; after every refund, run and twentieth order the ledger is proved."""
    if act.deal is None or act.verb not in ("place", "decline", "pay", "ship", "deliver") or (act.verb == "pay" and act.deal.buyer.number % 20 == 0):
        assert check_ledger(session, brand_id=brand_id) == [], act
    held = {(row.payee_name, row.role, row.phase): row.balance_minor for row in accounts(session, brand_id=brand_id) if row.balance_minor}
    assert held == books.accounts(), act


@pytest.fixture
def session(told: Told) -> Iterator[BrandSession]:
    with told.database.session(told.brand_id) as session:
        yield session


def test_every_share_of_every_line_is_as_worked_by_hand(told: Told, session: BrandSession) -> None:
    shares: dict[tuple[str, int], dict[tuple[str, str], int]] = {}
    rows = session.execute(
        select(Order.checkout_key, OrderLine.position, Payee.name, CommissionLine.role, CommissionLine.amount_minor)
        .join(OrderLine, OrderLine.order_id == Order.id).join(CommissionLine, CommissionLine.order_line_id == OrderLine.id)
        .join(Payee, Payee.id == CommissionLine.payee_id))
    for key, position, name, role, amount in rows:
        shares.setdefault((key, position), {})[name, role] = amount
    expected = {(key, position): {who: amount for who, amount in line.shares.items() if not who[1].endswith("_subsidy")}
                for key, sale in told.books.sales.items() for position, line in enumerate(sale.lines)}
    assert shares == expected
    assert len(expected) > 200


def test_what_shoppers_paid_and_got_back_is_as_worked_by_hand(told: Told, session: BrandSession) -> None:
    totals = dict(session.execute(select(Order.checkout_key, Order.total_minor)).all())
    assert totals == {key: sale.total for key, sale in told.books.sales.items()}
    refunds = dict(session.execute(
        select(Order.checkout_key, func.sum(Refund.amount_minor)).join(Refund, Refund.order_id == Order.id).group_by(Order.checkout_key)).all())
    assert refunds == {key: sale.refunded for key, sale in told.books.sales.items() if sale.refunded}
    assert len(refunds) > 20


def test_every_way_an_order_can_go_is_in_the_story(told: Told, session: BrandSession) -> None:
    states = dict(session.execute(select(Order.state, func.count()).group_by(Order.state)).all())
    assert set(states) == {"pending_payment", "paid", "partly_shipped", "shipped", "delivered", "completed", "cancelled", "refunded"}
    assert sum(states.values()) == len(told.books.sales) >= 160
    rungs = {trace["rung"] for trace in session.scalars(select(CommissionLine.trace).where(CommissionLine.role == "guide"))}
    assert rungs >= {"no_commission", "guide_variant", "variant", "category", "guide", "default"}
    reasons = set(session.scalars(select(AttributionDecision.reason)))
    assert reasons == {"last_touch", "store", "brand", "chosen", "binding"}
    verdicts = {told["verdict"] for kept in session.scalars(select(AttributionDecision.candidates)) for told in kept}
    assert verdicts >= {"last_touch", "earlier", "bot", "guide_left", "guide_suspended"}


def test_the_payout_runs_pay_what_the_books_say(told: Told, session: BrandSession) -> None:
    runs = session.scalars(select(PayoutRun).order_by(PayoutRun.number)).all()
    assert [(run.scope, run.state, run.reconciled_at is not None) for run in runs] == [
        ("withdrawals", "executed", True), ("all", "executed", True), ("all", "draft", False)]
    for run, kept in zip(runs, told.books.runs, strict=True):
        assert paid_by(session, run) == kept.paid()
        assert run.amount_minor == kept.drafted
    reasons = Counter(session.scalars(select(Payout.reason).where(Payout.state == "left_out")))
    assert {"no_bank_details", "nothing_due", "no_invoice"} <= set(reasons)
    assert len(session.scalars(select(SettlementRun)).all()) == 3
    rows = list(csv.reader(io.StringIO(told.gateways.files.get(runs[1].file_key).decode("utf-8-sig"))))
    fen = [int(Decimal(row[7]) * 100) for row in rows[1:]]
    assert sum(fen[:-1]) == fen[-1] == runs[1].amount_minor


def paid_by(session: BrandSession, run: PayoutRun) -> dict[str, int]:
    rows = session.execute(select(Payee.name, Payout.amount_minor).join(Payout, Payout.payee_id == Payee.id).where(
        Payout.run_id == run.id, Payout.state.not_in(("left_out", "failed"))))
    return dict(rows.all())


def test_every_statement_adds_up_and_ends_at_the_balance(told: Told, session: BrandSession) -> None:
    start, middle, end = NOON - timedelta(days=20), NOON - timedelta(days=3), NOON + timedelta(days=1)
    payees = session.scalars(select(Payee).where(Payee.party.in_(("guide", "org_unit")))).all()
    assert len(payees) == 43 + 18
    for payee in payees:
        one, two = (statement(session, brand_id=told.brand_id, payee_id=payee.id, from_=from_, to=to)
                    for from_, to in ((start, middle), (middle, end)))
        for part in (one, two):
            lines = list(statement_lines(session, account=part.account, from_=part.from_, to=part.to))
            assert sum(line.amount_minor for line in lines) == part.closing_minor - part.opening_minor
            assert len(lines) == part.line_count
        assert (one.opening_minor, one.closing_minor) == (0, two.opening_minor)
        now = balances(session, brand_id=told.brand_id, payee_id=payee.id)
        assert two.closing_minor == now["available"]
        gone = sum(part.groups[group] for part in (one, two) for group in ("requested", "paid"))
        assert -gone == now["requested"] + now["in_payout"] + now["paid"] + now["withheld"]


def test_refunds_fall_before_and_after_settlement_and_payout(told: Told, session: BrandSession) -> None:
    turns: dict[str, list[Line]] = {}
    for deal in {act.deal for act in told.acts if act.deal}:
        turns.setdefault(deal.turn, []).append(told.books.sales[deal.key].lines[0])
    assert all(line.refunded and line.phase == "available" for line in (*turns["back when paid"], *turns["back when free"], *turns["back twice"]))
    assert any(line.refunded and line.phase == "held" for line in turns["a bump"])
    guides = {row.payee_id for row in accounts(session, brand_id=told.brand_id) if row.party == "guide"}
    owing = [guide for guide in guides if balances(session, brand_id=told.brand_id, payee_id=guide)["available"] < 0]
    assert owing, "somebody owes commission back and carries it"


def test_orders_payments_ledger_and_payouts_agree(told: Told, session: BrandSession) -> None:
    """The whole story, four ways (R34); what is still on its way is no mismatch."""
    totals, found = four_way(session, brand_id=told.brand_id, from_=NOON - timedelta(days=20), to=NOON + timedelta(days=1), now=NOON)
    assert [(one.kind, one.name) for one in found if one.kind not in ("stale_payment", "not_confirmed")] == []
    assert totals.orders == totals.payments == totals.ledger == totals.shares > 0
    assert totals.claimed == totals.payouts and totals.paid == totals.booked


def test_what_comes_after_a_sale_and_after_a_payout_is_in_the_story(told: Told, session: BrandSession) -> None:
    """柏舟 sold eight cases of 1,899.00 at 10 %: 1,519.20, of which (1,519.20 - 800) × 20 % = 143.84 was withheld."""
    states = {name: Counter(session.scalars(select(table.state))) for name, table in
              (("case", AfterSale), ("bank", Chargeback), ("asked", Withdrawal), ("forgiven", WriteOff))}
    assert states == {
        "case": {"requested": 1, "approved": 1, "rejected": 1, "exchanged": 1, "refunded": 1}, "bank": {"open": 1, "lost": 1},
        "asked": {"paid": 1, "requested": 1}, "forgiven": {"approved": 1, "requested": 1}}
    withheld = {row.payee_name: row.balance_minor for row in accounts(session, brand_id=told.brand_id) if row.phase == "withheld" and row.balance_minor}
    assert withheld == {"柏舟": 14_384}
    debt = session.scalars(select(Payee).where(Payee.name == "戚薇薇")).one()
    assert balances(session, brand_id=told.brand_id, payee_id=debt.id)["available"] == 6_000 - 12_990
    assert session.scalars(select(Payout.reason).where(Payout.state == "failed")).all() == ["收款户名不符"]
    assert session.scalars(select(ReconciliationRun.exception_count)).all() == [0]
    assert set(session.scalars(select(Order.platform_fee_bp))) == {0, 50, 60, 90, 100}
    shippers = {row.payee_name for row in accounts(session, brand_id=told.brand_id) if row.role == "fulfilling_store" and row.balance_minor}
    assert shippers >= {"远途", "远途 上海徐汇店"}


def test_what_goes_on_around_the_sales_is_in_the_story(told: Told, session: BrandSession) -> None:
    """One account paid for three sales of one guide: one of them is held for another reason, two are watched."""
    assert Counter(session.scalars(select(SaleHold.state))) == {"appealed": 1, "open": 1, "watched": 2}
    assert Counter(session.scalars(select(AttributionDispute.state))) == {"open": 1, "refused": 1}
    assert set(session.scalars(select(TaskAssignment.state))) >= {"open", "done", "late"}
    assert {"tick", "link"} <= set(session.scalars(select(TaskAssignment.done_by)))
    assert Counter(name for name in session.scalars(select(Guide.name).join(CustomerHandover, CustomerHandover.to_guide_id == Guide.id))) == {"冯晓东": 2}
    by_health = Counter(code for code, count in group_states(session, brand_id=told.brand_id, within=None, now=NOON).items() for _ in range(count))
    assert by_health == {"earning": 2, "growing": 2, "quiet": 2, "closed": 1}
    store_id = session.scalars(select(OrgUnit.id).where(OrgUnit.code == "CD01")).one()
    place = my_store(session, brand_id=told.brand_id, store_id=store_id, from_=NOON, to=NOON + timedelta(days=1), now=NOON)
    assert [one.name for one in place.guides if one.silent(NOON)] == ["柏舟", "窦小满"], "nobody opened their links since the second day"


def test_loading_again_changes_nothing(told: Told, session: BrandSession) -> None:
    def rows() -> tuple[int, ...]:
        session.rollback()
        return tuple(session.scalar(select(func.count()).select_from(table)) or 0 for table in (Order, AuditEvent, Payout, Payee))

    before = rows()
    assert told.again.load() == told.brand_id
    assert rows() == before
