"""What the composition root hands out: the database engines and the one place that commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from sqlalchemy import Engine, create_engine

from app.config import Settings
from app.kernel.tenancy import BrandSession, across_brands, serve

APP_ROLE = "yundian_app"
OPERATOR_ROLE = "yundian_operator"


class Database:
    """Two engines: the app's login sees one brand at a time, the operator's sees all. Neither owns the tables."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def app(self) -> Engine:
        return _engine(self._settings.database_url, APP_ROLE, pool_size=5)

    @cached_property
    def operator(self) -> Engine:
        return _engine(self._settings.operator_url, OPERATOR_ROLE, pool_size=2)

    def session(self, brand_id: int | None = None) -> BrandSession:
        """A session of the app's login, serving one brand; without a brand it reads only global tables."""
        session = BrandSession(self.app, expire_on_commit=False)
        if brand_id is not None:
            serve(session, brand_id)
        return session

    def operator_session(self, brand_id: int | None = None) -> BrandSession:
        """A session of the operator's login. With a brand it writes into that brand; it reads across by name."""
        session = BrandSession(self.operator, expire_on_commit=False)
        if brand_id is None:
            across_brands(session)
        else:
            serve(session, brand_id)
        return session

    @contextmanager
    def transaction(self, brand_id: int | None = None, *, operator: bool = False) -> Iterator[BrandSession]:
        """Commits when the block ends well, rolls back when it does not."""
        with (self.operator_session if operator else self.session)(brand_id) as session:
            yield session
            session.commit()

    def dispose(self) -> None:
        for name in ("app", "operator"):
            if name in self.__dict__:
                self.__dict__[name].dispose()


def _engine(url: str, role: str, *, pool_size: int) -> Engine:
    return create_engine(url, pool_size=pool_size, max_overflow=10, pool_pre_ping=False, pool_recycle=1800,
                         connect_args={"options": f"-c role={role} -c timezone=UTC", "prepare_threshold": 3})
