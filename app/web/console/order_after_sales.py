"""What an order's page says of its after-sales: cases, chargebacks, which lines' money waits, which parcels carry exchanged goods."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import gettext

from app.domain.aftersales.queries import case_amounts, cases_of, chargebacks_of, exchange_parcels, frozen_lines
from app.domain.ledger.queries import phase_balances
from app.domain.orders.queries import OrderDetail
from app.web.shared.after_sale_words import frozen_word
from app.web.shared.serving import brand_id, db

from . import after_sale_words

WAITING = ("pending", "held")


def after_sale_facts(detail: OrderDetail) -> dict[str, Any]:
    order_id = detail.order.id
    cases = cases_of(db(), brand_id=brand_id(), order_id=order_id)
    return {"cases": cases, "case_amounts": case_amounts(db(), brand_id=brand_id(), cases=cases), "after_words": after_sale_words,
            "chargebacks": chargebacks_of(db(), brand_id=brand_id(), order_id=order_id), "frozen": _frozen(detail),
            "exchanged": exchange_parcels(db(), brand_id=brand_id(), order_id=order_id)}


def _frozen(detail: OrderDetail) -> dict[UUID, str]:
    """Line → why its money waits, in words; of money that was released before, only that it is in dispute."""
    lines = [one.line.id for one in detail.lines]
    found = frozen_lines(db(), brand_id=brand_id(), order_line_ids=lines, order_ids=[detail.order.id])
    if not found:
        return {}
    standing = phase_balances(db(), brand_id=brand_id(), order_id=detail.order.id)
    waits = {line for (line, _, _), phases in standing.items() if any(phases.get(phase) for phase in WAITING)}
    whys = {line: found.get(line) or found.get(detail.order.id) for line in lines}
    return {line: frozen_word(why) if line in waits else gettext("处理中，钱已解冻") for line, why in whys.items() if why}
