"""/reconciliation-runs, /margins, /sales-credits and statements: what a brand's own finance system reads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.ledger.queries import house_payees
from app.domain.people.models import AuditEvent
from app.extensions import Database
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.callers import Caller, a_token
from tests.builders.pdf_text import pages
from tests.builders.periods import Month, a_month
from tests.builders.sales import an_r23_shop
from tests.builders.signed_in import console
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
        assert row["list_value"] - row["refunded"] - row["activity_discount"] - row["brand_coupon"] == row["commission_base"] == shares
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


def test_a_statement_as_a_file_is_the_consoles(api: Caller, month: Month, app: Application) -> None:
    """November of Shanghai; the CSV and PDF of program and person are the same."""
    month.shop.session.commit()
    days = "from=2026-10-31T16:00:00Z&to=2026-11-30T16:00:00Z"
    console_client = console(app, f"owner@{api.brand.slug}.example")
    for form, media in (("csv", "text/csv"), ("pdf", "application/pdf")):
        told = api.raw("GET", f"/payees/{month.shop.lin.payee_id}/statement.{form}?{days}", Accept_Language="zh-CN")
        assert (told.status_code, told.mimetype) == (200, media) and 'filename="statement-2026-11.' in told.headers["Content-Disposition"]
        file = told.data
        page = console_client.get(f"/console/statements/{month.shop.lin.payee_id}.{form}?month=2026-11", headers={"Accept-Language": "zh-CN"})
        assert page.data == file if form == "csv" else pages(page.data) == pages(file)
    exports = month.shop.session.scalars(select(AuditEvent).where(AuditEvent.action == "export")).all()
    assert sorted((one.actor_kind, (one.after or {})["form"]) for one in exports) == [("account", "csv"), ("account", "pdf"), ("token", "csv"), ("token", "pdf")]


def test_a_file_holds_whole_days_of_who_has_a_statement(api: Caller, stranger: Caller, month: Month, database: Database) -> None:
    path = f"/payees/{month.shop.lin.payee_id}/statement.csv"
    for query, field in (("from=2026-11-01T00:00:00Z&to=2026-11-30T16:00:00Z", "from"), ("from=2026-10-31T16:00:00Z&to=2026-11-30T16:00:01Z", "to"),
                         ("from=2026-10-31T16:00:00Z&to=2026-10-31T16:00:00Z", "to"), ("from=2026-10-31T16:00:00Z&to=2028-10-31T16:00:00Z", "to"),
                         ("to=2026-10-31T16:00:00Z", "from"), ("from=x&to=y", "from"),
                         ("from=9999-12-31T23:00:00Z&to=9999-12-31T23:59:59Z", "from"), ("from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z", "from")):
        assert api.get(f"{path}?{query}", status=422)["errors"][0]["field"] == field, query
    days = "?from=2026-10-31T16:00:00Z&to=2026-11-01T16:00:00Z"
    clearing = house_payees(month.shop.session, brand_id=month.shop.brand_id)["clearing"]
    for nobody in (clearing, "x", "01890000-0000-7000-8000-000000000000"):
        api.get(f"/payees/{nobody}/statement.pdf{days}", status=404)
    stranger.get(path + days, status=404)
    Caller(api.client, a_token(database, api.brand, ["orders:read"]), api.brand).get(path + days, status=403)


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
