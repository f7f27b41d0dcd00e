"""What nobody told of: each brand's open things are read again after a while, a bounded number each time (R18)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from app.domain.aftersales.models import Chargeback
from app.domain.catalog.ports import Transactions
from app.domain.provider.models import CheckoutSession, ProviderAccount
from app.domain.provider.ports import Later, OnlineProvider, ProviderProblem
from app.flows.connect_payees import apply_account
from app.flows.follow_disputes import apply_dispute
from app.flows.pay_online.apply_session import apply_session
from app.flows.pay_online.booking import complete_charge, unsettled_charges

from .following import Applier

log = structlog.get_logger()
A_WHILE, A_DAY = timedelta(minutes=5), timedelta(days=1)
MOST = 50
"""Of one kind, of one brand, each time; who waits longest comes first."""


def has_gaps(session: Session, *, provider: str, now: datetime) -> bool:
    return any(session.scalar(refs.limit(1)) is not None for _, refs in _open_things(provider, now)) or bool(unsettled_charges(session, provider=provider))


def poll_gaps(database: Transactions, *, brand_id: int, provider: OnlineProvider, now: datetime) -> int:
    """Reads each again and applies what it finds; how many were read. A provider that is away is left alone until the next time."""
    with database.transaction(brand_id) as session:
        turns: list[tuple[str, Callable[[], object]]] = [
            (ref, partial(applier, database, provider=provider, ref=ref, now=now))
            for applier, refs in _open_things(provider.name, now) for ref in session.scalars(refs.limit(MOST))]
        turns += [(str(payment_id), partial(complete_charge, database, brand_id=brand_id, payment_id=UUID(str(payment_id)), provider=provider, now=now))
                  for payment_id in unsettled_charges(session, provider=provider.name)[:MOST]]
    return _take(turns)


def _take(turns: Sequence[tuple[str, Callable[[], object]]]) -> int:
    read = 0
    for ref, turn in turns:
        try:
            turn()
            read += 1
        except Later as later:
            log.warning("the provider is left alone", code=later.code, seconds=later.seconds)
            return read
        except ProviderProblem as problem:
            log.warning("an open thing could not be read", ref=ref, code=problem.code, said=problem.message)
        except Exception:
            log.exception("an open thing broke", ref=ref)
    return read


def _open_things(provider: str, now: datetime) -> tuple[tuple[Applier, Select[str]], ...]:
    """Sessions past their end or open for a while, disputes nobody spoke of, accounts that are not ready, once a day. (Refunds: jobs/provider_refunds.)"""
    while_ago = now - A_WHILE
    return (
        (apply_session, select(CheckoutSession.provider_ref).where(
            CheckoutSession.state == "open", CheckoutSession.provider == provider, CheckoutSession.provider_ref != "",
            or_(CheckoutSession.expires_at < now, CheckoutSession.created_at < while_ago)).order_by(CheckoutSession.expires_at)),
        (apply_dispute, select(Chargeback.provider_ref).where(
            Chargeback.state.in_(("inquiry", "open")), Chargeback.provider == provider, Chargeback.opened_at < while_ago).order_by(Chargeback.opened_at)),
        (apply_account, select(ProviderAccount.provider_ref).where(
            ProviderAccount.state.in_(("onboarding", "restricted")), ProviderAccount.provider == provider, ProviderAccount.provider_ref != "",
            or_(ProviderAccount.checked_at.is_(None), ProviderAccount.checked_at < now - A_DAY)).order_by(ProviderAccount.checked_at.nulls_first())),
    )
