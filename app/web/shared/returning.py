"""Where a person goes after signing in: back to where she was, and only ever to a page of ours."""

from __future__ import annotations

from flask import request

MOST = 2000


def next_page(surface: str, default: str) -> str:
    """`?next=` or the posted `next`, if it is a path on this surface; an address of another site is never followed."""
    asked = request.values.get("next", "")
    return asked if is_local(asked, surface) else default


def is_local(path: str, surface: str) -> bool:
    inside = path == f"/{surface}" or path.startswith((f"/{surface}/", f"/{surface}?"))
    plain = "\\" not in path and "//" not in path.split("?", 1)[0] and path.isprintable() and "/.." not in path
    return inside and plain and len(path) < MOST and not path.startswith(f"/{surface}/sign-")
