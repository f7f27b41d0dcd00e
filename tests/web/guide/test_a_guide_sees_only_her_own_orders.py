"""Her own orders, customers masked (R35); anybody else's are not found; leaving closes the app at once."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import update

from app.domain.brands.models import Brand, BrandSettings
from app.domain.sharing.actions import share_link
from app.extensions import Database
from app.flows.leave_guide import leave_guide
from app.kernel.ids import new_id
from tests.builders.brands import a_brand
from tests.builders.shoppers import signed_in_guide
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

ZH = {"Accept-Language": "zh-CN"}


def test_customers_are_masked(lin: FlaskClient, shop: Shop) -> None:
    placed = shop.order()
    shop.session.commit()
    for address in ("/guide/orders", f"/guide/orders/{placed.order_id}", "/guide/earnings?state=est"):
        page = lin.get(address, headers=ZH).text
        assert "王**" in page
        assert "王小明" not in page
        assert "13800138000" not in page
        assert "南京西路" not in page


def test_a_colleagues_order_is_not_found(lin: FlaskClient, shop: Shop) -> None:
    code = share_link(shop.session, brand_id=shop.brand_id, guide_id=shop.he.id).code
    placed = shop.order(share_code=code)
    shop.session.commit()
    assert placed.number[-4:] not in lin.get("/guide/orders").text
    for order_id in (placed.order_id, new_id(), "nonsense"):
        assert lin.get(f"/guide/orders/{order_id}").status_code == 404


def test_a_referrer_sees_her_share_but_not_the_customer(client: FlaskClient, shop: Shop) -> None:
    """2 % of 299.00 is 5.98; the customer is Lin's (R35)."""
    shop.session.execute(update(BrandSettings).values(two_levels=True))
    shop.order((shop.case, 1))
    shop.session.commit()
    page = signed_in_guide(client, shop.he).get("/guide/earnings?state=est", headers=ZH).text
    assert "5.98" in page
    assert "推荐人佣金" in page
    assert "王**" not in page


def test_another_brands_order_is_not_found(lin: FlaskClient, database: Database, brand: Brand) -> None:
    other = a_brand(database, slug=f"{brand.slug}-far", now=NOON)
    with database.session(other.id) as session:
        theirs = a_shop(session)
        placed = theirs.order()
        session.commit()
    assert lin.get(f"/guide/orders/{placed.order_id}").status_code == 404
    assert lin.get(f"/guide/products/{theirs.case_product}").status_code == 404


def test_nobody_signed_in_is_sent_to_sign_in(client: FlaskClient) -> None:
    for address in ("/guide/", "/guide/products", "/guide/orders", "/guide/earnings", "/guide/statements", "/guide/me"):
        answer = client.get(address)
        assert answer.status_code == 303
        assert "/guide/sign-in" in answer.location


def test_leaving_closes_the_app_at_once(lin: FlaskClient, shop: Shop) -> None:
    assert lin.get("/guide/").status_code == 200
    leave_guide(shop.session, brand_id=shop.brand_id, guide_id=shop.lin.id, now=NOON + timedelta(hours=1))
    shop.session.commit()
    assert lin.get("/guide/").status_code == 303
