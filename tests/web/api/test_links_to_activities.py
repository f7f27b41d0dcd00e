"""/share-links takes an activity instead of a product, shows it, and says when it is over."""

from __future__ import annotations

from tests.builders.callers import Caller, Shop
from tests.conftest import TestClock


def test_made_shown_and_over(api: Caller, shop: Shop, clock: TestClock) -> None:
    activity = api.post("/activities", {"name": "双十二", "ends_at": "2026-12-13T00:00:00Z", "prices": [{"variant_id": shop.variant["id"], "price": 100}]})
    made = api.post("/share-links", {"guide_id": shop.guide["id"], "activity_id": activity["id"]})
    assert (made["activity_id"], made["product_id"], made["standing"]) == (activity["id"], None, "on_sale")
    assert api.post("/share-links", {"guide_id": shop.guide["id"], "activity_id": activity["id"]})["code"] == made["code"]
    assert api.get(f"/share-links/{made['code']}") == made
    seen = api.client.get(f"/api/storefront/v1/{api.brand.slug}/shares/{made['code']}").json
    assert (seen["activity"]["id"], seen["activity"]["name"], seen["product"]) == (activity["id"], "双十二", None)
    api.post(f"/activities/{activity['id']}/end", status=200)
    assert api.get(f"/share-links/{made['code']}")["standing"] == "gone"


def test_both_are_refused_and_a_strange_one_is_not_found(api: Caller, shop: Shop) -> None:
    activity = api.post("/activities", {"name": "双十二", "ends_at": "2027-12-13T00:00:00Z", "prices": [{"variant_id": shop.variant["id"], "price": 100}]})
    problem = api.post("/share-links", {"guide_id": shop.guide["id"], "product_id": shop.product["id"], "activity_id": activity["id"]}, status=422)
    assert (problem["code"], [one["field"] for one in problem["errors"]]) == ("product_and_activity", ["activity_id"])
    api.post("/share-links", {"guide_id": shop.guide["id"], "activity_id": "01a2141e-8c2b-709a-a123-f624622995e1"}, status=404)
