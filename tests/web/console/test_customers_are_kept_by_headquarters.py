"""HQ sees customers masked, unmasks with a reason, moves them and takes it back; managers reach their own only (R21, R35)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.queries import brand
from app.domain.care.actions import add_tag
from app.domain.care.models import CustomerTag, Segment
from app.domain.customers.actions import meet
from app.domain.customers.models import CustomerBinding
from app.domain.customers.rules import customer_key
from app.domain.orders.models import Order
from app.domain.people.models import AuditEvent
from app.flows.place_order import order_secret
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.money import paid_order
from tests.builders.people import a_colleague, a_guide, a_unit
from tests.builders.shoppers import ZH
from tests.builders.shops import CONTACT, Shop, a_shop
from tests.builders.signed_in import console
from tests.conftest import NOON, TestClock

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def shop(session: BrandSession, clock: TestClock) -> Shop:
    clock.now = NOON
    found = a_shop(session)
    paid_order(found, (found.case, 1))
    return found


@pytest.fixture
def sign_in(app: Application, shop: Shop) -> SignIn:
    def as_(role: str, unit: object = None) -> FlaskClient:
        account = a_colleague(shop.session, role, unit)  # type: ignore[arg-type]
        shop.session.commit()
        return console(app, account.login)
    return as_


@pytest.fixture
def owner(sign_in: SignIn) -> FlaskClient:
    return sign_in("owner")


def she(shop: Shop) -> UUID:
    return customer_key(shop.brand_id, "+86" + CONTACT["phone"])


def holder(shop: Shop) -> UUID:
    shop.session.rollback()
    return shop.session.scalars(select(CustomerBinding.guide_id).where(CustomerBinding.ended_at.is_(None))).one()


def test_the_list_is_masked_filtered_and_exported_with_a_trace(owner: FlaskClient, shop: Shop) -> None:
    meet(shop.session, brand_id=shop.brand_id, phone="+8613800138001", name="李雷", now=NOON)
    shop.session.commit()
    told = owner.get("/console/customers", headers=ZH).text
    assert "王**" in told and "李**" in told and "138****8000" in told and "1380013800" not in told
    for query, names in (("bound=somebody", "王"), ("bound=nobody", "李"), ("q=8001", "李"), (f"store={shop.store.id}", "王"), (f"guide={shop.he.id}", ""), ("bound=left", "")):
        told = owner.get(f"/console/customers?{query}", headers=ZH).text
        assert [name for name in ("王", "李") if f"{name}**" in told] == list(names), query
    lines = owner.get("/console/customers.csv?bound=somebody", headers=ZH).text.splitlines()
    assert len(lines) == 2 and "王**" in lines[1] and "138****8000" in lines[1] and "林晓芸" in lines[1]
    assert shop.session.scalars(select(AuditEvent).where(AuditEvent.action == "export")).one().after == {"filter": {"bound": "somebody"}}


@pytest.mark.parametrize("query", ["sort=x", "bound=x", "store=x", "tag=x", "guide=x", "segment=x", "page=999999", "q=" + "9" * 3000, "q=%ED%A0%80"])
def test_no_address_breaks_the_list(owner: FlaskClient, query: str) -> None:
    assert owner.get(f"/console/customers?{query}", headers=ZH).status_code == 200


def test_who_may_unmask_says_why_and_others_find_nothing(owner: FlaskClient, sign_in: SignIn, shop: Shop) -> None:
    address = f"/console/customers/{she(shop)}"
    assert owner.post(f"{address}/unmask", data={}, headers=ZH).status_code == 422
    assert "+8613800138000" in owner.post(f"{address}/unmask", data={"reason": "after_sale"}, headers=ZH).text
    assert "13800138000" not in owner.get(address, headers=ZH).text
    for role in ("finance", "store_manager"):
        other = sign_in(role, shop.store if role == "store_manager" else None)
        assert "看完整号码" not in other.get(address, headers=ZH).text
        assert other.post(f"{address}/unmask", data={"reason": "after_sale"}, headers=ZH).status_code == 404
    shop.session.rollback()
    assert len(shop.session.scalars(select(AuditEvent).where(AuditEvent.action == "unmask")).all()) == 1


def test_a_customer_is_moved_and_taken_back(owner: FlaskClient, shop: Shop) -> None:
    address = f"/console/customers/{she(shop)}"
    assert owner.post(f"{address}/transfer", data={"guide_id": str(shop.he.id), "reason": "顾客要求"}, headers=ZH).status_code == 303
    told = owner.get(address, headers=ZH).text
    assert holder(shop) == shop.he.id and "林晓芸 → 何敏 · 顾客要求" in told and "保护期" in told
    undo = told.split('/handovers/')[1].split('"')[0]
    assert owner.post(f"{address}/handovers/{undo}", headers=ZH).status_code == 303
    assert holder(shop) == shop.lin.id
    answer = owner.post(f"{address}/handovers/{undo}", headers=ZH)
    assert answer.status_code == 422 and "不能撤回了" in answer.text


@pytest.mark.parametrize(("guide", "status"), [("", 422), ("x", 404), ("00000000-0000-0000-0000-000000000000", 404), ("her own", 422)])
def test_only_to_another_guide(owner: FlaskClient, shop: Shop, guide: str, status: int) -> None:
    chosen = str(shop.lin.id) if guide == "her own" else guide
    assert owner.post(f"/console/customers/{she(shop)}/transfer", data={"guide_id": chosen}, headers=ZH).status_code == status
    assert holder(shop) == shop.lin.id


def test_managers_reach_customers_of_their_own_guides_only(sign_in: SignIn, shop: Shop) -> None:
    elsewhere = a_unit(shop.session, name="苏州店")
    theirs, own = sign_in("store_manager", elsewhere), sign_in("store_manager", shop.store)
    address = f"/console/customers/{she(shop)}"
    assert theirs.get(address, headers=ZH).status_code == 404 and "王**" not in theirs.get("/console/customers", headers=ZH).text
    assert "王**" not in theirs.get("/console/customers.csv", headers=ZH).text
    assert theirs.post(f"{address}/transfer", data={"guide_id": str(shop.he.id)}, headers=ZH).status_code == 404
    stranger = a_guide(shop.session, elsewhere, now=NOON)
    shop.session.commit()
    assert own.post(f"{address}/transfer", data={"guide_id": str(stranger.id)}, headers=ZH).status_code == 404
    assert own.post(f"{address}/transfer", data={"guide_id": str(shop.he.id)}, headers=ZH).status_code == 303
    told = own.get(address, headers=ZH).text
    assert "撤回这次移交" not in told
    for path in ("/console/customers/tags", "/console/customers/segments", f"/console/guides/{shop.lin.id}/hand-over/undo"):
        assert own.post(path, data={"name": "x", "kind": "birthday"}, headers=ZH).status_code == 404, path


def test_a_guide_leaves_in_one_sitting(owner: FlaskClient, shop: Shop) -> None:
    address = f"/console/guides/{shop.lin.id}/leave"
    told = owner.get(address, headers=ZH).text
    assert "1 位顾客绑定在她名下" in told and "何敏" in told and "35.88" in told
    assert owner.post(address, data={"successor_id": str(shop.he.id)}, headers=ZH).status_code == 303
    assert holder(shop) == shop.he.id
    told = owner.get(address, headers=ZH).text
    assert "近 7 天移交给 何敏 1 位" in told and f"/console/statements/{shop.lin.payee_id}" in told
    assert owner.post(address, headers=ZH).status_code == 409
    assert "位客户的导购已离职或停用" not in owner.get("/console/customers", headers=ZH).text
    assert owner.post(f"/console/guides/{shop.lin.id}/hand-over/undo", headers=ZH).status_code == 303
    assert holder(shop) == shop.lin.id and "还有 1 位顾客绑定在她名下，由门店接待" in owner.get(address, headers=ZH).text
    assert "1 位客户的导购已离职或停用" in owner.get("/console/customers", headers=ZH).text
    assert "王**" in owner.get("/console/customers?bound=left", headers=ZH).text
    assert owner.post(f"/console/guides/{shop.lin.id}/hand-over", data={}, headers=ZH).status_code == 422
    assert owner.post(f"/console/guides/{shop.lin.id}/hand-over", data={"successor_id": str(shop.he.id)}, headers=ZH).status_code == 303
    assert holder(shop) == shop.he.id


def test_a_successor_who_does_not_work_is_refused_and_nobody_leaves(owner: FlaskClient, shop: Shop) -> None:
    shop.he.status = "suspended"
    shop.session.commit()
    address = f"/console/guides/{shop.lin.id}/leave"
    assert owner.post(address, data={"successor_id": str(shop.he.id)}, headers=ZH).status_code == 422
    shop.session.refresh(shop.lin)
    assert shop.lin.status == "active"


def test_the_shopper_reads_who_serves_her_now(owner: FlaskClient, client: FlaskClient, shop: Shop) -> None:
    order = shop.session.scalars(select(Order)).one()
    address = f"/b/{_slug(shop)}/orders/{order.number}?token={order_secret(order.id)}"
    assert "为你服务" not in client.get(address, headers=ZH).text
    owner.post(f"/console/customers/{she(shop)}/transfer", data={"guide_id": str(shop.he.id)}, headers=ZH)
    assert "现在由静安嘉里店的 何敏 为你服务。" in client.get(address, headers=ZH).text


def _slug(shop: Shop) -> str:
    return str(brand(shop.session, brand_id=shop.brand_id).slug)


def test_tags_and_segments_are_made_counted_and_ended(owner: FlaskClient, shop: Shop) -> None:
    assert owner.post("/console/customers/tags", data={"name": "箱包客", "kind": "bought", "days": "90", "category": "箱包"}, headers=ZH).status_code == 303
    shop.session.rollback()
    tag = shop.session.scalars(select(CustomerTag)).one()
    assert owner.post("/console/customers/segments", data={"name": "近期箱包", "tags": [str(tag.id)], "bought_within": "30", "spent": "299"}, headers=ZH).status_code == 303
    shop.session.rollback()
    segment = shop.session.scalars(select(Segment)).one()
    assert segment.terms == {"tags": [str(tag.id)], "bought_within": 30, "spent_minor": 29900, "spent_days": 365}
    told = owner.get("/console/customers/tags", headers=ZH).text
    assert "近 90 天买过“箱包”" in told and "近 365 天消费满 ¥299.00" in told
    assert "王**" in owner.get(f"/console/customers?segment={segment.id}", headers=ZH).text
    assert owner.post(f"/console/customers/tags/{tag.id}/end", headers=ZH).status_code == 303
    assert owner.post(f"/console/customers/segments/{segment.id}/delete", headers=ZH).status_code == 303
    assert "近期箱包" not in owner.get("/console/customers/tags", headers=ZH).text


@pytest.mark.parametrize(("deed", "said", "kept"), [
    ("notes", {"words": "长" * 501}, ["长" * 501]),
    ("birthday", {"month": "2", "day": "30"}, ['<option value="2" selected>', '<option value="30" selected>'])])
def test_a_refused_note_or_birthday_keeps_what_was_typed(owner: FlaskClient, shop: Shop, deed: str, said: dict[str, str], kept: list[str]) -> None:
    answer = owner.post(f"/console/customers/{she(shop)}/{deed}", data=said, headers=ZH)
    assert answer.status_code == 422 and [one for one in kept if one not in answer.text] == []


@pytest.mark.parametrize(("form", "said", "field"), [
    ("tags", {"name": "", "kind": "birthday"}, "tag-name"), ("tags", {"name": "x", "kind": "spent", "days": "9"}, "tag-amount"),
    ("tags", {"name": "x", "kind": "lapsed", "days": "x"}, "tag-days"), ("tags", {"name": "x", "kind": "spent", "days": "9", "amount": "9" * 30}, "tag-amount"),
    ("segments", {"name": "x"}, "segment-tags"), ("segments", {"name": "x", "silent_for": "99999999999"}, "segment-silent_for")])
def test_a_form_says_what_is_wrong(owner: FlaskClient, form: str, said: dict[str, str], field: str) -> None:
    answer = owner.post(f"/console/customers/{form}", data=said, headers=ZH)
    assert answer.status_code == 422 and f'id="{field}-err"' in answer.text


def test_seven_days_are_the_end_of_taking_back(owner: FlaskClient, shop: Shop, clock: TestClock) -> None:
    owner.post(f"/console/customers/{she(shop)}/transfer", data={"guide_id": str(shop.he.id)}, headers=ZH)
    clock.now = NOON + timedelta(days=7)
    told = owner.get(f"/console/customers/{she(shop)}", headers=ZH).text
    assert "移交记录" in told and "撤回这次移交" not in told


def test_headquarters_writes_notes_a_birthday_and_tags(owner: FlaskClient, sign_in: SignIn, shop: Shop) -> None:
    """Who may only look changes nothing; what is wrong is said at its field."""
    page = f"/console/customers/{she(shop)}"
    tag = add_tag(shop.session, brand_id=shop.brand_id, name="爱出差", kind="manual", days=30)
    shop.session.commit()
    for part, data, said in (("notes", {"words": "下月去日本"}, "下月去日本"), ("birthday", {"month": "3", "day": "8"}, "3 月 8 日"), ("tags", {"tag_id": str(tag.id)}, "爱出差")):
        assert owner.post(f"{page}/{part}", data=data, headers=ZH).status_code == 303
        assert said in owner.get(page, headers=ZH).text, part
    assert owner.post(f"{page}/tags", data={"tag_id": str(tag.id), "off": "1"}, headers=ZH).status_code == 303
    assert "去掉标签" not in owner.get(page, headers=ZH).text
    for part, wrong in (("notes", {"words": " "}), ("notes", {"words": "长" * 501}), ("birthday", {"month": "2", "day": "30"}), ("tags", {"tag_id": ""})):
        assert owner.post(f"{page}/{part}", data=wrong, headers=ZH).status_code == 422, (part, wrong)
    looker = sign_in("finance")
    for part in ("notes", "birthday", "tags"):
        assert looker.post(f"{page}/{part}", data={}, headers=ZH).status_code in (403, 404)
