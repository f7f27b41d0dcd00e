"""WeChat's token, and the ticket a share page is signed with: kept for all processes; the ticket is fetched by one at a time, and not
asked for while WeChat says no."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from structlog import get_logger

from app.domain.catalog.ports import Transactions
from app.domain.sharing.ports import JsSdk, PublicAccount, WeChatRefused
from app.domain.sharing.wechat_keys import forget, keep, known
from app.kernel.locks import one_at_a_time

MARGIN = 300
"""Seconds before its end from which a token or ticket counts as over."""

log = get_logger()
Answer = TypeVar("Answer")


def js_ticket(database: Transactions, wechat: JsSdk, *, now: datetime) -> str | None:
    """The jsapi_ticket, or None while there is none to be had: the page then shares as any page does."""
    found, resting = _kept(database, wechat, now)
    if found or resting:
        return found
    with database.transaction() as alone:
        one_at_a_time(alone, f"wechat:{wechat.app_id}")
        found, resting = _kept(database, wechat, now)
        if found or resting:
            return found
        try:
            return _fetched(database, wechat, now)
        except WeChatRefused as refused:
            log.warning("wechat_refused", code=refused.code)
            _keep(database, wechat, "rest", str(refused.code), now + refused.rest)
            return None


def with_token(database: Transactions, wechat: PublicAccount, call: Callable[[str], Answer], *, now: datetime) -> Answer:
    """The call with the account's token; one that turns out to be no longer good is replaced once. Raises WeChatRefused."""
    token, fresh = _token(database, wechat, now)
    try:
        return call(token)
    except WeChatRefused as refused:
        if not refused.stale or fresh:
            raise
    with database.transaction() as session:
        forget(session, app_id=wechat.app_id, kind="token")
    return call(_token(database, wechat, now)[0])


def _fetched(database: Transactions, wechat: JsSdk, now: datetime) -> str:
    ticket, seconds = with_token(database, wechat, wechat.ticket, now=now)
    _keep(database, wechat, "ticket", ticket, now + timedelta(seconds=seconds - MARGIN))
    return ticket


def _token(database: Transactions, wechat: PublicAccount, now: datetime) -> tuple[str, bool]:
    """(token, whether it was asked for just now)."""
    with database.transaction() as session:
        found = known(session, app_id=wechat.app_id, kind="token", now=now)
    if found:
        return found, False
    token, seconds = wechat.token()
    _keep(database, wechat, "token", token, now + timedelta(seconds=seconds - MARGIN))
    return token, True


def _kept(database: Transactions, wechat: JsSdk, now: datetime) -> tuple[str | None, bool]:
    """(ticket, whether WeChat said no a while ago)."""
    with database.transaction() as session:
        return (known(session, app_id=wechat.app_id, kind="ticket", now=now),
                known(session, app_id=wechat.app_id, kind="rest", now=now) is not None)


def _keep(database: Transactions, wechat: PublicAccount, kind: str, value: str, until: datetime) -> None:
    with database.transaction() as session:
        keep(session, app_id=wechat.app_id, kind=kind, value=value, until=until)
