"""Whether money is real: pages that take or show it say so while Stripe runs with a test key. With a live key nothing is said.

What an operator or headquarters must know of the provider: which, how, where it tells us, whether it was heard lately, whether it answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.provider.health import health_of
from app.domain.provider.heard import Heard, heard_lately
from app.domain.provider.models import ProviderHealth

from .application import Application, app, global_session, now

ADDRESSES = {"platform": "/hooks/stripe", "connect": "/hooks/stripe/connect"}


@dataclass(frozen=True, slots=True)
class ProviderShown:
    """`addresses`: source → where the provider tells what happens, empty where payments are played."""

    name: str
    mode: str
    addresses: dict[str, str]
    heard: dict[str, Heard]
    health: ProviderHealth | None

    @property
    def last_at(self) -> datetime | None:
        return max((one.last_at for source, one in self.heard.items() if source in ADDRESSES), default=None)


def provider_shown() -> ProviderShown:
    """Three small questions to global tables."""
    online = app().gateways.online
    if online is None:
        return ProviderShown("sandbox", "played", {}, {}, None)
    base, session = app().settings.public_url, global_session()
    return ProviderShown(online.name, "live" if online.live else "test", {source: base + path for source, path in ADDRESSES.items()},
                         heard_lately(session, provider=online.name, now=now()), health_of(session, online.name))


def install(application: Application) -> None:
    stripe = application.settings.stripe
    application.jinja_env.globals["money_on_trial"] = stripe is not None and not stripe.live
