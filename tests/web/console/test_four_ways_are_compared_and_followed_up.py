"""Four-way reconciliation as a page: a run by button, totals side by side, every mismatch one click from its cause."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text

from app.config import Settings
from tests.builders.money import paid_order
from tests.builders.periods import a_month
from tests.builders.shops import Shop
from tests.conftest import NOON, TestClock

PERIOD = {"from": "2026-11-20", "to": "2026-12-20"}


@contextmanager
def behind_the_houses_back(settings: Settings) -> Iterator[object]:
    """Committed, with triggers off."""
    engine = create_engine(make_url(settings.owner_url).set(username="postgres"))
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
    engine.dispose()


def run(client: FlaskClient, **period: str) -> str:
    answer = client.post("/console/reconciliation", data={**PERIOD, **period})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def test_a_month_agrees(owner: FlaskClient, shop: Shop, clock: TestClock) -> None:
    a_month(shop)
    clock.now = NOON + timedelta(days=21)
    path = run(owner)
    page = text_of(owner, path)
    assert "四方一致" in page and "没有不符的地方" in page and page.count("一致</span>") >= 3
    assert "第 1 次" in text_of(owner, "/console/reconciliation") and "没有不符的对账" in text_of(owner, "/console/reconciliation?wrong=1")
    assert "四方对不上" not in text_of(owner, "/console/")


def test_a_mismatch_leads_to_its_order_and_its_postings(owner: FlaskClient, shop: Shop, settings: Settings, clock: TestClock) -> None:
    placed = paid_order(shop, (shop.case, 1))
    other = paid_order(shop, (shop.cover, 1))
    with behind_the_houses_back(settings) as bare:
        bare.execute(text("UPDATE payments SET state = 'expired' WHERE order_id = :id"), {"id": placed.order_id})  # type: ignore[attr-defined]
        bare.execute(text("UPDATE orders SET total_minor = total_minor + 1 WHERE id = :id"), {"id": other.order_id})  # type: ignore[attr-defined]
    path = run(owner)
    page = text_of(owner, path)
    assert "订单已付款，却没有付款记录" in page and f"/console/orders/{placed.order_id}#money" in page and f"/console/ledger?order={placed.order_id}" in page
    only = text_of(owner, f"{path}?kind=order_vs_payment")
    assert other.number in only and placed.number not in only
    assert placed.number in text_of(owner, f"{path}?q={placed.number[-6:]}") and "没有符合条件的" in text_of(owner, f"{path}?q=nothing")
    rows = list(csv.reader(io.StringIO(owner.get(f"{path}.csv").get_data(as_text=True).removeprefix("\ufeff"))))
    assert ["订单金额与付款不符", other.number, "71.91", "71.90", "-0.01", "CNY"] == next(row[:6] for row in rows if row[0].startswith("订单金额"))
    assert "3 处四方对不上" in text_of(owner, "/console/")
    assert 'id="money"' in text_of(owner, f"/console/orders/{placed.order_id}")


def test_who_may_see_and_who_may_run(owner: FlaskClient, finance: FlaskClient, operations: FlaskClient, shop: Shop) -> None:
    path = run(finance)
    assert operations.get("/console/reconciliation").status_code == operations.get(path).status_code == operations.post("/console/reconciliation").status_code == 404
    assert owner.get("/console/reconciliation/01890000-0000-7000-8000-000000000000").status_code == 404
    assert owner.get("/console/reconciliation/x").status_code == 404


def test_no_period_breaks_it(owner: FlaskClient, shop: Shop) -> None:
    for period in ({"from": "x", "to": ""}, {"from": "2026-12-01", "to": "2026-11-01"}, {"from": "2000-01-01", "to": "2199-12-31"}, {"from": "0001-01-01"}):
        path = run(owner, **period)
        for query in ("", "?page=99", "?sort=x", "?kind=x", "?q=%25_'"):
            assert owner.get(path + query).status_code == 200
