"""Pure rules of what goes back to a flagship: which states a push has, when it is looked at again, when it is given up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from .ports import Stage

STATES = ("waiting", "unsure", "placed", "paid_told", "shipped", "delivered", "declined", "cancel_asked", "cancelled", "given_up")
"""waiting: to be submitted. unsure: a submission has left, or may have. placed: the order exists there. paid_told: it knows that it is
paid. declined: a clear no, nothing exists there. cancel_asked: it is to give the order up, and has not said that it did."""
STOCK_STATES = ("waiting", "unsure", "done", "declined", "given_up", "dropped")
CLOSED = frozenset({"delivered", "declined", "cancelled"})
"""In every other state the goods are with the flagship and nobody else sends them."""
SENDING_BACK = ("nothing", "orders", "stock")

TROUBLES = ("declined", "given_up", "cancelled_there", "cancel_declined", "pay_declined", "stuck_there", "sent_too_much", "refunded_there")
LASTING = frozenset({"declined", "given_up", "cancelled_there", "cancel_declined", "sent_too_much", "refunded_there"})
"""Troubles that a person ends; the others end by themselves when the flagship moves on."""

LEASE = timedelta(minutes=15)
"""As long as one worker may be talking. Who died has let go by then."""
SETTLED = timedelta(minutes=10)
"""From here on "no such order" is believed of a submission whose answer got lost."""
GIVE_UP = timedelta(days=3)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
WATCHED = ((timedelta(hours=2), timedelta(minutes=5)), (timedelta(days=1), timedelta(minutes=15)), (timedelta(days=7), timedelta(hours=1)))
SELDOM = timedelta(hours=6)
NUMBER = 40


def wait_after(failures: int, chance: float) -> timedelta:
    """Doubling from half a minute to an hour; `chance` from 0 to 1 takes up to half of it off, so that not all come back at once."""
    longest: timedelta = min(FIRST_WAIT * 2 ** min(max(failures - 1, 0), 20), LONGEST_WAIT)
    return longest * (1 - chance / 2)


def look_again(age: timedelta, chance: float) -> timedelta:
    """How long until an open order is asked about again: the younger the sooner."""
    pause = next((pause for until, pause in WATCHED if age < until), SELDOM)
    return pause * (1 - chance / 4)


def number_of(order_number: str, before: int) -> str:
    """Our name for a push of the order: its number, and from the second one on which one it is."""
    return (order_number if before == 0 else f"{order_number}-{before + 1}")[:NUMBER]


def trouble_of(stage: Stage) -> str:
    """What a person has to look at: the flagship cannot go on by itself, or says what we have no word for."""
    return "stuck_there" if stage in (Stage.REFUSED, Stage.LOCKED, Stage.UNKNOWN) else ""


def may_withdraw(state: str, *, sent: bool) -> bool:
    return not sent and state in ("waiting", "unsure", "placed", "paid_told", "given_up")


def may_retry(state: str) -> bool:
    """Again (declined, given up, cancelled) or at once instead of later."""
    return state not in ("shipped", "delivered")


def same_place(ours: str, theirs: str) -> bool:
    """上海 is 上海市, 静安 is 静安区: one may leave the last word off."""
    ours, theirs = _bare(ours), _bare(theirs)
    return bool(ours) and ours == theirs


SUFFIXES = ("特别行政区", "维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "自治州", "自治县", "街道", "地区", "新区",
            "省", "市", "区", "县", "镇", "乡", "盟", "旗")


def _bare(name: str) -> str:
    name = "".join(name.split())
    suffix = next((one for one in SUFFIXES if name.endswith(one) and len(name) - len(one) >= 2), "")
    return name.removesuffix(suffix)


def place_in(name: str, places: Mapping[str, int]) -> int | None:
    """The id of the place of that name; None for none, and for two that both could be meant."""
    exact = places.get("".join(name.split()))
    if exact is not None:
        return exact
    found = {key for place, key in places.items() if same_place(name, place)}
    return found.pop() if len(found) == 1 else None


def named_in(street: str, places: Iterable[str]) -> str:
    """The place a street address names, the longest name first; '' for none."""
    street = "".join(street.split())
    return next((place for place in sorted(places, key=len, reverse=True) if place and place in street), "")


def part_in(street: str, parts: Mapping[str, int]) -> tuple[int | None, str]:
    """(id, name) of the part of a place where the street lies: the one it names; '' for the name where there is only one, or none (0)."""
    if len(parts) < 2:
        return next(iter(parts.values()), 0), ""
    name = named_in(street, parts)
    return parts.get(name), name
