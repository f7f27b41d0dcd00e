"""What a call to JD carries on its envelope: times as Beijing tells them, and the signature."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
NEVER_BEFORE = 1980
"""JD writes "0001-01-01" or 1970 where something has not happened."""


def sign(params: Mapping[str, str], secret: str) -> str:
    """MD5 over secret + every name and value, names in ASCII order, + secret, in capitals. Empty values and `sign` stay out."""
    text = secret + "".join(name + params[name] for name in sorted(params) if name != "sign" and params[name]) + secret
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def beijing_text(moment: datetime) -> str:
    """'2026-01-02 03:04:05', the clock of Beijing whatever the server's zone."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def epoch_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def moment_of(value: object) -> datetime | None:
    """Milliseconds since 1970, or a text in Beijing time; None for nothing, for "never" and for what is no time."""
    try:
        if isinstance(value, int) or (isinstance(value, str) and value.strip().isdigit()):
            moment = datetime.fromtimestamp(int(value) / 1000, UTC)
        else:
            moment = datetime.strptime(str(value).strip()[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.year >= NEVER_BEFORE else None
