"""What a token may be allowed, and which permissions of people each scope stands for."""

from __future__ import annotations

from app.domain.people.actors import EVERYTHING

SCOPES: dict[str, frozenset[str]] = {
    "catalog:read": frozenset({"catalog:view"}),
    "catalog:write": frozenset({"catalog:view", "catalog:edit"}),
    "orgs:read": frozenset({"orgs:view"}),
    "orgs:write": frozenset({"orgs:view", "orgs:edit"}),
    "guides:read": frozenset({"guides:view"}),
    "guides:write": frozenset({"guides:view", "guides:edit"}),
    "rates:read": frozenset({"rates:view"}),
    "rates:write": frozenset({"rates:view", "rates:edit"}),
    "shares:read": frozenset({"guides:view"}),
    "shares:write": frozenset({"guides:view"}),
    "orders:read": frozenset({"orders:view"}),
    "orders:write": frozenset({"orders:view", "orders:fulfil", "orders:refund"}),
    "money:read": frozenset({"money:view", "reports:view"}),
    "money:write": frozenset({"money:view", "money:run", "money:approve"}),
    "promotions:read": frozenset({"rates:view"}),
    "promotions:write": frozenset({"rates:view", "rates:edit"}),
    "customers:read": frozenset({"customers:view"}),
    "customers:write": frozenset({"customers:view", "customers:edit"}),
    "customers:unmask": frozenset({"customers:unmask"}),
    "settings:read": frozenset(),
    "settings:write": frozenset({"settings:edit"}),
    "webhooks:read": frozenset(),
    "webhooks:write": frozenset({"settings:edit"}),
}


def permissions_of(scopes: list[str]) -> frozenset[str]:
    """No scopes listed means all of them."""
    if not scopes:
        return EVERYTHING
    return frozenset().union(*(SCOPES.get(scope, frozenset()) for scope in scopes))


def allows(scopes: list[str], wanted: str) -> bool:
    """A write scope includes reading."""
    return not scopes or wanted in scopes or (wanted.endswith(":read") and wanted.replace(":read", ":write") in scopes)
