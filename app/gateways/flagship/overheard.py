"""Everything that is said while something runs: logs of all levels, what is printed, what is raised."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field


@dataclass(slots=True)
class Said:
    words: list[str] = field(default_factory=list)

    def hear(self, *words: str) -> None:
        self.words += words

    def hear_error(self, wrong: BaseException) -> None:
        self.hear(repr(wrong), str(wrong), repr(wrong.args), repr(vars(wrong)), *traceback.format_exception(wrong))

    def holds(self, secret: str) -> bool:
        return any(secret in words for words in self.words)


class _Ear(logging.Handler):
    def __init__(self, said: Said) -> None:
        super().__init__(level=0)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.hear(record.getMessage(), repr(record.args))


@contextmanager
def overhear() -> Iterator[Said]:
    said, root, printed = Said(), logging.getLogger(), io.StringIO()
    ear, level = _Ear(said), root.level
    root.addHandler(ear)
    root.setLevel(0)
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            yield said
            said.hear(printed.getvalue())
    finally:
        root.removeHandler(ear)
        root.setLevel(level)
