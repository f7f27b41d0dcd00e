"""A writing call → what became of it: done, declined, or unsure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from app.domain.catalog.ports import FlagshipUnreachable
from app.domain.fulfilment.ports import Declined, Unsure
from app.kernel.errors import msgid

from .gateway import Gateway
from .reactions import JdRefused, Reaction
from .replies import Body

T = TypeVar("T")
WORDS = msgid("京东没有接受：%(words)s（%(jd_code)s）")


def declined(words: str, jd_code: str, code: str = "other") -> Declined:
    """JD's own words, as they stand."""
    return Declined(code, WORDS, {"words": words[:200], "jd_code": jd_code})


def attempt(gateway: Gateway, method: str, params: Mapping[str, Any], read: Callable[[Body], T], *, version: str = "2.0",
            repeatable: bool) -> T | Declined | Unsure:
    """`repeatable`: doing it twice is the same as once, so it is tried again; otherwise it is sent once and no more.

    Only a lack of any answer, or an answer that JD's machinery failed, is unsure. What a person must set right (permission,
    keys, rates) is raised: nothing has happened then.
    """
    try:
        return gateway.call(method, params, read, version=version, repeatable=repeatable)
    except FlagshipUnreachable as failure:
        if isinstance(failure, JdRefused) and failure.reaction is Reaction.ITEM_ERROR:
            return Declined("bad_request", failure.message, dict(failure.data))
        if not failure.data.get("unsure"):
            raise
        return Unsure(failure.code, failure.message, dict(failure.data))
