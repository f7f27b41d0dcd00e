"""Belts 2 to 4 of tenancy: a session serves one brand, the ORM adds the criterion, row-level security is the wall."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.orm import LoaderCriteriaOption, ORMExecuteState, Session, SessionTransaction

from .db import BrandOwned, says_no_brand
from .errors import Unscoped

SET_BRAND = text("SELECT set_config('app.brand_id', :brand_id, true)")


class BrandSession(Session):
    """A session whose brand is chosen once. The listeners below belong to this class, so every process has them."""


def serve(session: Session, brand_id: int) -> None:
    """Bind the session to one brand for its whole life; a cached object of another brand can so never be returned."""
    bound = session.info.setdefault("brand_id", brand_id)
    if bound != brand_id:
        raise Unscoped(f"session serves brand {bound} and cannot change to {brand_id}")
    if session.in_transaction():
        session.execute(SET_BRAND, {"brand_id": str(brand_id)})


def across_brands(session: Session) -> Session:
    """Say by name that work crosses brands. Only the operator's login may read more than one: others see an error."""
    session.info["across_brands"] = True
    return session


def served_brand(session: Session) -> int:
    """The brand this session serves."""
    brand_id = session.info.get("brand_id")
    if not isinstance(brand_id, int):
        raise Unscoped("session serves no brand")
    return brand_id


@event.listens_for(BrandSession, "after_begin")
def _tell_the_database(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    brand_id = session.info.get("brand_id")
    if brand_id is not None and not transaction.nested:
        connection.execute(SET_BRAND, {"brand_id": str(brand_id)})


@event.listens_for(Engine, "handle_error")
def _say_what_is_missing(context: ExceptionContext) -> None:
    if says_no_brand(context.original_exception):
        raise Unscoped("a brand-owned table was touched by a session that serves no brand") from context.original_exception


@event.listens_for(BrandSession, "do_orm_execute")
def _add_the_brand(state: ORMExecuteState) -> None:
    if state.session.info.get("across_brands") or state.is_column_load or state.is_relationship_load:
        return
    brand_id = state.session.info.get("brand_id")
    if brand_id is None:
        if any(issubclass(mapper.class_, BrandOwned) for mapper in state.all_mappers):
            raise Unscoped("a brand-owned table was touched by a session that serves no brand")
        return
    state.statement = state.statement.options(_criterion(brand_id))


def _criterion(brand_id: int) -> LoaderCriteriaOption:
    return LoaderCriteriaOption(BrandOwned, lambda table: table.brand_id == brand_id, include_aliases=True)


@event.listens_for(BrandSession, "before_flush")
def _stamp_the_brand(session: Session, *_: object) -> None:
    for row in session.new:
        if isinstance(row, BrandOwned):
            if row.brand_id is None:
                row.brand_id = served_brand(session)
            elif not session.info.get("across_brands") and row.brand_id != served_brand(session):
                raise Unscoped(f"{type(row).__name__} belongs to brand {row.brand_id}")
