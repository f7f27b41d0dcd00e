"""/reconciliation-runs, /margins, /sales-credits and statements: what a brand's own finance system reads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.extensions import Database
from app.kernel.tenancy import BrandSession
from tests.builders.callers import Caller
from tests.builders.periods import Month, a_month
from tests.builders.sales import an_r23_shop
from tests.conftest import NOON, TestClock

PERIOD = "from=2026-11-20T00:00:00Z&to=2026-12-20T00:00:00Z"


@pytest.fixture
def month(api: Caller, database: Database, session: BrandSession, clock: TestClock) -> Month:
    found = a_month(an_r23_shop(session))
    clock.now = NOON + timedelta(days=21)
    return found


def test_a_run_compares_four_ways(api: Caller, stranger: Caller, month: Month) -> None:
    run = api.post("/reconciliation-runs", {"from": "2026-11-20T00:00:00Z", "to": "2026-12-20T00:00:00Z"})
    totals = run["totals"]
    assert totals["orders"] == totals["payments"] == totals["ledger"] == totals["shares"] and totals["paid"] == totals["booked"] == 16301
    assert (run["number"], run["exception_count"], run["currency"]) == (1, 0, "CNY")
    assert api.get(f"/reconciliation-runs/{run['id']}/exceptions") == {"data": [], "next_cursor": None}
    assert [one["id"] for one in api.get("/reconciliation-runs")["data"]] == [run["id"]]
    for path in (f"/reconciliation-runs/{run['id']}", f"/reconciliation-runs/{run['id']}/exceptions"):
        stranger.get(path, status=404)


def test_a_period_must_be_one(api: Caller) -> None:
    for period in ({"from": "2026-11-20T00:00:00Z", "to": "2026-11-20T00:00:00Z"}, {"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}):
        api.post("/reconciliation-runs", period, status=422)
        api.get(f"/margins?from={period['from']}&to={period['to']}", status=422)


def test_margins_page_and_add_up(api: Caller, month: Month) -> None:
    rows, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/margins?{PERIOD}&limit=1" + (f"&cursor={cursor}" if cursor else ""))
        rows += page["data"]
        cursor = page["next_cursor"]
    assert len(rows) == 2 and {row["name"] for row in rows} == {"轻旅箱 18 寸", "箱套 20 寸"}
    for row in rows:
        shares = sum(row[party] for party in ("guide", "store", "fulfilling_store", "dealer", "mall", "region", "platform", "brand"))
        assert row["list_value"] - row["activity_discount"] - row["brand_coupon"] - row["refunded_base"] == shares
    assert api.get(f"/margins?{PERIOD}&by=guide")["data"][0]["guide_id"] == str(month.shop.lin.id)
    assert api.get(f"/margins?{PERIOD}&cursor=999") == {"data": [], "next_cursor": None}


def test_credits_say_who_and_the_money_once(api: Caller, month: Month) -> None:
    totals = api.get(f"/sales-credits/totals?{PERIOD}")
    assert totals["online"] == totals["selling"] == totals["guide"] == totals["money"] > 0 == totals["fulfilling"]
    [region] = api.get(f"/sales-credits?{PERIOD}")["data"]
    [store] = api.get(f"/sales-credits?{PERIOD}&unit_id={region['unit_id']}")["data"]
    assert (region["credit"], store["name"], store["money"]) == (totals["selling"], "静安嘉里店", totals["money"])
    assert [row["name"] for row in api.get(f"/sales-credits?{PERIOD}&by=guide")["data"]] == ["林晓芸"]
    api.get(f"/sales-credits?{PERIOD}&unit_id=01890000-0000-7000-8000-000000000000", status=404)


def test_a_statement_pages_and_adds_up(api: Caller, month: Month) -> None:
    path = f"/payees/{month.shop.lin.payee_id}/statement?{PERIOD}&limit=4"
    told = api.get(path)
    groups = sum(told[name] for name in ("earned", "reversed", "fees", "requested", "paid", "written_off"))
    assert told["opening"] + groups == told["closing"] and told["line_count"] == 10
    lines, cursor = told["lines"], told["next_cursor"]
    while cursor:
        page = api.get(f"{path}&cursor={cursor}")
        lines, cursor = lines + page["lines"], page["next_cursor"]
    assert len({line["id"] for line in lines}) == 10 and sum(line["amount"] for line in lines) == groups
    assert told["payouts"][0]["gross"] == 10132 == told["payouts"][0]["net"] + told["payouts"][0]["tax_withheld"]
    assert "277.58 × 12% = 33.31" in lines[0]["formula"]
