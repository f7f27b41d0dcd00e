"""A dictionary that lies on disk: what a long reading has seen so far takes no memory, however long it is."""

from __future__ import annotations

import sqlite3
from typing import Any, Generic, TypeVar

AT_HAND = 4096
BITS = 1 << 21
Value = TypeVar("Value", str, int)


class OnDisk(Generic[Value]):
    """Texts → texts, or → numbers, in a temporary SQLite file that goes with the process.

    New words wait in memory and are written together. A key whose bit was never set was never written, so that most questions
    about new ones do not reach the disk. Keys may hold anything, NUL and lone surrogates too.
    """

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for sql in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -1024",
                    "CREATE TABLE kept (key BLOB PRIMARY KEY, value) WITHOUT ROWID"):
            self._file.execute(sql)
        self._at_hand: dict[str, Value] = {}
        self._written = bytearray(BITS // 8)

    def get(self, key: str) -> Value | None:
        if key in self._at_hand:
            return self._at_hand[key]
        row = self._file.execute("SELECT value FROM kept WHERE key = ?", (_stored(key),)).fetchone() if self._may_lie_there(key) else None
        return _loaded(row[0]) if row else None

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key) is not None

    def __setitem__(self, key: str, value: Value) -> None:
        self._at_hand[key] = value
        if len(self._at_hand) >= AT_HAND:
            self._write()

    def setdefault(self, key: str, value: Value) -> Value:
        found = self.get(key)
        if found is None:
            self[key] = found = value
        return found

    def pop(self, key: str) -> Value | None:
        found = self.get(key)
        self._at_hand.pop(key, None)
        if found is not None and self._may_lie_there(key):
            self._file.execute("DELETE FROM kept WHERE key = ?", (_stored(key),))
        return found

    def keys_of(self, value: Value) -> set[str]:
        """Every key that has this value."""
        self._write()
        self._file.execute("CREATE INDEX IF NOT EXISTS by_value ON kept (value)")
        return {_loaded(key) for (key,) in self._file.execute("SELECT key FROM kept WHERE value = ?", (_stored(value),))}

    def _may_lie_there(self, key: str) -> bool:
        at = hash(key) % BITS
        return bool(self._written[at >> 3] & 1 << (at & 7))

    def _write(self) -> None:
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", (
            (_stored(key), _stored(value)) for key, value in sorted(self._at_hand.items())))
        self._file.execute("COMMIT")
        for key in self._at_hand:
            at = hash(key) % BITS
            self._written[at >> 3] |= 1 << (at & 7)
        self._at_hand.clear()


def _stored(value: str | int) -> bytes | int:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value


def _loaded(stored: Any) -> Any:
    return stored.decode("utf-8", "surrogatepass") if isinstance(stored, bytes) else stored
