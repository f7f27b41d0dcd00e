"""`POST /_test/…`: what happens in the world that is not a call of the API — shoppers, payees, banks, time, faults."""

from __future__ import annotations

from . import accounts, checkout, refunds
from .answering import Api
from .refusals import Json, Refusal, missing
from .telling import Webhooks
from .world import World


def control(world: World, api: Api, webhooks: Webhooks, path: str, given: Json) -> Json:
    match path.strip("/").split("/")[1:]:
        case ["reset"]:
            for part in (world, api, webhooks):
                part.begin()
            return {"reset": True}
        case ["state"]:
            return {"balances": {account: world.balance(account) for account in world.movements},
                    "objects": {"platform": {kind: len(found) for kind, found in world.kinds.items()}}}
        case ["calls" | "violations" as what]:
            return {what: list(getattr(api, what))}
        case ["deliveries"]:
            return {"deliveries": list(webhooks.deliveries)}
        case ["clock"]:
            world.ahead += int(given.get("advance", 0))
            checkout.lapse(world)
            refunds.retry(world)
            return {"now": world.now()}
        case ["faults"]:
            api.faults += [{"count": 1, "phase": "before", **fault} for fault in given.get("api", [])]
            webhooks.set_faults(given.get("webhooks", {}))
            return {"api": api.faults, "webhooks": webhooks.faults}
        case ["endpoints"]:
            webhooks.add(given["url"], given["secret"], connect=bool(given.get("connect")), events=given.get("events"))
            return {"endpoints": webhooks.endpoints}
        case ["complete_session", id_]:
            return checkout.complete(world, id_, **given)
        case ["payment_intents", id_, "succeed" | "fail" as outcome]:
            return checkout.finish(world, id_, outcome)
        case ["accounts", id_, outcome]:
            return accounts.onboard(world, id_, outcome)
        case ["refunds", id_, "fail"]:
            return refunds.fail(world, id_, **given)
        case ["disputes"]:
            return refunds.dispute(world, **given)
        case ["disputes", id_, "escalate"]:
            return refunds.escalate(world, id_)
        case ["disputes", id_, "won" | "lost" as outcome]:
            return refunds.decide(world, id_, outcome)
        case ["debit"]:
            world.move(given["account"], -int(given["amount"]), given["currency"], "adjustment")
            return {"balance": world.balance(given["account"])}
        case ["resend", id_]:
            event = world.find(id_)
            if event is None:
                raise missing("event", id_)
            webhooks.tell(event)
            return event
    raise Refusal(f"no such control {path}", status=404)
