"""The settings of a kind of flagship between a form and the core."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

from flask import request

from app.gateways.flagship import SettingsField, kinds
from app.kernel.errors import Invalid, Refused
from app.kernel.sealing import seal, unseal
from app.web.shared.errors import says
from app.web.shared.serving import brand_id
from app.web.shared.signed_tokens import read, sign

KEPT_SECONDS = 3600


def accepted() -> str:
    """The kinds of file any kind takes."""
    return ",".join(sorted({part for kind in kinds().values() for field in kind.fields for part in field.accept.split(",") if part}))


def settings_text(value: Any) -> str:
    """A stored setting as it stands in its field."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def typed_settings(fields: Iterable[SettingsField]) -> dict[str, Any]:
    """What was typed, by name; files are not among it."""
    return {field.name: request.form.get(field.name, "").strip() for field in fields if field.control not in ("upload", "text") and field.name in request.form}


def told_by_field(refused: Refused) -> dict[str, str]:
    """Field → what is wrong with it; '' holds what belongs to none."""
    return {one.field or "": says(one) for one in reversed(refused.errors if isinstance(refused, Invalid) else [refused])}


def keep_secrets(kind: str, secrets: dict[str, str]) -> str:
    """Secrets typed to try them, sealed for the next press of the form; never readable on the page."""
    return sign("secrets", [brand_id(), kind, base64.b64encode(seal(secrets)).decode()]) if secrets else ""


def kept_secrets(kind: str, token: str) -> dict[str, str]:
    known = read("secrets", token, max_age=KEPT_SECONDS) if token else None
    if not known or known[:2] != [brand_id(), kind]:
        return {}
    values = unseal(base64.b64decode(known[2]))
    return values if isinstance(values, dict) else {}
