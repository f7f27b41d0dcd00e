"""Movements on their way from the provider to a brand's day: in memory while they are few, on disk when they are many."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

from app.domain.provider.day_rules import Theirs

IN_MEMORY = 64 * 1024


class Spool:
    """`beside`: what moved shortly before and after the day, by its refs."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY, mode="w+", encoding="utf-8")  # noqa: SIM115 (closed on exit)
        self.beside: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def put(self, line: Theirs) -> None:
        self._file.write(json.dumps({**asdict(line), "at": line.at.isoformat()}) + "\n")

    def batches(self, size: int) -> Iterator[list[Theirs]]:
        self._file.seek(0)
        while texts := list(islice(self._file, size)):
            yield [Theirs(**{**values, "at": datetime.fromisoformat(values["at"])}) for values in map(json.loads, texts)]
