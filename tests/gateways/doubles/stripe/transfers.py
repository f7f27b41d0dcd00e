"""Money to connected accounts, and back from them."""

from __future__ import annotations

from .refusals import Json, Refusal
from .world import PLATFORM, World, new_id


def transfer(world: World, asked: Json) -> Json:
    to, currency = world.kinds.get("account", {}).get(asked["destination"]), asked["currency"]
    if to is None:
        raise Refusal(f"No such destination: '{asked['destination']}'", code="resource_missing", param="destination")
    if to["capabilities"].get("transfers") != "active":
        raise Refusal("Your destination account needs to have the capability transfers enabled.", code="insufficient_capabilities_for_transfer",
                      param="destination")
    charge, when, amount = None, 0, asked.get("amount")
    if "source_transaction" in asked:
        charge = world.get("charge", asked["source_transaction"], "source_transaction")
        when, amount = _out_of(world, charge, amount, currency)
    elif amount is None:
        raise Refusal("Missing required param: amount.", code="parameter_missing", param="amount")
    if amount < 1:
        raise Refusal("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if charge is None and world.available(PLATFORM, currency) < amount:
        raise Refusal("You have insufficient available funds in your Stripe account.", code="balance_insufficient", param="amount")
    group = asked.get("transfer_group") or (charge or {}).get("transfer_group")
    made = world.make("transfer", "tr", amount=amount, amount_reversed=0, currency=currency, destination=to["id"], reversed=False, transfer_group=group,
                      source_transaction=charge["id"] if charge else None, metadata=asked.get("metadata", {}), description=asked.get("description"),
                      destination_payment=new_id("py"), source_type="card")
    made["balance_transaction"] = world.move(PLATFORM, -amount, currency, "transfer", made["id"], available_on=when)["id"]
    world.move(to["id"], amount, currency, "payment", made["destination_payment"], available_on=when)
    world.emit("transfer.created", made)
    return made


def _out_of(world: World, charge: Json, amount: int | None, currency: str) -> tuple[int, int]:
    """(when it is available, amount) of a transfer out of a charge: in the currency it settled in, up to what it settled as."""
    held = world.find(charge["balance_transaction"] or "")
    if held is None or charge["status"] != "succeeded":
        raise Refusal("source_transaction must be a successful charge.", param="source_transaction")
    if held["currency"] != currency:
        raise Refusal(f"The charge settled in {held['currency']}, the transfer asks for {currency}.", param="currency")
    used = sum(one["amount"] - one["amount_reversed"] for one in world.all("transfer") if one["source_transaction"] == charge["id"])
    amount = held["amount"] - used if amount is None else amount
    if used + amount > held["amount"]:
        raise Refusal(f"Transfers from {charge['id']} would sum to {used + amount}, more than its amount of {held['amount']}.", param="amount")
    return held["available_on"], amount


def reverse(world: World, asked: Json, id_: str) -> Json:
    of = world.get("transfer", id_)
    left = of["amount"] - of["amount_reversed"]
    amount = asked.get("amount", left)
    if not 1 <= amount <= left:
        raise Refusal(f"Reversal amount ({amount}) is not between 1 and what is left of the transfer ({left})", param="amount")
    if world.total(of["destination"], of["currency"]) < amount:
        raise Refusal("The destination's balance does not cover this reversal.", code="balance_insufficient", param="amount")
    made = world.make("transfer_reversal", "trr", amount=amount, currency=of["currency"], transfer=id_, metadata=asked.get("metadata", {}),
                      destination_payment_refund=new_id("pyr"), source_refund=None)
    del made["livemode"]
    made["balance_transaction"] = world.move(PLATFORM, amount, of["currency"], "transfer_refund", made["id"])["id"]
    world.move(of["destination"], -amount, of["currency"], "payment_refund", made["destination_payment_refund"])
    of.update(amount_reversed=of["amount_reversed"] + amount, reversed=amount == left)
    world.emit("transfer.reversed", of)
    return made
