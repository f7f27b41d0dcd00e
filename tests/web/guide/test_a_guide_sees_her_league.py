"""排行榜 on her phone: colleagues by name, others masked, out of it by her own choice; headquarters sees its scope."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from app.web.shared.application import Application
from tests.builders.people import a_colleague, a_guide, a_unit
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop
from tests.builders.signed_in import console
from tests.conftest import NOON


def crowd(shop: Shop) -> None:
    """周新 sells in another store; 何敏 in Lin's. NOON is a Sunday."""
    elsewhere = a_unit(shop.session, "store", "徐汇店")
    a_guide(shop.session, elsewhere, "周新", now=NOON - timedelta(days=20))
    for guide in (shop.lin, shop.he):
        guide.joined_at = NOON - timedelta(days=30)
    shop.session.commit()


def test_others_are_masked_and_colleagues_are_not(lin: FlaskClient, shop: Shop) -> None:
    crowd(shop)
    page = lin.get("/guide/leaderboard", headers=ZH).text
    assert "何敏" in page and "周**" in page and "周新" not in page
    assert "第 1 组" in page or "这一周还没开单" in page


def test_she_goes_out_and_comes_back(lin: FlaskClient, shop: Shop, client: FlaskClient) -> None:
    crowd(shop)
    assert lin.post("/guide/leaderboard", headers=ZH).status_code == 303
    assert "何敏" not in lin.get("/guide/leaderboard", headers=ZH).text
    assert "林晓芸" not in signed_in_guide(client, shop.he).get("/guide/leaderboard", headers=ZH).text
    signed_in_guide(client, shop.lin).post("/guide/leaderboard", data={"part": "1"}, headers=ZH)
    assert "何敏" in lin.get("/guide/leaderboard", headers=ZH).text


def test_no_week_is_an_error(lin: FlaskClient) -> None:
    for week in ("2026-W47", "2026-W99", "2199-W01", "2000-W01", "x", "%00", "９"):
        assert lin.get(f"/guide/leaderboard?week={week}", headers=ZH).status_code in (200, 400), week


def test_a_store_manager_sees_her_own_only(app: Application, shop: Shop) -> None:
    crowd(shop)
    manager = a_colleague(shop.session, "store_manager", shop.store)
    shop.session.commit()
    client = console(app, manager.login)
    page = client.get("/console/leagues", headers=ZH).text
    assert "何敏" in page and "周新" not in page and "3 人" in page
    for address in ("?league=new1", "?league=1", "?league=99999", "?league=x", "?q=%25", "?sort=-sales", "?week=2026-W40"):
        assert client.get(f"/console/leagues{address}", headers=ZH).status_code == 200, address
