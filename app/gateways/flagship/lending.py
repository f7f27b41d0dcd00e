"""What the operator lends to every brand: an application of its own at a shop platform, so that a shop's owner has only to agree.

A brand that names an application of its own uses that. A lent one is used at the operator's address only: its secret goes nowhere a brand says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.domain.catalog.ports import Secrets
from app.kernel.errors import Refused, msgid

from .fields import SettingsField

OWN = "app_key"
"""The setting by which a brand names its own application."""
HELP = msgid("留空即用平台的应用，店铺主账号只要授权")


@dataclass(frozen=True, slots=True)
class Lent:
    """Settings, the address among them, and secrets that take the place of a source's own."""

    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)

    def shown(self, fields: Iterable[SettingsField]) -> tuple[SettingsField, ...]:
        """What is lent need not be filled in."""
        names = {*self.settings, *self.secrets}
        return tuple(replace(one, required=False, help=HELP if one.name == OWN else one.help) if one.name in names else one for one in fields)

    def problems(self, settings: Mapping[str, object]) -> list[Refused]:
        """Half an application of one's own, or another address for the lent one."""
        return [Refused("own_application_half", "要用自己的应用，请把 App Key 也填上；用平台的应用，这一项留空", field=name)
                for name in (*self.settings, *self.secrets) if settings.get(name) not in (None, "")]


@dataclass(frozen=True, slots=True)
class LentSecrets:
    """A source's own secrets with the lent ones over them; what is renewed is the source's."""

    own: Secrets = field(repr=False)
    lent: Mapping[str, str] = field(repr=False)

    def read(self) -> Mapping[str, str]:
        return {**self.own.read(), **self.lent}

    def keep(self, **renewed: str) -> None:
        self.own.keep(**renewed)
