"""The shopper's bag: a signed cookie of one brand, at most MOST_LINES lines. Prices are never in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Response, request

from app.domain.orders.baskets import BasketLine
from app.domain.orders.rules import MAX_QUANTITY
from app.kernel.errors import Refused
from app.web.shared.application import app
from app.web.shared.serving import brand
from app.web.shared.signed_tokens import read, sign

MOST_LINES = 20
LIFETIME = 30 * 86400
COOKIE = "yd_bag"


@dataclass(frozen=True, slots=True)
class Bag:
    """`share` is the code of the link the newest line came by, `shared_at` when."""

    share: str = ""
    lines: tuple[BasketLine, ...] = ()
    shared_at: datetime | None = None

    def with_line(self, line: BasketLine, share: str = "", at: datetime | None = None) -> Bag:
        """One line more; the same variant adds up. Refuses a 21st line and more than MAX_QUANTITY pieces."""
        had = next((one.quantity for one in self.lines if one.variant_id == line.variant_id), 0)
        rest = tuple(one for one in self.lines if one.variant_id != line.variant_id)
        if len(rest) >= MOST_LINES:
            raise Refused("too_many_lines", "购物袋最多放 %(most)d 种商品", field="lines", most=MOST_LINES)
        quantity = min(had + checked_quantity(line.quantity), MAX_QUANTITY)
        return Bag(share or self.share, (*rest, BasketLine(line.variant_id, quantity)), at if share else self.shared_at)

    def changed(self, variant_id: UUID, quantity: int) -> Bag:
        """Another quantity; 0 takes the line out."""
        if quantity == 0:
            return replace(self, lines=tuple(one for one in self.lines if one.variant_id != variant_id))
        checked_quantity(quantity)
        return replace(self, lines=tuple(BasketLine(one.variant_id, quantity) if one.variant_id == variant_id else one for one in self.lines))


def checked_quantity(quantity: int) -> int:
    if not 1 <= quantity <= MAX_QUANTITY:
        raise Refused("quantity_invalid", "数量要在 1 到 %(most)d 之间", field="quantity", most=MAX_QUANTITY)
    return quantity


def typed_quantity(text: str | None) -> int:
    """A quantity from a form or an address; nothing typed is one piece."""
    if not text:
        return 1
    sign_, digits = (text[:1], text[1:]) if text[:1] in "+-" else ("", text)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 15:
        raise Refused("quantity_invalid", "数量要在 1 到 %(most)d 之间", field="quantity", most=MAX_QUANTITY)
    return int(sign_ + digits)


def bag() -> Bag:
    """The bag of this brand; a damaged or foreign cookie is an empty bag."""
    kept: Any = read(f"bag {brand().id}", request.cookies.get(COOKIE, ""), max_age=LIFETIME)
    if not isinstance(kept, dict):
        return Bag()
    at = datetime.fromtimestamp(kept["t"], UTC) if kept.get("t") else None
    return Bag(str(kept["s"]), tuple(BasketLine(UUID(hex=one), int(count)) for one, count in kept["l"]), at)


def keep_bag(response: Response, kept: Bag) -> Response:
    """Write the bag into the answer; an empty one leaves no cookie."""
    path = f"/b/{brand().slug}"
    if not kept.lines:
        response.delete_cookie(COOKIE, path=path)
        return response
    since = int(kept.shared_at.timestamp()) if kept.shared_at else None
    value = sign(f"bag {brand().id}", {"s": kept.share, "t": since, "l": [[one.variant_id.hex, one.quantity] for one in kept.lines]})
    response.set_cookie(COOKIE, value, max_age=LIFETIME, path=path, httponly=True, samesite="Lax",
                        secure=app().settings.public_url.startswith("https://"))
    return response
