"""Rules and splits in the console: a worked example to the fen, a refusal with its numbers, versions, a warning for what never matches."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.domain.catalog.models import Variant
from app.domain.commission.models import CommissionRule
from app.domain.orgs.actions import add_org_unit
from app.domain.promotions.models import Activity, ActivityPrice
from app.domain.splits.actions import add_plan
from app.domain.splits.models import SplitPlan
from app.flows.enrol_guide import enrol_guide
from app.kernel.ids import new_id
from tests.builders.sales import paid
from tests.builders.shops import Shop
from tests.conftest import NOON

SETTINGS = {"attribution_window_days": "15", "after_sale_days": "15", "payment_minutes": "30", "guard_bp": "0", "commission_cap_bp": "100",
            "shipping_fee_minor": "12", "free_shipping_from_minor": "0", "payout_minimum_minor": "1", "slogan": "", "service_phone": "", "color": "#1f3d36",
            "tint": "#eef3f0", "sand": "#f3eee4", "binding_days": "365",
            "binding_protection_days": "30", "attribution_model": "last_touch", "self_purchase": "none"}


def count(shop: Shop, table: type[CommissionRule] | type[SplitPlan]) -> int:
    shop.session.rollback()
    return shop.session.scalar(select(func.count()).select_from(table)) or 0


def test_the_example_divides_one_sale_to_the_fen(owner: FlaskClient, shop: Shop) -> None:
    """299.00 at 15 %: guide 44.85, referrer 2 % 5.98, store 5 % 14.95, platform 1 % 2.99, brand 230.23."""
    typed = {"sku": "A", "mode": "rate", "rate_bp": "15", "referrer_bp": "2", "guide_id": str(shop.lin.id)}
    before = count(shop, CommissionRule)
    answer = owner.post("/console/rates/preview", data=typed)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 200 and all(amount in text for amount in ("44.85", "5.98", "14.95", "2.99", "230.23")), text
    assert "比现在每件多付导购 ¥8.97" in text and count(shop, CommissionRule) == before


def test_a_try_without_script_saves_nothing(owner: FlaskClient, shop: Shop) -> None:
    before = count(shop, CommissionRule)
    answer = owner.post("/console/rates/new", data={"mode": "amount", "amount": "5", "sku": "A", "guide_id": str(shop.lin.id), "try": "1"})
    assert answer.status_code == 200 and "每件 ¥5.00" in answer.get_data(as_text=True)
    assert count(shop, CommissionRule) == before


def test_a_rule_is_saved_changed_and_ended(owner: FlaskClient, shop: Shop) -> None:
    saved = owner.post("/console/rates/new", data={"mode": "rate", "rate_bp": "5", "category": "配件"})
    assert saved.status_code == 303
    first = saved.headers["Location"]
    clock_moves = owner.application.clock  # type: ignore[union-attr]  # the tests' clock
    clock_moves.now += timedelta(hours=1)
    changed = owner.post(first, data={"mode": "rate", "rate_bp": "6.5", "category": "配件"})
    assert changed.status_code == 303
    text = owner.get(changed.headers["Location"]).get_data(as_text=True)
    assert "6.5%" in text and "v1" in text and "v2" in text and "周衡" in text
    clock_moves.now += timedelta(hours=1)
    assert owner.post(changed.headers["Location"] + "/end").status_code == 303


def test_what_exceeds_the_base_is_refused_with_its_numbers(owner: FlaskClient, shop: Shop) -> None:
    """94 % and 1 % platform, 5 % store, 2 % referrer: 102 %. One fifth of a fen too much is too much."""
    before = count(shop, CommissionRule)
    answer = owner.post("/console/rates/new", data={"mode": "rate", "rate_bp": "94", "referrer_bp": "2"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "规则 R-3 超出可分金额：静安嘉里店 卖 ¥59.90 的商品时" not in text, "the cheap things have their own rate"
    assert "规则 R-3 超出可分金额：静安嘉里店 卖 ¥1,000.00 的商品时，各方合计要 ¥1,020.00，多出 ¥20.00" in text
    assert count(shop, CommissionRule) == before


def test_unreadable_numbers_are_told_at_their_field(owner: FlaskClient, shop: Shop) -> None:
    for typed in ({"rate_bp": "abc"}, {"rate_bp": ""}, {"rate_bp": "101"}, {"rate_bp": "1.234"}, {"mode": "amount", "amount": "1e999"},
                  {"rate_bp": "5", "sku": "no such"}, {"rate_bp": "5", "effective_from": "yesterday"}, {"rate_bp": "5", "product_id": "x"},
                  {"rate_bp": "5", "effective_from": "2027-01-02T00:00", "effective_to": "2027-01-01T00:00"}):
        answer = owner.post("/console/rates/new", data={"mode": "rate", **typed})
        assert answer.status_code == 422, typed


def test_a_rule_that_never_matches_is_reported(owner: FlaskClient, shop: Shop) -> None:
    saved = owner.post("/console/rates/new", data={"mode": "rate", "rate_bp": "5", "category": "没有的类目"})
    assert saved.status_code == 303
    assert "永远不会命中" in owner.get("/console/rates").get_data(as_text=True)
    assert "永远不会命中" in owner.get("/console/").get_data(as_text=True)


def test_a_rate_has_a_floor_and_a_ceiling_a_piece(owner: FlaskClient, shop: Shop) -> None:
    """10 % of 299.00 is 29.90: at least 40.00 a piece, then at most 20.00."""
    typed = {"sku": "A", "mode": "rate", "rate_bp": "10", "guide_id": str(shop.lin.id)}
    assert all(text in owner.post("/console/rates/preview", data={**typed, "min": "40"}).text for text in ("40.00", "按下限", "每件至少 ¥40.00"))
    assert all(text in owner.post("/console/rates/preview", data={**typed, "max": "20"}).text for text in ("20.00", "按上限"))
    saved = owner.post("/console/rates/new", data={**typed, "min": "5", "max": "50"})
    assert saved.status_code == 303 and "每件 ¥5.00–¥50.00" in owner.get(saved.headers["Location"]).text
    assert "每件 ¥5.00–¥50.00" in owner.get("/console/rates").text
    for bad, field in (({"min": "9", "max": "8"}, "max"), ({"min": "x"}, "min"), ({"max": "1e999"}, "max")):
        answer = owner.post("/console/rates/new", data={**typed, **bad})
        assert answer.status_code == 422 and f'id="{field}-err"' in answer.text


def test_a_rule_for_an_activity_is_picked_tried_and_named(owner: FlaskClient, shop: Shop) -> None:
    """199.00 in the activity of tomorrow, 20 % there: 39.80."""
    activity = Activity(id=new_id(), brand_id=shop.brand_id, number=1, name="清仓周", starts_at=NOON + timedelta(days=1), ends_at=NOON + timedelta(days=3))
    shop.session.add(activity)
    shop.session.flush()
    shop.session.add(ActivityPrice(brand_id=shop.brand_id, activity_id=activity.id, variant_id=shop.case, price_minor=19900))
    shop.session.commit()
    assert "清仓周" in owner.get("/console/rates/new").text
    typed = {"activity_id": str(activity.id), "mode": "rate", "rate_bp": "20"}
    assert "39.80" in owner.post("/console/rates/preview", data=typed).text
    saved = owner.post("/console/rates/new", data=typed)
    assert saved.status_code == 303
    assert "活动“清仓周”" in owner.get("/console/rates?scope=activity_id").text
    assert "没有符合条件的规则" in owner.get("/console/rates?scope=dealer_id").text
    clock = owner.application.clock  # type: ignore[union-attr]  # the tests' clock
    clock.now += timedelta(days=4)
    assert "它的活动已经结束" in owner.get("/console/rates").text
    assert "清仓周" in owner.get(saved.headers["Location"]).text, "and the form still knows it"
    assert owner.post("/console/rates/new", data={**typed, "activity_id": str(new_id())}).status_code == 422


def test_the_list_is_filtered_sorted_and_stands_as_the_ladder_does(owner: FlaskClient, shop: Shop) -> None:
    default = owner.post("/console/rates/new", data={"mode": "rate", "rate_bp": "20"}).headers["Location"]
    owner.post("/console/rates/new", data={"mode": "rate", "rate_bp": "3", "category": "配件", "effective_from": "2027-01-01T00:00"})

    def order(query: str) -> list[str]:
        return re.findall(r'class="b" href="[^"]+">(R-\d+)', owner.get("/console/rates" + query).text)

    assert order("") == ["R-2", "R-1", "R-4", "R-3"], "SKUs, the category to come, the default"
    assert (order("?sort=rate"), order("?sort=-number")) == (["R-4", "R-2", "R-1", "R-3"], ["R-4", "R-3", "R-2", "R-1"])
    assert (order("?state=coming"), order("?state=in_force&rung=default"), order("?scope=category"), order("?q=r-3")) == (["R-4"], ["R-3"], ["R-4"], ["R-3"])
    owner.application.clock.now += timedelta(hours=1)  # type: ignore[union-attr]  # the tests' clock
    owner.post(default + "/end")
    assert (order("?state=ended"), order("")) == (["R-3"], ["R-2", "R-1", "R-4"])


def test_last_months_orders_are_tried_and_nothing_is_saved(owner: FlaskClient, shop: Shop) -> None:
    """A 299.00 at 12 % and B 119.80 at 8 % paid 35.88 + 9.58 = 45.46; with A at 15 % it is 44.85 + 9.58 = 54.43: 8.97 more."""
    paid(shop, codes=())
    owner.application.clock.now += timedelta(days=20)  # type: ignore[union-attr]  # 12 December: last month is November
    before = count(shop, CommissionRule)
    draft = {"mode": "rate", "rate_bp": "15", "sku": "A", "referrer_bp": "2", "rehearse": "1", "period": "month"}
    text = owner.post("/console/rates/new", data=draft).text
    assert all(one in text for one in ("1 张订单、2 行", "45.46", "54.43", "+8.97", "林晓芸", "静安嘉里店")), text[text.index('id="past"'):][:4000]
    assert "分法会变的行" in text and count(shop, CommissionRule) == before
    assert "那段时间没有付过款的订单" in owner.post("/console/rates/new", data={**draft, "period": "7"}).text
    assert "还不能试算" in owner.post("/console/rates/new", data={**draft, "rate_bp": "x"}).text
    assert owner.post("/console/rates/new", data={**draft, "period": "nonsense"}).status_code == 200
    split = owner.post("/console/splits/new", data={"store-rate": "10", "rehearse": "1", "period": "month"}).text
    assert "+20.94" in split, "5 % of 418.80 more for the store"
    assert "这样保存不了" in owner.post("/console/rates/new", data={**draft, "rate_bp": "95"}).text


def test_history_says_who_changed_what(owner: FlaskClient, shop: Shop) -> None:
    first = owner.post("/console/rates/new", data={"mode": "rate", "rate_bp": "5", "category": "配件"}).headers["Location"]
    owner.application.clock.now += timedelta(hours=1)  # type: ignore[union-attr]  # the tests' clock
    second = owner.post(first, data={"mode": "rate", "rate_bp": "6.5", "category": "配件", "min": "1"}).headers["Location"]
    owner.post(second + "/end")
    owner.post("/console/splits/new", data={"unit": str(shop.store.id), "store-rate": "4", "fulfilling_store-rate": "2"})
    owner.post("/console/settings", data={**SETTINGS, "guard_bp": "10", "commission_cap_bp": "30"})
    text = owner.get("/console/rates/history").text
    for word in ("R-3 配件", "周衡", "6.5% · 每件至少 ¥1.00", "S-2 静安嘉里店", "门店 4% · 发货门店 2%", "佣金上限", "100%", "30%", "停用", "平台扣点方案 1"):
        assert word in text, word
    assert [word in owner.get("/console/rates/history?kind=rule&q=R-3").text for word in ("R-3 配件", "S-2", "R-1 ")] == [True, False, False]
    assert "没有符合条件的改动" in owner.get("/console/rates/history?who=nobody").text
    assert "没有符合条件的改动" in owner.get("/console/rates/history?q=词").text
    assert "S-2" in owner.get("/console/rates/history?kind=plan&who=周").text


def test_goods_that_became_cheaper_are_told_on_the_first_page(owner: FlaskClient, shop: Shop) -> None:
    saved = owner.post("/console/rates/new", data={"mode": "amount", "amount": "30", "sku": "B"})
    assert saved.status_code == 303 and "会超出保底" not in owner.get("/console/").text
    assert owner.post("/console/rates/new", data={"mode": "amount", "amount": "60", "sku": "B"}).status_code == 422
    shop.session.execute(update(Variant).where(Variant.id == shop.cover).values(price_minor=2000))
    shop.session.commit()
    text = owner.get("/console/").text
    assert "有商品的分账会超出保底" in text and saved.headers["Location"] in text and "¥20.00" in text


def test_two_levels_are_opened_by_who_has_read(owner: FlaskClient, shop: Shop) -> None:
    owner.post("/console/settings", data={**SETTINGS})
    page = owner.get("/console/settings").text
    assert all(word in page for word in ("禁止传销条例", "第七条", "未开放", "two_levels_read"))
    refused = owner.post("/console/settings", data={**SETTINGS, "two_levels": "y"})
    assert refused.status_code == 422 and 'id="two_levels_read-err"' in refused.text
    assert owner.post("/console/settings", data={**SETTINGS, "two_levels": "y", "two_levels_read": "y"}).status_code == 303
    assert "已开放" in owner.get("/console/settings").text
    assert owner.post("/console/settings", data={**SETTINGS, "two_levels": "y"}).status_code == 303, "nothing to read again"
    over = owner.post("/console/settings", data={**SETTINGS, "two_levels": "y", "commission_cap_bp": "13"})
    assert over.status_code == 422 and "超出佣金上限" in over.text and 'id="commission_cap_bp-err"' in over.text


def test_a_referrer_is_named_once_and_never_in_a_circle(owner: FlaskClient, shop: Shop) -> None:
    he, lin = f"/console/guides/{shop.he.id}", f"/console/guides/{shop.lin.id}"
    assert "何敏" in owner.get(lin).text and "定为推荐人" not in owner.get(lin).text
    for phone, said in (("13900000001", "不能做她的推荐人"), ("13900000002", "不能做她的推荐人"), ("13911112222", "没有手机号为"), ("x", "不是有效的手机号")):
        answer = owner.post(he + "/referrer", data={"referrer": phone})
        assert answer.status_code == 422 and said in answer.text, phone
    assert owner.post(lin + "/referrer", data={"referrer": "13900000001"}).status_code == 422


def test_operations_edit_rates_and_finance_only_looks(operations: FlaskClient, finance: FlaskClient) -> None:
    assert operations.get("/console/rates/new").status_code == 200
    assert finance.get("/console/rates").status_code == 200
    assert finance.post("/console/rates/new", data={"mode": "rate", "rate_bp": "5"}).status_code == 404


def test_a_split_is_simulated_then_saved(owner: FlaskClient, shop: Shop) -> None:
    """Store 10 %, at most 20.00, on 299.00: 20.00."""
    typed = {"unit": str(shop.store.id), "store-rate": "10", "store-max": "20"}
    before = count(shop, SplitPlan)
    text = owner.post("/console/splits/new", data={**typed, "try": "1"}).get_data(as_text=True)
    assert "20.00" in text and count(shop, SplitPlan) == before
    saved = owner.post("/console/splits/new", data=typed)
    assert saved.status_code == 303 and count(shop, SplitPlan) == before + 1
    assert "自己的" in owner.get("/console/splits").get_data(as_text=True)
    owner.application.clock.now += timedelta(hours=1)  # type: ignore[union-attr]  # the tests' clock
    assert owner.post(saved.headers["Location"] + "/end").status_code == 303


def test_a_split_for_all_is_tried_where_no_nearer_plan_stands(owner: FlaskClient, shop: Shop) -> None:
    """The first store keeps 10 % of its own; 6 % for the brand is shown in the other: 299.00 × 6 % = 17.94."""
    own = [{"role": "store", "rate_bp": 1000}]
    add_plan(shop.session, brand_id=shop.brand_id, org_unit_id=shop.store.id, shares=own, now=NOON)
    other = add_org_unit(shop.session, brand_id=shop.brand_id, kind="store", name="徐汇店", code="SH02")
    enrol_guide(shop.session, brand_id=shop.brand_id, name="周宁", phone="13900000003", store_id=other.id, now=NOON)
    shop.session.commit()
    text = owner.post("/console/splits/new", data={"store-rate": "6", "try": "1"}).get_data(as_text=True)
    assert "周宁" in text and "17.94" in text


def test_a_split_that_exceeds_is_refused_with_its_numbers(owner: FlaskClient, shop: Shop) -> None:
    before = count(shop, SplitPlan)
    answer = owner.post("/console/splits/new", data={"store-rate": "90"})
    assert answer.status_code == 422 and "超出可分金额" in answer.get_data(as_text=True)
    for typed in ({}, {"store-rate": "x"}, {"store-rate": "5", "store-min": "3", "store-max": "2"}, {"store-rate": "5", "effective_from": "?"},
                  {"fulfilling_store-rate": "2", "fulfilling_store-payee": "01890000-0000-7000-8000-000000000000"}):
        assert owner.post("/console/splits/new", data=typed).status_code == 422, typed
    assert count(shop, SplitPlan) == before


def test_all_that_cannot_be_read_is_told_at_once_each_at_its_place(owner: FlaskClient, shop: Shop) -> None:
    rule = owner.post("/console/rates/new", data={"mode": "rate", "rate_bp": "12x", "sku": "没有", "min": "a", "effective_to": "昨天"})
    assert rule.status_code == 422
    for field in ("rate_bp", "sku", "min", "effective_to"):
        assert f'id="{field}-err"' in rule.text, field
    plan = owner.post("/console/splits/new", data={"store-rate": "abc", "region-max": "多", "dealer-rate": "3", "effective_from": "昨天"})
    assert plan.status_code == 422 and "有 3 处需要改正" in plan.text
    for cell in ("store-rate", "region-max", "effective_from"):
        assert f'id="{cell}-err"' in plan.text, cell
    assert 'id="dealer-rate-err"' not in plan.text
    coupon = owner.post("/console/coupons/new", data={"code": "X1234", "funder": "guide", "guide_id": "没有", "amount": "", "max_uses": "许多"})
    assert coupon.status_code == 422
    for field in ("guide_id", "amount", "ends_at", "max_uses"):
        assert f'id="{field}-err"' in coupon.text, field


def test_what_the_core_refuses_of_a_share_stands_at_its_cell(owner: FlaskClient, shop: Shop) -> None:
    """Store is left empty, so the dealer is the core's first share."""
    plan = owner.post("/console/splits/new", data={"dealer-rate": "3", "dealer-min": "9", "dealer-max": "3"})
    assert plan.status_code == 422 and 'id="dealer-max-err"' in plan.text


def test_a_plan_may_end_by_itself(owner: FlaskClient, shop: Shop) -> None:
    saved = owner.post("/console/splits/new", data={"store-rate": "7", "effective_to": "2026-12-31T00:00"})
    assert saved.status_code == 303
    plan = shop.session.scalars(select(SplitPlan).order_by(SplitPlan.number.desc())).first()
    assert plan and plan.effective_to and plan.effective_to.isoformat().startswith("2026-12-30T16:00"), "midnight in Shanghai"
    early = owner.post("/console/splits/new", data={"store-rate": "7", "effective_to": "2026-01-01T00:00"})
    assert early.status_code == 422 and 'id="effective_to-err"' in early.text


def test_an_ending_that_leaves_no_room_says_why_and_changes_nothing(owner: FlaskClient, shop: Shop) -> None:
    """What costs 59.90 has 8 % of its own; below it stands a default of 100.00 a piece."""
    own = owner.post("/console/rates/new", data={"mode": "rate", "rate_bp": "8", "sku": "B"}).headers["Location"]
    for row in shop.session.scalars(select(CommissionRule).where(CommissionRule.variant_id.is_(None))).all():
        assert owner.post(f"/console/rates/{row.id}/end").status_code == 303
    assert owner.post("/console/rates/new", data={"mode": "amount", "amount": "100"}).status_code == 303
    refused = owner.post(f"{own}/end")
    assert refused.status_code == 422 and "超出可分金额" in refused.text and "¥59.90" in refused.text
    assert "停用" in owner.get(own).text, "it still holds"
