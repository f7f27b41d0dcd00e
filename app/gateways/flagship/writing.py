"""Calls that change something at a shop: made once, or again where doing it twice is the same; what got lost is unsure, never a no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

import orjson

from app.domain.catalog.ports import Answer, FlagshipUnreachable
from app.domain.fulfilment.ports import Absent, Declined, Done, FlagshipOrder, Pending, Placed, Stage, Unsure
from app.gateways.answers import asked_to_wait
from app.kernel.errors import msgid

from .asking import Asking, Call, broken, refuse_status
from .retrying import PASSING_CODES, TryAgain

T = TypeVar("T")

TOO_OFTEN = 429
MAYBE_DONE = frozenset({408, 425})
WORDS = msgid("旗舰店没有接受：%(words)s（%(shop_code)s）")


class InDoubt(Exception):
    """No answer, or none that can be understood: the call may have had its effect. `after`: the seconds the shop asks us to wait."""

    def __init__(self, reason: FlagshipUnreachable, *, after: float = 0.0) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.after = after


def attempt(asking: Asking, call: Callable[[Mapping[str, str]], Call], read: Callable[[Answer], T], *, repeatable: bool = False) -> T | Unsure:
    """What `read` makes of the answer; it raises InDoubt, TryAgain where surely nothing was done, or FlagshipUnreachable.

    What surely was not done is tried again in any case, what may have been done only if `repeatable`. One doubt stays one,
    whatever the tries after it say. Raises FlagshipUnreachable and NeedsAuthorisation where nothing was done.
    """
    doubts: list[FlagshipUnreachable] = []

    def once() -> T:
        try:
            return read(_told(asking, call(asking.known())))
        except InDoubt as lost:
            doubts.append(lost.reason)
            if repeatable:
                raise TryAgain(lost.reason, after=lost.after) from None
            raise

    try:
        return asking.renewing(once)
    except InDoubt as lost:
        return _unsure(lost.reason)
    except FlagshipUnreachable:
        if doubts:
            return _unsure(doubts[-1])
        raise


def whole(answer: Answer) -> Any:
    """The JSON of an answer to a call that changes something."""
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        raise InDoubt(broken().reason) from None


def declined(words: str, shop_code: str, code: str = "other") -> Declined:
    """The shop's own words, as they stand."""
    return Declined(code, WORDS, {"words": words[:200], "shop_code": shop_code[:60]})


def placed_once(find: Callable[[], Placed | Absent | Unsure], submit: Callable[[], Placed | Declined | Unsure]) -> Placed | Declined | Unsure:
    """Asks before it submits and after a lost answer. Not found then stays unsure: the order may be on its way."""
    before = find()
    if not isinstance(before, Absent):
        return before
    told = submit()
    if not isinstance(told, Unsure):
        return told
    try:
        now = find()
    except FlagshipUnreachable:
        return told
    return replace(now, already=False) if isinstance(now, Placed) else told


Told = TypeVar("Told", Done | Declined | Unsure, Done | Pending | Declined | Unsure)


def looked_up(told: Told, order: Callable[[], FlagshipOrder], wished: frozenset[Stage]) -> Told | Done:
    """Declined, pending or unsure, and yet so: the order itself has the last word."""
    if isinstance(told, Done):
        return told
    try:
        return Done() if order().stage in wished else told
    except FlagshipUnreachable:
        return told


def _told(asking: Asking, call: Call) -> Answer:
    """The answers that are left to judge: 2xx and a no in 4xx."""
    try:
        answer = asking.talk(call.method, call.url, headers=call.headers, body=call.body, seconds=call.seconds, max_bytes=call.max_bytes)
    except FlagshipUnreachable as lost:
        if lost.data.get("unsure"):
            raise InDoubt(lost) from None
        if lost.code in PASSING_CODES:
            raise TryAgain(lost) from None
        raise
    if answer.status >= 500 or answer.status in MAYBE_DONE:
        raise InDoubt(FlagshipUnreachable("http_status", "旗舰店的网址回答了 %(status)d", status=answer.status), after=asked_to_wait(answer.headers))
    if answer.status == TOO_OFTEN:
        refuse_status(answer)
    return answer


def _unsure(reason: FlagshipUnreachable) -> Unsure:
    return Unsure(reason.code, reason.message, {name: value for name, value in reason.data.items() if name != "unsure"})
