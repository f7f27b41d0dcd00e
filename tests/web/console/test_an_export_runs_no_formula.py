"""The order export: streamed, masked for who may not see phones, no cell a spreadsheet would run, and written down."""

from __future__ import annotations

import csv
import io

from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.people.models import AuditEvent
from app.web.shared.downloads import plain
from tests.builders.sales import paid
from tests.builders.shops import Shop


def rows(client: FlaskClient) -> list[dict[str, str]]:
    answer = client.get("/console/orders.csv")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def test_amounts_are_in_major_units_and_add_up(owner: FlaskClient, shop: Shop) -> None:
    placed = paid(shop)
    row, = rows(owner)
    assert [row[name] for name in ("订单号", "商品原价", "优惠", "运费", "实付", "导购佣金")] == [placed.number, "418.80", "-50.00", "12.00", "380.80", "42.21"]


def test_phones_are_masked_without_permission(owner: FlaskClient, finance: FlaskClient, shop: Shop) -> None:
    paid(shop)
    assert rows(owner)[0]["手机"] == "'+8613800138000"
    assert rows(finance)[0]["手机"] == "138****8000"


def test_an_export_is_narrowed_as_the_list_is(owner: FlaskClient, shop: Shop) -> None:
    placed, _other = paid(shop), paid(shop, codes=())
    for query, count in ((f"?q={placed.number}", 1), ("?q=轻旅箱", 2), ("?state=delivered", 0), ("?q=nobody", 0), (f"?store={shop.store.id}", 2)):
        assert len(owner.get(f"/console/orders.csv{query}").get_data(as_text=True).splitlines()) == count + 1, query


def test_the_download_is_written_down(finance: FlaskClient, shop: Shop) -> None:
    rows(finance)
    event = shop.session.scalars(select(AuditEvent).where(AuditEvent.action == "export", AuditEvent.subject_kind == "orders")).one()
    assert event.actor_name == "陈岚"


def test_formulas_become_text_and_numbers_stay() -> None:
    assert plain("=1+1") == "'=1+1" and plain("@x") == "'@x" and plain("-2+3") == "'-2+3" and plain("-12.50") == "-12.50" and plain("林晓芸") == "林晓芸"
