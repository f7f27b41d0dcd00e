"""What a form asks for in an after-sale, read the same way for headquarters and for the shopper."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from app.domain.orders.models import OrderLine
from app.flows.ask_after_sale import LineAsk
from app.kernel import money
from app.kernel.errors import Refused
from app.kernel.ids import parse_id

from .asking import whole

LINE_FIELD = re.compile(r"lines\.(\d+)\.(\w+)")


def asked_lines(form: Mapping[str, str], lines: Sequence[OrderLine], *, kind: str, currency: str) -> list[LineAsk]:
    """The lines with pieces or an amount filled in; fields are quantity-, amount- and exchange-<line id>."""
    if kind == "shipping_only":
        return []
    return [ask for line in lines if (ask := _asked(form, line, kind, currency))]


def _asked(form: Mapping[str, str], line: OrderLine, kind: str, currency: str) -> LineAsk | None:
    pieces, amount, other = (form.get(f"{name}-{line.id}", "").strip() for name in ("quantity", "amount", "exchange"))
    quantity = whole(pieces, field=f"quantity-{line.id}") if pieces else 0
    if not quantity and (not amount or kind == "exchange"):
        return None
    return LineAsk(line.id, quantity, money.parse(amount, currency, field=f"amount-{line.id}") if amount and kind != "exchange" else None,
                   _variant(other) if kind == "exchange" else None)


def _variant(text: str) -> UUID | None:
    return parse_id(text, "variant") if text else None


def asked_shipping(form: Mapping[str, str], *, currency: str) -> int:
    typed = form.get("shipping", "").strip()
    return money.parse(typed, currency, field="shipping") if typed else 0


def wrong_input(refused: Refused, form: Mapping[str, str], lines: Sequence[OrderLine]) -> str:
    """The name of the input that is wrong, '' for none: 'lines.0.amount' is about the first line that was filled in."""
    field = refused.field or ""
    of_line = LINE_FIELD.fullmatch(field)
    if of_line is None:
        return field.removesuffix("_amount")
    place, name = int(of_line[1]), of_line[2]
    filled = [line for line in lines if form.get(f"quantity-{line.id}", "").strip(" 0") or form.get(f"amount-{line.id}", "").strip()]
    part = {"line_id": "quantity", "exchange_variant_id": "exchange"}.get(name, name)
    return f"{part}-{filled[place].id}" if place < len(filled) else ""
