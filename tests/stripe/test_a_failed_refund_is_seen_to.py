"""A refund that did not arrive: headquarters is told, finds it, sends it again or says how she was paid; the shopper reads where her money is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.people.models import AuditEvent
from app.domain.webhooks.models import WebhookDelivery
from app.flows.answer_after_sale import approve_after_sale
from app.flows.ask_after_sale import LineAsk, ask_after_sale
from app.flows.follow_refunds import apply_refund
from app.flows.place_order import PlacedOrder
from app.web.shared.application import Application
from tests.builders.brands import a_brand
from tests.builders.callers import Caller, a_token
from tests.builders.money import lines_of, order_of
from tests.builders.people import a_colleague
from tests.builders.shops import Shop
from tests.builders.signed_in import console
from tests.builders.stripe_orders import paid_online
from tests.builders.stripe_refunds import booked, counts, hundred, refund_of, send
from tests.builders.stripe_world import StripeWorld


@pytest.fixture
def shop(shop: Shop) -> Shop:
    return hundred(shop)


@pytest.fixture
def placed(stripe_app: Application, world: StripeWorld, shop: Shop) -> PlacedOrder:
    paid_online(stripe_app, world, shop, (shop.case, 1))
    return paid_online(stripe_app, world, shop, (shop.case, 1))


@pytest.fixture
def api(stripe_app: Application, brand: Brand) -> Caller:
    return Caller(stripe_app.test_client(), a_token(stripe_app.database, brand), brand)


def failed(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, amount: int = 3333) -> UUID:
    refund_id = booked(shop, placed, amount, stripe_app.clock())
    ref = send(stripe_app, shop, refund_id).provider_ref
    world.does(f"refunds/{ref}/fail", reason="expired_or_canceled_card")
    apply_refund(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=stripe_app.clock())
    assert refund_of(shop, refund_id).state == "failed"
    return refund_id


def desk(stripe_app: Application, shop: Shop, role: str) -> Any:
    """A colleague, signed in."""
    login = a_colleague(shop.session, role).login
    shop.session.commit()
    return console(stripe_app, login)


def page(client: Any, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return str(answer.text)


def test_headquarters_finds_it_and_sends_it_again(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, brand: Brand) -> None:
    refund_id = failed(stripe_app, world, shop, placed)
    finance = desk(stripe_app, shop, "finance")
    assert "1 笔退款没有退成" in page(finance, "/console/")
    listed = page(finance, "/console/after-sales/refunds?state=failed")
    assert "顾客的卡已过期或注销" in listed and placed.number in listed and str(refund_id) in listed
    assert placed.number in page(finance, f"/console/after-sales/refunds?q={placed.number}&sort=-amount")
    assert placed.number not in page(finance, "/console/after-sales/refunds?state=pending")
    assert "没有符合条件的退款" in page(finance, "/console/after-sales/refunds?state=pending")
    shown = page(finance, f"/console/after-sales/refunds/{refund_id}")
    assert "再退一次" in shown and "已用其他方式退" in shown and "33.33" in shown
    assert "顾客的卡已过期或注销" in page(finance, f"/console/orders/{placed.order_id}")
    assert finance.post(f"/console/after-sales/refunds/{refund_id}/retry").status_code == 303
    assert refund_of(shop, refund_id).state == "pending"
    assert "退款在路上" in page(finance, f"/console/after-sales/refunds/{refund_id}")
    assert finance.post(f"/console/after-sales/refunds/{refund_id}/retry").status_code == 422
    assert send(stripe_app, shop, refund_id).state == "succeeded" and counts(world)["refund"] == 2
    assert "没有失败的退款" in page(finance, "/console/after-sales/refunds?state=failed")
    assert "退款没有退成" not in page(finance, "/console/")


def test_one_person_who_may_pay_says_how_she_was_paid(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, brand: Brand) -> None:
    """Operations may send it again, but not say that money left the house."""
    refund_id = failed(stripe_app, world, shop, placed)
    address = f"/console/after-sales/refunds/{refund_id}/otherwise"
    operations, finance = desk(stripe_app, shop, "operations"), desk(stripe_app, shop, "finance")
    assert "已用其他方式退" not in page(operations, f"/console/after-sales/refunds/{refund_id}")
    assert operations.post(address, data={"reference": "回单"}).status_code == 404
    for bad, code in (("", 422), (" ", 422), ("长" * 121, 422), ("\0", 400)):
        assert finance.post(address, data={"reference": bad}).status_code == code
    assert finance.post(address, data={"reference": "招行回单 8812"}).status_code == 303
    row = refund_of(shop, refund_id)
    assert (row.state, row.outside_ref) == ("succeeded", "招行回单 8812")
    assert "招行回单 8812" in page(finance, f"/console/after-sales/refunds/{refund_id}")
    events = shop.session.scalars(select(AuditEvent).where(AuditEvent.subject_id == str(refund_id), AuditEvent.action == "update")).all()
    assert any((one.after or {}).get("outside_ref") == "招行回单 8812" for one in events)
    assert finance.post(address, data={"reference": "又一次"}).status_code == 422


def test_a_case_says_what_its_refund_waits_for(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, brand: Brand) -> None:
    now, line = stripe_app.clock(), lines_of(shop, placed)[0]
    case = ask_after_sale(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, kind="refund_only", lines=[LineAsk(line.id, 1)], now=now)
    approve_after_sale(shop.session, brand_id=shop.brand_id, after_sale_id=case.id, now=now)
    case_id, refund_id = case.id, case.refund_id
    shop.session.commit()
    finance = desk(stripe_app, shop, "finance")
    address, own = f"/console/after-sales/{case_id}", f"/b/{brand.slug}/orders/{placed.number}?token={placed.secret}"
    shopper = stripe_app.test_client()
    shown = page(finance, address)
    assert "退款在路上" in shown and "撤销这张售后单" not in shown and "100.00" in shown
    assert "退款中" in page(finance, "/console/after-sales")
    assert order_of(shop, placed).state == "refunded"
    read = page(shopper, own)
    assert "退款在路上" in read and "已退款" not in read and "寄回商品" not in read
    assert refund_id
    ref = send(stripe_app, shop, refund_id).provider_ref
    assert "已原路退回" in page(shopper, own)
    world.does(f"refunds/{ref}/fail", reason="lost_or_stolen_card")
    apply_refund(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=now)
    assert "顾客的卡已挂失" in page(finance, address)
    assert "没有退成，商家会联系你" in page(shopper, own)
    finance.post(f"/console/after-sales/refunds/{refund_id}/otherwise", data={"reference": "回单 1"})
    assert "已用其他方式退给你" in page(shopper, own)
    assert "已退款" in page(finance, address)


def test_programs_follow_it_too(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, api: Caller) -> None:
    hook = api.post("/webhook-endpoints", {"url": "http://127.0.0.1:9/hook", "events": ["refund.failed"]})
    made = api.post(f"/orders/{placed.order_id}/refunds", {"lines": [{"line_id": str(lines_of(shop, placed)[0].id), "amount": 3333}]})
    assert (made["state"], made["problem"], made["attempt"], made["settled_at"]) == ("pending", "", 1, None)
    refund_id = UUID(made["id"])
    ref = send(stripe_app, shop, refund_id).provider_ref
    assert api.get(f"/refunds/{refund_id}")["state"] == "succeeded"
    api.post(f"/refunds/{refund_id}/retry", {}, status=409)
    world.does(f"refunds/{ref}/fail", reason="declined")
    apply_refund(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=stripe_app.clock())
    [told] = shop.session.scalars(select(WebhookDelivery).where(WebhookDelivery.endpoint_id == UUID(hook["id"]))).all()
    assert (told.event, told.payload["refund_id"], told.payload["amount"], told.payload["problem"]) == ("refund.failed", str(refund_id), 3333, "declined")
    [row] = api.get("/refunds?state=failed")["data"]
    assert (row["id"], row["problem"], row["order_id"]) == (str(refund_id), "declined", str(placed.order_id))
    assert api.post(f"/refunds/{refund_id}/retry", {}, status=200)["attempt"] == 2
    api.post(f"/refunds/{refund_id}/settle-otherwise", {"reference": "回单"}, status=409)
    ref = send(stripe_app, shop, refund_id).provider_ref
    world.does(f"refunds/{ref}/fail", reason="declined")
    apply_refund(stripe_app.database, provider=stripe_app.gateways.online, ref=ref, now=stripe_app.clock())
    done = api.post(f"/refunds/{refund_id}/settle-otherwise", {"reference": "回单 8812"}, status=200)
    assert (done["state"], done["outside_ref"], done["problem"]) == ("succeeded", "回单 8812", "")


def test_another_brand_finds_nothing(stripe_app: Application, world: StripeWorld, shop: Shop, placed: PlacedOrder, brand: Brand) -> None:
    refund_id = failed(stripe_app, world, shop, placed)
    other = a_brand(stripe_app.database, slug=f"{brand.slug}-x", now=stripe_app.clock())
    stranger = console(stripe_app, f"owner@{other.slug}.example")
    assert stranger.get(f"/console/after-sales/refunds/{refund_id}").status_code == 404
    for act in ("retry", "otherwise"):
        assert stranger.post(f"/console/after-sales/refunds/{refund_id}/{act}", data={"reference": "x"}).status_code == 404
    assert refund_of(shop, refund_id).state == "failed"
