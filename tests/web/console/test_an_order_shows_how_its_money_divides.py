"""R23's order on its page: base 388.80 divides into 42.21 / 7.77 / 19.44 / 3.89 / 315.49, the shopper paid 380.80."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient

from app.domain.commission.actions import add_rule
from app.domain.splits.actions import add_plan
from app.flows.settle_period import settle
from app.flows.withdraw import request_withdrawal
from tests.builders.activities import a_coupon, an_activity
from tests.builders.money import HOLD_OVER, paid_order
from tests.builders.payouts import executed
from tests.builders.sales import paid, received
from tests.builders.shops import Shop
from tests.conftest import NOON


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_every_share_stands_on_the_page(owner: FlaskClient, shop: Shop) -> None:
    placed = received(shop)
    text = page(owner, f"/console/orders/{placed.order_id}")
    for amount in ("418.80", "388.80", "42.21", "7.77", "19.44", "3.89", "315.49", "380.80", "277.58", "111.22", "222.06", "93.43"):
        assert amount in text, amount
    assert "各方合计 = 计佣金额" in text and "为什么算林晓芸" in text and "2026-12-07" in text


def test_the_drawer_shows_the_same_beside_the_list(owner: FlaskClient, shop: Shop) -> None:
    placed = paid(shop)
    text = page(owner, f"/console/orders?order={placed.order_id}")
    assert 'class="dr"' in text and "315.49" in text and placed.number in text and "去发货" in text


def test_filters_narrow_the_list(owner: FlaskClient, shop: Shop) -> None:
    today, earlier = paid(shop), received(shop, NOON - timedelta(days=3), codes=())
    for query, there, gone in (
            ("?state=delivered", earlier, today), ("?from=2026-11-22", today, earlier), ("?to=2026-11-21", earlier, today),
            (f"?q={today.number}", today, earlier)):
        text = page(owner, f"/console/orders{query}")
        assert there.number in text and gone.number not in text, query
    assert "没有符合条件的订单" in page(owner, "/console/orders?q=nothing-like-it")


def test_finance_sees_the_order_but_not_the_phone(finance: FlaskClient, owner: FlaskClient, shop: Shop) -> None:
    placed = paid(shop)
    text = page(finance, f"/console/orders/{placed.order_id}")
    assert "13800138000" not in text and "138****8000" in text and "王**" in text
    assert "13800138000" in page(owner, f"/console/orders/{placed.order_id}")


def test_a_manager_of_another_store_finds_nothing(store_manager: FlaskClient, shop: Shop) -> None:
    placed = paid(shop)
    assert placed.number not in page(store_manager, "/console/orders")
    assert placed.number not in page(store_manager, "/console/orders.csv")
    for path in ("", "/ship", "/refund"):
        assert store_manager.get(f"/console/orders/{placed.order_id}{path}").status_code == 404
    for path in ("payouts", "settlement", "statements", "payees", "ledger", "rates", "splits"):
        assert store_manager.get(f"/console/{path}").status_code == 404, path


def test_every_step_from_the_list_price_and_every_funder_is_named(owner: FlaskClient, shop: Shop) -> None:
    """418.80 − 40.00 by the activity − 30.00 over 259.00 : 119.80 (20.51 and 9.49) = 238.49 + 110.31 = 348.80 base.

    Guide 12 % of 238.49 (28.62) and 8 % of 110.31 (8.82): 37.44, of which she gives 15.00. Store 5 %: 11.92 + 5.52 = 17.44,
    of which it gives 10.00.
    """
    an_activity(shop.session, {shop.case: 25900}, name="周年庆")
    a_coupon(shop.session, "STORE10", 1000, "store", store=shop.store.id)
    a_coupon(shop.session, "LIN15", 1500, "guide", guide=shop.lin.id)
    placed = paid(shop, codes=("BRAND30", "PLAT20", "STORE10", "LIN15"))
    assert placed.total_minor == 34880 - 2000 - 1000 - 1500 + 1200
    for path in (f"/console/orders/{placed.order_id}", f"/console/orders?order={placed.order_id}"):
        text = " ".join(re.sub(r"<[^>]+>", " ", page(owner, path)).split())
        for part in ("商品原价 418.80", "活动价 周年庆 −40.00", "品牌券 BRAND30 −30.00", "计佣金额 348.80", "平台券（平台补回） −20.00", "门店券（静安嘉里店 出） −10.00",
                     "导购券（林晓芸 出） −15.00", "平台券 PLAT20：¥20.00 由平台补回", "门店券 STORE10：¥10.00 由静安嘉里店从自己的 ¥17.44 里出，实得 ¥7.44",
                     "导购券 LIN15：¥15.00 由林晓芸从自己的 ¥37.44 里出，实得 ¥22.44", "出券 −15.00", "各方合计 = 计佣金额"):
            assert part in text, (path, part)


def test_a_share_paid_by_withdrawal_is_paid_and_names_its_run(finance: FlaskClient, operations: FlaskClient, shop: Shop) -> None:
    """Lin asked for her 42.21 and was paid; her store's 19.44 is still there. Who may not see payouts reads the run without the way to it."""
    placed = received(shop)
    settle(shop.session, brand_id=shop.brand_id, as_of=HOLD_OVER, now=HOLD_OVER)
    request_withdrawal(shop.session, brand_id=shop.brand_id, payee_id=shop.lin.payee_id, amount_minor=4221, now=HOLD_OVER)
    run = executed(shop.session, "withdrawals", now=HOLD_OVER)
    for client, link in ((finance, True), (operations, False)):
        text = page(client, f"/console/orders/{placed.order_id}")
        plain = " ".join(re.sub(r"<[^>]+>", " ", text).split())
        assert "林晓芸 导购 已打款 · 第 1 批 42.21" in plain and "静安嘉里店 门店 可提现 19.44" in plain
        assert "可提现 ¥27.21" in plain and "已打款 ¥42.21" in plain, "19.44 + 7.77 of the referrer"
        assert (f"/console/payouts/{run.id}" in text) == link


def test_each_share_says_what_gave_it_and_that_it_was_cut(owner: FlaskClient, shop: Shop) -> None:
    """90 % for the guide and at least 40.00 for the store: of 59.90, after the fee of 0.60 and 53.91, there are 5.39 left for it (no guard asked)."""
    add_rule(shop.session, brand_id=shop.brand_id, scope={"variant_id": shop.cover}, rate_bp=9000, now=NOON)
    add_plan(shop.session, brand_id=shop.brand_id, org_unit_id=None, shares=[{"role": "store", "rate_bp": 500, "min": 4000}], now=NOON)
    placed = paid_order(shop, (shop.cover, 1))
    shop.session.commit()
    text = page(owner, f"/console/orders/{placed.order_id}")
    assert "每一份按什么算的" in text and "1 份放不下，被截止" in text
    assert "，每行至少 ¥40.00；原应 ¥40.00，已按可分上限截止" in text and "5.39" in text
    assert "平台扣点" in text
