"""Which unit may stand under which, and how a path is written."""

from __future__ import annotations

from uuid import UUID

from app.kernel.errors import Refused

KINDS = ("region", "dealer", "mall", "store")
PARENTS: dict[str, tuple[str | None, ...]] = {
    "region": (None, "region"),
    "dealer": (None, "region"),
    "mall": (None, "region"),
    "store": (None, "region", "dealer", "mall"),
}
"""None is the brand itself."""
TAX_KINDS = {"region": "internal", "store": "internal", "dealer": "company", "mall": "company"}
"""Own regions and stores are booked by finance; dealers and malls are companies that are paid (R31)."""
ROOT = "/"


def require_kind(kind: str) -> str:
    if kind not in KINDS:
        raise Refused("org_kind_unknown", "类型只能是大区、经销商、商场或门店", field="kind")
    return kind


def require_parent(kind: str, parent_kind: str | None) -> None:
    """Region under the brand or a region; dealer and mall under a region; a store under any of them."""
    if parent_kind not in PARENTS[kind]:
        raise Refused("org_parent_kind", "这一类组织不能放在所选的上级之下", field="parent_id")


def path_of(parent_path: str | None, unit_id: UUID) -> str:
    """'/parent/self/'."""
    return f"{parent_path or ROOT}{unit_id}/"


def is_inside(path: str, outer: str | None) -> bool:
    """Whether a unit is `outer` or below it; every unit is inside None, the whole brand."""
    return outer is None or path.startswith(outer)


def ids_on(path: str) -> list[UUID]:
    """The units from the root to the unit itself."""
    return [UUID(part) for part in path.strip("/").split("/") if part]
