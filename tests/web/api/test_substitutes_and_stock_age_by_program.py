"""The API sets what stands in for a product and how long stock is believed, and tells what is stale or leads on."""

from __future__ import annotations

import pytest

from tests.builders.callers import Caller, Shop


def a_product(api: Caller, name: str) -> str:
    return str(api.post("/products", {"name": name, "variants": [{"sku": name, "price": 9900, "stock": 3}]})["id"])


def test_a_substitute_is_set_and_taken_back(api: Caller, stranger: Caller) -> None:
    one, two = a_product(api, "一"), a_product(api, "二")
    assert api.get(f"/products/{one}")["substitute_id"] is None
    assert api.patch(f"/products/{one}", {"substitute_id": two})["substitute_id"] == two
    for wrong, code in ((one, "substitute_itself"),):
        assert api.patch(f"/products/{one}", {"substitute_id": wrong}, status=422)["code"] == code
    refused = api.patch(f"/products/{two}", {"substitute_id": one}, status=422)
    assert (refused["code"], refused["errors"][0]["field"]) == ("substitute_circle", "substitute_id")
    api.patch(f"/products/{one}", {"substitute_id": a_product(stranger, "别人的")}, status=404)
    assert api.patch(f"/products/{one}", {"name": "一号"})["substitute_id"] == two, "what is not named stays"
    assert api.patch(f"/products/{one}", {"substitute_id": None})["substitute_id"] is None


@pytest.mark.parametrize("wrong", [0, 721, 2**63, "x", 1.5])
def test_hours_within_bounds(api: Caller, wrong: object) -> None:
    assert api.get("/settings")["stock_ttl_hours"] is None
    api.patch("/settings", {"stock_ttl_hours": wrong}, status=422)
    assert api.patch("/settings", {"stock_ttl_hours": 48})["stock_ttl_hours"] == 48
    assert api.patch("/settings", {"slogan": "好"})["stock_ttl_hours"] == 48
    assert api.patch("/settings", {"stock_ttl_hours": None})["stock_ttl_hours"] is None


def test_links_tell_how_they_stand(api: Caller, shop: Shop) -> None:
    code = api.post("/share-links", {"guide_id": shop.guide["id"], "product_id": shop.product["id"]})["code"]
    assert api.get(f"/share-links/{code}")["standing"] == "on_sale"
    assert [one["stale"] for one in api.get(f"/products/{shop.product['id']}")["variants"]] == [False]
    api.patch(f"/products/{shop.product['id']}", {"status": "unpublished"})
    assert [one["standing"] for one in api.get("/share-links")["data"] if one["code"] == code] == ["gone"]
