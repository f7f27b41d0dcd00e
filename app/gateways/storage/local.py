"""A folder of this machine, or one that all machines mount."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.kernel.errors import NotFound
from app.kernel.files import FilesUnreachable

UNFINISHED = ".part-"


class LocalFiles:
    """Writing is atomic: a reader sees the whole file or none."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def put(self, key: str, content: bytes) -> None:
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=UNFINISHED, delete=False) as file:
            file.write(content)
        Path(file.name).replace(target)

    def get(self, key: str) -> bytes:
        try:
            return self.path(key).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NotFound("file", key) from None

    def has(self, key: str) -> bool:
        return self.path(key).is_file()

    def path(self, key: str) -> Path:
        target = (self.root / key).resolve()
        if not target.is_relative_to(self.root):
            raise NotFound("file", key)
        return target

    def address(self, key: str) -> str:
        return ""

    def check(self) -> None:
        """The folder is made by the first file; until then its nearest parent must take it."""
        there = next(folder for folder in (self.root, *self.root.parents) if folder.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise FilesUnreachable(f"{self.root} cannot be written")

    def keys(self) -> Iterator[str]:
        """Of every whole file, in a steady order."""
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and not path.name.startswith(UNFINISHED):
                yield path.relative_to(self.root).as_posix()
