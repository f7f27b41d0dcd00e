"""Everything an order answer holds, read for a whole page of orders at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.commission.holders import held_shares
from app.domain.commission.models import CommissionLine
from app.domain.fulfilment.models import Fulfilment
from app.domain.orders.models import AttributionDecision, Order, OrderLine, Payment, Refund
from app.web.shared.explaining import why
from app.web.shared.serving import brand_id, db

from .flagship_orders import pushes_by_order

ORDER = ("id", "number", "state", "channel", "currency", "gross_minor", "discount_minor", "shipping_minor", "total_minor", "contact", "address",
         "coupons", "note", "placed_at", "pay_by", "paid_at", "delivered_at", "cancelled_at")
LINE = ("id", "variant_id", "product_id", "title", "sku", "options", "quantity", "list_price_minor", "activity_id", "unit_price_minor",
        "gross_minor", "brand_discount_minor", "platform_discount_minor", "store_discount_minor", "guide_discount_minor", "base_minor",
        "paid_minor", "refunded_minor", "refunded_quantity", "shipped_quantity", "delivered_quantity", "hold_until")
NOBODY: dict[str, Any] = {"guide_id": None, "store_id": None, "reason": None, "candidates": []}


def with_parts(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Orders with lines, allocations, attribution, payments, parcels, refunds and flagships; seven reads however many they are."""
    ids = [order.id for order in orders]
    lines = _by(OrderLine.order_id, ids, OrderLine, OrderLine.position)
    line_ids = [line.id for of_order in lines.values() for line in of_order]
    shares = _by(CommissionLine.order_line_id, line_ids, CommissionLine, CommissionLine.id)
    decisions = _by(AttributionDecision.order_line_id, line_ids, AttributionDecision, AttributionDecision.version)
    held = {one.id: one.payee_id for one in held_shares(db(), brand_id=brand_id(), line_ids=line_ids)} if line_ids else {}
    payments, parcels, refunds = (_by(model.order_id, ids, model, model.id) for model in (Payment, Fulfilment, Refund))
    pushes = pushes_by_order(ids)
    return [{
        **_columns(order, ORDER), "lines": [
            {**_columns(line, LINE), "allocations": [{**allocation(share), "payee_id": held[share.id]} for share in shares[line.id]]}
            for line in lines[order.id]],
        "attribution": _decision(decisions, lines[order.id]), "payments": payments[order.id], "fulfilments": parcels[order.id],
        "refunds": refunds[order.id], "flagship_orders": pushes.get(order.id, []),
    } for order in orders]


def allocation(share: Any) -> dict[str, Any]:
    """A share of a line, frozen or quoted, with its reason in the reader's language."""
    return {"role": share.role, "payee_id": share.payee_id, "amount": share.amount_minor, "funded": share.funded_minor,
            "net": share.amount_minor - share.funded_minor, "rate_bp": share.rate_bp, "rule_id": share.rule_id, "rule_version": share.rule_version,
            "split_plan_id": share.split_plan_id, "why": why(share.trace), "trace": share.trace}


def _decision(decisions: dict[UUID, list[Any]], lines: list[OrderLine]) -> Any:
    """The newest decision of the order's first line; an order has one attribution (R10)."""
    made = decisions[lines[0].id] if lines else []
    return made[-1] if made else NOBODY


def _by(column: Any, keys: Sequence[UUID], model: Any, order_by: Any) -> dict[UUID, list[Any]]:
    rows: Iterable[Any] = db().scalars(select(model).where(column.in_(keys)).order_by(order_by)) if keys else []
    grouped: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[getattr(row, column.key)].append(row)
    return grouped


def _columns(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
