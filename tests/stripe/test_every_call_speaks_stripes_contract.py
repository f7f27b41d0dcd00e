"""Each call of the port, sent by the real client, answered by a server that knows Stripe's own document."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.provider.ports import Declined
from app.gateways.stripe.provider import StripeProvider
from tests.builders.stripe_world import StripeWorld

MARKS = {"brand_id": "1", "payment_id": "01a21500-0000-7000-8000-000000000001"}


def asked(amount_minor: int = 9900) -> dict[str, object]:
    return {"currency": "CNY", "lines": [{"name": "登机箱 ×1", "amount_minor": amount_minor}], "marks": MARKS, "number": "Y1", "group": "order_1",
            "success_url": "http://localhost/paid?session_id={CHECKOUT_SESSION_ID}", "cancel_url": "http://localhost/order",
            "expires_at": int(time.time()) + 1900, "language": "zh"}


def test_pay_transfer_refund_reverse_dispute(world: StripeWorld, online: StripeProvider) -> None:
    """99.00 settles as 17.82 SGD; 1.00 SGD goes to a payee, 0.40 comes back; 9.00 is refunded; 5.00 is disputed and answered once."""
    session = online.open_checkout(asked(), key="pay:1:1")
    assert (session.state, session.paid, session.amount_minor, session.currency) == ("open", False, 9900, "CNY")
    assert online.open_checkout(asked(), key="pay:1:1").ref == session.ref, "one intention, one key"
    world.does(f"complete_session/{session.ref}", method="alipay", outcome="paid")
    paid = online.read_checkout(session.ref)
    charge = paid.charge
    assert paid.paid and charge is not None and charge.balance is not None
    assert (charge.amount_minor, charge.method, charge.balance.amount_minor, charge.balance.currency) == (9900, "alipay", 1782, "SGD")
    assert charge.marks == MARKS and online.read_charge(charge.ref) == online.read_charge(paid.intent_ref) == charge
    with pytest.raises(Declined):
        online.expire_checkout(session.ref)

    account = online.open_account({"email": "lin@example.com", "name": "林晓芸", "country": "SG", "marks": MARKS}, key="acct:1:v1")
    assert account.state == "restricted" and account.problems
    assert online.onboarding_url(account.ref, return_url="http://localhost/back", refresh_url="http://localhost/again").startswith("http")
    send = {"amount_minor": 100, "currency": "SGD", "account_ref": account.ref, "charge_ref": charge.ref, "group": "order_1", "marks": MARKS}
    with pytest.raises(Declined) as refused:
        online.transfer(**send, key="transfer:1:1")
    assert refused.value.code == "insufficient_capabilities_for_transfer"
    world.does(f"accounts/{account.ref}/complete")
    assert online.read_account(account.ref).state == "ready"
    sent = online.transfer(**send, key="transfer:1:2")
    assert [one.ref for one in online.transfers_of("order_1")] == [sent.ref]
    back = online.reverse(sent.ref, amount_minor=40, marks=MARKS, key="reverse:1:1")
    assert list(online.reversals_of(sent.ref)) == [back] and online.read_transfer(sent.ref).reversed_minor == 40

    refund = online.refund(intent_ref=paid.intent_ref, amount_minor=900, marks=MARKS, key="refund:1:1")
    assert refund.state == "succeeded" and online.read_refund(refund.ref) == refund and list(online.refunds_of(paid.intent_ref)) == [refund]
    dispute = online.read_dispute(world.does("disputes", charge=charge.ref, amount=500, reason="fraudulent")["id"])
    assert (dispute.state, dispute.amount_minor, dispute.answered, dispute.fee_currency) == ("open", 500, False, "SGD")
    assert [one.ref for one in online.disputes_of(paid.intent_ref)] == [dispute.ref]
    assert online.answer_dispute(dispute.ref, evidence={"product_description": "登机箱"}, key="evidence:1").answered

    now = datetime.now(UTC)
    heard = {one.type for one in online.events_since(now - timedelta(hours=1))}
    assert {"checkout.session.completed", "transfer.created", "refund.created", "charge.dispute.created"} <= heard
    moved = sorted((one.kind, one.amount_minor) for one in online.balance_lines(since=now - timedelta(hours=1), until=now + timedelta(hours=1)))
    assert moved == [("adjustment", -90), ("payment", 1782), ("payment_refund", -162), ("transfer", -100), ("transfer_refund", 40)]
