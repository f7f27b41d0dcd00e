"""Our word and the flagship's about one order, held against each other: pure, in minor units of the brand's currency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.catalog.ports import FlagshipUnreachable
from app.domain.fulfilment.ports import FlagshipOrder, Stage
from app.kernel.money import half_up

KINDS = ("order", "refund", "fee")
UNREAD = "unread"
DIFFERENCES = (UNREAD, "missing_there", "missing_here", "amount_differs", "currency_differs", "state_differs", "refund_missing_there", "refund_missing_here",
               "refund_differs")
"""What a person has to look into; `unread` is an order of which the flagship gave no word but a refusal."""
UNTOLD = ("amount_unknown", "refund_unknown", "fee_unknown")
"""What the flagship does not tell: nothing is proved, nothing is wrong."""
CAUSES = (*DIFFERENCES, *UNTOLD)
VOID, WAITS = frozenset({Stage.CANCELLED}), frozenset({Stage.SUBMITTED, Stage.AWAITING_PAYMENT})
OPEN, ON_ITS_WAY = frozenset({Stage.PAID, Stage.PREPARING, Stage.LOCKED}), frozenset({Stage.SHIPPED})
THERE, BACK = frozenset({Stage.DELIVERED}), frozenset({Stage.REFUSED})
FITS: Mapping[str, frozenset[Stage]] = {
    "placed": WAITS | OPEN, "paid_told": OPEN, "shipped": ON_ITS_WAY, "delivered": ON_ITS_WAY | THERE, "cancelled": VOID | WAITS,
    "cancel_asked": WAITS | OPEN | ON_ITS_WAY | BACK | VOID, "over": VOID | WAITS | ON_ITS_WAY | THERE | BACK,
}
"""Stages that go with how we hold an order to stand. Not every shop hears of the delivery: on its way goes with delivered, not the
other way round. A refunded order (`over`) must not wait to be sent."""
NEVER_PLACED = frozenset({"waiting", "unsure", "declined", "given_up"})
AGREED_ABSENT = frozenset({"declined", "cancelled"})
"""The flagship said no, or we called it back: nothing there is as it should be."""


@dataclass(frozen=True, slots=True)
class Part:
    """One pushed line, or the shipping: what the flagship was told `told` pieces of it cost; for how much our shopper bought how many; and
    what of that she got back since the flagship was told, until a moment ago (`settled`) and until now."""

    told_minor: int
    told: int
    bought_minor: int
    bought: int
    settled_minor: int
    settled: int
    back_minor: int
    back: int

    def share(self, back_minor: int, back: int) -> int:
        """Of what the flagship was told as much as of what the shopper paid: its price and ours differ, and it may have been told of fewer."""
        if not self.bought_minor:
            return min(self.told_minor, half_up(self.told_minor * back, self.told))
        return min(self.told_minor, half_up(self.told_minor * back_minor * self.bought, self.bought_minor * self.told))


@dataclass(frozen=True, slots=True)
class Ours:
    """A push as we hold it. `total_minor`: goods and shipping as told to the flagship."""

    push_id: UUID
    order_id: UUID
    number: str
    flagship_order_id: str
    state: str
    order_state: str
    total_minor: int
    currency: str
    placed_at: datetime | None = None
    parts: tuple[Part, ...] = ()

    @property
    def placed(self) -> bool:
        return self.state not in NEVER_PLACED

    @property
    def stands(self) -> str:
        """Withdrawn or about to be; else the order's own word where it goes further than the push's."""
        if self.state in ("cancelled", "cancel_asked") or not self.placed:
            return self.state
        further = {"cancelled": "over", "refunded": "over", "delivered": "delivered", "completed": "delivered", "shipped": "shipped"}
        return "delivered" if self.state == "delivered" and self.order_state == "shipped" else further.get(self.order_state, self.state)

    @property
    def refunded_minor(self) -> int:
        return sum(part.share(part.back_minor, part.back) for part in self.parts)

    @property
    def settled_minor(self) -> int:
        """Given back so long ago that the flagship should know."""
        return sum(part.share(part.settled_minor, part.settled) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Line:
    """`cause` "" is a match. Only an order's first line carries its amounts, so amounts of one kind may be added up. `refusal`: why it is unread."""

    kind: str
    cause: str
    ours_minor: int | None
    theirs_minor: int | None
    refusal: FlagshipUnreachable | None = None

    @property
    def differs(self) -> bool:
        return self.cause in DIFFERENCES


def unread(ours: Ours | None, refusal: FlagshipUnreachable) -> list[Line]:
    """The flagship will not speak of this order, and spoke of others: an exception for a person, not the end of the day's reading."""
    return [Line("order", UNREAD, ours.total_minor if ours else None, None, refusal)]


def compared(ours: Ours | None, theirs: FlagshipOrder | None, *, fee_counts: bool) -> list[Line]:
    """At least one line. `theirs` None: the flagship says it has no such order. `fee_counts`: the order was placed on this day, so its fee is
    this day's."""
    if theirs is None:
        return [Line("order", "missing_there", ours.total_minor, None) if ours and ours.state not in AGREED_ABSENT else Line("order", "", None, None)]
    if ours is None or not ours.placed:
        return [Line("order", "", None, None) if ours and theirs.stage in VOID else Line("order", "missing_here", None, theirs.total_minor)]
    same_currency = theirs.currency in ("", ours.currency)
    fee = _fee(theirs) if fee_counts and same_currency else ()
    return [_amount(ours, theirs, same_currency), *_state(ours, theirs), *(_refund(ours, theirs) if same_currency else ()), *fee]


def _amount(ours: Ours, theirs: FlagshipOrder, same_currency: bool) -> Line:
    """Where both say the order is void its amount is no matter."""
    if not same_currency:
        return Line("order", "currency_differs", ours.total_minor, None)
    if ours.state == "cancelled" and theirs.stage in VOID:
        return Line("order", "", 0, 0)
    cause = "amount_unknown" if theirs.total_minor is None else "" if theirs.total_minor == ours.total_minor else "amount_differs"
    return Line("order", cause, ours.total_minor, theirs.total_minor)


def _state(ours: Ours, theirs: FlagshipOrder) -> Iterator[Line]:
    given_back = ours.stands == "over" and theirs.refunded_minor is not None and theirs.refunded_minor >= ours.total_minor
    if theirs.stage not in FITS[ours.stands] and not (given_back and theirs.stage in OPEN):
        yield Line("order", "state_differs", None, None)


def _refund(ours: Ours, theirs: FlagshipOrder) -> Iterator[Line]:
    """A cancelled order was given back whole, whatever else the flagship tells; one that we withdrew is none of either's books."""
    here, there = ours.refunded_minor, theirs.refunded_minor
    if ours.state == "cancelled" and theirs.stage in VOID:
        return
    if there is None and here:
        yield Line("refund", "", here, here) if theirs.stage in VOID else Line("refund", "refund_unknown", here, None)
    elif there or (there == 0 and here):
        yield Line("refund", _refund_cause(ours.settled_minor, here, there), here, there)


def _refund_cause(settled: int, here: int, there: int) -> str:
    """Between what we gave back until a moment ago and what we gave back until now, all is right."""
    if min(settled, here) <= there <= here:
        return ""
    return "refund_missing_there" if there == 0 else "refund_missing_here" if here == 0 else "refund_differs"


def _fee(theirs: FlagshipOrder) -> Iterator[Line]:
    if theirs.fee_minor is not None:
        yield Line("fee", "", None, theirs.fee_minor)
    elif theirs.stage not in VOID:
        yield Line("fee", "fee_unknown", None, None)
