"""Every list and page about money answers any query; what is unreadable counts as not asked."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.builders.sales import paid, received
from tests.builders.shops import Shop

LISTS = ("/console/", "/console/orders", "/console/rates", "/console/rates/history", "/console/splits", "/console/after-sales/refunds", "/console/after-sales",
         "/console/after-sales/chargebacks", "/console/payouts/debts", "/console/payouts/write-offs", "/console/coupons", "/console/settlement",
         "/console/payouts", "/console/payees", "/console/statements", "/console/ledger", "/console/ledger/accounts", "/console/ledger/check",
         "/console/orders.csv", "/console/rates/new", "/console/splits/new", "/console/coupons/new")
ODD = ("", "?page=abc", "?page=-1", "?page=99999999999999999999", "?page=%00", "?from=2026-13-45&to=x", "?from=0001-01-01&to=9999-12-31", "?q=%00%ff%25_'",
       "?sort=nonsense", "?state=%F0%9F%98%80", "?guide=1&store=x&order=y", "?month=2026-99", "?month=9999-12", "?days=1e999", "?kind=a&role=b&phase=c&rung=d",
       "?order=01890000-0000-7000-8000-000000000000&payee=01890000-0000-7000-8000-000000000000", "?q=" + "长" * 500)


@pytest.mark.parametrize("path", LISTS)
def test_any_query_is_answered(owner: FlaskClient, shop: Shop, path: str) -> None:
    paid(shop)
    received(shop)
    for query in ODD:
        status = owner.get(path + query).status_code
        unreadable, unknown = "%00" in query, "order=0189" in query and path == "/console/orders"
        assert status == (400 if unreadable else 404 if unknown else 200), (path, query, status)


@pytest.mark.parametrize("path", ["orders", "rates", "splits", "payouts", "payees", "statements", "after-sales", "after-sales/chargebacks"])
def test_what_is_no_id_is_not_found(owner: FlaskClient, path: str) -> None:
    for key in ("x", "01890000-0000-7000-8000-000000000000", "0", "a" * 300):
        assert owner.get(f"/console/{path}/{key}").status_code == 404
