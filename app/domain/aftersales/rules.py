"""The life of an after-sale case, what may be asked of a line and until when, and which pieces came back (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from app.domain.orders.rules import part_of_paid
from app.kernel.errors import Conflict, Refused
from app.kernel.money import reverse_now

KINDS = ("refund_only", "return_refund", "exchange", "shipping_only")
STATES = ("requested", "approved", "returned", "refunded", "exchanged", "rejected", "cancelled")
OPEN = ("requested", "approved", "returned")
MONEY_ONLY = ("refund_only", "shipping_only")
GOODS_BACK = ("return_refund", "exchange")

NEXT: dict[tuple[str, str, str], str] = {
    **{(kind, "requested", "approve"): "approved" for kind in KINDS},
    **{(kind, state, "reject"): "rejected" for kind in KINDS for state in ("requested", "approved")},
    **{(kind, state, "cancel"): "cancelled" for kind in KINDS for state in ("requested", "approved")},
    **{(kind, state, "overrule"): "cancelled" for kind in KINDS for state in OPEN},
    **{(kind, "approved", "refund"): "refunded" for kind in MONEY_ONLY},
    **{(kind, "approved", "receive"): "returned" for kind in GOODS_BACK},
    ("return_refund", "returned", "refund"): "refunded",
    ("exchange", "returned", "send"): "exchanged",
}
"""(kind, state, act) → state. Goods that are back are never answered with no; only a bank's ruling overrules that."""


def next_state(kind: str, state: str, act: str) -> str:
    """Where an act leads; Conflict when the case has gone another way meanwhile."""
    after = NEXT.get((kind, state, act))
    if after is None:
        raise Conflict("after_sale_state", "这张售后单已经不在这一步了，刷新后再看", state=state)
    return after


def acts(kind: str, state: str, *, refunding: bool = False) -> list[str]:
    """What can be done with a case now; nothing while its refund is under way."""
    return [] if refunding else [act for (one, at, act) in NEXT if (one, at) == (kind, state) and act != "overrule"]


def before_refund(kind: str) -> str:
    """The state a case was refunded from."""
    return next(state for (one, state, act) in NEXT if (one, act) == (kind, "refund"))


def require_unrefunded(refund_id: UUID | None) -> None:
    """A case whose refund is booked goes on with the refund alone, whether that is on its way or has failed."""
    if refund_id is not None:
        raise Conflict("after_sale_refunding", "这张售后单的退款已经提交，等退款有结果")


class Line(Protocol):
    """As much of an order line as asking depends on."""

    @property
    def quantity(self) -> int: ...
    @property
    def paid_minor(self) -> int: ...
    @property
    def refunded_minor(self) -> int: ...
    @property
    def refunded_quantity(self) -> int: ...
    @property
    def shipped_quantity(self) -> int: ...
    @property
    def hold_until(self) -> datetime | None: ...


def sent_whole(line: Line) -> bool:
    """Nothing of the line is still to be sent, and something was: goods can come back."""
    return line.shipped_quantity > 0 and line.quantity - line.refunded_quantity <= line.shipped_quantity


def window_open(line: Line, now: datetime) -> bool:
    """A shopper may ask until the after-sale window of a received line ends; before receipt it has not begun (R12)."""
    return line.hold_until is None or now < line.hold_until


def askable(line: Line, kind: str, now: datetime | None) -> str | None:
    """Why a line cannot be asked for, or None. `now` None: headquarters, whom no window binds."""
    if kind == "shipping_only":
        return "not_of_lines"
    if now is not None and not window_open(line, now):
        return "window_over"
    if line.refunded_quantity >= line.quantity or (kind != "exchange" and 0 < line.paid_minor <= line.refunded_minor):
        return "nothing_left"
    if kind in GOODS_BACK and not sent_whole(line):
        return "not_sent"
    return None


def require_askable(line: Line, kind: str, now: datetime | None, *, field: str) -> None:
    """Refuses with the reason in words."""
    why = askable(line, kind, now)
    if why == "not_of_lines":
        raise Refused("shipping_only", "只退运费时不用选商品", field=field)
    if why == "window_over":
        raise Refused("window_over", "这件商品的售后期已经过了", field=field)
    if why == "nothing_left":
        raise Refused("nothing_left", "这件商品已经全部退过了", field=field)
    if why == "not_sent":
        raise Refused("not_sent", "还没有全部发货，只能申请仅退款", field=field)


def worth(line: Line, pieces: int, amount_minor: int | None) -> int:
    """What a case asks of a line in money: the amount it names, or the pieces' part of what was paid."""
    if amount_minor is not None:
        return amount_minor
    return part_of_paid(paid_minor=line.paid_minor, quantity=line.quantity, refunded_minor=line.refunded_minor,
                        refunded_quantity=line.refunded_quantity, pieces=pieces) if pieces else 0


def at_risk(share_minor: int, remaining_minor: int, line: Line, *, amount_minor: int, pieces: int) -> int:
    """What a share would give back if this much of its line were refunded now (R11); by pieces where coupons had paid for all of it."""
    whole, back = (line.paid_minor, line.refunded_minor + amount_minor) if line.paid_minor else (line.quantity, line.refunded_quantity + pieces)
    return max(reverse_now(share_minor, paid=whole, refunded=back, reversed_before=share_minor - remaining_minor), 0)


def require_same_price(*, of_line: int, of_variant: int, field: str) -> None:
    """An exchange moves no money, so it is for goods of the same list price."""
    if of_line != of_variant:
        raise Refused("price_differs", "只能换同价的商品；价格不同请退货后重新下单", field=field)


@dataclass(frozen=True, slots=True)
class Swap:
    """A finished case of a line: `pieces` came back; `replacement` went out for them, or none."""

    pieces: int
    replacement: UUID | None


def came_back(original: UUID, quantity: int, before: Sequence[Swap], pieces: int) -> dict[UUID, int]:
    """Which variants `pieces` more pieces are, after the finished cases `before` in their order.

    What she got last goes back first, as pieces of one line cannot be told apart otherwise.
    """
    hand = [original] * quantity
    for swap in before:
        hand = hand[:max(len(hand) - swap.pieces, 0)] + ([swap.replacement] * swap.pieces if swap.replacement else [])
    back = hand[max(len(hand) - pieces, 0):]
    return {variant: back.count(variant) for variant in dict.fromkeys(back)}
