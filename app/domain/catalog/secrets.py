"""A source's secrets at rest: sealed in its row, read and renewed in short transactions of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.locks import one_at_a_time
from app.kernel.sealing import seal, unseal

from .models import FlagshipSource
from .ports import Transactions


def read_secrets(source: FlagshipSource) -> dict[str, str]:
    """By name; none for a source without. Raises ValueError when the key is another one by now."""
    if source.secrets_sealed is None:
        return {}
    values = unseal(bytes(source.secrets_sealed))
    assert isinstance(values, dict)
    return {str(name): str(value) for name, value in values.items()}


def mark_of(source: FlagshipSource) -> str:
    """Another one whenever the secrets are sealed anew, whatever they are."""
    return sha256(bytes(source.secrets_sealed or b"")).hexdigest()[:32]


def replace_secrets(source: FlagshipSource, renewed: Mapping[str, str]) -> None:
    """Some or all of them, the rest stays."""
    if renewed:
        source.secrets_sealed = seal({**read_secrets(source), **renewed})


@dataclass(frozen=True, slots=True)
class SourceSecrets:
    """The `Secrets` a connector is handed. What is kept outlives whatever the run does next: a refresh token works once."""

    database: Transactions = field(repr=False)
    brand_id: int
    source_id: UUID

    def read(self) -> Mapping[str, str]:
        with self.database.transaction(self.brand_id) as session:
            return read_secrets(self._row(session))

    def keep(self, **renewed: str) -> None:
        with self.database.transaction(self.brand_id) as session:
            replace_secrets(self._row(session, lock=True), renewed)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One holder at a time for the source, across processes; a holder that dies lets go."""
        with self.database.transaction(self.brand_id) as session:
            one_at_a_time(session, f"flagship:{self.brand_id}:{self.source_id}")
            yield

    def _row(self, session: Session, *, lock: bool = False) -> FlagshipSource:
        statement = select(FlagshipSource).where(FlagshipSource.brand_id == self.brand_id, FlagshipSource.id == self.source_id)
        found = session.scalar(statement.with_for_update() if lock else statement)
        if found is None:
            raise NotFound("flagship_source", self.source_id)
        return found
