"""A guide is told once of each sale, refund, release and payout of hers, with her own amount; nobody else is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.brands.actions import change_settings
from app.domain.guides.models import Guide
from app.domain.notices.actions import Telling, tell
from app.domain.notices.models import Notice
from app.domain.people.actors import Actor
from app.domain.people.audit import act_as
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.flows.reconcile_payouts import fail_payouts
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import LocalFiles
from app.kernel.tenancy import BrandSession
from tests.builders.money import HOLD_OVER, lines_of, paid_order, received_order
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session)


def told(shop: Shop, guide: Guide) -> list[tuple[str, dict[str, Any]]]:
    rows = shop.session.scalars(select(Notice).where(Notice.account_id == guide.account_id).order_by(Notice.at, Notice.id))
    return [(one.kind, {name: value for name, value in one.data.items() if not name.endswith("_id")}) for one in rows]


def test_a_sale_once_it_is_paid(shop: Shop) -> None:
    """R23 without coupons: 12 % of 299.00 is 35.88."""
    shop.order((shop.case, 1))
    assert told(shop, shop.lin) == []
    paid_order(shop, (shop.case, 1))
    assert [(kind, data["amount_minor"]) for kind, data in told(shop, shop.lin)] == [("sold", 3588)]
    assert told(shop, shop.he) == [], "a referrer's part is no sale of hers"


def test_a_refund_tells_what_it_took_back(shop: Shop) -> None:
    placed = paid_order(shop, (shop.case, 1))
    line = lines_of(shop, placed)[0]
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, amount_minor=14950)], now=NOON)
    assert told(shop, shop.lin)[1] == ("refunded", {"amount_minor": 1794, "number": placed.number}), "half of 35.88"


def test_shipping_alone_takes_nothing_and_tells_nothing(shop: Shop) -> None:
    change_settings(shop.session, brand_id=shop.brand_id, shipping_fee_minor=1200)
    placed = paid_order(shop, (shop.cover, 1))
    refund_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, shipping_minor=500, now=NOON)
    assert [kind for kind, _ in told(shop, shop.lin)] == ["sold"]


def test_release_payout_and_failure(shop: Shop, tmp_path: Any) -> None:
    received_order(shop, (shop.case, 1))
    settle(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    settle(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    act_as(shop.session, Actor("account", "drafts", "起草"))
    run = draft_payout_run(shop.session, brand_id=shop.brand_id, now=HOLD_OVER)
    act_as(shop.session, Actor("account", "approves", "批准"))
    approve_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, now=HOLD_OVER)
    execute_payout_run(shop.session, brand_id=shop.brand_id, run_id=run.id, provider=FilePayouts(LocalFiles(tmp_path)), now=HOLD_OVER)
    payout_id = shop.session.scalar(select(Notice.data["payout_id"].astext).where(Notice.account_id == shop.lin.account_id, Notice.kind == "paid_out"))
    fail_payouts(shop.session, brand_id=shop.brand_id, run_id=run.id, reasons={UUID(str(payout_id)): "账号不存在"}, now=HOLD_OVER)
    assert told(shop, shop.lin)[1:] == [
        ("released", {"amount_minor": 3588}),
        ("paid_out", {"amount_minor": 3588, "number": 1, "reason": ""}),
        ("payout_failed", {"amount_minor": 3588, "number": 1, "reason": "账号不存在"})]


def test_the_same_thing_is_told_once(shop: Shop) -> None:
    account = shop.lin.account_id
    assert account
    to = [Telling(account, {"amount_minor": 1})]
    assert [tell(shop.session, brand_id=shop.brand_id, kind="released", cause="settlement:1", to=to, now=NOON) for _ in range(2)] == [1, 0]
