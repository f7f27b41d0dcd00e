"""/provider-days hold each movement of the payment provider's books of a day against ours and list what does not match."""

from __future__ import annotations

from typing import Any

from app.domain.insights.provider_days import SHOWN, STATES, DayLine, days, lines, with_subjects
from app.domain.provider.day_rules import CAUSES, DIFFERENCES, KINDS
from app.domain.provider.models import ProviderDay, ProviderDayLine
from app.flows.reconcile_provider import queue_provider_day
from app.kernel.errors import Refused
from app.web.shared import provider_day_words as words
from app.web.shared.application import app, now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Day, Flag, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Listed, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "provider reconciliation"}


class NewProviderDay(Shape):
    day = Day(required=True, metadata={"description": "In the brand's time zone; today or one of the past 366 days."})


class ProviderSumOut(Shape):
    kind = Choice(*KINDS)
    currency = Text(3, metadata={"description": "The currency the provider settles in."})
    count = Whole()
    theirs = Amount(signed=True, metadata={"description": "What moved in the provider's balance, minor units."})
    ours = Amount(signed=True, metadata={"description": "What our books say moved."})


class ProviderDayOut(Shape):
    id = Ref("provider day")
    provider = Text(20)
    day = Day()
    state = Choice(*STATES, metadata={"description": "failed: the provider could not be read and is tried again; figures stay those of `read_at`."})
    read_at = When(allow_none=True, metadata={"description": "When the reading that stands was made; null as long as there is none."})
    asked_at = When()
    line_count = Whole()
    difference_count = Whole(metadata={"description": "What somebody must look at, and what waits for the provider or a bank."})
    sums = Listed(Nest(ProviderSumOut), metadata={"description": "By kind and currency; together the day's change of the provider's balance."})
    problem = Text(200, metadata={"description": "Why the last reading broke off, in the language asked for."})


class ProviderDayLineOut(Shape):
    id = Ref("provider day line")
    kind = Choice(*KINDS)
    cause = Choice(*CAUSES, allow_none=True, metadata={"description": "Null where both agree."})
    message = Text(200, metadata={"description": "The cause in words, in the language asked for."})
    differs = Flag(metadata={"description": "False for a match, and for what is explained: exchange, refund_returned, dispute_won."})
    theirs = Amount(signed=True, attribute="theirs_minor", allow_none=True)
    ours = Amount(signed=True, attribute="ours_minor", allow_none=True)
    currency = Text(3)
    balance_ref = Text(120, metadata={"description": "The provider's number of the movement."})
    source_ref = Text(120, metadata={"description": "The provider's number of what moved: charge, refund, transfer, reversal, dispute."})
    payment_id = Ref("payment", allow_none=True)
    order_id = Ref("order", allow_none=True)
    payout_id = Ref("payout", allow_none=True)
    at = When()


class ProviderDayQuery(Paging):
    state = Choice(*STATES, load_default=None)


class ProviderDayLineQuery(Paging):
    shown = Choice(*SHOWN, load_default="differs", metadata={"description": "differs = somebody + waiting; explained; all."})
    cause = Choice(*CAUSES, load_default=None)
    kind = Choice(*KINDS, load_default=None)


@v1.get("/provider-days", listed=ProviderDayOut, query=ProviderDayQuery, scope="money:read", summary="Days compared with the payment provider", **TAG)
def list_provider_days(query: dict[str, Any]) -> Rows:
    page = listed(days(brand_id=brand_id(), state=query["state"] or ""), ProviderDay, query)
    return Rows([_day(one) for one in page.items], page.next_cursor)


@v1.post("/provider-days", body=NewProviderDay, out=ProviderDayOut, status=202, scope="money:write", summary="Compare a day with the payment provider", **TAG)
def read_provider_day(body: dict[str, Any]) -> dict[str, Any]:
    """The worker reads it; watch `state`. A day read before is read anew: its lines are replaced once the new reading is whole. Yesterday is
    read by itself every morning."""
    online = app().gateways.online
    if online is None:
        raise Refused("no_provider", "没有接入在线支付，没有可以核对的")
    row = queue_provider_day(db(), brand_id=brand_id(), provider=online.name, day=body["day"], now=now())
    return _day(found(ProviderDay, row.id, fresh=True))


@v1.get("/provider-days/<id>", out=ProviderDayOut, scope="money:read", summary="One day compared", **TAG)
def get_provider_day(id: str) -> dict[str, Any]:
    return _day(found(ProviderDay, id))


@v1.get("/provider-days/<id>/lines", listed=ProviderDayLineOut, query=ProviderDayLineQuery, scope="money:read", summary="What a day's comparison found", **TAG)
def list_provider_day_lines(id: str, query: dict[str, Any]) -> Rows:
    statement = lines(brand_id=brand_id(), day_id=found(ProviderDay, id).id, shown=query["shown"], cause=query["cause"] or "", kind=query["kind"] or "")
    page = listed(statement, ProviderDayLine, query)
    return Rows([_line(one) for one in with_subjects(db(), brand_id=brand_id(), rows=page.items)], page.next_cursor)


def _day(day: ProviderDay) -> dict[str, Any]:
    names = ("id", "provider", "day", "state", "read_at", "asked_at", "line_count", "difference_count")
    return {**{name: getattr(day, name) for name in names}, "sums": words.sums(day), "problem": words.failure(day) if day.problem else ""}


def _line(one: DayLine) -> dict[str, Any]:
    names = ("id", "kind", "theirs_minor", "ours_minor", "currency", "balance_ref", "source_ref", "payment_id", "payout_id", "at")
    return {**{name: getattr(one.line, name) for name in names}, "order_id": one.order_id, "cause": one.line.cause or None,
            "message": words.title(one.line.cause), "differs": one.line.cause in DIFFERENCES}
