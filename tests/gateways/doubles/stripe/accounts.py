"""Connected accounts (v2) and how their owners sign up."""

from __future__ import annotations

import time

from .refusals import Json, Refusal
from .world import World


def open_account(world: World, asked: Json) -> Json:
    account = world.make("account", "acct", email=asked.get("contact_email"), country=asked.get("identity", {}).get("country", "us").upper(),
                         metadata=asked.get("metadata", {}), capabilities={"transfers": "inactive"} if "recipient" in asked.get("configuration", {}) else {},
                         details_submitted=False, payouts_enabled=False, type=asked.get("dashboard"), _name=asked.get("display_name"))
    _wants(account, "external_account", "tos_acceptance.date")
    return shown(account, asked.get("include", []))


def read_account(world: World, asked: Json, id_: str) -> Json:
    return shown(world.get("account", id_), asked.get("include", []))


def mark_account(world: World, asked: Json, id_: str) -> Json:
    """By v1, which knows the same accounts."""
    account = world.get("account", id_, "account")
    account["metadata"].update(asked["metadata"])
    world.emit("account.updated", account, id_)
    return account


def shown(account: Json, include: list[str]) -> Json:
    """As v2 shows it: parts that are not asked for are null."""
    state, due = account["capabilities"].get("transfers"), account["requirements"]["currently_due"]
    status = {"active": "active", "pending": "pending"}.get(state, "restricted")
    details = [] if status == "active" else [{"code": "requirements_past_due" if due else "requirements_pending_verification", "resolution": "provide_info"}]
    entries = [{"description": one, "awaiting_action_from": "user", "errors": []} for one in due]
    recipient = {"applied": True, "capabilities": {"stripe_balance": {"stripe_transfers": {"status": status, "status_details": details}}}}
    return {"id": account["id"], "object": "v2.core.account", "livemode": False, "created": _stamp(account["created"]), "closed": False,
            "metadata": account["metadata"], "contact_email": account["email"], "display_name": account["_name"], "dashboard": account["type"],
            "applied_configurations": ["recipient"] if state else [], "defaults": None,
            "configuration": {"recipient": recipient} if "configuration.recipient" in include and state else None,
            "requirements": {"entries": entries} if "requirements" in include else None,
            "identity": {"country": account["country"].lower()} if "identity" in include else None}


def open_link(world: World, asked: Json) -> Json:
    account, given = world.get("account", asked["account"], "account"), asked["use_case"]["account_onboarding"]
    ends = world.now() + 300
    link = world.make("link", "onb", _account=account["id"], _back=given.get("return_url") or given["refresh_url"], _again=given["refresh_url"], _ends=ends,
                      _used=False)
    return {"object": "v2.core.account_link", "account": account["id"], "livemode": False, "created": _stamp(world.now()), "expires_at": _stamp(ends),
            "use_case": asked["use_case"], "url": f"{world.url}/_pages/onboard/{link['id']}"}


def onboard(world: World, id_: str, outcome: str) -> Json:
    """The account's owner, or Stripe's own checks: complete, pending (handed in, under review) or restrict."""
    account = world.get("account", id_, "account")
    state = {"complete": "active", "pending": "pending", "restrict": "inactive"}.get(outcome)
    if state is None:
        raise Refusal(f"unknown outcome {outcome!r}")
    account.update(details_submitted=account["details_submitted"] or outcome != "restrict", payouts_enabled=outcome == "complete",
                   capabilities=dict.fromkeys(account["capabilities"], state))
    if outcome != "pending":
        _wants(account, *(["individual.verification.document"] if outcome == "restrict" else []))
    for name in account["capabilities"]:
        world.emit("capability.updated", {"id": name, "object": "capability", "account": id_, "requested": True, "status": state}, id_)
    world.emit("account.updated", account, id_)
    return account


def _wants(account: Json, *due: str) -> None:
    account["requirements"] = {"currently_due": list(due), "eventually_due": list(due), "past_due": list(due), "pending_verification": [],
                               "disabled_reason": "requirements.past_due" if due else None, "errors": [], "alternatives": []}


def _stamp(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))
