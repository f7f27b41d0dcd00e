"""At the desk and through the API: the inbox by deadline, evidence filled in from the order, a draft, handed in once, and nobody rules but Stripe."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from app.domain.aftersales.models import Chargeback
from app.domain.brands.models import Brand
from app.jobs.disputes import answer_dispute, look_at_disputes
from app.web.shared.application import Application
from tests.builders.callers import Caller, a_token
from tests.builders.people import a_colleague
from tests.builders.shops import Shop
from tests.builders.signed_in import console
from tests.builders.stripe_disputes import chargeback, disputed, received_online, told
from tests.builders.stripe_world import StripeWorld
from tests.conftest import TestClock

INBOX = "/console/after-sales/chargebacks"


def in_chinese(client: FlaskClient) -> FlaskClient:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    return client


@pytest.fixture
def row(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> Chargeback:
    return told(stripe_app, shop, disputed(world, shop, received_online(stripe_app, world, shop)))


@pytest.fixture
def owner(stripe_app: Application, brand: Brand, wall_time: TestClock) -> FlaskClient:
    return in_chinese(console(stripe_app, f"owner@{brand.slug}.example"))


@pytest.fixture
def api(stripe_app: Application, brand: Brand) -> Caller:
    return Caller(stripe_app.test_client(), a_token(stripe_app.database, brand), brand)


def kept(page: str) -> dict[str, str]:
    boxes = re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', page)
    return {**dict(boxes), **dict(re.findall(r'<input class="inp" id="\w+" name="(\w+)" maxlength="\d+" value="([^"]*)"', page))}


def test_filled_in_kept_handed_in_and_shown(stripe_app: Application, shop: Shop, owner: FlaskClient, row: Chargeback, wall_time: TestClock) -> None:
    page = f"{INBOX}/{row.id}"
    said = owner.get(page).text
    assert "已按订单填好" in said and "提交给银行" not in said and "银行判品牌胜" not in said, "nothing is kept yet, and only Stripe rules"
    filled = kept(said)
    assert filled["product_description"] == "轻旅箱 18 寸 ×1\n箱套 20 寸 ×2" and filled["customer_name"] == "王小明"
    assert "上海市" in filled["shipping_address"] and "15 天" in filled["refund_policy_disclosure"] and "付款" in filled["uncategorized_text"]
    assert "13800138000" not in said, "her telephone goes nowhere"
    assert owner.post(f"{page}/evidence/hand-in").status_code == 422, "what nobody has kept is not handed in"
    assert owner.post(f"{page}/evidence", data={**filled, "customer_communication": "她说收到了"}).status_code == 303
    said = owner.get(page).text
    assert "草稿，还没有交给银行" in said and "确认提交" in said and kept(said)["customer_communication"] == "她说收到了"
    assert owner.post(f"{page}/evidence/hand-in").status_code == 303
    assert "正在提交证明" in owner.get(page).text
    assert owner.post(f"{page}/evidence", data=filled).status_code == 422 and owner.post(f"{page}/evidence/hand-in").status_code == 422
    answer_dispute(stripe_app.database, now=wall_time.now, gateways=stripe_app.gateways, brand_id=shop.brand_id, chargeback_id=str(row.id))
    said = owner.get(page).text
    assert "已举证，等裁定" in said and "她说收到了" in said and "<textarea" not in said


def test_the_clock_sends_what_was_left_and_reminds(stripe_app: Application, shop: Shop, owner: FlaskClient, row: Chargeback, wall_time: TestClock) -> None:
    assert row.answer_by is not None
    wall_time.now = row.answer_by - timedelta(days=2)
    look_at_disputes(stripe_app.database, now=wall_time.now, gateways=stripe_app.gateways)
    assert chargeback(shop, row.provider_ref).reminded_at == wall_time.now
    home = owner.get("/console/").text
    assert "1 笔拒付等品牌举证" in home and "还有 2 天" in home
    assert "截止前三天提醒" in owner.get(f"{INBOX}/{row.id}").text


def test_the_inbox_is_sorted_by_deadline_and_filtered(stripe_app: Application, world: StripeWorld, shop: Shop, owner: FlaskClient, row: Chargeback,
                                                      wall_time: TestClock) -> None:
    world.does("clock", advance=3600)
    wall_time.now += timedelta(hours=1)
    later = told(stripe_app, shop, disputed(world, shop, received_online(stripe_app, world, shop)))
    lost = told(stripe_app, shop, disputed(world, shop, received_online(stripe_app, world, shop)))
    world.does(f"disputes/{lost.provider_ref}/lost")
    told(stripe_app, shop, lost.provider_ref)
    stripe_app.gateways.online.answer_dispute(later.provider_ref, evidence={"product_description": "箱子"}, key="evidence:desk")
    told(stripe_app, shop, later.provider_ref)

    def listed(query: str) -> list[str]:
        return re.findall(r">(du_\w+)</a>", owner.get(f"{INBOX}?{query}").text)

    assert listed("")[0] == row.provider_ref and set(listed("sort=-answer_by")) == {row.provider_ref, later.provider_ref, lost.provider_ref}
    assert [listed(f"state={state}") for state in ("open", "answered", "lost", "won")] == [
        [row.provider_ref], [later.provider_ref], [lost.provider_ref], []]


def test_a_field_too_long_is_said_at_the_field_and_nothing_typed_is_lost(owner: FlaskClient, row: Chargeback) -> None:
    answer = owner.post(f"{INBOX}/{row.id}/evidence", data={"customer_name": "王" * 101, "uncategorized_text": "留着"})
    assert answer.status_code == 422 and 'id="customer_name-err"' in answer.text and kept(answer.text)["uncategorized_text"] == "留着"


def test_only_who_refunds_writes_it(stripe_app: Application, shop: Shop, row: Chargeback) -> None:
    account = a_colleague(shop.session, "store_manager", shop.store)
    shop.session.commit()
    manager = in_chinese(console(stripe_app, account.login))
    said = manager.get(f"{INBOX}/{row.id}")
    assert said.status_code == 200 and "<textarea" not in said.text
    assert {manager.post(f"{INBOX}/{row.id}/{part}").status_code for part in ("evidence", "evidence/hand-in")} == {404}
    assert chargeback(shop, row.provider_ref).evidence_state == "none"


def test_through_the_api(stripe_app: Application, shop: Shop, api: Caller, row: Chargeback, wall_time: TestClock) -> None:
    path = f"/chargebacks/{row.id}"
    assert (api.get(path)["evidence_state"], api.get(path)["provider"], api.get(path)["evidence"]) == ("none", "stripe", {})
    assert api.post(f"{path}/evidence/submit", status=422)["code"] == "evidence_empty"
    api.patch(f"{path}/evidence", {"product_description": "登机箱", "shipping_tracking_number": "SF1"})
    drafted = api.patch(f"{path}/evidence", {"shipping_tracking_number": "", "uncategorized_text": "签收"})
    assert (drafted["evidence"], drafted["evidence_state"]) == ({"product_description": "登机箱", "uncategorized_text": "签收"}, "draft")
    assert api.patch(f"{path}/evidence", {"product_description": "x" * 2001}, status=422)["errors"][0]["field"] == "product_description"
    assert api.post(f"{path}/win", status=409)["code"] == api.post(f"{path}/lose", status=409)["code"] == "chargeback_followed"
    assert api.post(f"{path}/evidence/submit", status=200)["evidence_state"] == "sending"
    assert api.post(f"{path}/evidence/submit", status=409)["code"] == api.patch(f"{path}/evidence", {}, status=409)["code"] == "evidence_handed_in"
    answer_dispute(stripe_app.database, now=wall_time.now, gateways=stripe_app.gateways, brand_id=shop.brand_id, chargeback_id=str(UUID(str(row.id))))
    told_ = api.get(path)
    assert (told_["evidence_state"], told_["answered_at"] is not None, told_["problem"]) == ("handed_in", True, "")
    assert [one["id"] for one in api.get("/chargebacks?state=open")["data"]] == [str(row.id)] and api.get("/chargebacks?state=inquiry")["data"] == []
