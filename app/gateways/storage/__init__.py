"""Where files are kept: pictures, uploads, payout files. Local folder; kernel.files.Files fits an object store."""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.kernel.errors import NotFound


class LocalFiles:
    """A folder. Writing is atomic: a reader sees the whole file or none."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def put(self, key: str, content: bytes) -> None:
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
            file.write(content)
        Path(file.name).replace(target)

    def get(self, key: str) -> bytes:
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            raise NotFound("file", key) from None

    def has(self, key: str) -> bool:
        return self.path(key).is_file()

    def path(self, key: str) -> Path:
        target = (self.root / key).resolve()
        if not target.is_relative_to(self.root):
            raise NotFound("file", key)
        return target
