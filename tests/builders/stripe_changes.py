"""The six calls that change something at the provider, each with what it needs already there and a way to count what happened."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.gateways.stripe.provider import StripeProvider
from tests.builders.stripe_world import StripeWorld

MARKS = {"brand_id": "1", "payment_id": "01a21500-0000-7000-8000-000000000001"}


def asked_session(number: str = "Y1", amount_minor: int = 9900, **more: Any) -> dict[str, Any]:
    return {"currency": "CNY", "lines": [{"name": "登机箱 ×1", "amount_minor": amount_minor}], "marks": MARKS, "number": number, "group": f"order_{number}",
            "success_url": "http://localhost/paid?session_id={CHECKOUT_SESSION_ID}", "cancel_url": "http://localhost/order",
            "expires_at": int(time.time()) + 1900, "language": "zh", **more}


def asked_account(**more: Any) -> dict[str, Any]:
    return {"email": "lin@example.com", "name": "林晓芸", "country": "SG", "marks": MARKS, **more}


@dataclass(frozen=True, slots=True)
class Change:
    """`make(provider, key)` asks once with the same parameters each time; `times()` how often it has happened; `path` is where it is asked."""

    path: str
    make: Callable[[StripeProvider, str], Any]
    times: Callable[[], int]


def changes(world: StripeWorld) -> dict[str, Change]:
    """Name → change. 99.00 yuan are paid and settle as 17.82 SGD, 1.00 SGD of it was sent to an account, 5.00 yuan of a second charge are disputed."""
    online = world.provider()
    paid, disputed = (_paid(world, online, number) for number in ("Y1", "Y2"))
    account = online.open_account(asked_account(), key="acct:there").ref
    world.does(f"accounts/{account}/complete")
    send = {"amount_minor": 100, "currency": "SGD", "account_ref": account, "charge_ref": paid.charge.ref, "group": "order_Y1", "marks": MARKS}
    sent = online.transfer(**send, key="transfer:there").ref
    dispute = world.does("disputes", charge=disputed.charge.ref, amount=500)["id"]
    session = asked_session("Y3")

    def made(kind: str, before: int) -> Callable[[], int]:
        return lambda: world.sees("state")["objects"]["platform"].get(kind, 0) - before

    def answers() -> int:
        return sum(one.type == "charge.dispute.updated" for one in online.events_since(datetime.now(UTC) - timedelta(hours=1)))

    return {
        "open_checkout": Change("^/v1/checkout/sessions$", lambda to, key: to.open_checkout(session, key=key), made("checkout.session", 2)),
        "refund": Change("^/v1/refunds$", lambda to, key: to.refund(intent_ref=paid.intent_ref, amount_minor=900, marks=MARKS, key=key), made("refund", 0)),
        "open_account": Change("^/v2/core/accounts$", lambda to, key: to.open_account(asked_account(), key=key), made("account", 1)),
        "transfer": Change("^/v1/transfers$", lambda to, key: to.transfer(**send, key=key), made("transfer", 1)),
        "reverse": Change("/reversals$", lambda to, key: to.reverse(sent, amount_minor=40, marks=MARKS, key=key), made("transfer_reversal", 0)),
        "answer_dispute": Change("^/v1/disputes/", lambda to, key: to.answer_dispute(dispute, evidence={"product_description": "登机箱"}, key=key), answers),
    }


def _paid(world: StripeWorld, online: StripeProvider, number: str) -> Any:
    ref = online.open_checkout(asked_session(number), key=f"pay:{number}:1").ref
    world.does(f"complete_session/{ref}", method="alipay")
    return online.read_checkout(ref)
