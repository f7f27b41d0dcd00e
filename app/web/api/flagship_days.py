"""/flagship-days hold each day's orders, refunds and fees against a flagship's and list what does not match."""

from __future__ import annotations

from typing import Any

from app.domain.catalog.models import FlagshipSource
from app.domain.flagship_books.actions import LONGEST_NOTE, handle_line
from app.domain.flagship_books.models import FlagshipDay, FlagshipDayLine
from app.domain.flagship_books.queries import SHOWN, STATES, days, lines, open_counts
from app.domain.flagship_books.rules import CAUSES, KINDS
from app.flows.reconcile_flagship import queue_day
from app.web.shared import flagship_day_words as words
from app.web.shared.application import app, now
from app.web.shared.serving import brand_id, db

from .fields import Amount, Choice, Day, Flag, Ref, Text, When, Whole
from .operations import Rows
from .rows import found, listed
from .shapes import Currency, Nest, Paging, Shape
from .v1 import v1

TAG: dict[str, Any] = {"tag": "flagship reconciliation"}
SUMS = ("orders_ours", "orders_theirs", "refunds_ours", "refunds_theirs", "fees_theirs")


class NewFlagshipDay(Shape):
    source_id = Ref("flagship source", required=True)
    day = Day(required=True, metadata={"description": "In the brand's time zone; today or one of the past 366 days."})


class SumsOut(Shape):
    orders_ours = Amount(metadata={"description": "Goods and shipping of the day's orders as the flagship was told, minor units."})
    orders_theirs = Amount(metadata={"description": "The same as the flagship has it."})
    refunds_ours = Amount(metadata={"description": "What was given back of these orders so far, at the flagship's prices."})
    refunds_theirs = Amount(metadata={"description": "The same as the flagship has it."})
    fees_theirs = Amount(metadata={"description": "What the flagship keeps of the orders placed on the day. Shown, never booked."})


class FlagshipErrorOut(Shape):
    code = Text(60)
    message = Text(400, metadata={"description": "Why there is no word of it, in the language asked for."})


class FlagshipDayOut(Shape):
    id = Ref("flagship day")
    source_id = Ref("flagship source")
    day = Day()
    state = Choice(*STATES, metadata={"description": "failed: the flagship could not be read and is tried again; figures stay those of `read_at`."})
    read_at = When(allow_none=True, metadata={"description": "When the reading that stands began; null as long as there is none."})
    asked_at = When()
    asked_by = Text(80)
    order_count = Whole(metadata={"description": "Orders that moved on the day, here or there; each is compared as a whole, as it stood when it was read."})
    difference_count = Whole()
    open_count = Whole(metadata={"description": "Differences not handled, of orders that no later day has compared again."})
    untold_count = Whole(metadata={"description": "What the flagship does not tell: neither right nor wrong."})
    sums = Nest(SumsOut)
    currency = Currency()
    error = Nest(FlagshipErrorOut, allow_none=True)


class FlagshipDayLineOut(Shape):
    id = Ref("flagship day line")
    kind = Choice(*KINDS)
    cause = Choice(*CAUSES, allow_none=True, metadata={"description": "Null where both agree."})
    message = Text(200, metadata={"description": "The cause in words, in the language asked for."})
    error = Nest(FlagshipErrorOut, allow_none=True, metadata={"description": "Of an order that is `unread`: why the flagship gave no word of it."})
    differs = Flag(metadata={"description": "False for a match, for what the flagship does not tell, and for a difference that is gone but was written about."})
    number = Text(120, metadata={"description": "Our number of the order as the flagship was told; the flagship's where we know of none."})
    flagship_order_id = Text(120)
    order_id = Ref("order", allow_none=True)
    ours = Amount(attribute="ours_minor", allow_none=True)
    theirs = Amount(attribute="theirs_minor", allow_none=True)
    currency = Currency()
    ours_state = Text(16)
    theirs_state = Text(60)
    note = Text(LONGEST_NOTE)
    handled_at = When(allow_none=True)
    handled_by = Text(80)


class FlagshipDayQuery(Paging):
    source_id = Ref("flagship source", load_default=None)
    state = Choice(*STATES, load_default=None)


class FlagshipDayLineQuery(Paging):
    shown = Choice(*SHOWN, load_default="differs", metadata={"description": "differs, open, handled, untold, or all lines."})
    cause = Choice(*CAUSES, load_default=None)


class LineHandled(Shape):
    handled = Flag(required=True)
    note = Text(LONGEST_NOTE, load_default="", metadata={"description": "What was done. Needed to mark as handled; kept when it is opened again."})


@v1.get("/flagship-days", listed=FlagshipDayOut, query=FlagshipDayQuery, scope="money:read", summary="Days compared with a flagship", **TAG)
def list_flagship_days(query: dict[str, Any]) -> Rows:
    page = listed(days(brand_id=brand_id(), source_id=query["source_id"], choice=query["state"] or ""), FlagshipDay, query)
    return Rows(_shown(page.items), page.next_cursor)


@v1.post("/flagship-days", body=NewFlagshipDay, out=FlagshipDayOut, status=202, scope="money:write", summary="Compare a day with a flagship", **TAG)
def check_flagship_day(body: dict[str, Any]) -> dict[str, Any]:
    """The worker reads it; watch `state`. A day compared before is compared anew: its lines are replaced once the new reading is whole, and
    what was written about a difference stays with it. Yesterday is compared by itself every morning."""
    source = found(FlagshipSource, body["source_id"])
    row = queue_day(db(), brand_id=brand_id(), source_id=source.id, day=body["day"], flagship=app().gateways.flagship, now=now())
    return _shown([found(FlagshipDay, row.id, fresh=True)])[0]


@v1.get("/flagship-days/<id>", out=FlagshipDayOut, scope="money:read", summary="One day compared", **TAG)
def get_flagship_day(id: str) -> dict[str, Any]:
    return _shown([found(FlagshipDay, id)])[0]


@v1.get("/flagship-days/<id>/lines", listed=FlagshipDayLineOut, query=FlagshipDayLineQuery, scope="money:read", summary="What a day's comparison found", **TAG)
def list_flagship_day_lines(id: str, query: dict[str, Any]) -> Rows:
    statement = lines(brand_id=brand_id(), day_id=found(FlagshipDay, id).id, shown=query["shown"], cause=query["cause"] or "")
    page = listed(statement, FlagshipDayLine, query)
    return Rows([_line(one) for one in page.items], page.next_cursor)


@v1.patch("/flagship-days/<id>/lines/<line_id>", body=LineHandled, out=FlagshipDayLineOut, scope="money:write", summary="Mark a difference as handled", **TAG)
def handle_flagship_day_line(id: str, line_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Moves no money and changes no order. `handled` false opens it again."""
    day, line = found(FlagshipDay, id), found(FlagshipDayLine, line_id)
    return _line(handle_line(db(), brand_id=brand_id(), day_id=day.id, line_id=line.id, handled=body["handled"], said=body["note"], now=now()))


def _shown(rows: Any) -> list[dict[str, Any]]:
    open_ = open_counts(db(), brand_id=brand_id(), day_ids=[day.id for day in rows])
    names = ("id", "source_id", "day", "state", "read_at", "asked_at", "asked_by", "order_count", "difference_count", "untold_count")
    return [{**{name: getattr(day, name) for name in names}, "open_count": open_.get(day.id, 0), "sums": {name: getattr(day, f"{name}_minor") for name in SUMS},
             "error": {"code": day.error_code, "message": words.failure(day)} if day.error_code else None} for day in rows]


def _line(line: FlagshipDayLine) -> dict[str, Any]:
    names = ("id", "kind", "differs", "flagship_order_id", "order_id", "ours_minor", "theirs_minor", "ours_state", "theirs_state", "note", "handled_at",
             "handled_by")
    return {**{name: getattr(line, name) for name in names}, "cause": line.cause or None, "message": words.title(line.cause), "number": line.order_key,
            "error": {"code": line.error_code, "message": words.failure(line)} if line.error_code else None}

