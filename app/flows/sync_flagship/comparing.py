"""One listed item against our rows: what would be written, what is kept, and what an undo must know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.domain.catalog.current import Current, ProductNow, VariantNow
from app.domain.catalog.rules import PRODUCT_FIELDS, Record, differences, outcome_of, wanted_product, wanted_variant
from app.kernel.errors import msgid
from app.kernel.ids import new_id

KEPT = msgid("有差异的字段由品牌改写或锁定，保留云店的值")
IGNORED = msgid("你选择了不要这件商品")


@dataclass(frozen=True, slots=True)
class Difference:
    outcome: str
    changes: list[Record]
    before: Record | None


def compare(listed: Mapping[str, Any], variant: VariantNow | None, rows: Current, *, source_id: UUID) -> Difference:
    """`variant` None: a new one. Product fields are compared on the item that speaks for its product."""
    product = target_product(listed, variant, rows)
    changes = _identity(listed, variant, source_id) if variant else []
    if variant:
        changes += differences(_wanted(listed, variant), variant.fields, variant.owners)
    if product and listed["leads"]:
        changes += differences(wanted_product(listed), product.fields, _owners(product))
    if variant is None:
        return Difference("created", changes, _before(None, product) if changes else None)
    outcome = outcome_of(changes, revived=variant.tombstoned)
    return Difference(outcome, changes, _before(variant, product) if outcome == "updated" else None)


def target_product(listed: Mapping[str, Any], variant: VariantNow | None, rows: Current) -> ProductNow | None:
    """The product of the item's group; if there is none yet, the offline product of a variant being linked takes the role."""
    found = rows.by_group.get(listed["group_id"])
    if found is None and variant is not None and rows.products[variant.product_id].source_id is None:
        return rows.products[variant.product_id]
    return found


def adopted_owners(product: ProductNow) -> dict[str, str]:
    """What people typed before an offline product was linked stays theirs."""
    return {**{field: "brand" for field in PRODUCT_FIELDS if product.fields[field]}, **product.owners}


def item(brand_id: int, run_id: UUID, *, position: int, outcome: str, external_id: str, sku: str = "", title: str = "", matched_by: str = "",
         code: str = "", reason: str = "", data: Mapping[str, Any] | None = None, changes: list[Record] | None = None,
         listed: Mapping[str, Any] | None = None, before: Record | None = None, variant_id: UUID | None = None) -> Record:
    """A row of sync_items; all rows have the same keys."""
    return {
        "brand_id": brand_id, "id": new_id(), "run_id": run_id, "position": position, "external_id": external_id[:200], "sku": sku[:120],
        "title": title[:300], "outcome": outcome, "matched_by": matched_by, "code": code, "reason": reason, "reason_data": data,
        "changes": changes or [], "listed": listed, "before": before, "variant_id": variant_id, "applied": False, "part": 0,
    }


def _identity(listed: Mapping[str, Any], variant: VariantNow, source_id: UUID) -> list[Record]:
    """Matched by SKU or barcode: from now on it answers to this external id."""
    if variant.source_id == source_id and variant.external_id == listed["external_id"]:
        return []
    return [{"field": "external_id", "old": variant.external_id, "new": listed["external_id"], "owner": "source", "result": "write"}]


def _wanted(listed: Mapping[str, Any], variant: VariantNow) -> Record:
    """A source that only says "in stock" does not put back what has been sold since."""
    wanted = wanted_variant(listed)
    if listed["stock"] is None and variant.fields["stock"] > 0:
        wanted["stock"] = variant.fields["stock"]
    return wanted


def _owners(product: ProductNow) -> dict[str, str]:
    return adopted_owners(product) if product.source_id is None else product.owners


def _before(variant: VariantNow | None, product: ProductNow | None) -> Record:
    return {"variant": variant and {**variant.fields, **variant.rest},
            "product": product and {**product.fields, "id": str(product.id), "owners": product.owners,
                                    "source_id": str(product.source_id) if product.source_id else None}}
