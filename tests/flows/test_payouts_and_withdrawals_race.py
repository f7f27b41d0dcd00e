"""Two at once, by real threads on real PostgreSQL: what holds money to one payout, and what happens without it."""

from __future__ import annotations

import threading
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.config import Settings
from app.domain.guides.models import Guide
from app.domain.ledger.checking import check_ledger
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.bank_details import change_payment, set_bank_details, verify_bank_details
from app.domain.settlement.claims import claim
from app.domain.settlement.models import PayoutEntry, PayoutRun, Withdrawal
from app.domain.settlement.postings import post_drafted
from app.extensions import Database
from app.flows.pay_out import approve_payout_run, cancel_payout_run, draft_payout_run, execute_payout_run
from app.flows.reconcile_payouts import confirm_payouts, fail_payout
from app.flows.withdraw import cancel_withdrawal, reject_withdrawal, request_withdrawal
from app.gateways.payouts.files import FilePayouts
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.tenancy import BrandSession
from tests.builders.money import due_to, unguarded, whole
from tests.builders.payouts import BANK, approved, credit, drafted, executed, payouts, some_files
from tests.builders.races import Race, Work
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """Lin has 100.00 available."""
    shop = a_shop(session)
    act_as(session, command("one"))
    credit(session, shop.lin.payee_id, 10_000)
    session.commit()
    return shop


@pytest.fixture
def race(database: Database, shop: Shop) -> Race:
    return Race(database, shop.brand_id)


def ask(shop: Shop, amount_minor: int) -> Work:
    return lambda session: request_withdrawal(session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=amount_minor, now=NOON).state


def draft(shop: Shop, scope: str = "all") -> Work:
    return lambda session: draft_payout_run(session, brand_id=shop.brand_id, scope=scope, now=NOON).state


def test_two_withdrawals_at_once_are_one(shop: Shop, race: Race) -> None:
    for _ in range(3):
        results = race.run(*[ask(shop, 10_000)] * 4)
        assert sorted(results) == ["requested"] + ["withdrawal_open"] * 3
        assert due_to(shop, shop.lin.payee_id) == {"requested": 10_000}
        whole(shop)
        row = shop.session.scalars(select(Withdrawal).where(Withdrawal.state == "requested")).one()
        cancel_withdrawal(shop.session, brand_id=shop.brand_id, withdrawal_id=row.id, now=NOON)
        shop.session.commit()


def test_without_the_lock_the_schema_still_holds_one_open(shop: Shop, settings: Settings) -> None:
    """The twins: a second open request is refused by the index; without it more is asked for than there is."""
    second = text("INSERT INTO withdrawals (brand_id, id, number, payee_id, amount_minor, state, requested_at) "
                  "SELECT brand_id, gen_random_uuid(), number + 1, payee_id, amount_minor, 'requested', now() FROM withdrawals WHERE brand_id = :brand")
    ask(shop, 10_000)(shop.session)
    shop.session.commit()
    with pytest.raises(IntegrityError, match="uq_withdrawals_one_open"):
        shop.session.execute(second, {"brand": shop.brand_id})
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("DROP INDEX uq_withdrawals_one_open"))
        bare.execute(second, {"brand": shop.brand_id})
        assert "what is asked for is set aside" in {one.rule for one in check_ledger(bare, brand_id=shop.brand_id)}


def test_a_withdrawal_and_a_draft_share_the_money_between_them(shop: Shop, race: Race) -> None:
    """Whoever is first has it: all of it is in the run, or 60.00 are asked for and 40.00 in the run."""
    for _ in range(5):
        asked, run = race.run(ask(shop, 6_000), draft(shop))
        standing = due_to(shop, shop.lin.payee_id)
        assert (asked, run, standing) in [("not_available", "draft", {"in_payout": 10_000}), ("requested", "draft", {"requested": 6_000, "in_payout": 4_000})]
        whole(shop)
        opened = shop.session.scalars(select(PayoutRun).where(PayoutRun.state == "draft")).one()
        cancel_payout_run(shop.session, brand_id=shop.brand_id, run_id=opened.id, now=NOON)
        for row in shop.session.scalars(select(Withdrawal).where(Withdrawal.state == "requested")):
            cancel_withdrawal(shop.session, brand_id=shop.brand_id, withdrawal_id=row.id, now=NOON)
        shop.session.commit()


def test_a_draft_without_the_lock_pays_what_was_asked_for_too(shop: Shop, database: Database) -> None:
    """The twin: a run claims 100.00 while a withdrawal of 60.00 is not committed yet. 160.00 are on their way out of 100.00."""
    with database.session(shop.brand_id) as asking:
        ask(shop, 6_000)(asking)
        run = PayoutRun(brand_id=shop.brand_id, id=new_id(), number=1, state="draft", scope="all", cutoff=NOON, drafted_by_id="x", drafted_by="x", drafted_at=NOON)
        shop.session.add(run)
        shop.session.flush()
        claim(shop.session, run=run)
        post_drafted(shop.session, run=run, now=NOON)
        asking.commit()
    shop.session.commit()
    assert due_to(shop, shop.lin.payee_id) == {"available": -6_000, "requested": 6_000, "in_payout": 10_000}


def test_a_withdrawal_and_a_clawback_end_as_if_one_came_first(shop: Shop, race: Race) -> None:
    """Clawback first: only 60.00 are there. Withdrawal first: −40.00 stands available, and nothing is paid before that is netted."""
    for _ in range(4):
        asked, _done = race.run(ask(shop, 10_000), lambda session: credit(session, shop.lin.payee_id, -4_000))
        if asked == "not_available":
            assert due_to(shop, shop.lin.payee_id) == {"available": 6_000}
        else:
            assert due_to(shop, shop.lin.payee_id) == {"available": -4_000, "requested": 10_000}
            with pytest.raises(Refused, match="没有可以打款"):
                drafted(shop.session, "withdrawals")
            shop.session.rollback()
            row = shop.session.scalars(select(Withdrawal).where(Withdrawal.state == "requested")).one()
            cancel_withdrawal(shop.session, brand_id=shop.brand_id, withdrawal_id=row.id, now=NOON)
        credit(shop.session, shop.lin.payee_id, 4_000)
        shop.session.commit()
        whole(shop)


def test_without_the_question_she_is_paid_while_she_owes(shop: Shop) -> None:
    """The twin: the same claims without asking whether anything is owed."""
    ask(shop, 10_000)(shop.session)
    credit(shop.session, shop.lin.payee_id, -4_000)
    run = PayoutRun(brand_id=shop.brand_id, id=new_id(), number=1, state="draft", scope="withdrawals", cutoff=NOON, drafted_by_id="x", drafted_by="x", drafted_at=NOON)
    shop.session.add(run)
    shop.session.flush()
    claim(shop.session, run=run)
    post_drafted(shop.session, run=run, now=NOON)
    assert due_to(shop, shop.lin.payee_id) == {"available": -4_000, "in_payout": 10_000}
    shop.session.rollback()


def suspend(shop: Shop) -> Work:
    return lambda session: change_payment(session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, status="suspended").status


def test_a_withdrawal_and_a_suspension_know_of_each_other(shop: Shop, race: Race) -> None:
    for _ in range(4):
        asked, state = race.run(ask(shop, 1_000), suspend(shop))
        assert (asked, state) in [("requested", "suspended"), ("suspended", "suspended")]
        shop.session.rollback()
        with pytest.raises(Refused, match="没有可以打款"):
            drafted(shop.session, "withdrawals")
        shop.session.rollback()
        change_payment(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, status="active")
        for row in shop.session.scalars(select(Withdrawal).where(Withdrawal.state == "requested")):
            cancel_withdrawal(shop.session, brand_id=shop.brand_id, withdrawal_id=row.id, now=NOON)
        shop.session.commit()
        whole(shop)


def test_a_withdrawal_waits_for_a_suspension_under_way(shop: Shop, database: Database) -> None:
    """And the twin without the lock does not: she has asked although she is suspended."""
    def naive(session: BrandSession) -> str:
        return str(session.scalar(text("SELECT status FROM payees WHERE id = :id"), {"id": shop.lin.payee_id}))

    def guide_naive(session: BrandSession) -> str:
        return str(session.scalar(select(Guide.status).where(Guide.id == shop.lin.id)))

    seen: list[str] = []
    for work in (ask(shop, 1_000), naive, guide_naive):
        with database.session(shop.brand_id) as suspending:
            suspend(shop)(suspending)
            thread = threading.Thread(target=lambda work=work: seen.append(outcome(database, shop.brand_id, work)))
            thread.start()
            thread.join(0.4)
            waited = thread.is_alive()
            suspending.rollback()
            thread.join(20)
            seen.append("waited" if waited else "did not wait")
    assert seen == ["requested", "waited", "active", "did not wait", "active", "did not wait"]


def outcome(database: Database, brand_id: int, work: Work) -> str:
    try:
        with database.transaction(brand_id) as session:
            return str(work(session))
    except Refused as refused:
        return refused.code


def test_two_drafts_at_once_claim_each_entry_once(shop: Shop, race: Race) -> None:
    assert sorted(race.run(draft(shop), draft(shop), draft(shop, "withdrawals"))) in (["draft", "run_open", "run_open"], ["draft", "nothing_to_pay", "run_open"])
    entries = shop.session.scalars(select(PayoutEntry.entry_id)).all()
    assert len(entries) == len(set(entries)) == 1
    whole(shop)


def test_an_entry_in_two_payouts_is_refused_by_the_schema(shop: Shop, settings: Settings) -> None:
    """The twin: without the unique key a second run would claim it again, and the check says so."""
    run = drafted(shop.session)
    again = text("INSERT INTO payout_entries (brand_id, id, payout_id, entry_id) SELECT brand_id, gen_random_uuid(), payout_id, entry_id FROM payout_entries "
                 "WHERE brand_id = :brand")
    with pytest.raises(IntegrityError, match="uq_payout_entries"):
        shop.session.execute(again, {"brand": shop.brand_id})
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("ALTER TABLE payout_entries DROP CONSTRAINT uq_payout_entries_brand_id_entry_id"))
        bare.execute(again, {"brand": shop.brand_id})
        assert "a payout is the sum of its entries" in {one.rule for one in check_ledger(bare, brand_id=shop.brand_id)}
    assert run.state == "draft"


def test_executed_twice_at_once_pays_once(shop: Shop, race: Race) -> None:
    run = approved(shop.session)
    files = some_files()

    def execute(session: BrandSession) -> str:
        return execute_payout_run(session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(files), now=NOON).state

    assert sorted(race.run(execute, execute, execute)) == ["executed", "run_state", "run_state"]
    assert due_to(shop, shop.lin.payee_id) == {"paid": 10_000}
    whole(shop)


def test_approved_and_cancelled_at_once_is_one_of_them(shop: Shop, race: Race) -> None:
    for _ in range(4):
        run = drafted(shop.session)
        results = race.run(lambda session, run=run: approve_payout_run(session, brand_id=shop.brand_id, run_id=run.id, now=NOON).state,
                           lambda session, run=run: cancel_payout_run(session, brand_id=shop.brand_id, run_id=run.id, now=NOON).state)
        assert results in (["approved", "cancelled"], ["run_state", "cancelled"]), "cancelling an approved run is allowed; approving a cancelled one is not"
        assert due_to(shop, shop.lin.payee_id) == {"available": 10_000}
        whole(shop)
        shop.session.commit()


def test_executed_and_cancelled_at_once_is_one_of_them(shop: Shop, race: Race) -> None:
    for _ in range(4):
        run = approved(shop.session)
        results = race.run(
            lambda session, run=run: execute_payout_run(session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(some_files()), now=NOON).state,
            lambda session, run=run: cancel_payout_run(session, brand_id=shop.brand_id, run_id=run.id, now=NOON).state)
        assert results in (["executed", "run_state"], ["run_state", "cancelled"])
        whole(shop)
        if results[0] == "executed":
            fail_payout(shop.session, brand_id=shop.brand_id, run_id=run.id, payout_id=payouts(shop.session, run)[shop.lin.payee_id].id, reason="x", now=NOON)
        shop.session.commit()
        assert due_to(shop, shop.lin.payee_id) == {"available": 10_000}


def test_a_withdrawal_cancelled_rejected_and_drafted_at_once_is_one_of_them(shop: Shop, race: Race) -> None:
    for _ in range(4):
        row_id = _asked(shop)
        results = race.run(
            lambda session, row_id=row_id: cancel_withdrawal(session, brand_id=shop.brand_id, withdrawal_id=row_id, now=NOON).state,
            lambda session, row_id=row_id: reject_withdrawal(session, brand_id=shop.brand_id, withdrawal_id=row_id, reason="x", now=NOON).state,
            draft(shop, "withdrawals"))
        ended = [one for one in results if one in ("cancelled", "rejected", "draft")]
        assert len(ended) == 1, results
        whole(shop)
        for run in shop.session.scalars(select(PayoutRun).where(PayoutRun.state == "draft")).all():
            cancel_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, now=NOON)
            cancel_withdrawal(shop.session, brand_id=shop.brand_id, withdrawal_id=row_id, now=NOON)
        shop.session.commit()
        assert due_to(shop, shop.lin.payee_id) == {"available": 10_000}


def _asked(shop: Shop) -> UUID:
    row = request_withdrawal(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=10_000, now=NOON)
    shop.session.commit()
    return row.id


def test_failed_and_confirmed_at_once_is_booked_once(shop: Shop, race: Race) -> None:
    """Confirmed first, it may still bounce; failed first, there is nothing to confirm. Either way the money is back once."""
    run = executed(shop.session)
    payout_id = payouts(shop.session, run)[shop.lin.payee_id].id
    shop.session.commit()

    def fail(session: BrandSession) -> str:
        return fail_payout(session, brand_id=shop.brand_id, run_id=run.id, payout_id=payout_id, reason="x", now=NOON).state

    results = race.run(fail, fail, lambda session: confirm_payouts(session, brand_id=shop.brand_id, run_id=run.id, now=NOON))
    assert sorted(map(str, results[:2])) == ["failed", "payout_state"] and results[2] in (0, 1)
    assert due_to(shop, shop.lin.payee_id) == {"available": 10_000}
    whole(shop)


def test_who_enters_an_account_does_not_verify_it(shop: Shop, settings: Settings) -> None:
    """The twins: the action refuses her, the schema refuses the row, and without it she would pay herself."""
    payee_id = shop.lin.payee_id
    set_bank_details(shop.session, brand_id=shop.brand_id, payee_id=payee_id, **BANK)
    with pytest.raises(Refused, match="两个人"):
        verify_bank_details(shop.session, brand_id=shop.brand_id, payee_id=payee_id, now=NOON)
    shop.session.commit()
    same = text("UPDATE payees SET tax_kind = 'individual', bank_verified_at = now(), bank_verified_by_id = bank_entered_by_id WHERE id = :id")
    with pytest.raises(IntegrityError, match="second_person"):
        shop.session.execute(same, {"id": payee_id})
    shop.session.rollback()
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("ALTER TABLE payees DROP CONSTRAINT ck_payees_second_person"))
        bare.execute(same, {"id": payee_id})
        assert drafted_alone(bare, shop.brand_id) == 10_000


def drafted_alone(session: BrandSession, brand_id: int) -> int:
    act_as(session, command("one"))
    return draft_payout_run(session, brand_id=brand_id, now=NOON).amount_minor
