"""Estimated → pending → held → available, with base, rate, rule, reversal and unlock date (R4, R11, R12)."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.orders.models import OrderLine
from app.flows.deliver_order import deliver_order
from app.flows.pay_order import apply_payment_event
from app.flows.refund_order import RefundAsk, refund_order
from app.flows.settle_period import settle
from app.flows.ship_order import ship_order
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock

ZH = {"Accept-Language": "zh-CN"}


def text(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=ZH)
    assert answer.status_code == 200
    return answer.text


def test_a_line_from_order_to_statement(lin: FlaskClient, shop: Shop, clock: TestClock) -> None:
    """299.00 × 12 % = 35.88; 100.00 of 299.00 refunded takes 12.00 back; 23.88 stay."""
    session, brand_id = shop.session, shop.brand_id
    placed = shop.order((shop.case, 1))
    session.commit()
    today = text(lin, "/guide/")
    for word in ("35.88", "今天预估 · 1 单", "1 单等顾客付款"):
        assert word in today
    assert "35.88" in text(lin, "/guide/earnings?state=est")

    assert placed.payment_id is not None
    apply_payment_event(session, brand_id=brand_id, payment_id=placed.payment_id, provider="sandbox", event_id="e", outcome="succeed",
                        amount_minor=placed.total_minor, currency="CNY", payload={}, now=NOON)
    session.commit()
    assert "35.88" in text(lin, "/guide/earnings?state=pend")
    assert "1 单等待发货" in text(lin, "/guide/")

    ship_order(session, brand_id=brand_id, order_id=placed.order_id, lines=None, carrier="顺丰", tracking_no="SF1", now=NOON)
    deliver_order(session, brand_id=brand_id, order_id=placed.order_id, now=NOON + timedelta(days=1))
    line = session.scalars(select(OrderLine)).one()
    refund_order(session, brand_id=brand_id, order_id=placed.order_id, lines=[RefundAsk(line.id, None, 10000)], reason="箱角磕碰", now=NOON + timedelta(days=2))
    session.commit()
    clock.now = NOON + timedelta(days=3)
    held = text(lin, "/guide/earnings?state=held")
    for word in ("299.00", "12%", "35.88", "23.88", "−12.00", "箱角磕碰", "35.88 × 100.00 ÷ 299.00 = 12.00", "12 月 8 日可提现", "还有 13 天", "打开你的链接"):
        assert word in held, word

    clock.now = NOON + timedelta(days=20)
    settle(session, brand_id=brand_id, as_of=clock.now, now=clock.now)
    session.commit()
    assert "23.88" in text(lin, "/guide/earnings?state=avail")
    assert "2026-12" in text(lin, "/guide/statements")
    month = text(lin, "/guide/statements/2026-12")
    assert month.count("23.88") >= 3
    table = lin.get("/guide/statements/2026-12.csv", headers=ZH)
    assert table.mimetype == "text/csv"
    assert "23.88" in table.text


def test_every_state_and_month_has_a_page(lin: FlaskClient) -> None:
    for state in ("", "est", "pend", "held", "avail", "way", "paid", "nonsense"):
        assert lin.get(f"/guide/earnings?state={state}").status_code == 200
    for month in ("2027-01", "2026-13", "nonsense", "2026-1", "9999-99"):
        assert lin.get(f"/guide/statements/{month}").status_code == 404
        assert lin.get(f"/guide/statements/{month}.csv").status_code == 404
    assert lin.get("/guide/statements/2026-11").status_code == 200
