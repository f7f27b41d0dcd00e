"""推广成本 and 业绩: what the pages show is what the queries say, as CSV too, and a manager sees her own part."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from app.flows.ship_order import ship_order
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.money import paid_order
from tests.builders.people import a_colleague
from tests.builders.sales import BOTH
from tests.builders.shops import Shop
from tests.builders.signed_in import console
from tests.conftest import NOON
from tests.web.console.conftest import in_chinese

ODD = ("", "?page=abc", "?page=99999", "?from=2026-13-45&to=x", "?from=0001-01-01&to=9999-12-31", "?q=%25_'", "?sort=nonsense", "?by=x", "?month=2026-99",
       "?week=2026-W99", "?week=2026-W53", "?from=2000-01-01&to=2199-01-01", "?side=x&unit=y", "?by=guide", "?by=store", "?by=online", "?sort=-of_list",
       "?q=" + "长" * 500)


@pytest.fixture
def sold(shop: Shop) -> Shop:
    """The worked order of R23, sent by the store that sold it."""
    placed = paid_order(shop, coupon_codes=BOTH)
    ship_order(shop.session, brand_id=shop.brand_id, order_id=placed.order_id, source="store", store_id=shop.store.id, now=NOON)
    shop.session.commit()
    return shop


@pytest.fixture
def manager(app: Application, session: BrandSession, shop: Shop) -> FlaskClient:
    """Of the store that sells."""
    account = a_colleague(session, "store_manager", shop.store)
    session.commit()
    return in_chinese(console(app, account.login))


def text_of(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def rows_of(client: FlaskClient, path: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text_of(client, path).removeprefix("\ufeff"))))


def test_headquarters_sees_what_it_keeps(owner: FlaskClient, sold: Shop) -> None:
    page = text_of(owner, "/console/margins?month=2026-11")
    for figure in ("418.80", "−30.00", "−49.98", "315.49", "75.33%"):
        assert figure in page, figure
    head, *rows, total = rows_of(owner, "/console/margins.csv?month=2026-11")
    kept = head.index("品牌留下")
    assert sum(Decimal(row[kept]) for row in rows) == Decimal(total[kept]) == Decimal("315.49")
    for by, name in (("guide", "林晓芸"), ("store", "静安嘉里店")):
        assert name in text_of(owner, f"/console/margins?month=2026-11&by={by}")
    assert "这一期还没有成交" in text_of(owner, "/console/margins?month=2026-10")


def test_a_manager_sees_her_own_costs_and_not_what_headquarters_keeps(manager: FlaskClient, store_manager: FlaskClient, sold: Shop) -> None:
    page = text_of(manager, "/console/margins?month=2026-11")
    assert "418.80" in page and "品牌留下" not in page and "平台扣点" not in page
    assert "品牌留下" not in rows_of(manager, "/console/margins.csv?month=2026-11")[0]
    assert "这一期还没有成交" in text_of(store_manager, "/console/margins?month=2026-11"), "another store's manager"


def test_credit_counts_twice_and_money_once(owner: FlaskClient, sold: Shop) -> None:
    page = text_of(owner, "/console/credits?month=2026-11")
    assert page.count("368.80") >= 5 and "737.60" in page, "online, sold, sent, guide, money; sold + sent"
    head, row = rows_of(owner, "/console/credits.csv?month=2026-11")
    assert row[0] == "华东大区" and (row[head.index("业绩合计")], row[head.index("实收（只算一次）")]) == ("737.60", "368.80")
    assert "静安嘉里店" in text_of(owner, f"/console/credits?month=2026-11&unit={sold.store.parent_id}")
    assert "林晓芸" in text_of(owner, "/console/credits?month=2026-11&by=guide")
    assert rows_of(owner, "/console/credits.csv?month=2026-11&by=online")[1] == ["2026-11-22", "368.80", "737.60", "368.80", "CNY"]


def test_a_manager_sees_the_credit_of_her_own_store(manager: FlaskClient, store_manager: FlaskClient, sold: Shop) -> None:
    page = text_of(manager, "/console/credits?month=2026-11")
    assert "静安嘉里店" in page and "737.60" in page and "线上团队</div>" not in page and "by=online" not in page
    assert text_of(manager, "/console/credits?month=2026-11&by=online").count("静安嘉里店") == page.count("静安嘉里店"), "there is no such tab for her"
    assert manager.get(f"/console/credits?unit={sold.store.parent_id}").status_code == 404, "the region above is not hers"
    assert "静安嘉里店" not in text_of(store_manager, "/console/credits?month=2026-11")


def test_weights_are_the_brands_to_set(owner: FlaskClient, shop: Shop) -> None:
    page = text_of(owner, "/console/settings")
    assert 'name="credit_online_bp"' in page and 'id="credits"' in page


@pytest.mark.parametrize("path", ["/console/margins", "/console/margins.csv", "/console/credits", "/console/credits.csv"])
def test_any_query_is_answered(owner: FlaskClient, sold: Shop, path: str) -> None:
    for query in ODD:
        assert owner.get(path + query).status_code == 200, query
