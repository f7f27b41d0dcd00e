"""Do it, look at what came out, take it back: previews that show exactly what saving would do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from app.web.shared.serving import db

Result = TypeVar("Result")


def rehearse(action: Callable[[], Result]) -> Result:
    """Runs `action` in a savepoint that is always rolled back; the result must be plain values, not rows. Refusals pass through."""
    with db().begin_nested() as savepoint:
        try:
            return action()
        finally:
            savepoint.rollback()


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """What the block wrote is gone when it raises, so that the page can be shown again from what was there before."""
    with db().begin_nested():
        yield
