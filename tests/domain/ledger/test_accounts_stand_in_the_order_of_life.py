"""A payee's accounts are listed as money goes through them, not by the letters of their codes."""

from __future__ import annotations

from app.domain.ledger.queries import PHASES, accounts
from app.flows.settle_period import settle
from app.flows.withdraw import request_withdrawal
from app.kernel.tenancy import BrandSession
from tests.builders.money import HOLD_OVER, paid_order, received_order
from tests.builders.payouts import drafted, executed
from tests.builders.shops import a_shop


def test_estimated_comes_first_and_paid_last(session: BrandSession) -> None:
    shop = a_shop(session)
    session.commit()
    received_order(shop, (shop.case, 3))
    settle(session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    request_withdrawal(session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=1000, now=HOLD_OVER)
    session.commit()
    executed(session, "withdrawals", now=HOLD_OVER)
    paid_order(shop, (shop.case, 1))
    drafted(session, now=HOLD_OVER)
    found = [one.phase for one in accounts(session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id) if one.role == "guide"]
    assert found == [phase for phase in PHASES if phase in found] and len(found) >= 5
    assert found != sorted(found), "by their codes they would read otherwise"
    house = [one.phase for one in accounts(session, brand_id=shop.brand_id) if one.role == "clearing"]
    assert house == ["expected", "received"]
