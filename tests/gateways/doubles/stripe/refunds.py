"""Refunds of charges, and disputes, which take the money back without asking."""

from __future__ import annotations

from .refusals import Json, Refusal
from .world import PLATFORM, World

INQUIRY = ("warning_needs_response", "warning_under_review")
OPEN = ("needs_response", "under_review")


def refund(world: World, asked: Json) -> Json:
    intent = world.get("payment_intent", asked["payment_intent"], "payment_intent")
    if intent["status"] != "succeeded":
        raise Refusal("This PaymentIntent has no successful charge to refund.", code="payment_intent_unexpected_state", param="payment_intent")
    charge = world.get("charge", intent["latest_charge"])
    left = charge["amount"] - charge["amount_refunded"]
    amount = asked.get("amount", left)
    if left == 0:
        raise Refusal("The charge has already been refunded.", code="charge_already_refunded")
    if any(one["charge"] == charge["id"] and one["status"] in (*OPEN, "lost") for one in world.all("dispute")):
        raise Refusal("The charge has been charged back.", code="charge_disputed")
    if not 1 <= amount <= left:
        raise Refusal(f"Refund amount ({amount}) is not between 1 and what is left of the charge ({left})", param="amount")
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    made = world.make("refund", "re", amount=amount, currency=charge["currency"], charge=charge["id"], payment_intent=intent["id"], status="pending",
                      reason=asked.get("reason"), metadata=asked.get("metadata", {}), balance_transaction=None)
    del made["livemode"]
    if not _send(world, made):
        made["pending_reason"] = "insufficient_funds"
    world.emit("refund.created", made)
    world.emit("charge.refunded", charge)
    return made


def retry(world: World) -> None:
    """What waited for money goes out as soon as the balance covers it."""
    for one in world.all("refund"):
        if one["status"] == "pending" and _send(world, one):
            world.emit("refund.updated", one)


def _send(world: World, one: Json) -> bool:
    amount, home = world.options.settled(one["amount"], one["currency"])
    if world.total(PLATFORM, home) < amount:
        return False
    line = world.move(PLATFORM, -amount, home, "payment_refund" if one["charge"].startswith("py") else "refund", one["id"])
    one.update(status="succeeded", balance_transaction=line["id"])
    one.pop("pending_reason", None)
    return True


def fail(world: World, id_: str, *, reason: str = "unknown") -> Json:
    """The bank could not give it to the shopper: the money is back in the balance, the charge unrefunded."""
    one = world.get("refund", id_)
    if one["status"] not in ("pending", "succeeded"):
        raise Refusal(f"This refund is {one['status']}.")
    charge = world.get("charge", one["charge"])
    if one["balance_transaction"]:
        amount, home = world.options.settled(one["amount"], one["currency"])
        one["failure_balance_transaction"] = world.move(PLATFORM, amount, home, "refund_failure", id_)["id"]
    one.update(status="failed", failure_reason=reason)
    one.pop("pending_reason", None)
    charge.update(amount_refunded=charge["amount_refunded"] - one["amount"], refunded=False)
    world.emit("refund.failed", one)
    return one


def dispute(world: World, *, charge: str, amount: int = 0, reason: str = "fraudulent", inquiry: bool = False) -> Json:
    """`inquiry`: the bank only asks; nothing is taken unless it escalates."""
    of = world.get("charge", charge, "charge")
    if of["disputed"]:
        raise Refusal("This charge is already disputed.")
    amount = amount or of["amount"]
    made = world.make("dispute", "du", amount=amount, currency=of["currency"], charge=charge, payment_intent=of["payment_intent"], reason=reason,
                      status="warning_needs_response" if inquiry else "needs_response", is_charge_refundable=inquiry, evidence={}, balance_transactions=[],
                      evidence_details={"due_by": world.now() + 7 * 86400, "has_evidence": False, "past_due": False, "submission_count": 0})
    of["disputed"] = True
    if not inquiry:
        _withdraw(world, made)
    world.emit("charge.dispute.created", made)
    if not inquiry:
        world.emit("charge.dispute.funds_withdrawn", made)
    return made


def escalate(world: World, id_: str) -> Json:
    """The bank asked, was not content, and takes the money."""
    one = world.get("dispute", id_, "dispute")
    if one["status"] not in INQUIRY:
        raise Refusal(f"This dispute is {one['status']}.")
    one.update(status="needs_response", is_charge_refundable=False)
    _withdraw(world, one)
    world.emit("charge.dispute.updated", one)
    world.emit("charge.dispute.funds_withdrawn", one)
    return one


def _withdraw(world: World, one: Json) -> None:
    taken, home = world.options.settled(one["amount"], one["currency"])
    one["balance_transactions"].append(world.move(PLATFORM, -taken, home, "adjustment", one["id"], fee=world.options.dispute_fee))


def answer(world: World, asked: Json, id_: str) -> Json:
    one = world.get("dispute", id_, "dispute")
    one["metadata"].update(asked.get("metadata", {}))
    if "evidence" in asked:
        if one["status"] not in ("needs_response", "warning_needs_response"):
            raise Refusal(f"This dispute is {one['status']}; evidence is no longer taken.")
        one["evidence"].update(asked["evidence"])
        one["evidence_details"]["has_evidence"] = True
        if asked.get("submit", True):
            one["evidence_details"]["submission_count"] += 1
            one["status"] = one["status"].replace("needs_response", "under_review")
        world.emit("charge.dispute.updated", one)
    return one


def decide(world: World, id_: str, outcome: str) -> Json:
    one = world.get("dispute", id_, "dispute")
    if one["status"] in INQUIRY and outcome == "won":
        one["status"] = "warning_closed"
        world.emit("charge.dispute.closed", one)
        return one
    if one["status"] not in OPEN:
        raise Refusal(f"This dispute is already {one['status']}.")
    one["status"] = outcome
    if outcome == "won":
        amount, home = world.options.settled(one["amount"], one["currency"])
        one["balance_transactions"].append(world.move(PLATFORM, amount, home, "adjustment", id_))
        world.emit("charge.dispute.funds_reinstated", one)
    world.emit("charge.dispute.closed", one)
    return one
