"""Who came by which link is kept by a signed first-party cookie, with and without scripts (R8, R10)."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.sharing.models import TouchArrival
from app.kernel.tenancy import BrandSession
from tests.builders.shoppers import ZH, signed_in_guide
from tests.builders.shops import Shop


def touches(session: BrandSession) -> list[TouchArrival]:
    session.rollback()
    return list(session.scalars(select(TouchArrival).order_by(TouchArrival.at)))


def test_every_opening_is_kept_for_the_same_visitor(client: FlaskClient, session: BrandSession, shop: Shop) -> None:
    assert client.post(f"/s/{shop.link.code}/touch", headers=ZH).status_code == 204
    assert client.get(f"/s/{shop.link.code}/touch.gif", headers=ZH).mimetype == "image/gif"
    kept = touches(session)
    assert [(touch.share_link_id, touch.bot) for touch in kept] == [(shop.link.id, False)] * 2
    assert kept[0].visitor == kept[1].visitor
    assert kept[0].visitor not in client.get_cookie("yd_v").value.split(".")[0]


def test_a_forged_cookie_is_a_new_visitor(client: FlaskClient, session: BrandSession, shop: Shop) -> None:
    client.set_cookie("yd_v", "ImF0dGFja2VyIg.abc.def")
    client.post(f"/s/{shop.link.code}/touch", headers=ZH)
    assert touches(session)[0].visitor != "attacker"


def test_bots_are_marked(client: FlaskClient, session: BrandSession, shop: Shop) -> None:
    client.get(f"/s/{shop.link.code}/touch.gif", headers={"User-Agent": "Googlebot/2.1"})
    assert [touch.bot for touch in touches(session)] == [True]


def test_her_own_click_is_no_touch(client: FlaskClient, session: BrandSession, shop: Shop) -> None:
    signed_in_guide(client, shop.lin)
    assert client.post(f"/s/{shop.link.code}/touch", headers=ZH).status_code == 204
    assert touches(session) == []
