"""/flagship-days: what a brand's finance system asks, reads and answers."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import update

from app.domain.catalog.models import FlagshipSource
from app.extensions import Database
from app.kernel.tenancy import BrandSession
from tests.builders.callers import Caller, a_token
from tests.builders.flagship_books import NEXT_MORNING, MemoryBooks, a_push, check
from tests.builders.flagships import a_source
from tests.builders.shops import a_shop
from tests.conftest import TestClock


@pytest.fixture
def source(database: Database, api: Caller, clock: TestClock) -> UUID:
    clock.now = NEXT_MORNING
    key = a_source(database, api.brand.id)
    with database.transaction(api.brand.id) as session:
        session.execute(update(FlagshipSource).values(kind="jd"))
    return key


@pytest.fixture
def day(database: Database, api: Caller, session: BrandSession, source: UUID) -> str:
    """One order of 418.80, for which the flagship has 1.00 and keeps 2.51; one it knows alone."""
    books = MemoryBooks()
    a_push(a_shop(session), source, "F1", books=books, total_minor=100, fee_minor=251)
    books.has("F2", total_minor=500, outer_number="stranger")
    return str(check(database, books, brand_id=api.brand.id, source_id=source).id)


def test_a_day_says_what_both_say(api: Caller, day: str, source: UUID) -> None:
    told = api.get(f"/flagship-days/{day}")
    assert told["sums"] == {"orders_ours": 41880, "orders_theirs": 600, "refunds_ours": 0, "refunds_theirs": 0, "fees_theirs": 251}
    assert (told["state"], told["day"], told["order_count"], told["difference_count"], told["open_count"], told["error"]) == (
        "differs", "2026-11-22", 2, 2, 2, None)
    assert [one["id"] for one in api.get(f"/flagship-days?source_id={source}&state=differs")["data"]] == [day]
    assert api.get("/flagship-days?state=matched")["data"] == []


def test_lines_page_and_are_answered(api: Caller, day: str) -> None:
    rows, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/flagship-days/{day}/lines?limit=1&shown=all" + (f"&cursor={cursor}" if cursor else ""))
        rows += page["data"]
        cursor = page["next_cursor"]
    assert sorted((row["flagship_order_id"], row["kind"], row["cause"], row["ours"], row["theirs"]) for row in rows if row["kind"] != "fee") == [
        ("F1", "order", "amount_differs", 41880, 100), ("F2", "order", "missing_here", None, 500)]
    [line] = api.get(f"/flagship-days/{day}/lines?cause=amount_differs")["data"]
    api.patch(f"/flagship-days/{day}/lines/{line['id']}", {"handled": True}, status=422)
    api.patch(f"/flagship-days/{day}/lines/{line['id']}", {"handled": True, "note": "长" * 301}, status=422)
    told = api.patch(f"/flagship-days/{day}/lines/{line['id']}", {"handled": True, "note": "已补差"})
    assert (told["note"], told["handled_by"], told["handled_at"]) == ("已补差", "ERP", "2026-11-23T00:00:00Z")
    assert api.get(f"/flagship-days/{day}")["open_count"] == 1
    assert [one["id"] for one in api.get(f"/flagship-days/{day}/lines?shown=handled")["data"]] == [line["id"]]
    told = api.patch(f"/flagship-days/{day}/lines/{line['id']}", {"handled": False})
    assert (told["note"], told["handled_by"], told["handled_at"]) == ("已补差", "", None)


def test_a_day_is_asked_for_once(api: Caller, source: UUID) -> None:
    body = {"source_id": str(source), "day": "2026-11-21"}
    told = api.post("/flagship-days", body, status=202, Idempotency_Key="a-day")
    assert (told["state"], told["read_at"], told["asked_by"], told["open_count"]) == ("queued", None, "ERP", 0)
    assert api.post("/flagship-days", body, status=202, Idempotency_Key="a-day")["id"] == told["id"]
    assert api.post("/flagship-days", body, status=409)["code"] == "day_running"


@pytest.mark.parametrize("day", ["2026-11-24", "2020-01-01", "2026-02-30", "x", None, 20261122])
def test_a_day_that_cannot_be_is_refused(api: Caller, source: UUID, day: object) -> None:
    api.post("/flagship-days", {"source_id": str(source), "day": day}, status=422)


def test_a_kind_without_orders_is_refused(api: Caller, database: Database) -> None:
    source = a_source(database, api.brand.id)
    assert api.post("/flagship-days", {"source_id": str(source), "day": "2026-11-21"}, status=422)["code"] == "no_orders"


def test_a_stranger_finds_nothing_and_a_reader_changes_nothing(api: Caller, stranger: Caller, day: str, source: UUID, database: Database) -> None:
    [line] = api.get(f"/flagship-days/{day}/lines?cause=amount_differs")["data"]
    stranger.get(f"/flagship-days/{day}", status=404)
    stranger.get(f"/flagship-days/{day}/lines", status=404)
    stranger.patch(f"/flagship-days/{day}/lines/{line['id']}", {"handled": True, "note": "x"}, status=404)
    stranger.post("/flagship-days", {"source_id": str(source), "day": "2026-11-21"}, status=404)
    reader = Caller(api.client, a_token(database, api.brand, ["money:read"]), api.brand)
    assert reader.get(f"/flagship-days/{day}")["id"] == day
    reader.patch(f"/flagship-days/{day}/lines/{line['id']}", {"handled": True, "note": "x"}, status=403)
