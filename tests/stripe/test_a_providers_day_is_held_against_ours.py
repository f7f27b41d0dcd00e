"""Each movement of the provider's balance beside the row of ours it is about; numbers by hand: 418.80 yuan settle as 75.38 SGD, the fee is 2.49."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from app.domain.ledger.actions import Entry, post
from app.domain.ledger.queries import house_payees
from app.domain.provider.day_rules import CAUSES, Ours, Theirs, compared
from app.domain.provider.models import Charge
from app.flows.follow_refunds import apply_refund, retry_refund, settle_refund_otherwise
from app.flows.place_order import PlacedOrder
from app.flows.send_refunds import send_refund
from app.kernel.ids import new_id
from app.web.shared.application import Application
from tests.builders.shops import Shop
from tests.builders.stripe_days import at_the_provider, disputed, lines, read, refund_of, refunded, reversed_, said, transferred
from tests.builders.stripe_orders import charge_of, door_of, online_order, paid_online, session_ref
from tests.builders.stripe_world import StripeWorld

CHARGE, FEE = ("charge", 7538, 7538, ""), ("fee", -249, -249, "")


def paid_unheard(app: Application, world: StripeWorld, shop: Shop) -> PlacedOrder:
    """The shopper paid; nobody told us yet."""
    placed = online_order(shop, app.clock())
    world.does(f"complete_session/{session_ref(door_of(app, shop, placed))}", method="card", outcome="paid")
    return placed


def charge_row(app: Application, shop: Shop, placed: PlacedOrder, **more: Any) -> None:
    """A charge as it would be if only half of it had been booked: no posting of the fee."""
    [line] = [line for line in app.gateways.online.balance_lines(since=app.clock().replace(hour=0, minute=0), until=app.clock().replace(hour=23, minute=59))
              if line.marks.get("payment_id") == str(placed.payment_id)]
    values = {"settled_minor": line.amount_minor, "settled_currency": "SGD", "fee_minor": line.fee_minor, "fee_order_minor": 1383}
    shop.session.add(Charge(brand_id=shop.brand_id, id=new_id(), payment_id=placed.payment_id, provider="stripe", intent_ref="pi_x", charge_ref=line.source_ref,
                            amount_minor=41880, currency="CNY", charged_at=line.at, **{**values, **more}))
    shop.session.commit()


def test_a_day_of_everything_agrees_and_is_the_balance(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """75.38 − 2.49 − 9.00 − 5.99 + 1.79 − 18.00 − 15.00 = 26.69, which is what stands at the provider."""
    placed = paid_online(stripe_app, world, shop)
    refund_id = refunded(stripe_app, shop, placed, 5000)
    sent = transferred(stripe_app, world, shop, placed, 3331, 599)
    reversed_(stripe_app, shop, sent, refund_id, 1000, 179)
    disputed(stripe_app, world, shop, placed, 10000, outcome="lost")
    [day] = read(stripe_app, shop)
    assert said(shop, day) == [CHARGE, ("dispute", -1800, -1800, ""), ("fee", -1500, -1500, ""), FEE, ("refund", -900, -900, ""),
                               ("reversal", 179, 179, ""), ("transfer", -599, -599, "")]
    assert (day.state, day.line_count, day.difference_count, day.problem) == ("matched", 7, 0, "")
    assert at_the_provider(world) == {"SGD": 2669}
    assert {one: sum(row[one] for row in day.totals["sums"]) for one in ("theirs", "ours")} == {"theirs": 2669, "ours": 2669}
    assert {line.kind: (line.payment_id, line.payout_id) for line in lines(shop, day)} == {
        **dict.fromkeys(("charge", "fee", "refund", "dispute"), (placed.payment_id, None)),
        **dict.fromkeys(("transfer", "reversal"), (placed.payment_id, sent.payout_id))}


def test_what_we_never_heard_of_is_missing_here(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = paid_unheard(stripe_app, world, shop)
    [day] = read(stripe_app, shop)
    assert said(shop, day) == [("charge", 7538, None, "missing_here"), ("fee", -249, None, "missing_here")]
    assert (day.state, day.difference_count) == ("differs", 2)
    assert {line.payment_id for line in lines(shop, day)} == {placed.payment_id}, "the order is one click away"


def test_what_they_never_heard_of_is_missing_there(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """All but a reversal still on its way; the fee that was posted with the charge too."""
    placed = paid_online(stripe_app, world, shop)
    sent = transferred(stripe_app, world, shop, placed, 3331, 599)
    reversed_(stripe_app, shop, sent, refunded(stripe_app, shop, placed, 5000), 1000, 179)
    world.does("reset")
    [day] = read(stripe_app, shop)
    assert said(shop, day) == [("charge", None, 7538, "missing_there"), ("fee", None, -249, "missing_there"), ("refund", None, -900, "missing_there"),
                               ("reversal", None, 179, "missing_there"), ("transfer", None, -599, "missing_there")]


@pytest.mark.parametrize(("planted", "found"), [
    ({"settled_minor": 7537}, [("charge", 7538, 7537, "amount_differs"), ("fee", -249, -249, "conversion")]),
    ({"amount_minor": 41879}, [("charge", 7538, 7538, "amount_differs"), ("fee", -249, -249, "")]),
    ({"settled_currency": "USD"}, [("charge", 7538, 7538, "currency_differs"), ("fee", -249, -249, "currency_differs")]),
    ({"fee_minor": 248}, [CHARGE, ("fee", -249, -248, "amount_differs")]),
    ({"settled_minor": None, "settled_currency": ""}, [("charge", 7538, None, "not_settled"), ("fee", -249, None, "not_settled")]),
    ({"charge_ref": "ch_other"}, [("charge", None, 7538, "missing_there"), ("charge", 7538, None, "missing_here"),
                                  ("fee", -249, None, "missing_here"), ("fee", None, -249, "missing_there")]),
])
def test_what_is_planted_in_a_charge_is_found(stripe_app: Application, world: StripeWorld, shop: Shop, planted: dict[str, Any],
                                              found: list[tuple[Any, ...]]) -> None:
    """The same day before it is planted: nothing is found."""
    placed = paid_online(stripe_app, world, shop)
    [before] = read(stripe_app, shop)
    assert (before.state, said(shop, before)) == ("matched", [CHARGE, FEE])
    shop.session.execute(update(Charge).where(Charge.id == charge_of(shop, placed).id).values(**planted))
    shop.session.commit()
    [day] = read(stripe_app, shop)
    assert sorted(said(shop, day), key=str) == sorted(found, key=str)
    assert day.state == "differs"


@pytest.mark.parametrize(("posted", "cause"), [(None, "fee_not_booked"), (1382, "conversion"), (1383, "")])
def test_a_fee_is_held_against_its_posting(stripe_app: Application, world: StripeWorld, shop: Shop, posted: int | None, cause: str) -> None:
    """2.49 SGD of 418.80 yuan that settled as 75.38 are 2.49 × 418.80 ÷ 75.38 = 13.834 → 13.83 yuan."""
    placed = paid_unheard(stripe_app, world, shop)
    charge_row(stripe_app, shop, placed)
    if posted is not None:
        house = house_payees(shop.session, brand_id=shop.brand_id)
        post(shop.session, brand_id=shop.brand_id, cause=f"payment:{placed.payment_id}:fee", kind="provider_fee", now=stripe_app.clock(), note={},
             entries=[Entry(house["brand"], "provider_fee", "available", -posted), Entry(house["clearing"], "provider_fee", "received", posted)])
        shop.session.commit()
    [day] = read(stripe_app, shop)
    assert said(shop, day) == [CHARGE, ("fee", -249, None if posted is None else -249, cause)]


def test_a_refund_waits_fails_and_is_paid_otherwise(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """Booked: ours moved, theirs not. Failed: it came back. Retried, failed again and paid otherwise: nothing moved there, nothing is ours there."""
    placed = paid_online(stripe_app, world, shop)
    refund_id = refunded(stripe_app, shop, placed, 5000, sent=False)
    [day] = read(stripe_app, shop)
    assert said(shop, day)[2:] == [("refund", None, -900, "refund_pending")]
    online, app = stripe_app.gateways.online, stripe_app
    send_refund(app.database, brand_id=shop.brand_id, refund_id=refund_id, provider=online, now=app.clock())
    [day] = read(stripe_app, shop)
    assert (day.state, said(shop, day)[2:]) == ("matched", [("refund", -900, -900, "")])
    first = refund_of(shop, refund_id).provider_ref
    world.does(f"refunds/{first}/fail")
    apply_refund(app.database, provider=online, ref=first, now=app.clock())
    [day] = read(stripe_app, shop)
    assert said(shop, day)[2:] == [("refund", -900, -900, ""), ("refund", 900, None, "refund_failed")]
    retry_refund(shop.session, brand_id=shop.brand_id, refund_id=refund_id)
    shop.session.commit()
    send_refund(app.database, brand_id=shop.brand_id, refund_id=refund_id, provider=online, now=app.clock())
    [day] = read(stripe_app, shop)
    assert sorted(said(shop, day)[2:], key=str) == [("refund", -900, -900, ""), ("refund", -900, None, "refund_returned"), ("refund", 900, None, "refund_returned")]
    assert day.state == "matched", "both tries are explained"
    second = refund_of(shop, refund_id).provider_ref
    world.does(f"refunds/{second}/fail")
    apply_refund(app.database, provider=online, ref=second, now=app.clock())
    settle_refund_otherwise(shop.session, brand_id=shop.brand_id, refund_id=refund_id, reference="银行转账 88", now=app.clock())
    shop.session.commit()
    [day] = read(stripe_app, shop)
    assert {row[2:] for row in said(shop, day)[2:]} == {(None, "refund_returned")}
    assert sum(row[1] for row in said(shop, day)) == at_the_provider(world)["SGD"] == 7538 - 249


def test_a_refund_that_left_twice_is_not_explained_away(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = paid_online(stripe_app, world, shop)
    refund_id = refunded(stripe_app, shop, placed, 5000)
    refund_of(shop, refund_id).attempt = 2
    marks = {"brand_id": str(shop.brand_id), "refund_id": str(refund_id), "attempt": "2"}
    twin = stripe_app.gateways.online.refund(intent_ref=charge_of(shop, placed).intent_ref, amount_minor=5000, marks=marks, key=f"refund:{refund_id}:2")
    refund_of(shop, refund_id).provider_ref = twin.ref
    shop.session.commit()
    [day] = read(stripe_app, shop)
    assert sorted(said(shop, day)[2:], key=str) == [("refund", -900, -900, ""), ("refund", -900, None, "missing_here")]


def test_what_somebody_refunds_by_hand_there_belongs_with_its_payment(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    placed = paid_online(stripe_app, world, shop)
    stripe_app.gateways.online.refund(intent_ref=charge_of(shop, placed).intent_ref, amount_minor=5000, marks={}, key="by-hand")
    [day] = read(stripe_app, shop)
    assert said(shop, day)[2:] == [("refund", -900, None, "missing_here")]
    assert lines(shop, day)[2].payment_id == placed.payment_id


def test_a_transfer_whose_answer_was_lost_is_on_its_way(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """And not there twice: their movement and our row are one line."""
    placed = paid_online(stripe_app, world, shop)
    transferred(stripe_app, world, shop, placed, 3331, 599, state="sending")
    [day] = read(stripe_app, shop)
    assert said(shop, day) == [CHARGE, FEE, ("transfer", -599, -599, "sending")]


@pytest.mark.parametrize(("outcome", "found"), [
    ("", [("dispute", -1800, None, "dispute_open"), ("fee", -1500, None, "dispute_open")]),
    ("won", [("dispute", -1800, None, "dispute_won"), ("dispute", 1800, None, "dispute_won"), ("fee", -1500, -1500, "")]),
    ("lost", [("dispute", -1800, -1800, ""), ("fee", -1500, -1500, "")]),
])
def test_a_dispute_takes_money_before_the_bank_has_ruled(stripe_app: Application, world: StripeWorld, shop: Shop, outcome: str,
                                                        found: list[tuple[Any, ...]]) -> None:
    placed = paid_online(stripe_app, world, shop)
    disputed(stripe_app, world, shop, placed, 10000, outcome=outcome)
    [day] = read(stripe_app, shop)
    assert sorted(said(shop, day), key=str) == sorted([CHARGE, FEE, *found], key=str)
    assert day.state == ("differs" if not outcome else "matched")


def test_the_rate_of_another_day_is_said_and_is_no_difference(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """100.03 at 0.18 is 18.0054 → 18.01 there; at the charge's rate 100.03 × 75.38 ÷ 418.80 = 18.0044 → 18.00 here."""
    placed = paid_online(stripe_app, world, shop)
    refunded(stripe_app, shop, placed, 10003)
    [day] = read(stripe_app, shop)
    assert said(shop, day)[2:] == [("refund", -1801, -1800, "exchange")]
    assert (day.state, day.difference_count) == ("matched", 0)


def a_movement(kind: str, **more: Any) -> Theirs:
    return Theirs(**{"ref": "txn_1", "kind": kind, "amount_minor": -100, "fee_minor": 0, "currency": "SGD", "source_ref": "x_1", "at": None, "marks": {}, **more})


def a_row(**more: Any) -> Ours:
    return Ours(**{"id": new_id(), "ref": "x_1", "state": "sent", "amount_minor": 556, "currency": "CNY", "settled_minor": 100, "settled_currency": "SGD", **more})


@pytest.mark.parametrize(("theirs", "ours", "cause"), [
    (a_movement("stripe_fee"), None, "outside"),
    (a_movement("transfer"), a_row(), ""),
    (a_movement("transfer"), a_row(ref="x_2"), "missing_here"),
    (a_movement("transfer", amount_minor=-101), a_row(), "amount_differs"),
    (a_movement("transfer_refund", amount_minor=100), a_row(state="sending"), "sending"),
    (a_movement("refund", moved_minor=557, moved_currency="CNY"), a_row(state="succeeded"), "amount_differs"),
    (a_movement("refund", moved_minor=556, moved_currency="HKD"), a_row(state="succeeded"), "currency_differs"),
    (a_movement("refund", amount_minor=-99, moved_minor=556, moved_currency="CNY"), a_row(state="succeeded"), "exchange"),
    (a_movement("refund", amount_minor=-99, moved_minor=99, moved_currency="SGD"), a_row(state="succeeded", currency="SGD", amount_minor=100), "amount_differs"),
    (a_movement("refund"), a_row(state="outside"), "refund_returned"),
    (a_movement("adjustment"), a_row(state="inquiry"), "dispute_open"),
])
def test_the_rule_by_itself(theirs: Theirs, ours: Ours | None, cause: str) -> None:
    [line] = compared(theirs, ours)
    assert line.cause == cause and (not cause or cause in CAUSES)


def test_no_comparison_finds_nothing(stripe_app: Application, world: StripeWorld, shop: Shop) -> None:
    """The twin: with our row made from their own word the planted charge passes. What finds it above is the comparison, nothing else."""
    placed = paid_online(stripe_app, world, shop)
    shop.session.execute(update(Charge).where(Charge.id == charge_of(shop, placed).id).values(settled_minor=1))
    shop.session.commit()
    echo: Callable[[Theirs], Ours] = lambda one: a_row(ref=one.source_ref, settled_minor=abs(one.amount_minor))  # noqa: E731
    clock = stripe_app.clock()
    told = [Theirs(one.ref, one.kind, one.amount_minor, 0, one.currency, one.source_ref, one.at, one.marks)
            for one in stripe_app.gateways.online.balance_lines(since=clock.replace(hour=0, minute=0), until=clock.replace(hour=23, minute=59))]
    assert told and [line.cause for one in told for line in compared(one, echo(one))] == [""]
    [day] = read(stripe_app, shop)
    assert [line.cause for line in lines(shop, day)] == ["amount_differs", "conversion"]
