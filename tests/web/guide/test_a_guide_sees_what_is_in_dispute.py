"""An open after-sale or chargeback is told to the guide with what it may cost her, and her money says why it waits (R12)."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.orders.queries import lines_of
from app.flows.answer_after_sale import reject_after_sale
from app.flows.ask_after_sale import LineAsk
from app.flows.refund_order import RefundAsk
from tests.builders.after_sales import another, ask, asked_back, charge_back, lose, paid_out, refund, settled
from tests.builders.money import received_order
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock

ZH = {"Accept-Language": "zh-CN"}


def text(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=ZH)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_return_of_one_of_two_may_cost_half(lin: FlaskClient, shop: Shop) -> None:
    """8 % of 119.80 is 9.58; one of two covers asked back: 4.79."""
    placed = received_order(shop, (shop.cover, 2))
    case = asked_back(shop, placed)
    page = text(lin, f"/guide/orders/{placed.order_id}")
    assert "处理中的售后" in page and "退货退款 · 待答复" in page and "−4.79" in page and case.number in page
    assert "售后中" in text(lin, "/guide/orders")
    earnings = text(lin, "/guide/earnings?state=held")
    assert earnings.count("冻结：售后中") == 2 and "处理完再解冻" in earnings
    assert "1 笔共 ¥9.58" in text(lin, "/guide/statements/2026-11")
    reject_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, answer="不符合", now=NOON)
    shop.session.commit()
    assert "处理中的售后" not in text(lin, f"/guide/orders/{placed.order_id}") and "冻结：售后中" not in text(lin, "/guide/earnings?state=held")


def test_an_exchange_costs_her_nothing(lin: FlaskClient, shop: Shop) -> None:
    placed = received_order(shop, (shop.case, 1))
    line = lines_of(shop.session, brand_id=shop.brand_id, order_id=placed.order_id)[0]
    ask(shop, placed, "exchange", LineAsk(line.id, 1, exchange_variant_id=another(shop, shop.case, "BLUE")))
    assert "不影响你的佣金" in text(lin, f"/guide/orders/{placed.order_id}")


def test_a_chargeback_is_told_and_then_explained(lin: FlaskClient, shop: Shop) -> None:
    """150.00 of 299.00: 35.88 × 150 / 299 = 18.00."""
    placed = received_order(shop, (shop.case, 1))
    row = charge_back(shop, placed, 15000)
    page = text(lin, f"/guide/orders/{placed.order_id}")
    assert "拒付 · 等银行裁定" in page and "−18.00" in page
    assert "冻结：拒付中" in text(lin, "/guide/earnings?state=held")
    lose(shop, row)
    earnings = text(lin, "/guide/earnings?state=held")
    assert "扣回 · 拒付" in earnings and "银行判顾客拒付成立" in earnings and "−18.00" in earnings
    assert "银行判顾客拒付成立" in text(lin, f"/guide/orders/{placed.order_id}")


def test_her_statement_says_what_covered_what(lin: FlaskClient, shop: Shop, clock: TestClock) -> None:
    """35.88 paid out and then taken back; the next 4.79 go against it, 31.09 are still to come."""
    shop.session.scalars(select(BrandSettings)).one().payout_minimum_minor = 0
    shop.session.commit()
    placed = received_order(shop, (shop.case, 1))
    settled(shop, NOON + timedelta(days=20))
    paid_out(shop, NOON + timedelta(days=20))
    line = lines_of(shop.session, brand_id=shop.brand_id, order_id=placed.order_id)[0]
    refund(shop, placed, RefundAsk(line.id, 1), now=NOON + timedelta(days=21))
    other = received_order(shop, (shop.cover, 1))
    settled(shop, NOON + timedelta(days=22))
    clock.now = NOON + timedelta(days=23)
    page = text(lin, "/guide/statements/2026-12")
    assert "先欠先抵" in page and "−35.88" in page and f"用 箱套 20 寸 …{other.number[-4:]} 抵" in page and "31.09" in page
