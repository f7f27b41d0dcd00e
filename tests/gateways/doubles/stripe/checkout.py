"""Checkout: a session is opened, the shopper pays on its page or does not, a charge comes to be and settles."""

from __future__ import annotations

import hashlib

from .refusals import Json, Refusal
from .world import World

WALLETS = {"alipay", "wechat_pay"}
MOST = 99_999_999


def open_session(world: World, asked: Json) -> Json:
    lines, now = asked["line_items"], world.now()
    currencies = {line["price_data"]["currency"] for line in lines}
    total = sum(line.get("quantity", 1) * line["price_data"]["unit_amount"] for line in lines)
    currency, expires = min(currencies, default=""), asked.get("expires_at", now + 86400)
    if not 1 <= len(lines) <= 100 or len(currencies) > 1 or any(line["price_data"]["unit_amount"] < 0 or line.get("quantity", 1) < 1 for line in lines):
        raise Refusal("line_items are 1 to 100 lines of one currency and no negative amounts", param="line_items")
    if not world.options.least.get(currency, 50) <= total <= MOST:
        small = total <= MOST
        raise Refusal(f"The amount {total} is out of bounds", code="amount_too_small" if small else "amount_too_large", param="line_items")
    if not now + 1795 <= expires <= now + 86405:
        raise Refusal("expires_at must lie 30 minutes to 24 hours ahead", param="expires_at")
    methods = [one for one in asked.get("allowed_payment_method_types", world.options.methods) if one in world.options.methods]
    if not methods:
        raise Refusal("No payment method is left.", param="allowed_payment_method_types")
    session = world.make(
        "checkout.session", "cs_test", mode="payment", status="open", payment_status="unpaid", amount_subtotal=total, amount_total=total, currency=currency,
        payment_method_types=methods, expires_at=expires, success_url=asked["success_url"], cancel_url=asked.get("cancel_url"), ui_mode="hosted_page",
        client_reference_id=asked.get("client_reference_id"), metadata=asked.get("metadata", {}), customer_email=asked.get("customer_email"),
        customer_details=None, locale=asked.get("locale"), payment_intent=None, _lines=lines, _intent=asked.get("payment_intent_data", {}))
    session["url"] = f"{world.url}/_pages/checkout/{session['id']}"
    return session


def expire_session(world: World, asked: Json, id_: str) -> Json:
    session = world.get("checkout.session", id_, "session")
    if session["status"] != "open":
        raise Refusal(f"Only open Checkout Sessions can be expired; this one is {session['status']}.")
    return _expire(world, session)


def lapse(world: World) -> None:
    """Time has passed: what is open too long expires."""
    for session in world.all("checkout.session"):
        if session["status"] == "open" and session["expires_at"] <= world.now():
            _expire(world, session)


def _expire(world: World, session: Json) -> Json:
    session.update(status="expired", url=None)
    world.emit("checkout.session.expired", session)
    return session


def complete(world: World, id_: str, *, method: str = "", outcome: str = "paid", email: str = "shopper@example.com") -> Json:
    """The shopper at the page. Outcomes: paid; declined (it stays open); async, async_failed (told later, which is now); processing (told by
    `payment_intents/<id>/succeed` or `/fail`)."""
    session = world.get("checkout.session", id_, "session")
    kind = method or session["payment_method_types"][0]
    if session["status"] != "open" or kind not in session["payment_method_types"]:
        raise Refusal(f"This Checkout Session is {session['status']} and takes {session['payment_method_types']}.")
    intent = _intent(world, session, kind, email)
    world.emit("payment_intent.created", intent)
    if outcome == "declined":
        _decline(world, intent)
        return session
    session.update(payment_intent=intent["id"], status="complete", url=None, customer_details={"email": email, "name": "Test Shopper", "phone": None})
    if outcome == "paid":
        _pay(world, intent)
        session["payment_status"] = "paid"
    else:
        world.emit("payment_intent.processing", intent)
    world.emit("checkout.session.completed", session)
    if outcome in ("async", "async_failed"):
        finish(world, intent["id"], "succeed" if outcome == "async" else "fail")
    return session


def finish(world: World, intent_id: str, outcome: str) -> Json:
    """What a bank says later of a payment that was under way."""
    intent = world.get("payment_intent", intent_id, "intent")
    session = next((one for one in world.all("checkout.session") if one["payment_intent"] == intent_id), None)
    if intent["status"] != "processing" or session is None:
        raise Refusal(f"This PaymentIntent is {intent['status']}.", code="payment_intent_unexpected_state")
    if outcome == "succeed":
        _pay(world, intent)
        session["payment_status"] = "paid"
        world.emit("checkout.session.async_payment_succeeded", session)
    else:
        _decline(world, intent)
        world.emit("checkout.session.async_payment_failed", session)
    return intent


def _intent(world: World, session: Json, kind: str, email: str) -> Json:
    given = session["_intent"]
    return world.make(
        "payment_intent", "pi", amount=session["amount_total"], amount_received=0, currency=session["currency"], status="processing", latest_charge=None,
        metadata=dict(given.get("metadata", {})), transfer_group=given.get("transfer_group"), description=given.get("description"),
        payment_method_types=session["payment_method_types"], last_payment_error=None, _kind=kind, _email=email)


def _charge(world: World, intent: Json, *, paid: bool) -> Json:
    kind = intent["_kind"]
    charge = world.make(
        "charge", "py" if kind in WALLETS else "ch", amount=intent["amount"], amount_captured=0, amount_refunded=0, captured=paid, paid=paid,
        currency=intent["currency"], disputed=False, refunded=False, status="succeeded" if paid else "failed", payment_intent=intent["id"],
        metadata=dict(intent["metadata"]), transfer_group=intent["transfer_group"], balance_transaction=None,
        failure_code=None if paid else "card_declined", payment_method_details={"type": kind, kind: _payer(kind, intent["_email"])})
    intent["latest_charge"] = charge["id"]
    return charge


def _payer(kind: str, email: str) -> Json:
    """The same person is known again."""
    mark = hashlib.sha256(email.encode()).hexdigest()[:16]
    return {"card": {"brand": "visa", "last4": "4242", "country": "US", "fingerprint": mark}, "alipay": {"buyer_id": mark}}.get(kind, {})


def _pay(world: World, intent: Json) -> None:
    charge = _charge(world, intent, paid=True)
    amount, home = world.options.settled(charge["amount"], charge["currency"])
    line = world.move("platform", amount, home, "payment" if charge["id"].startswith("py") else "charge", charge["id"], fee=world.options.fee(amount),
                      available_on=world.now() + world.options.settle_seconds)
    if home != charge["currency"]:
        line["exchange_rate"] = float(world.options.rates[charge["currency"]][0])
    charge.update(amount_captured=charge["amount"], balance_transaction=line["id"])
    intent.update(status="succeeded", amount_received=charge["amount"])
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.succeeded", intent)


def _decline(world: World, intent: Json) -> None:
    charge = _charge(world, intent, paid=False)
    intent.update(status="requires_payment_method", last_payment_error={"type": "card_error", "code": "card_declined", "charge": charge["id"]})
    world.emit("charge.failed", charge)
    world.emit("payment_intent.payment_failed", intent)
