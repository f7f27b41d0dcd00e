"""A movement in the provider's books held against the row of ours it is about: what both say of it, and why they differ.

Amounts are signed as the provider's balance moves, in minor units of the currency it settles in. `ours` is what our books say has moved:
a refund from when it is booked, a transfer from when it is sent, a dispute from when it is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.kernel.money import half_up

KINDS = ("charge", "fee", "refund", "transfer", "reversal", "dispute", "other")
KIND_OF = {
    "charge": "charge", "payment": "charge", "refund": "refund", "payment_refund": "refund", "refund_failure": "refund",
    "payment_failure_refund": "refund", "transfer": "transfer", "transfer_refund": "reversal", "transfer_cancel": "reversal",
    "transfer_failure": "reversal", "adjustment": "dispute"}
"""The provider's word for a movement → ours; any other is `other`."""
CAME_BACK = ("refund_failure", "payment_failure_refund")

OPEN = ("inquiry", "open")
"""A dispute the bank has not ruled on."""

SOMEBODY = ("missing_here", "missing_there", "amount_differs", "currency_differs", "fee_not_booked", "conversion", "refund_failed", "outside")
"""Somebody must look."""
WAITING = ("not_settled", "refund_pending", "sending", "dispute_open")
"""Passes by itself once the provider or the bank has spoken."""
EXPLAINED = ("exchange", "refund_returned", "dispute_won")
"""Both are right: the rate of another day, money that came and went."""
CAUSES = (*SOMEBODY, *WAITING, *EXPLAINED)
DIFFERENCES = (*SOMEBODY, *WAITING)


@dataclass(frozen=True, slots=True)
class Theirs:
    """`marks` name our row, and the payment where that is all that is known of it; `moved_*` is what moved in its own currency."""

    ref: str
    kind: str
    amount_minor: int
    fee_minor: int
    currency: str
    source_ref: str
    at: datetime
    marks: Mapping[str, str]
    moved_minor: int | None = None
    moved_currency: str = ""


@dataclass(frozen=True, slots=True)
class Ours:
    """A row of ours. `amount_minor` in the order's currency, positive; `settled_minor` the same as it settles, None while nobody knows.

    `fee_*` of a charge or a dispute: in the settlement's currency, and as the ledger posted it (None: not posted).
    """

    id: UUID
    ref: str
    state: str
    amount_minor: int
    currency: str
    settled_minor: int | None
    settled_currency: str
    payment_id: UUID | None = None
    payout_id: UUID | None = None
    fee_minor: int = 0
    fee_posted_minor: int | None = None
    rate: tuple[int, int] = (1, 1)
    """(settled, amount) of the charge."""
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Line:
    kind: str
    theirs_minor: int | None
    ours_minor: int | None
    cause: str = ""


def kind_of(theirs: Theirs) -> str:
    return KIND_OF.get(theirs.kind, "other")


def settled(amount_minor: int, rate: tuple[int, int]) -> int:
    """An amount of the order's currency as its charge was settled."""
    return half_up(amount_minor * rate[0], rate[1])


def in_order_currency(amount_minor: int, rate: tuple[int, int]) -> int:
    return half_up(amount_minor * rate[1], rate[0])


def is_it(theirs: Theirs, ours: Ours) -> bool:
    """Whether our row stands for this very movement, or for another attempt at the same."""
    return theirs.source_ref == ours.ref if ours.ref else theirs.marks.get("attempt", "1") == str(ours.attempt)


def compared(theirs: Theirs, ours: Ours | None) -> list[Line]:
    """The movement itself, and the fee the provider took with it. A second one of the same marks is not our row's."""
    kind = kind_of(theirs)
    if ours and kind != "refund" and ours.ref and theirs.source_ref != ours.ref:
        ours = None
    if kind == "other":
        found = [Line(kind, theirs.amount_minor, None, "outside")]
    elif ours is None:
        found = [Line(kind, theirs.amount_minor, None, "missing_here")]
    else:
        found = [{"charge": _charge, "refund": _refund, "transfer": _transfer, "reversal": _reversal, "dispute": _dispute}[kind](theirs, ours)]
    charged = ours.fee_minor if ours and kind == "charge" else 0
    return [*found, _fee(kind, theirs, ours)] if theirs.fee_minor or charged else found


def _charge(theirs: Theirs, ours: Ours) -> Line:
    if ours.settled_minor is None:
        return Line("charge", theirs.amount_minor, None, "not_settled")
    return Line("charge", theirs.amount_minor, ours.settled_minor, _same(theirs, ours, ours.settled_minor, converted=False))


def _refund(theirs: Theirs, ours: Ours) -> Line:
    """One that failed came back: the books still say it is given, until somebody sends it again or pays her otherwise."""
    given = -(ours.settled_minor or 0)
    if not is_it(theirs, ours):
        return Line("refund", theirs.amount_minor, None, "refund_returned")
    if theirs.kind in CAME_BACK:
        return Line("refund", theirs.amount_minor, None, "refund_failed" if ours.state == "failed" else "refund_returned")
    if ours.state == "outside":
        return Line("refund", theirs.amount_minor, None, "refund_returned")
    return Line("refund", theirs.amount_minor, given, _same(theirs, ours, given, converted=True))


def _transfer(theirs: Theirs, ours: Ours) -> Line:
    sent = -(ours.settled_minor or 0)
    return Line("transfer", theirs.amount_minor, sent, _same(theirs, ours, sent, converted=False) or ("" if ours.state == "sent" else "sending"))


def _reversal(theirs: Theirs, ours: Ours) -> Line:
    back = ours.settled_minor or 0
    return Line("reversal", theirs.amount_minor, back, _same(theirs, ours, back, converted=False) or ("" if ours.state == "done" else "sending"))


def _dispute(theirs: Theirs, ours: Ours) -> Line:
    """The money is withdrawn while the bank decides; ours moves when it is lost."""
    if ours.state in OPEN:
        return Line("dispute", theirs.amount_minor, None, "dispute_open")
    if ours.state == "won":
        return Line("dispute", theirs.amount_minor, None, "dispute_won")
    taken = -(ours.settled_minor or 0)
    return Line("dispute", theirs.amount_minor, taken, _same(theirs, ours, taken, converted=True))


def _same(theirs: Theirs, ours: Ours, ours_minor: int, *, converted: bool) -> str:
    """`converted`: ours is the order's amount at its charge's rate, theirs at the rate of its own day."""
    if theirs.currency != ours.settled_currency or (theirs.moved_currency and theirs.moved_currency not in (ours.currency, ours.settled_currency)):
        return "currency_differs"
    told = theirs.moved_minor is not None and theirs.moved_currency == ours.currency
    if told and ours.currency != ours.settled_currency and theirs.moved_minor != ours.amount_minor:
        return "amount_differs"
    if theirs.amount_minor == ours_minor:
        return ""
    return "exchange" if converted and told and ours.currency != ours.settled_currency else "amount_differs"


def _fee(kind: str, theirs: Theirs, ours: Ours | None) -> Line:
    """Of a charge or a dispute; the provider takes no other. The ledger has it in the order's currency, at the charge's rate."""
    taken = -theirs.fee_minor
    if ours is None or kind not in ("charge", "dispute"):
        return Line("fee", taken, None, "missing_here")
    if kind == "charge" and ours.settled_minor is None:
        return Line("fee", taken, None, "not_settled")
    if ours.fee_posted_minor is None:
        return Line("fee", taken, None, "dispute_open" if ours.state in OPEN else "fee_not_booked")
    known = theirs.fee_minor if kind == "dispute" else ours.fee_minor
    if theirs.currency != ours.settled_currency:
        return Line("fee", taken, -known, "currency_differs")
    if known != theirs.fee_minor:
        return Line("fee", taken, -known, "amount_differs")
    return Line("fee", taken, -known, "" if ours.fee_posted_minor == in_order_currency(known, ours.rate) else "conversion")


def not_theirs(kind: str, ours: Ours) -> list[Line]:
    """What our books say moved, and the provider's do not have."""
    signed = None if ours.settled_minor is None else ours.settled_minor * (1 if kind in ("charge", "reversal") else -1)
    cause = {"pending": "refund_pending", "failed": "refund_failed", "sending": "sending"}.get(ours.state, "missing_there")
    if signed is None:
        return [Line(kind, None, None, "not_settled")]
    return [Line(kind, None, signed, cause), *([Line("fee", None, -ours.fee_minor, cause)] if kind == "charge" and ours.fee_posted_minor else [])]


def unmarked(theirs: Theirs, payment: Mapping[str, str]) -> Theirs:
    """What carries no marks of ours belongs with the payment its charge was made for."""
    return replace(theirs, marks={name: payment[name] for name in ("brand_id", "payment_id") if name in payment})
