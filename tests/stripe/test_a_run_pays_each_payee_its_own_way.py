"""One run: who has an account is paid there in the currency the charge settled in, the rest by file, who is restricted waits (R2, R15)."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from app.domain.brands.models import BrandSettings
from app.domain.ledger.models import Payee
from app.domain.notices.models import Notice
from app.domain.settlement.models import Payout, PayoutRun
from app.domain.settlement.payout_files import file_key
from app.domain.settlement.transfers import transfer_sums
from app.flows.charge_back import open_chargeback, win_chargeback
from app.flows.pay_out import execute_payout_run
from app.flows.reconcile_payouts import confirm_payouts, fail_payout
from app.flows.refund_order import refund_order
from app.flows.withdraw import request_withdrawal
from app.jobs import REGISTRY
from app.jobs.worker import queue_app, run_job
from app.kernel.errors import Conflict
from app.web.shared.application import Application
from tests.builders.money import due_to, received_order, whole
from tests.builders.payouts import approved, credit, payouts, with_account
from tests.builders.shops import Shop
from tests.builders.stripe_accounts import a_ready_account, filled_in
from tests.builders.stripe_orders import charge_of
from tests.builders.stripe_transfers import (
    LATER,
    balance_there,
    brand_payee,
    executed_run,
    payout_of,
    r23_online,
    release,
    released_through_stripe,
    transferred,
    transfers,
    transfers_there,
)
from tests.builders.stripe_world import StripeWorld


@pytest.fixture
def shop(stripe_app: Application, shop: Shop) -> Shop:
    return r23_online(shop, stripe_app.clock())


def test_a_mixed_run_to_the_cent(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """388.80 settles as 69.98, fee 2.33 = 12.95. Lin 42.21 → 7.59. The brand 315.49 − 12.95 = 302.54: (388.80 − 12.95) × 69.98 ÷ 388.80 = 67.64,
    less 7.59, He's 1.39, the store's 3.49 and the platform's 0.70, is 54.47."""
    placed = released_through_stripe(stripe_app, world, shop)
    charge = charge_of(shop, placed)
    assert (charge.amount_minor, charge.settled_minor, charge.fee_minor, charge.fee_order_minor) == (38880, 6998, 233, 1295)
    brand = brand_payee(shop)
    lin, own, store = (a_ready_account(stripe_app, world, shop.brand_id, payee) for payee in (shop.lin.payee_id, brand, shop.store.payee_id))
    filled_in(stripe_app, world, store, "restrict")
    run = executed_run(stripe_app, shop)
    assert (run.provider, run.file_key, run.payout_count, run.amount_minor) == ("stripe, files", file_key(shop.brand_id, run.id), 3, 30254 + 4221 + 777)
    states = {payee: (one.method, one.state, one.reason) for payee, one in payouts(shop.session, run).items()}
    assert states == {shop.lin.payee_id: ("stripe", "sent", ""), brand: ("stripe", "sent", ""), shop.he.payee_id: ("payroll", "paid", ""),
                      shop.store.payee_id: ("stripe", "left_out", "account_restricted")}
    listed = stripe_app.gateways.files.get(run.file_key).decode("utf-8-sig")
    assert "何敏" in listed and "林晓芸" not in listed, "nobody who is paid by transfer is in a file"
    whole(shop)
    assert transferred(stripe_app, shop) == 2
    assert {one.payee_id: (one.state, one.amount_minor, one.currency, one.settled_minor, one.settled_currency) for one in transfers(shop)} == {
        shop.lin.payee_id: ("sent", 4221, "CNY", 759, "SGD"), brand: ("sent", 30254, "CNY", 5447, "SGD")}
    hers = payout_of(shop, shop.lin.payee_id)
    assert (hers.state, hers.confirmed_at, hers.provider_ref) == ("paid", stripe_app.clock() + LATER, transfers(shop, shop.lin.payee_id)[0].provider_ref)
    assert due_to(shop, shop.lin.payee_id) == {"paid": 4221} and due_to(shop, shop.store.payee_id) == {"available": 1944}
    there = transfers_there(stripe_app.gateways.online, placed)
    assert {(one.account_ref, one.amount_minor, one.currency, one.charge_ref) for one in there} == {
        (lin.provider_ref, 759, "SGD", charge.charge_ref), (own.provider_ref, 5447, "SGD", charge.charge_ref)}
    assert [balance_there(world, ref) for ref in (lin.provider_ref, own.provider_ref, "platform")] == [759, 5447, 6998 - 233 - 759 - 5447]
    assert [(one.currency, one.sent, one.waiting, one.settled_minor) for one in transfer_sums(shop.session, brand_id=shop.brand_id, run_id=run.id)] == [
        ("SGD", 2, 0, 759 + 5447)]
    told = shop.session.scalars(select(Notice.kind).where(Notice.account_id == shop.lin.account_id)).all() if shop.lin.account_id else ["paid_out"]
    assert "paid_out" in told
    assert transferred(stripe_app, shop) == 0 and len(transfers_there(stripe_app.gateways.online, placed)) == 2
    whole(shop)


def test_the_job_sends_what_a_run_left(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Queued when the run is executed, and found again every five minutes while anything waits."""
    placed = released_through_stripe(stripe_app, world, shop)
    a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    executed_run(stripe_app, shop)
    queued = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'send_transfers' AND (args ->> 'brand_id')::int = :brand")
    assert shop.session.scalar(queued, {"brand": shop.brand_id}) == 1
    shop.session.commit()
    queue_app(stripe_app, by_itself=False)
    with stripe_app.app_context():
        run_job(stripe_app, REGISTRY["find_unsent_transfers"], {})
        assert shop.session.scalar(queued, {"brand": shop.brand_id}) == 2
        shop.session.commit()
        run_job(stripe_app, REGISTRY["send_transfers"], {"brand_id": shop.brand_id})
        assert payout_of(shop, shop.lin.payee_id).state == "paid"
        run_job(stripe_app, REGISTRY["find_unsent_transfers"], {})
    assert shop.session.scalar(queued, {"brand": shop.brand_id}) == 2, "nothing waits any more"
    assert len(transfers_there(stripe_app.gateways.online, placed)) == 1


def test_two_orders_and_a_reward(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """42.21 of each charge, and 10.00 that no order earned at the last charge's rate: 10.00 × 69.98 ÷ 388.80 = 1.79, from what is available."""
    first, second = (released_through_stripe(stripe_app, world, shop) for _ in range(2))
    account = a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    credit(shop.session, shop.lin.payee_id, 1000, now=stripe_app.clock())
    shop.session.commit()
    executed_run(stripe_app, shop)
    assert transferred(stripe_app, shop) == 3
    rows = transfers(shop, shop.lin.payee_id)
    assert [(one.payment_id, one.amount_minor, one.settled_minor) for one in rows] == [
        (charge_of(shop, first).payment_id, 4221, 759), (charge_of(shop, second).payment_id, 4221, 759), (None, 1000, 179)]
    assert payout_of(shop, shop.lin.payee_id).provider_ref == f"{rows[0].provider_ref} +2"
    assert balance_there(world, account.provider_ref) == 759 + 759 + 179
    whole(shop)


def test_a_withdrawal_is_paid_from_the_oldest_charge(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """She asks for 50.00: 42.21 of the first, 7.79 of the second; the next run pays what is left of the second, 34.42. No bank account is needed."""
    payee = shop.session.scalars(select(Payee).where(Payee.id == shop.lin.payee_id)).one()
    payee.tax_kind = "individual"
    shop.session.scalars(select(BrandSettings)).one().tax_scheme = "none"
    shop.session.commit()
    first, second = (released_through_stripe(stripe_app, world, shop) for _ in range(2))
    a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    request_withdrawal(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=5000, now=stripe_app.clock() + LATER)
    shop.session.commit()
    executed_run(stripe_app, shop, "withdrawals")
    assert transferred(stripe_app, shop) == 2
    executed_run(stripe_app, shop)
    assert transferred(stripe_app, shop) == 1
    one, two = charge_of(shop, first).payment_id, charge_of(shop, second).payment_id
    assert [(row.payment_id, row.amount_minor, row.settled_minor) for row in transfers(shop, shop.lin.payee_id)] == [
        (one, 4221, 759), (two, 779, 140), (two, 3442, 619)]
    assert due_to(shop, shop.lin.payee_id) == {"paid": 8442}
    whole(shop)


def test_tax_stays_and_the_net_travels(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Ten cases of 299.00 without a coupon, 12 %: 358.80 each … 3,588.00; labour tax (3,588 − 800) × 20 % = 557.60; net 3,030.40."""
    shop.session.scalars(select(Payee).where(Payee.id == shop.lin.payee_id)).one().tax_kind = "individual"
    terms = shop.session.scalars(select(BrandSettings)).one()
    terms.tax_scheme = "cn_labour"
    shop.session.commit()
    placed = released_through_stripe(stripe_app, world, shop, (shop.case, 100), codes=())
    a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    executed_run(stripe_app, shop)
    assert transferred(stripe_app, shop) == 1
    hers = payout_of(shop, shop.lin.payee_id)
    assert (hers.amount_minor, hers.tax_withheld_minor, hers.state) == (358800, 55760, "paid")
    [row] = transfers(shop, shop.lin.payee_id)
    assert (row.payment_id, row.amount_minor, row.settled_minor) == (charge_of(shop, placed).payment_id, 303040, 54547), "3,030.40 × 0.18"
    whole(shop)


def test_the_brand_is_paid_only_what_came_in_through_the_provider(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """An order that was played at the till is no money at Stripe; without an account the brand is in no run at all."""
    brand = brand_payee(shop)
    received_order(shop, (shop.case, 1))
    placed = released_through_stripe(stripe_app, world, shop)
    executed_run(stripe_app, shop)
    assert brand not in set(shop.session.scalars(select(Payout.payee_id)))
    a_ready_account(stripe_app, world, shop.brand_id, brand)
    assert due_to(shop, brand)["available"] > 30254
    executed_run(stripe_app, shop)
    assert payout_of(shop, brand).amount_minor == 30254
    assert transferred(stripe_app, shop) == 1 and transfers_there(stripe_app.gateways.online, placed)[0].amount_minor == 5447
    whole(shop)


def test_shipping_is_the_brands_once_the_order_is_complete(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """388.80 + 12.00 settle as 72.14, fee 2.39 = 13.28. The brand: 315.49 + 12.00 − 13.28 = 314.21; (400.80 − 13.28) × 72.14 ÷ 400.80 = 69.74,
    less 7.59, 1.39, 3.49 and 0.70, is 56.57. A refund of the shipping afterwards is owed by the brand."""
    shop.session.scalars(select(BrandSettings)).one().shipping_fee_minor = 1200
    shop.session.commit()
    placed = released_through_stripe(stripe_app, world, shop)
    charge, brand = charge_of(shop, placed), brand_payee(shop)
    assert (charge.amount_minor, charge.settled_minor, charge.fee_minor, charge.fee_order_minor) == (40080, 7214, 239, 1328)
    assert due_to(shop, brand) == {"available": 31549 + 1200 - 1328}
    a_ready_account(stripe_app, world, shop.brand_id, brand)
    executed_run(stripe_app, shop)
    assert transferred(stripe_app, shop) == 1
    assert [(row.amount_minor, row.settled_minor) for row in transfers(shop, brand)] == [(31421, 5657)]
    whole(shop)
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, shipping_minor=1200, reason="补偿", now=stripe_app.clock() + LATER)
    shop.session.commit()
    assert due_to(shop, brand) == {"paid": 31421, "available": -1200}
    whole(shop)


def test_rewards_the_brand_gives_go_off_what_it_gets(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """10.00 given before it had an account it paid itself, 10.00 since are paid out of the same balance: 302.54 − 10.00."""
    brand = brand_payee(shop)
    credit(shop.session, shop.he.payee_id, 1000, now=stripe_app.clock() - LATER)
    released_through_stripe(stripe_app, world, shop)
    a_ready_account(stripe_app, world, shop.brand_id, brand)
    credit(shop.session, shop.he.payee_id, 1000, now=stripe_app.clock())
    shop.session.commit()
    executed_run(stripe_app, shop)
    assert payout_of(shop, brand).amount_minor == 29254
    whole(shop)


def test_what_a_bank_asks_back_is_not_claimed(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Of two released orders one is disputed: 42.21 now, 42.21 once the bank has ruled for the brand."""
    first, second = (released_through_stripe(stripe_app, world, shop) for _ in range(2))
    a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    opened = open_chargeback(shop.session, brand_id=shop.brand_id, order_id=first.order_id, provider_ref="CB-1", amount_minor=38880, now=stripe_app.clock())
    shop.session.commit()
    executed_run(stripe_app, shop)
    assert transferred(stripe_app, shop) == 1
    assert [one.payment_id for one in transfers(shop, shop.lin.payee_id)] == [charge_of(shop, second).payment_id]
    win_chargeback(shop.session, brand_id=shop.brand_id, chargeback_id=opened.id, now=stripe_app.clock())
    shop.session.commit()
    executed_run(stripe_app, shop)
    assert transferred(stripe_app, shop) == 1
    assert [one.payment_id for one in transfers(shop, shop.lin.payee_id)] == [charge_of(shop, second).payment_id, charge_of(shop, first).payment_id]
    whole(shop)


def test_who_is_restricted_between_draft_and_execution_is_taken_out(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    released_through_stripe(stripe_app, world, shop)
    account = a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    run = approved(shop.session, now=stripe_app.clock() + LATER)
    filled_in(stripe_app, world, account, "restrict")
    execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=stripe_app.gateways.payouts, now=stripe_app.clock() + LATER)
    shop.session.commit()
    hers = payout_of(shop, shop.lin.payee_id)
    assert (hers.state, hers.reason, due_to(shop, shop.lin.payee_id)) == ("cancelled", "account_restricted", {"available": 4221})
    assert transferred(stripe_app, shop) == 0
    whole(shop)


def test_an_account_that_is_not_ready_yet_is_paid_the_way_it_was(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """And where nothing ever came in through the provider, an account is no reason to send anything through it."""
    with_account(shop.session, shop.lin.payee_id)
    shop.session.scalars(select(BrandSettings)).one().tax_scheme = "none"
    received_order(shop, (shop.case, 1))
    release(shop, stripe_app.clock() + LATER)
    a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    run = executed_run(stripe_app, shop)
    assert (payout_of(shop, shop.lin.payee_id).method, run.provider) == ("bank", "files")
    whole(shop)


def test_headquarters_cannot_say_what_only_the_provider_knows(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """The bank speaks of no transfer. What has not left may fail and is due again; what has left may not."""
    placed = released_through_stripe(stripe_app, world, shop)
    a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    run = executed_run(stripe_app, shop)
    assert confirm_payouts(shop.session, brand_id=shop.brand_id, run_id=run.id, now=stripe_app.clock() + LATER) == 2, "He and the store by file"
    hers = payout_of(shop, shop.lin.payee_id)
    fail_payout(shop.session, brand_id=shop.brand_id, run_id=run.id, payout_id=hers.id, reason="她要现金", now=stripe_app.clock() + LATER)
    shop.session.commit()
    assert transferred(stripe_app, shop) == 0 and due_to(shop, shop.lin.payee_id) == {"available": 4221}
    again = executed_run(stripe_app, shop)
    assert transferred(stripe_app, shop) == 1
    with pytest.raises(Conflict) as refused:
        fail_payout(shop.session, brand_id=shop.brand_id, run_id=again.id, payout_id=payout_of(shop, shop.lin.payee_id).id, reason="x", now=stripe_app.clock())
    assert refused.value.code == "transfers_sent"
    shop.session.rollback()
    assert len(transfers_there(stripe_app.gateways.online, placed)) == 1
    whole(shop)


def test_all_by_transfer_writes_no_file(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    released_through_stripe(stripe_app, world, shop)
    for payee in (shop.lin.payee_id, shop.he.payee_id, shop.store.payee_id):
        a_ready_account(stripe_app, world, shop.brand_id, payee)
    run = executed_run(stripe_app, shop)
    assert (run.provider, run.file_key, stripe_app.gateways.files.has(file_key(shop.brand_id, run.id))) == ("stripe", "", False)
    assert transferred(stripe_app, shop) == 3
    shop.session.rollback()
    assert shop.session.scalars(select(PayoutRun.reconciled_at).where(PayoutRun.id == run.id)).one() is not None
    whole(shop)


def test_a_charge_that_is_not_settled_yet_is_waited_for(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Nothing is taken from elsewhere for what a charge will cover once the provider says what it came to."""
    placed = released_through_stripe(stripe_app, world, shop)
    released_through_stripe(stripe_app, world, shop)
    a_ready_account(stripe_app, world, shop.brand_id, shop.lin.payee_id)
    charge = charge_of(shop, placed)
    charge.settled_minor, charge.settled_currency = None, ""
    shop.session.commit()
    executed_run(stripe_app, shop)
    assert transferred(stripe_app, shop) == 0 and transfers(shop) == []
    charge = charge_of(shop, placed)
    charge.settled_minor, charge.settled_currency = 6998, "SGD"
    shop.session.commit()
    assert transferred(stripe_app, shop) == 2 and payout_of(shop, shop.lin.payee_id).state == "paid"
    whole(shop)


