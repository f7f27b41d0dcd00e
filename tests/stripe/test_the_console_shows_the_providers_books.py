"""The pages and the API of a provider's days, the order's panel and its events; who may see them, and whose they are."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.orders.models import Order
from app.domain.provider.models import Charge, ProviderDay, ProviderEvent
from app.kernel.ids import new_id
from app.web.shared.application import Application
from tests.builders.callers import Caller, a_token
from tests.builders.days import today
from tests.builders.people import a_colleague
from tests.builders.shops import Shop
from tests.builders.signed_in import console
from tests.builders.stripe_days import disputed, lines, read, refunded, reversed_, transferred
from tests.builders.stripe_orders import charge_of, door_of, online_order, paid_online, session_ref
from tests.builders.stripe_world import StripeWorld


@pytest.fixture
def office(stripe_app: Application, brand: Brand) -> FlaskClient:
    return console(stripe_app, f"owner@{brand.slug}.example")


@pytest.fixture
def api(stripe_app: Application, brand: Brand) -> Caller:
    return Caller(stripe_app.test_client(), a_token(stripe_app.database, brand), brand)


@pytest.fixture
def told(stripe_app: Application, world: StripeWorld, shop: Shop) -> Iterator[Any]:
    """One order with everything that can happen to it, its events, and the day read; another that nobody told us was paid."""
    placed = paid_online(stripe_app, world, shop, method="alipay")
    refund_id = refunded(stripe_app, shop, placed, 5000)
    sent = transferred(stripe_app, world, shop, placed, 3331, 599)
    reversed_(stripe_app, shop, sent, refund_id, 1000, 179)
    disputed(stripe_app, world, shop, placed, 10000)
    now = stripe_app.clock()
    for number in range(7):
        shop.session.add(ProviderEvent(brand_id=shop.brand_id, id=new_id(), provider="stripe", event_id=f"evt_{number}", type="charge.refunded", object_ref="ch_1",
                                       payment_id=placed.payment_id, payload={"id": f"evt_{number}", "said": "<b>原文</b>"},
                                       received_at=now + timedelta(seconds=number), applied_at=now))
    shop.session.commit()
    other = online_order(shop, now)
    world.does(f"complete_session/{session_ref(door_of(stripe_app, shop, other))}", method="card", outcome="paid")
    [day] = read(stripe_app, shop)
    yield placed, day, other


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


def test_the_list_and_one_day_say_what_differs_and_lead_to_the_cause(office: FlaskClient, shop: Shop, told: Any) -> None:
    placed, day, other = told
    listed = page(office, "/console/provider-days")
    assert f"/console/provider-days/{day.id}" in listed and "有不符" in listed
    assert "有不符" in page(office, "/console/provider-days?state=differs&sort=-differences") and "没有符合条件" in page(office, "/console/provider-days?state=failed")
    one = page(office, f"/console/provider-days/{day.id}")
    for order in (placed, other):
        assert f"/console/orders/{order.order_id}#online" in one
    assert "云店没有这一笔" in one and "拒付处理中" in one and "转给收款方" in one
    everything = page(office, f"/console/provider-days/{day.id}?shown=all")
    payout = next(line for line in lines(shop, day) if line.kind == "transfer").payout_id
    assert f"#p{payout}" in everything
    only = page(office, f"/console/provider-days/{day.id}?cause=missing_here&kind=fee&shown=all")
    assert only.count("<tr id=") == 1
    ref = charge_of(shop, placed).charge_ref
    assert page(office, f"/console/provider-days/{day.id}?shown=all&q={ref}").count("<tr id=") == 2, "the charge and its fee"
    assert page(office, f"/console/provider-days/{day.id}?shown=all&q={_number(shop, other)}").count("<tr id=") == 2
    for known in (ref.upper(), _number(shop, other)):
        assert f"/console/provider-days/{day.id}?q=" in page(office, f"/console/provider-days?q={known}"), "the day is found by what is in it"
    assert "没有符合条件" in page(office, "/console/provider-days?q=nothing-like-it")


def _number(shop: Shop, placed: Any) -> str:
    return str(shop.session.scalars(select(Order.number).where(Order.id == placed.order_id)).one())


def test_a_csv_has_every_line_in_whole_units(office: FlaskClient, told: Any) -> None:
    _, day, _ = told
    rows = list(csv.reader(io.StringIO(page(office, f"/console/provider-days/{day.id}.csv").lstrip("\ufeff"))))
    assert len(rows) == 1 + day.line_count
    assert ["75.38", "75.38", "0.00", "SGD"] in [row[3:7] for row in rows] and ["75.38", "", "75.38", "SGD"] in [row[3:7] for row in rows]


def test_a_day_is_asked_for_again_by_a_button(office: FlaskClient, shop: Shop, told: Any) -> None:
    _, day, _ = told
    answer = office.post("/console/provider-days", data={"day": day.day.isoformat()})
    assert answer.status_code == 303 and answer.location.endswith(f"/console/provider-days/{day.id}")
    assert "正在核对" in page(office, f"/console/provider-days/{day.id}")
    for odd in ("", "2999-01-01", "0001-01-01", "昨天", "2026-13-40"):
        assert office.post("/console/provider-days", data={"day": odd}).status_code == 303
    assert office.post("/console/provider-days", data={"day": "x\0"}).status_code == 400
    assert shop.session.scalars(select(ProviderDay.day)).all() == [day.day]


def test_the_orders_panel_has_every_number_of_the_provider(office: FlaskClient, shop: Shop, told: Any) -> None:
    placed, day, _ = told
    shown, charge = page(office, f"/console/orders/{placed.order_id}"), charge_of(shop, placed)
    for ref in {charge.charge_ref, charge.intent_ref, charge.balance_ref, *(line.source_ref for line in lines(shop, day) if line.payment_id == placed.payment_id)}:
        assert ref in shown, ref
    assert "支付宝" in shown and "1 CNY = 0.1800 SGD" in shown and "S$2.49 = ¥13.83" in shown and "品牌承担" in shown and "林晓芸" in shown
    assert "&lt;b&gt;原文&lt;/b&gt;" in shown and "<b>原文</b>" not in shown
    assert shown.index("evt_6") < shown.index("evt_2") and "evt_1" not in shown and "全部 7 条" in shown
    assert "evt_0" in page(office, f"/console/orders/{placed.order_id}/events")
    assert "没有符合条件" in page(office, f"/console/orders/{placed.order_id}/events?q=%25nothing_")


def test_what_is_kept_opens_nothing_and_names_nobody(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """The event says where she comes back to, with the secret of her order; what is kept of it does not."""
    placed = paid_online(stripe_app, world, shop)
    raw = stripe_app.gateways.online._client.v1.events.list({"types": ["checkout.session.completed"]}).data
    assert placed.secret in str([one.to_dict() for one in raw])
    heard = [one for one in stripe_app.gateways.online.events_since(stripe_app.clock() - timedelta(hours=1)) if one.type == "checkout.session.completed"]
    assert [placed.secret in str(one.payload) for one in heard] == [False] and heard[0].payload["data"]["object"]["success_url"] == "…"
    assert "@" in str(raw[0].to_dict()) and "@" not in str(heard[0].payload), "nor who she is"


def test_who_does_not_see_money_sees_none_of_it(stripe_app: Application, brand: Brand, shop: Shop, told: Any) -> None:
    """A store manager has the order of her store, without what moved at the provider; the owner above has both."""
    placed, day, _ = told
    with stripe_app.database.transaction(brand.id) as session:
        login = a_colleague(session, "store_manager", shop.store).login
    manager = console(stripe_app, login)
    assert charge_of(shop, placed).charge_ref not in page(manager, f"/console/orders/{placed.order_id}")
    for path in ("/console/provider-days", f"/console/provider-days/{day.id}", f"/console/provider-days/{day.id}.csv", f"/console/orders/{placed.order_id}/events"):
        page(manager, path, status=404)
    assert manager.post("/console/provider-days", data={"day": day.day.isoformat()}).status_code == 404


def test_the_api_says_the_same(api: Caller, shop: Shop, told: Any) -> None:
    placed, day, _ = told
    [one] = api.get("/provider-days")["data"]
    assert (one["id"], one["state"], one["line_count"]) == (str(day.id), "differs", day.line_count)
    assert {"kind": "transfer", "currency": "SGD", "count": 1, "theirs": -599, "ours": -599} in one["sums"]
    found = api.get(f"/provider-days/{day.id}/lines?shown=all&kind=charge")["data"]
    assert sorted((line["theirs"], line["ours"], line["cause"], line["differs"]) for line in found if line["cause"]) == [(7538, None, "missing_here", True)]
    assert {line["order_id"] for line in found} >= {str(placed.order_id)}
    [payment] = api.get(f"/orders/{placed.order_id}/payments")["payments"]
    charge = payment["charge"]
    assert (charge["amount"], charge["settled"], charge["settled_currency"], charge["fee"], charge["fee_in_order_currency"]) == (41880, 7538, "SGD", 249, 1383)
    assert [refund["provider_ref"][:3] for refund in payment["refunds"]] == ["re_"]
    [sent] = payment["transfers"]
    assert (sent["settled"], [back["settled"] for back in sent["reversals"]]) == (599, [179])
    assert [one["state"] for one in payment["disputes"]] == ["open"] and [one["state"] for one in payment["sessions"]] == ["complete"]
    events = api.get(f"/orders/{placed.order_id}/payment-events?limit=3")
    assert len(events["data"]) == 3 and events["next_cursor"] and json.dumps(events["data"][0]["payload"])
    queued = api.post("/provider-days", {"day": (today() - timedelta(days=1)).isoformat()}, status=202)
    assert queued["state"] == "queued" and queued["sums"] == []


def test_fees_stand_beside_the_margins_and_in_the_books(office: FlaskClient, shop: Shop, told: Any) -> None:
    """13.83 of the provider and 83.34 of the bank: only the first is of an order that was paid."""
    shown = page(office, "/console/margins")
    assert "支付手续费" in shown and "−13.83" in shown
    assert shop.session.scalars(select(Charge.fee_order_minor)).all() == [1383]
