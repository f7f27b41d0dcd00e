"""Who acts, and what a role may do. Scope (`within`) is an org path: an actor sees that unit and what is below it."""

from __future__ import annotations

from dataclasses import dataclass

from app.kernel.errors import NotFound

VIEW = frozenset({"home", "catalog:view", "orgs:view", "guides:view", "orders:view", "rates:view", "reports:view", "customers:view"})
ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    "owner": VIEW | {
        "catalog:edit", "orgs:edit", "guides:edit", "orders:fulfil", "orders:refund", "rates:edit", "money:view",
        "money:run", "money:approve", "settings:edit", "audit:view", "accounts:edit", "customers:edit", "customers:unmask"},
    "operations": VIEW | {
        "catalog:edit", "orgs:edit", "guides:edit", "orders:fulfil", "orders:refund", "rates:edit", "settings:edit", "audit:view",
        "customers:edit", "customers:unmask"},
    "finance": VIEW | {"orders:refund", "money:view", "money:run", "money:approve", "audit:view"},
    "region_manager": frozenset({"home", "catalog:view", "orgs:view", "guides:view", "guides:edit", "orders:view", "orders:fulfil", "reports:view",
                                 "customers:view", "customers:edit"}),
    "store_manager": frozenset({"home", "catalog:view", "orgs:view", "guides:view", "guides:edit", "orders:view", "orders:fulfil", "reports:view",
                                 "customers:view", "customers:edit"}),
    "guide": frozenset({"guide"}),
    "operator": frozenset({"platform"}),
}
EVERYTHING = frozenset().union(*(ROLE_PERMISSIONS[role] for role in ("owner", "operations", "finance")))


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind` is account, guide, token, operator, command or system; `within` is an org path or None for the whole brand."""

    kind: str
    id: str
    name: str
    permissions: frozenset[str] = frozenset()
    within: str | None = None
    role: str = ""

    @property
    def ref(self) -> str:
        """Names the principal wherever two must differ (R15)."""
        return f"{self.kind}:{self.id}"

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """What one may not do is not found, never forbidden."""
        if not self.may(permission):
            raise NotFound("page", permission)


SYSTEM = Actor("system", "worker", "系统", EVERYTHING)
SHOPPER = Actor("guest", "shopper", "顾客")


def command(name: str) -> Actor:
    """Someone at the command line of the server."""
    return Actor("command", name, name, EVERYTHING)
