"""Names the house gave itself are kept in Chinese and read in the reader's language; everyone else's name stays as it is."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from .application import Application
from .money_words import HOUSE, word
from .provider_day_words import provider

ACTORS: dict[str, Any] = {"系统": _l("系统"), "自动": _l("自动"), "顾客": _l("顾客")}
"""Who acts where no person does (`people/actors.py`, `jobs/syncing.py`): kept by name alone."""


def payee_name(party: str, name: str) -> str:
    """A brand carries its own name; platform, clearing and "who ships is not known yet" are called what they are."""
    return name if name and (party == "brand" or party not in HOUSE) else word(HOUSE, party)


def actor_name(name: str | None) -> str:
    """As kept beside a deed; '' where nobody was named."""
    return word(ACTORS, name or "")


def kept_name(text: str) -> str:
    """What a reader typed, as it is kept: 'system' finds 系统."""
    return next((kept for kept, shown in ACTORS.items() if str(shown).casefold() == text.casefold()), text)


def install(app: Application) -> None:
    app.add_template_filter(actor_name, "actor_name")
    app.jinja_env.globals["payee_name"] = payee_name
    app.jinja_env.globals["provider_name"] = provider
