"""R34: for each claim of `ledger check`, a fault planted behind the house's back is found, and by that claim."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from app.config import Settings
from app.domain.brands.models import BrandSettings
from app.domain.ledger.checking import CLAIMS, check_ledger
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.flows.pay_out import draft_payout_run
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.kernel.tenancy import BrandSession
from tests.builders.money import HOLD_OVER, lines_of, paid_order, received_order, unguarded, whole
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

ENTRY = """INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, order_line_id, posted_at)
SELECT e.brand_id, gen_random_uuid(), e.transaction_id, e.payee_id, e.role, side.phase, e.kind, side.amount, e.order_line_id, e.posted_at
FROM (SELECT * FROM ledger_entries WHERE brand_id = :brand AND role = 'guide' AND kind = 'paid' LIMIT 1) e, {sides}"""

SUBSIDY = """INSERT INTO ledger_entries (brand_id, id, transaction_id, payee_id, role, phase, kind, amount_minor, order_line_id, posted_at)
SELECT e.brand_id, gen_random_uuid(), e.transaction_id, e.payee_id, 'store_subsidy', side.phase, e.kind, side.amount, e.order_line_id, e.posted_at
FROM (SELECT * FROM ledger_entries WHERE brand_id = :brand AND role = 'store' AND kind = 'paid' LIMIT 1) e, (VALUES ('pending', -1)) AS side(phase, amount)"""

FAULTS = {
    "transactions sum to zero": [
        "UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE brand_id = :brand AND role = 'brand' AND kind = 'placed'",
        "UPDATE ledger_entries SET amount_minor = amount_minor - 1 WHERE brand_id = :brand AND role = 'brand' AND kind = 'paid' AND phase = 'estimated'"],
    "postings sum to zero": ["DELETE FROM ledger_entries WHERE brand_id = :brand AND role = 'store' AND kind = 'paid' AND phase = 'pending'"],
    "shares sum to the base": ["UPDATE commission_lines SET amount_minor = amount_minor + 1 WHERE brand_id = :brand AND role = 'brand'"],
    "what a share is worth is what the ledger says": [
        """UPDATE commission_lines SET amount_minor = amount_minor + CASE role WHEN 'guide' THEN 1 ELSE -1 END
           WHERE brand_id = :brand AND role IN ('guide', 'brand')"""],
    "reversed is at most the original": [ENTRY.format(sides="(VALUES ('pending', -999999), ('available', 1)) AS side(phase, amount)")],
    "no phase owes a share less than nothing": [ENTRY.format(sides="(VALUES ('held', -999999), ('available', 999999)) AS side(phase, amount)")],
    "a share stands with who holds it": [
        """INSERT INTO share_moves (brand_id, id, commission_line_id, version, payee_id, dispute_id, moved_at)
           SELECT c.brand_id, gen_random_uuid(), c.id, 2, (SELECT id FROM payees WHERE brand_id = :brand AND party = 'brand'), gen_random_uuid(), now()
           FROM commission_lines c WHERE c.brand_id = :brand AND c.role = 'guide'"""],
    "a coupon's funders give what the line says": ["UPDATE commission_lines SET funded_minor = 1 WHERE brand_id = :brand AND role = 'store'"],
    "a subsidy is at most what was funded": [SUBSIDY],
    "only open parcels wait for who fulfils": [
        """UPDATE ledger_entries SET payee_id = (SELECT id FROM payees WHERE brand_id = :brand AND party = 'fulfilment')
           WHERE brand_id = :brand AND role = 'store' AND phase = 'held' AND kind = 'received'"""],
    "refunds are what the lines say": ["UPDATE order_lines SET refunded_minor = refunded_minor + 1 WHERE brand_id = :brand"],
    "the shopper's money is what the ledger holds": ["UPDATE payments SET refunded_minor = refunded_minor + 1 WHERE brand_id = :brand"],
    "a payout is the sum of its entries": [
        """DELETE FROM payout_entries WHERE brand_id = :brand
           AND payout_id = (SELECT payout_id FROM payout_entries WHERE brand_id = :brand ORDER BY 1 LIMIT 1)"""],
    "each paid entry is in exactly one payout": ["UPDATE payouts SET state = 'cancelled' WHERE brand_id = :brand AND state = 'draft'"],
    "a payout by transfer is what was transferred": ["UPDATE payouts SET method = 'stripe', state = 'paid' WHERE brand_id = :brand AND state = 'draft'"],
    "transfers of a charge are at most what it settled": [
        """INSERT INTO charges (brand_id, id, payment_id, provider, intent_ref, charge_ref, amount_minor, currency, settled_minor, settled_currency, charged_at)
           SELECT brand_id, gen_random_uuid(), id, 'stripe', 'pi_1', 'ch_1', 1000, 'CNY', 180, 'SGD', now() FROM payments WHERE brand_id = :brand LIMIT 1""",
        """INSERT INTO transfers (brand_id, id, payout_id, payment_id, payee_id, account_id, amount_minor, currency, settled_minor, settled_currency, state, created_at)
           SELECT c.brand_id, gen_random_uuid(), p.id, c.payment_id, p.payee_id, gen_random_uuid(), 900, 'CNY', 91, 'SGD', 'sent', now()
           FROM charges c JOIN (SELECT * FROM payouts WHERE brand_id = :brand ORDER BY id LIMIT 2) p ON true WHERE c.brand_id = :brand"""],
    "tax withheld is what payouts say": ["UPDATE payouts SET tax_withheld_minor = 1, state = 'paid' WHERE brand_id = :brand AND state = 'draft'"],
    "what is asked for is set aside": [
        """INSERT INTO withdrawals (brand_id, id, number, payee_id, amount_minor, state, requested_at)
           SELECT brand_id, gen_random_uuid(), 1, id, 1, 'requested', now() FROM payees WHERE brand_id = :brand AND party = 'guide' LIMIT 1"""],
    "stock and reservations are not negative": [
        "ALTER TABLE variants DROP CONSTRAINT ck_variants_stock", "UPDATE variants SET stock = -1 WHERE brand_id = :brand"],
    "reservations are what open orders hold": ["UPDATE variants SET reserved = reserved + 1 WHERE brand_id = :brand"],
}


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    """A paid order, a received one partly refunded, settled and drafted for payout."""
    shop = a_shop(session)
    settings = session.scalars(select(BrandSettings)).one()
    settings.two_levels, settings.shipping_fee_minor = True, 1200
    session.commit()
    old = received_order(shop)
    refund_order(session, brand_id=shop.brand_id, order_id=old.order_id, lines=[RefundAsk(lines_of(shop, old)[0].id, amount_minor=999)], now=NOON)
    act_as(session, command("one"))
    settle(session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    draft_payout_run(session, brand_id=shop.brand_id, now=HOLD_OVER)
    session.commit()
    paid_order(shop)
    whole(shop)
    session.commit()
    return shop


def test_each_claim_finds_its_fault(shop: Shop, settings: Settings) -> None:
    assert set(FAULTS) == set(CLAIMS), "a claim without a fault proves nothing"
    for claim, faults in FAULTS.items():
        with unguarded(settings, shop.brand_id) as bare:
            for fault in faults:
                assert bare.execute(text(fault), {"brand": shop.brand_id} if ":brand" in fault else {}).rowcount != 0, claim
            found = {violation.rule for violation in check_ledger(bare, brand_id=shop.brand_id)}
            assert claim in found, (claim, found)


def test_another_brands_fault_is_not_this_brands(shop: Shop, settings: Settings) -> None:
    with unguarded(settings, shop.brand_id) as bare:
        bare.execute(text("UPDATE variants SET reserved = reserved + 1 WHERE brand_id = :brand"), {"brand": shop.brand_id})
        assert check_ledger(bare, brand_id=shop.brand_id - 1) == []
