"""置顶商品: HQ names a place and a SKU; every shop there begins with it. Managers and finance do not pin."""

from __future__ import annotations

from flask.testing import FlaskClient

from app.kernel.ids import new_id
from tests.builders.shoppers import ZH
from tests.builders.shops import Shop


def test_pinned_for_a_store_and_taken_off_again(owner: FlaskClient, shop: Shop) -> None:
    assert owner.post("/console/pins", data={"unit": shop.store.id, "sku": "B"}).status_code == 303
    assert owner.post("/console/pins", data={"unit": "", "sku": "A"}).status_code == 303
    page = owner.get(f"/console/pins?unit={shop.store.id}").text
    assert "箱套 20 寸" in page and "轻旅箱 18 寸" not in page
    shown = owner.get(f"/s/{shop.link.code}", headers=ZH).text
    assert shown.index("箱套 20 寸") < shown.index("轻旅箱 18 寸")
    assert owner.post(f"/console/pins/{shop.cover_product}", data={"unit": shop.store.id, "go": "off"}).status_code == 303
    shown = owner.get(f"/s/{shop.link.code}", headers=ZH).text
    assert shown.index("轻旅箱 18 寸") < shown.index("箱套 20 寸")


def test_what_is_wrong_is_said_and_nothing_breaks(owner: FlaskClient, shop: Shop) -> None:
    assert "没有 SKU" in owner.post("/console/pins", data={"sku": "nosuch"}).text
    for sku in ("", "\x00", "x" * 500, "\ud800".encode("utf-8", "surrogatepass")):
        assert owner.post("/console/pins", data={"sku": sku}).status_code in (400, 422), sku
    for unit in ("nonsense", new_id()):
        assert owner.post("/console/pins", data={"sku": "A", "unit": unit}).status_code == 404
    assert owner.get(f"/console/pins?unit={new_id()}").status_code == 404
    assert owner.get("/console/pins?unit=nonsense").status_code == 200
    assert owner.post(f"/console/pins/{shop.case_product}", data={"go": "sideways"}).status_code == 400


def test_only_headquarters_pins(finance: FlaskClient, store_manager: FlaskClient, shop: Shop) -> None:
    for client in (finance, store_manager):
        assert client.get("/console/pins").status_code == client.post("/console/pins", data={"sku": "A"}).status_code == 404
