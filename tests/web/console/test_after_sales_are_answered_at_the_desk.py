"""Cases, chargebacks and debts in the console: listed, opened, answered, with what each party gives back told first."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.aftersales.models import AfterSale, Chargeback
from app.domain.brands.models import BrandSettings
from app.domain.orders.models import Order
from app.domain.orders.queries import lines_of
from app.domain.settlement.models import WriteOff
from app.flows.refund_order import RefundAsk
from app.kernel.ids import new_id
from tests.builders.after_sales import another, paid_out, refund, settled, stock
from tests.builders.sales import paid, received
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock


def text(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.get_data(as_text=True)


def lines(shop: Shop, order_id: UUID) -> list[UUID]:
    shop.session.rollback()
    return [line.id for line in lines_of(shop.session, brand_id=shop.brand_id, order_id=order_id)]


def opened(client: FlaskClient, shop: Shop, order_id: UUID, kind: str = "return_refund", **form: str) -> AfterSale:
    """A case entered at the desk for the first line, one piece unless said otherwise."""
    first = lines(shop, order_id)[0]
    data = form or ({f"quantity-{first}": "1"} if kind != "shipping_only" else {"shipping": "12"})
    answer = client.post(f"/console/orders/{order_id}/after-sale", data={"kind": kind, "reason": "尺寸不合", **data})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    shop.session.rollback()
    return shop.session.scalars(select(AfterSale).order_by(AfterSale.requested_at.desc(), AfterSale.id.desc())).first()  # type: ignore[return-value]


def step(client: FlaskClient, case: AfterSale, act: str, status: int = 303, **form: str) -> str:
    answer = client.post(f"/console/after-sales/{case.id}/{act}", data=form)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def state(shop: Shop, row: object) -> str:
    shop.session.rollback()
    return shop.session.scalars(select(type(row).state).where(type(row).id == row.id)).one()  # type: ignore[attr-defined]


def test_a_return_from_the_call_to_the_money(owner: FlaskClient, shop: Shop) -> None:
    """A was paid 263.30: 263.30 go back, and Lin's whole 33.31 with them."""
    placed = received(shop)
    case = opened(owner, shop, placed.order_id)
    assert "1 张售后单待答复" in text(owner, "/console/")
    page = text(owner, f"/console/after-sales/{case.id}")
    assert all(said in page for said in ("待答复", "冻结：售后中", "263.30", "33.31", "5.55", "13.88", "2.78", "尺寸不合"))
    assert case.number in text(owner, "/console/after-sales") and case.number in text(owner, f"/console/after-sales?q={case.number}&state=open")
    assert "冻结：售后中" in text(owner, f"/console/orders/{placed.order_id}")
    step(owner, case, "approve")
    assert "等顾客寄回" in text(owner, f"/console/after-sales/{case.id}")
    step(owner, case, "parcel", carrier="顺丰速运", tracking_no="SF-BACK-1")
    assert "SF-BACK-1" in text(owner, "/console/after-sales?q=SF-BACK")
    before = stock(shop, shop.case)[0]
    step(owner, case, "receive", refund="1", **{f"restock-{lines(shop, placed.order_id)[0]}": "1"})
    assert (state(shop, case), stock(shop, shop.case)[0]) == ("refunded", before + 1)
    page = text(owner, f"/console/after-sales/{case.id}")
    assert "已退款" in page and "已回库" in page and "确认收到" not in page
    assert "263.30" in text(owner, "/console/after-sales/refunds")


def test_a_refused_step_says_why_and_changes_nothing(owner: FlaskClient, shop: Shop) -> None:
    case = opened(owner, shop, received(shop).order_id)
    assert "必须填写" in step(owner, case, "reject", 422)
    assert "已经不在这一步" in step(owner, case, "receive", 422)
    assert "已经不在这一步" in step(owner, case, "send", 422)
    step(owner, case, "reject", answer="影响二次销售")
    page = text(owner, f"/console/after-sales/{case.id}")
    assert "已拒绝" in page and "影响二次销售" in page and "同意" not in re.sub(r"<title>.*", "", page).split("记录")[0]


def test_money_back_for_what_was_not_sent_is_one_press(owner: FlaskClient, shop: Shop) -> None:
    placed = paid(shop)
    case = opened(owner, shop, placed.order_id, "refund_only")
    assert "263.30" in text(owner, f"/console/after-sales/{case.id}")
    step(owner, case, "approve", answer="已为你退款")
    assert state(shop, case) == "refunded"


def test_shipping_alone_says_that_no_commission_moves(owner: FlaskClient, shop: Shop) -> None:
    case = opened(owner, shop, received(shop).order_id, "shipping_only")
    page = text(owner, f"/console/after-sales/{case.id}")
    assert "退运费" in page and "各方佣金不变" in page and "12.00" in page
    step(owner, case, "approve")
    assert state(shop, case) == "refunded"


def test_an_exchange_goes_out_in_its_own_parcel(owner: FlaskClient, shop: Shop) -> None:
    blue = another(shop, shop.case, "BLUE")
    placed = received(shop)
    first = lines(shop, placed.order_id)[0]
    form = text(owner, f"/console/orders/{placed.order_id}/after-sale")
    assert "BLUE" in form and "余 10" in form
    case = opened(owner, shop, placed.order_id, "exchange", **{f"quantity-{first}": "1", f"exchange-{first}": str(blue)})
    step(owner, case, "approve")
    step(owner, case, "receive", **{f"restock-{first}": "1"})
    page = text(owner, f"/console/after-sales/{case.id}")
    assert "寄出换的商品" in page and "BLUE" in page
    step(owner, case, "send", carrier="顺丰速运", tracking_no="SF-NEW", store=str(shop.store.id))
    assert (state(shop, case), stock(shop, blue)) == ("exchanged", (9, 0))
    page = text(owner, f"/console/orders/{placed.order_id}")
    assert "SF-NEW" in page and "换货" in page
    assert owner.post(f"/console/orders/{placed.order_id}/deliver").status_code == 303
    assert state(shop, case) == "exchanged"


def test_what_cannot_be_asked_is_said_on_the_form(owner: FlaskClient, shop: Shop) -> None:
    placed = received(shop)
    case, cover = lines(shop, placed.order_id)
    for data, said in (({"kind": "return_refund"}, "请选择"), ({"kind": "x", f"quantity-{case}": "1"}, "售后方式"), ({"kind": "return_refund", f"quantity-{case}": "2"}, "1 到 1"),
                       ({"kind": "refund_only", f"amount-{case}": "263.31"}, "最多还能退 ¥263.30"), ({"kind": "refund_only", f"amount-{case}": "abc"}, "不是金额"),
                       ({"kind": "shipping_only", "shipping": "12.01"}, "运费最多还能退 ¥12.00"), ({"kind": "exchange", f"quantity-{case}": "1"}, "换成哪一款"),
                       ({"kind": "return_refund", f"quantity-{case}": "9" * 13}, "整数"), ({"kind": "exchange", f"quantity-{case}": "1", f"exchange-{case}": str(shop.cover)}, "同价")):
        answer = owner.post(f"/console/orders/{placed.order_id}/after-sale", data=data)
        assert answer.status_code == 422 and said in answer.get_data(as_text=True), data
    opened(owner, shop, placed.order_id)
    assert "已有售后单在处理" in text(owner, f"/console/orders/{placed.order_id}/after-sale")
    told = owner.post(f"/console/orders/{placed.order_id}/refund", data={f"amount-{case}": "1", "sure": "1"})
    assert told.status_code == 422 and "此外最多还能退 ¥0.00" in told.get_data(as_text=True)


def test_who_may_do_what(finance: FlaskClient, store_manager: FlaskClient, owner: FlaskClient, shop: Shop) -> None:
    """Finance refunds but receives no goods; a manager of another store finds nothing."""
    placed = received(shop)
    case = opened(owner, shop, placed.order_id)
    assert text(store_manager, f"/console/after-sales/{case.id}", 404) and case.number not in text(store_manager, "/console/after-sales")
    assert store_manager.post(f"/console/after-sales/{case.id}/approve").status_code == 404
    assert text(store_manager, f"/console/orders/{placed.order_id}/after-sale", 404)
    step(finance, case, "approve")
    assert finance.post(f"/console/after-sales/{case.id}/receive").status_code == 404
    step(owner, case, "receive")
    assert "退款" in text(finance, f"/console/after-sales/{case.id}")
    step(finance, case, "refund")
    assert state(shop, case) == "refunded"


# --- chargebacks

def charge(client: FlaskClient, shop: Shop, order_id: UUID, **form: str) -> Chargeback:
    answer = client.post(f"/console/orders/{order_id}/chargeback", data={"provider_ref": "CB-77", "amount": "380.80", "fee": "15", **form})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    shop.session.rollback()
    return shop.session.scalars(select(Chargeback)).one()


def test_a_chargeback_freezes_and_is_lost(owner: FlaskClient, shop: Shop) -> None:
    placed = received(shop)
    assert "380.80" in text(owner, f"/console/orders/{placed.order_id}/chargeback")
    row = charge(owner, shop, placed.order_id, answer_by="2026-11-24T12:00", reason="未收到货")
    page = text(owner, f"/console/after-sales/chargebacks/{row.id}")
    assert all(said in page for said in ("冻结：拒付中", "还有 2 天", "42.21", "SF1000", "15.00", "未收到货"))
    assert "1 笔拒付等品牌举证" in text(owner, "/console/")
    assert "CB-77" in text(owner, "/console/after-sales/chargebacks?q=CB-77") and "冻结：拒付中" in text(owner, f"/console/orders/{placed.order_id}")
    refused = owner.post(f"/console/orders/{placed.order_id}/refund", data={"shipping": "1", "sure": "1"})
    assert refused.status_code == 422 and "拒付在处理" in refused.get_data(as_text=True)
    assert owner.post(f"/console/after-sales/chargebacks/{row.id}/lose").status_code == 303
    assert state(shop, row) == "lost"
    assert shop.session.scalars(select(Order.state).where(Order.id == placed.order_id)).one() == "refunded"
    assert "已经有结果" in owner.post(f"/console/after-sales/chargebacks/{row.id}/win").get_data(as_text=True)


def test_a_chargeback_is_won(owner: FlaskClient, shop: Shop) -> None:
    row = charge(owner, shop, received(shop).order_id)
    assert owner.post(f"/console/after-sales/chargebacks/{row.id}/win").status_code == 303
    assert "银行判品牌胜" in text(owner, f"/console/after-sales/chargebacks/{row.id}")


def test_a_chargeback_that_cannot_be_is_said_on_the_form(owner: FlaskClient, store_manager: FlaskClient, shop: Shop) -> None:
    placed = received(shop)
    for data, said in (({"amount": "380.81"}, "拒付金额最多 ¥380.80"), ({"amount": "0"}, "最多"), ({"amount": "x"}, "不是金额"), ({"provider_ref": " "}, "必须填写"),
                       ({"answer_by": "soon"}, "有效的时间"), ({"fee": "-1"}, "超出范围")):
        answer = owner.post(f"/console/orders/{placed.order_id}/chargeback", data={"provider_ref": "CB-1", "amount": "1", **data})
        assert answer.status_code == 422 and said in answer.get_data(as_text=True), data
    assert store_manager.post(f"/console/orders/{placed.order_id}/chargeback", data={"provider_ref": "x", "amount": "1"}).status_code == 404


# --- debts

@pytest.fixture
def debt(shop: Shop, clock: TestClock) -> int:
    """Lin was paid for an order that then came back: 42.21 are owed."""
    shop.session.scalars(select(BrandSettings)).one().payout_minimum_minor = 0
    shop.session.commit()
    placed = received(shop)
    clock.now = NOON + timedelta(days=40)
    settled(shop, clock.now)
    paid_out(shop, clock.now)
    asks = [RefundAsk(line_id, quantity) for line_id, quantity in zip(lines(shop, placed.order_id), (1, 2), strict=True)]
    refund(shop, placed, *asks, now=clock.now + timedelta(hours=1))
    clock.now += timedelta(hours=2)
    return 4221


def test_a_debt_is_seen_asked_for_and_forgiven_by_another(owner: FlaskClient, finance: FlaskClient, shop: Shop, debt: int) -> None:
    page = text(owner, "/console/payouts/debts")
    assert "林晓芸" in page and "42.21" in page and "申请核销" in page
    address = f"/console/payees/{shop.lin.payee_id}/write-off"
    for data, said in (({"amount": "42.22", "reason": "x"}, "最多核销 ¥42.21"), ({"amount": "", "reason": "x"}, "不是金额"), ({"amount": "1", "reason": ""}, "必须填写")):
        answer = owner.post(address, data=data)
        assert answer.status_code == 422 and said in answer.get_data(as_text=True)
    assert owner.post(address, data={"amount": "42.21", "reason": "已离职"}).status_code == 303
    shop.session.rollback()
    row = shop.session.scalars(select(WriteOff)).one()
    assert "等另一位同事批准" in text(owner, "/console/payouts/write-offs") and "已申请核销" in text(owner, "/console/payouts/debts")
    assert "核销申请待批准" not in text(owner, "/console/") and "1 份核销申请待批准" in text(finance, "/console/")
    assert owner.post(f"/console/payouts/write-offs/{row.id}/approve").status_code == 422
    assert finance.post(f"/console/payouts/write-offs/{row.id}/approve").status_code == 303
    page = text(owner, "/console/payouts/write-offs?state=approved&q=离职")
    assert "已核销" in page and "陈岚" in page
    assert "林晓芸" not in text(owner, "/console/payouts/debts").split("<table")[1]
    assert "核销" in text(owner, f"/console/payees/{shop.lin.payee_id}")


def test_the_payees_page_says_what_covered_what(owner: FlaskClient, shop: Shop, debt: int) -> None:
    page = text(owner, f"/console/payees/{shop.lin.payee_id}")
    assert "扣回与抵扣" in page and "−33.31" in page and "−8.90" in page
    assert owner.post(f"/console/payees/{new_id()}/write-off", data={"amount": "1", "reason": "x"}).status_code == 404


def test_who_runs_no_money_forgives_none(operations: FlaskClient, shop: Shop, debt: int) -> None:
    assert operations.get("/console/payouts/debts").status_code == 404
    assert operations.post(f"/console/payees/{shop.lin.payee_id}/write-off", data={"amount": "1", "reason": "x"}).status_code == 404
