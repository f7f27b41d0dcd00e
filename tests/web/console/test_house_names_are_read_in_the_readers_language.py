"""The house's own payees and actors are kept in Chinese; a page in English calls them in English, the API gives what is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand, BrandSettings
from app.domain.commission.actions import add_rule
from app.domain.ledger.queries import house_payees
from app.domain.people.actors import SHOPPER, SYSTEM
from app.domain.people.audit import act_as
from app.domain.splits.actions import add_plan
from app.flows.ask_after_sale import ask_after_sale
from app.flows.open_brand import HOUSE
from app.flows.reconcile import reconcile
from app.flows.settle_period import settle
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from app.web.shared.names import payee_name
from tests.builders.callers import Caller, a_token
from tests.builders.money import paid_order, received_order
from tests.builders.pdf_text import pages
from tests.builders.shops import Shop
from tests.conftest import NOON

KEPT = ("云店平台", "收款清算", "发货方待定")
PERIOD = "from=2026-11-20&to=2026-12-20"


@pytest.fixture
def order_id(shop: Shop, session: BrandSession) -> str:
    """An order with a share whose store is not known yet, a settlement and a reconciliation nobody asked for."""
    session.scalars(select(BrandSettings)).one().two_levels = True
    add_plan(session, brand_id=shop.brand_id, org_unit_id=None, shares=[{"role": "store", "rate_bp": 500}, {"role": "fulfilling_store", "rate_bp": 100}], now=NOON)
    session.commit()
    placed = paid_order(shop, (shop.case, 2))
    act_as(session, SYSTEM)
    add_rule(session, brand_id=shop.brand_id, scope={}, rate_bp=700, now=NOON)
    reconcile(session, brand_id=shop.brand_id, from_=NOON, to=NOON + timedelta(days=30), now=NOON)
    received_order(shop, (shop.case, 1))
    settle(session, brand_id=shop.brand_id, as_of=NOON.replace(year=2027), now=NOON)
    act_as(session, SHOPPER)
    ask_after_sale(session, brand_id=shop.brand_id, order_id=placed.order_id, kind="shipping_only", lines=[], shipping_minor=100, reason="慢", now=NOON)
    session.commit()
    return str(placed.order_id)


def addresses(order_id: str, house: dict[str, object]) -> list[str]:
    return ["/console/ledger", "/console/ledger/accounts", f"/console/orders/{order_id}", f"/console/statements?{PERIOD}",
            f"/console/statements/{house['platform']}?{PERIOD}", "/console/reconciliation", "/console/settlement", "/console/rates/history", "/console/audit",
            "/console/after-sales", "/console/rates"]


def test_no_english_page_says_a_house_name_in_chinese(owner: FlaskClient, shop: Shop, order_id: str) -> None:
    house = house_payees(shop.session, brand_id=shop.brand_id)
    owner.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    told = {path: owner.get(path).get_data(as_text=True) for path in addresses(order_id, dict(house))}
    for path, page in told.items():
        assert 'lang="en"' in page, path
        for name in (*KEPT, ">系统<", ">系统", ">顾客<", "· 顾客"):
            assert name not in page, (path, name)
    assert "Fulfilment undecided" in told["/console/ledger/accounts"] and "Clearing" in told["/console/ledger"]
    assert "Fulfilment undecided" in told[f"/console/orders/{order_id}"], "on the way of its money"
    assert "Customer" in told["/console/audit"] and "System" in told["/console/audit"]
    assert all("System" in told[path] for path in ("/console/settlement", "/console/reconciliation", "/console/rates/history"))


def test_the_refund_form_names_who_gives_back(owner: FlaskClient, shop: Shop, order_id: str) -> None:
    owner.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    field = owner.get(f"/console/orders/{order_id}/refund").get_data(as_text=True).split('name="quantity-')[1].split('"')[0]
    told = owner.post(f"/console/orders/{order_id}/refund", data={f"quantity-{field}": "1"}).get_data(as_text=True)
    assert "Fulfilment undecided" in told and not any(name in told for name in KEPT)


def test_a_paper_in_english_is_the_platforms(owner: FlaskClient, shop: Shop, order_id: str) -> None:
    platform = house_payees(shop.session, brand_id=shop.brand_id)["platform"]
    owner.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    told = "\n".join(pages(owner.get(f"/console/statements/{platform}.pdf?{PERIOD}").get_data()))
    assert "Platform" in told and "云店平台" not in told
    assert "云店平台" not in owner.get("/console/audit?action=export").get_data(as_text=True), "nor does the log of the download"


def test_people_are_found_by_the_name_they_read(owner: FlaskClient, order_id: str) -> None:
    owner.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    for path in ("/console/rates/history?who=system", "/console/audit?q=System&kind=commission_rules"):
        assert "<tbody>" in owner.get(path).get_data(as_text=True), path
    assert "<tbody>" not in owner.get("/console/rates/history?who=nobody").get_data(as_text=True)
    assert "Clearing" in owner.get("/console/ledger/accounts?q=clear").get_data(as_text=True)


def test_the_api_gives_what_is_kept(app: Application, brand: Brand, shop: Shop, order_id: str) -> None:
    api = Caller(app.test_client(), a_token(app.database, brand), brand)
    names = {one["payee_name"] for one in api.get("/ledger/accounts?limit=200")["data"]}
    assert set(KEPT) <= names


def test_every_house_payee_has_a_word_and_a_brand_keeps_its_name(app: Application) -> None:
    with app.test_request_context("/?lang=en"):
        words = {party: payee_name(party, "乐途") for party, _ in HOUSE}
        assert words == {"brand": "乐途", "platform": "Platform", "clearing": "Clearing", "fulfilment": "Fulfilment undecided"}
        assert payee_name("org_unit", "云店平台") == "云店平台", "a store of that name is a store"
        assert payee_name("brand", "") == "Brand"
