"""Whether the provider can be reached: written down when its circuit opens or it refuses our key, so that shoppers and headquarters are told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from .models import ProviderHealth


def note_down(session: Session, provider: str, problem: str, now: datetime) -> None:
    """Down from now, or still; what was noted first keeps its moment."""
    fresh = insert(ProviderHealth).values(provider=provider, down_since=now, problem=problem[:200], changed_at=now)
    session.execute(fresh.on_conflict_do_update(
        index_elements=["provider"], where=ProviderHealth.down_since.is_(None) | (ProviderHealth.problem != fresh.excluded.problem),
        set_={"down_since": func.coalesce(ProviderHealth.down_since, fresh.excluded.down_since), "problem": fresh.excluded.problem,
              "changed_at": fresh.excluded.changed_at}))


def note_up(session: Session, provider: str, now: datetime) -> None:
    """It answered. Writes nothing where nothing was wrong."""
    session.execute(update(ProviderHealth).where(ProviderHealth.provider == provider, ProviderHealth.down_since.is_not(None)).values(
        down_since=None, problem="", changed_at=now))


def health_of(session: Session, provider: str) -> ProviderHealth | None:
    """None while nothing was ever noted."""
    return session.scalar(select(ProviderHealth).where(ProviderHealth.provider == provider).execution_options(populate_existing=True))
