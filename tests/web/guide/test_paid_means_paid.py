"""R12: what is in a payout run or asked for is on its way; it stands under 已打款 only when it was paid, line by line."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.ledger.queries import balances
from app.domain.orders.models import OrderLine
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.domain.settlement.models import Withdrawal
from app.flows.pay_out import approve_payout_run, cancel_payout_run, execute_payout_run
from app.flows.reconcile_payouts import fail_payout
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.withdraw import cancel_withdrawal, request_withdrawal
from app.gateways.payouts.files import FilePayouts
from tests.builders.money import HOLD_OVER, received_order, whole
from tests.builders.payouts import drafted, executed, payouts, some_files
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop

HOUR = timedelta(hours=1)


@pytest.fixture
def earned(shop: Shop) -> Shop:
    """Lin has two lines available: 299.00 × 12 % = 35.88 (older) and 59.90 × 8 % = 4.79."""
    received_order(shop, (shop.case, 1))
    received_order(shop, (shop.cover, 1))
    settle(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    shop.session.commit()
    return shop


def lines(lin: FlaskClient, state: str) -> list[str]:
    """The amounts of the lines of one tab."""
    html = lin.get(f"/guide/earnings?state={state}", headers=ZH).get_data(as_text=True)
    return [re.sub(r"[^\d.]", "", re.sub(r"<del>.*?</del>", "", one)) for one in re.findall(r'<span class="am">(.*?)</span></summary>', html, re.S)]


def figures(lin: FlaskClient) -> tuple[str, str, str]:
    """可提现, 打款中, 已打款, on her first page as on her earnings."""
    read = []
    for path in ("/guide/", "/guide/earnings"):
        text = re.sub(r"<[^>]+>|\s", "", lin.get(path, headers=ZH).get_data(as_text=True))
        found = re.search(r"冻结[\d.,]+可提现(−?[\d.,]+?\d\d)打款中([\d.,]+?\d\d)已打款([\d.,]+?\d\d)", text)
        assert found, path
        read.append(found.groups())
    assert read[0] == read[1]
    return read[0]


def test_a_payout_run_is_on_its_way_until_executed(lin: FlaskClient, earned: Shop) -> None:
    session = earned.session
    assert figures(lin) == ("40.67", "0.00", "0.00") and sorted(lines(lin, "avail")) == ["35.88", "4.79"]
    run = drafted(session, now=HOLD_OVER)
    assert figures(lin) == ("0.00", "40.67", "0.00")
    assert lines(lin, "avail") == lines(lin, "paid") == [] and sorted(lines(lin, "way")) == ["35.88", "4.79"]
    act_as(session, command("other"))
    approve_payout_run(session, brand_id=earned.brand_id, run_id=run.id, now=HOLD_OVER)
    session.commit()
    assert figures(lin) == ("0.00", "40.67", "0.00")
    execute_payout_run(session, brand_id=earned.brand_id, run_id=run.id, provider=FilePayouts(some_files()), now=HOLD_OVER)
    session.commit()
    assert figures(lin) == ("0.00", "0.00", "40.67")
    assert lines(lin, "way") == [] and sorted(lines(lin, "paid")) == ["35.88", "4.79"]
    hers = payouts(session, run)[earned.lin.payee_id].id
    assert lin.get("/guide/earnings?state=paid", headers=ZH).get_data(as_text=True).count(f"/guide/payouts/{hers}") == 2, "each line leads to its payout"


def test_a_cancelled_run_gives_the_lines_back(lin: FlaskClient, earned: Shop) -> None:
    run = drafted(earned.session, now=HOLD_OVER)
    cancel_payout_run(earned.session, brand_id=earned.brand_id, run_id=run.id, now=HOLD_OVER)
    earned.session.commit()
    assert figures(lin) == ("40.67", "0.00", "0.00") and sorted(lines(lin, "avail")) == ["35.88", "4.79"]


def test_a_withdrawn_line_leaves_the_available_ones(lin: FlaskClient, earned: Shop) -> None:
    """36.00 asked for: all of the older line and 0.12 of the younger, which stays with a word about it."""
    session, brand_id = earned.session, earned.brand_id
    request_withdrawal(session, brand_id=brand_id, payee_id=earned.lin.payee_id, amount_minor=3600, now=HOLD_OVER)
    session.commit()
    assert figures(lin) == ("4.67", "36.00", "0.00")
    assert (lines(lin, "avail"), lines(lin, "way"), lines(lin, "paid")) == (["4.79"], ["35.88"], [])
    assert "提现中 ¥0.12" in lin.get("/guide/earnings?state=avail", headers=ZH).get_data(as_text=True)
    run = executed(session, "withdrawals", now=HOLD_OVER)
    assert figures(lin) == ("4.67", "0.00", "36.00")
    assert (lines(lin, "avail"), lines(lin, "way"), lines(lin, "paid")) == (["4.79"], [], ["35.88"])
    executed(session, now=HOLD_OVER)
    assert (lines(lin, "avail"), sorted(lines(lin, "paid"))) == ([], ["35.88", "4.79"]), "the run takes what the withdrawal left"
    fail_payout(session, brand_id=brand_id, run_id=run.id, payout_id=payouts(session, run)[earned.lin.payee_id].id, reason="账户不符", now=HOLD_OVER)
    session.commit()
    assert figures(lin) == ("36.00", "0.00", "4.67"), "what came back may be asked for again"
    whole(earned)


def test_who_changes_her_mind_has_her_lines_again(lin: FlaskClient, earned: Shop) -> None:
    session, brand_id = earned.session, earned.brand_id
    asked = request_withdrawal(session, brand_id=brand_id, payee_id=earned.lin.payee_id, amount_minor=4067, now=HOLD_OVER)
    session.commit()
    assert lines(lin, "avail") == []
    cancel_withdrawal(session, brand_id=brand_id, withdrawal_id=asked.id, now=HOLD_OVER)
    session.commit()
    assert sorted(lines(lin, "avail")) == ["35.88", "4.79"] and session.scalars(select(Withdrawal.state)).all() == ["cancelled"]


def test_a_line_that_covered_a_clawback_says_so(lin: FlaskClient, earned: Shop) -> None:
    """40.67 paid; the case comes back: −35.88. The next case covers it to the fen and stands with the paid, for she has had that money."""
    session, brand_id = earned.session, earned.brand_id
    executed(session, now=HOLD_OVER)
    first = session.scalars(select(OrderLine).where(OrderLine.variant_id == earned.case)).one()
    refund_order(session, brand_id=brand_id, order_id=first.order_id, lines=[RefundAsk(first.id, quantity=1)], now=HOLD_OVER + HOUR)
    received_order(earned, (earned.case, 1))
    settle(session, brand_id=brand_id, as_of=HOLD_OVER + 2 * HOUR, now=HOLD_OVER + 2 * HOUR)
    session.commit()
    assert balances(session, brand_id=brand_id, payee_id=earned.lin.payee_id)["available"] == 0
    assert lines(lin, "avail") == [] and sorted(lines(lin, "paid")) == ["35.88", "4.79"]
    assert "抵了之前的扣回 ¥35.88" in lin.get("/guide/earnings?state=paid", headers=ZH).get_data(as_text=True)
