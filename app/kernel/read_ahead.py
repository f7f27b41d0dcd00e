"""Reading goes on in a thread of its own while what was read is written down."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import suppress
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")
AT_ONCE, PARTS, SECONDS = 250, 4, 0.5
"""Items go over by parts, a slow source's after half a second."""


def read_ahead(items: Iterable[T]) -> Generator[T, None, None]:
    """The same items in the same order, a thousand ahead at most; what the reading raises is raised after the items before it.

    Closing it ends the reading at its next item.
    """
    parts: queue.Queue[list[T] | BaseException | None] = queue.Queue(PARTS)
    over = threading.Event()
    threading.Thread(target=copy_context().run, args=(_read, items, parts, over), name="read-ahead", daemon=True).start()
    try:
        while (part := parts.get()) is not None:
            if isinstance(part, BaseException):
                raise part
            yield from part
    finally:
        over.set()


def _read(items: Iterable[T], parts: queue.Queue[list[T] | BaseException | None], over: threading.Event) -> None:
    part: list[T] = []
    last, due = None, time.monotonic() + SECONDS
    try:
        for item in items:
            part.append(item)
            if len(part) >= AT_ONCE or time.monotonic() >= due:
                if not _hand_over(part, parts, over):
                    return
                part, due = [], time.monotonic() + SECONDS
    except BaseException as raised:  # noqa: BLE001 (raised again by the one who takes)
        last = raised
    _hand_over(part, parts, over)
    _hand_over(last, parts, over)


def _hand_over(part: list[T] | BaseException | None, parts: queue.Queue[list[T] | BaseException | None], over: threading.Event) -> bool:
    """False once nobody takes any more."""
    while not over.is_set():
        with suppress(queue.Full):
            parts.put(part, timeout=0.2)
            return True
    return False
