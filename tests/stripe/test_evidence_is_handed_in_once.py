"""R18: a draft at any time, handed in once under one key, whatever the wire does in between; reminded of once, three days before the end."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import select

from app.domain.aftersales.models import Chargeback
from app.domain.provider.health import health_of, note_up
from app.domain.provider.ports import Declined
from app.domain.webhooks.actions import add_endpoint
from app.domain.webhooks.models import WebhookDelivery
from app.flows.answer_dispute import answer_dispute, draft_evidence, hand_in_evidence, unanswered
from app.flows.charge_back import open_chargeback
from app.flows.remind_disputes import remind_disputes
from app.gateways.stripe.provider import StripeProvider
from app.kernel.errors import Conflict, Refused
from app.web.shared.application import Application
from tests.builders.shops import Shop
from tests.builders.stripe_disputes import chargeback, disputed, received_online, told
from tests.builders.stripe_world import KEY, StripeWorld
from tests.conftest import TestClock

DRAFT = {"product_description": "轻旅箱 18 寸 ×1", "shipping_tracking_number": "SF1234567890", "customer_communication": "她说收到了\n谢谢",
         "uncategorized_text": "签收单在附件"}


@pytest.fixture
def row(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> Chargeback:
    return told(stripe_app, shop, disputed(world, shop, received_online(stripe_app, world, shop)))


def handed_in(shop: Shop, row: Chargeback, at: TestClock, evidence: dict[str, str] | None = None) -> None:
    draft_evidence(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, evidence=evidence or DRAFT)
    hand_in_evidence(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=at.now)
    shop.session.commit()


def send(stripe_app: Application, shop: Shop, row: Chargeback) -> bool:
    shop.session.rollback()
    return answer_dispute(stripe_app.database, provider=stripe_app.gateways.online, brand_id=shop.brand_id, chargeback_id=row.id, now=stripe_app.clock())


def asked(world: StripeWorld) -> list[dict[str, Any]]:
    """The calls that handed evidence in."""
    return [call for call in world.sees("calls")["calls"] if call["method"] == "POST" and "/v1/disputes/" in call["path"]]


def as_stripe_has_it(world: StripeWorld, ref: str) -> dict[str, Any]:
    wanted = Request(f"{world.url}/v1/disputes/{ref}", headers={"Authorization": f"Bearer {KEY}"})
    with urlopen(wanted, timeout=5) as answer:
        return dict(json.load(answer)["evidence"])


def test_it_arrives_as_it_was_written(stripe_app: Application, world: StripeWorld, shop: Shop, row: Chargeback, wall_time: TestClock) -> None:
    """What was said to the customer goes with the free text: Stripe takes that field as a file only."""
    handed_in(shop, row, wall_time)
    assert send(stripe_app, shop, row)
    kept = chargeback(shop, row.provider_ref)
    assert (kept.answered_at, kept.problem) == (wall_time.now, "") and unanswered(shop.session) == []
    there = as_stripe_has_it(world, row.provider_ref)
    assert (there["product_description"], there["shipping_tracking_number"]) == ("轻旅箱 18 寸 ×1", "SF1234567890")
    assert there["uncategorized_text"] == "签收单在附件\n\n她说收到了\n谢谢" and not there.get("customer_communication")
    assert not send(stripe_app, shop, row) and len(asked(world)) == 1, "asked for again it is not sent again"


@pytest.mark.parametrize("fault", [{"status": 500, "phase": "after"}, {"status": "timeout", "phase": "after", "seconds": 16}, {"status": "drop", "phase": "after"}],
                         ids=["500 after", "timeout", "dropped"])
def test_a_fault_on_the_wire_hands_it_in_once(stripe_app: Application, world: StripeWorld, shop: Shop, row: Chargeback, wall_time: TestClock,
                                              fault: dict[str, Any]) -> None:
    if fault["status"] == "timeout":
        fault = {**fault, "count": 1}
    handed_in(shop, row, wall_time)
    world.does("faults", api=[{"count": 3, "path": "^/v1/disputes/", **fault}])
    send(stripe_app, shop, row)
    world.does("faults", api=[])
    wall_time.now += timedelta(minutes=10)
    send(stripe_app, shop, row)
    kept = chargeback(shop, row.provider_ref)
    assert kept.answered_at is not None and kept.attempt == 1
    assert len({call["idempotency_key"] for call in asked(world)}) == 1


def test_a_kill_between_the_call_and_the_books_changes_nothing(stripe_app: Application, world: StripeWorld, shop: Shop, row: Chargeback,
                                                               wall_time: TestClock) -> None:
    """The call went out under our key and nobody wrote its answer down: the same key gets the same answer."""
    handed_in(shop, row, wall_time)
    stripe_app.gateways.online.answer_dispute(row.provider_ref, evidence={"product_description": DRAFT["product_description"],
        "shipping_tracking_number": DRAFT["shipping_tracking_number"], "uncategorized_text": "签收单在附件\n\n她说收到了\n谢谢"}, key=f"evidence:{row.id}")
    assert send(stripe_app, shop, row) and chargeback(shop, row.provider_ref).answered_at is not None


def test_sent_by_two_at_once_it_is_handed_in_once(stripe_app: Application, world: StripeWorld, shop: Shop, row: Chargeback, wall_time: TestClock) -> None:
    handed_in(shop, row, wall_time)
    gate = Barrier(4)

    def go(_: int) -> None:
        gate.wait(10)
        answer_dispute(stripe_app.database, provider=world.provider(), brand_id=shop.brand_id, chargeback_id=row.id, now=wall_time.now)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(go, range(4)))
    send(stripe_app, shop, row)
    kept = chargeback(shop, row.provider_ref)
    assert kept.answered_at is not None and kept.attempt == 1 and kept.problem == ""
    assert {call["idempotency_key"] for call in asked(world)} == {f"evidence:{row.id}"}


def test_an_error_kept_under_the_key_is_left_behind_after_an_hour(stripe_app: Application, world: StripeWorld, shop: Shop, row: Chargeback,
                                                                  wall_time: TestClock) -> None:
    """It arrived, but its answer was lost and the provider says 500 for ever: a look at the dispute finds it there, and nothing is sent again."""
    handed_in(shop, row, wall_time)
    world.does("faults", api=[{"status": 500, "phase": "after", "count": 3, "path": "^/v1/disputes/"}])
    send(stripe_app, shop, row)
    sent = len(asked(world))
    wall_time.now += timedelta(hours=2)
    world.does("clock", advance=7200)
    send(stripe_app, shop, row)
    assert chargeback(shop, row.provider_ref).answered_at is not None and len(asked(world)) == sent


def test_our_own_mistake_is_told_and_the_row_keeps_its_state(stripe_app: Application, world: StripeWorld, shop: Shop, row: Chargeback,
                                                             wall_time: TestClock) -> None:
    """A key that is not let in: headquarters sees the provider down, the evidence stays handed in and goes once the key is right."""
    handed_in(shop, row, wall_time)
    wrong = StripeProvider("sk_test_", address=world.url, secrets={})
    shop.session.rollback()
    try:
        done = answer_dispute(stripe_app.database, provider=wrong, brand_id=shop.brand_id, chargeback_id=row.id, now=wall_time.now)
        kept = chargeback(shop, row.provider_ref)
        assert not done and kept.asked_at is not None and kept.answered_at is None and kept.problem
        health = health_of(shop.session, "stripe")
        assert health is not None and health.down_since is not None
    finally:
        shop.session.rollback()
        with stripe_app.database.transaction() as session:
            note_up(session, "stripe", wall_time.now)
        world.does("reset")


def test_under_a_random_key_it_would_be_refused(stripe_app: Application, world: StripeWorld, shop: Shop, row: Chargeback) -> None:
    """The twin: another key is another handing in, and the bank takes one."""
    online = stripe_app.gateways.online
    online.answer_dispute(row.provider_ref, evidence={"product_description": "a"}, key="evidence:random-1")
    with pytest.raises(Declined):
        online.answer_dispute(row.provider_ref, evidence={"product_description": "a"}, key="evidence:random-2")


def test_what_was_handed_in_is_never_changed(shop: Shop, row: Chargeback, wall_time: TestClock) -> None:
    handed_in(shop, row, wall_time)
    for again in (lambda: draft_evidence(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, evidence={"product_description": "别的"}),
                  lambda: hand_in_evidence(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=wall_time.now)):
        with pytest.raises(Conflict) as no:
            again()
        assert no.value.code == "evidence_handed_in"


def test_answered_at_stripe_itself_is_answered(stripe_app: Application, world: StripeWorld, shop: Shop, row: Chargeback, wall_time: TestClock) -> None:
    stripe_app.gateways.online.answer_dispute(row.provider_ref, evidence={"product_description": "在 Stripe 后台填的"}, key="evidence:dashboard")
    assert told(stripe_app, shop, row.provider_ref).answered_at is not None
    with pytest.raises(Conflict):
        handed_in(shop, row, wall_time)


def test_refused_because_it_is_over_the_outcome_is_booked(stripe_app: Application, world: StripeWorld, shop: Shop, row: Chargeback,
                                                          wall_time: TestClock) -> None:
    handed_in(shop, row, wall_time)
    world.does(f"disputes/{row.provider_ref}/lost")
    assert not send(stripe_app, shop, row)
    kept = chargeback(shop, row.provider_ref)
    assert (kept.state, kept.answered_at, bool(kept.problem)) == ("lost", None, True)


@pytest.mark.parametrize(("field", "text", "code"), [("product_description", "字" * 2001, "too_long"), ("bank_account", "1", "evidence_unknown")])
def test_too_much_is_refused_at_its_field(shop: Shop, row: Chargeback, field: str, text: str, code: str) -> None:
    with pytest.raises(Refused) as no:
        draft_evidence(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, evidence={field: text})
    assert no.value.code == code


def test_nothing_cannot_be_handed_in_nor_anything_too_late(shop: Shop, row: Chargeback, wall_time: TestClock) -> None:
    with pytest.raises(Refused) as no:
        hand_in_evidence(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=wall_time.now)
    assert no.value.code == "evidence_empty"
    draft_evidence(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, evidence=DRAFT)
    assert row.answer_by is not None
    with pytest.raises(Conflict) as late:
        hand_in_evidence(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=row.answer_by)
    assert late.value.code == "chargeback_too_late"


def test_one_booked_by_hand_is_answered_at_the_bank(stripe_app: Application, world: StripeWorld, shop: Shop, wall_time: TestClock) -> None:
    placed = received_online(stripe_app, world, shop)
    row = open_chargeback(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, provider_ref="CB-1", amount_minor=100, now=wall_time.now)
    draft_evidence(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, evidence=DRAFT)
    with pytest.raises(Conflict) as no:
        hand_in_evidence(shop.session, brand_id=shop.brand_id, chargeback_id=row.id, now=wall_time.now)
    assert no.value.code == "chargeback_by_hand"


def test_the_brand_is_reminded_once_three_days_before(shop: Shop, row: Chargeback) -> None:
    add_endpoint(shop.session, brand_id=shop.brand_id, url="https://erp.example/hook", events=["chargeback.answer_due"], plain_http=False)
    assert row.answer_by is not None
    names: dict[str, Any] = {"brand_id": shop.brand_id}
    before = row.answer_by - timedelta(days=3)
    assert remind_disputes(shop.session, now=before - timedelta(seconds=1), **names) == 0
    assert remind_disputes(shop.session, now=before, **names) == 1
    assert remind_disputes(shop.session, now=before + timedelta(days=1), **names) == 0
    heard = shop.session.scalars(select(WebhookDelivery)).all()
    assert [(one.event, one.payload["chargeback_id"]) for one in heard] == [("chargeback.answer_due", str(row.id))]


def test_what_was_handed_in_or_is_over_is_not_reminded_of(shop: Shop, row: Chargeback, wall_time: TestClock) -> None:
    assert row.answer_by is not None
    assert remind_disputes(shop.session, brand_id=shop.brand_id, now=row.answer_by) == 0, "too late to do anything"
    handed_in(shop, row, wall_time)
    assert remind_disputes(shop.session, brand_id=shop.brand_id, now=row.answer_by - timedelta(days=1)) == 0
