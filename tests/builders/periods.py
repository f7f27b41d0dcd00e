"""A month in which everything happens to money: for statements, brand books, reconciliation and reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.ledger.models import Payee
from app.domain.people.actors import command
from app.domain.people.audit import act_as
from app.flows.charge_back import lose_chargeback, open_chargeback
from app.flows.pay_out import approve_payout_run, draft_payout_run, execute_payout_run
from app.flows.place_order import PlacedOrder
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.withdraw import request_withdrawal
from app.flows.write_off import approve_write_off, request_write_off
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import LocalFiles
from tests.builders.money import lines_of, received_order
from tests.builders.sales import BOTH
from tests.builders.shops import Shop
from tests.conftest import NOON

RELEASED, PAID, TAKEN, FORGIVEN, ASKED = (NOON + timedelta(days=days) for days in (16, 17, 18, 19, 20))


@dataclass
class Month:
    """Of the R23 shop. first: its worked order; second: one case, refunded and forgiven; third: one case, charged back."""

    shop: Shop
    first: PlacedOrder
    second: PlacedOrder
    third: PlacedOrder


def a_month(shop: Shop) -> Month:
    """Lin: 33.31 + 8.90 (less 12.65 refunded before release), 35.88 twice; all paid out but 5.00 she asks for at the end."""
    session, brand_id = shop.session, shop.brand_id
    shop.session.scalars(select(BrandSettings)).one().company_invoices = False
    for payee in session.scalars(select(Payee).where(Payee.party == "guide")):
        payee.tax_kind = "employee"
    first = received_order(shop, coupon_codes=BOTH)
    refund_order(session, brand_id=brand_id, order_id=first.order_id, lines=[RefundAsk(lines_of(shop, first)[0].id, amount_minor=10000)], reason="划痕", now=NOON)
    second, third = (received_order(shop, (shop.case, 1)) for _ in range(2))
    settle(session, brand_id=brand_id, as_of=RELEASED, now=RELEASED)
    pay(shop, PAID)
    refund_order(session, brand_id=brand_id, order_id=second.order_id, lines=[RefundAsk(lines_of(shop, second)[0].id, quantity=1)], reason="七天无理由", now=TAKEN)
    opened = open_chargeback(session, brand_id=brand_id, order_id=third.order_id, provider_ref="CB-1", amount_minor=third.total_minor,
                             fee_minor=1500, reason="不是本人付款", now=TAKEN)
    lose_chargeback(session, brand_id=brand_id, chargeback_id=opened.id, now=TAKEN)
    forgive(shop, 3588, FORGIVEN)
    received_order(shop, (shop.case, 2))
    settle(session, brand_id=brand_id, as_of=ASKED + timedelta(days=10), now=ASKED)
    request_withdrawal(session, brand_id=brand_id, payee_id=shop.lin.payee_id, amount_minor=500, now=ASKED)
    session.commit()

    return Month(shop, first, second, third)


def pay(shop: Shop, now: datetime) -> None:
    session, brand_id = shop.session, shop.brand_id
    act_as(session, command("one"))
    run = draft_payout_run(session, brand_id=brand_id, now=now)
    act_as(session, command("two"))
    approve_payout_run(session, brand_id=brand_id, run_id=run.id, now=now)
    execute_payout_run(session, brand_id=brand_id, run_id=run.id, provider=FilePayouts(LocalFiles(Path(mkdtemp()))), now=now)
    session.commit()


def forgive(shop: Shop, amount_minor: int, now: datetime) -> None:
    session, brand_id = shop.session, shop.brand_id
    act_as(session, command("one"))
    row = request_write_off(session, brand_id=brand_id, payee_id=shop.lin.payee_id, amount_minor=amount_minor, reason="导购已离职", now=now)
    act_as(session, command("two"))
    approve_write_off(session, brand_id=brand_id, write_off_id=row.id, now=now)
    session.commit()
