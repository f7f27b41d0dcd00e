"""What the core raises. HTTP numbers and translations live at the edge."""

from __future__ import annotations

from typing import Any


def msgid(text: str) -> str:
    """Marks a sentence for the message catalogue where it is written down before it is said."""
    return text


class Refused(Exception):
    """A rule says no.

    `code` is stable and machine-readable (it becomes the problem type of the API);
    `message` is a gettext msgid in Chinese with %(name)s placeholders filled from `data`;
    an amount is `left_minor` in `data` and %(left)s in the message: the edge says it as money.
    `field` names the input that is wrong, if one is.
    """

    def __init__(self, code: str, message: str, *, field: str | None = None, **data: Any) -> None:
        super().__init__(code, message, field, data)
        self.code = code
        self.message = message
        self.field = field
        self.data = data

    def __str__(self) -> str:
        return self.message % {**self.data, **{name.removesuffix("_minor"): value for name, value in self.data.items()}}


class Conflict(Refused):
    """The world moved under the person: out of stock, price changed, key reused (HTTP 409)."""


class Invalid(Refused):
    """Several fields are wrong at once; `errors` holds one Refused per field."""

    def __init__(self, errors: list[Refused]) -> None:
        super().__init__("invalid", msgid("有 %(count)d 处需要改正"), count=len(errors))
        self.errors = errors


class NotFound(LookupError):
    """Not there, or another brand's: the two are told apart nowhere (design.md, Tenancy)."""

    def __init__(self, kind: str, key: object = None) -> None:
        super().__init__(kind, key)
        self.kind = kind
        self.key = key


class Unscoped(RuntimeError):
    """A brand-owned table was touched by a session that serves no brand."""
