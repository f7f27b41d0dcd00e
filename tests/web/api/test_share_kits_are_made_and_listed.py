"""/share-kits: texts with tones and placeholders; forbidden words are named field by field; a poster has layouts."""

from __future__ import annotations

from tests.builders.callers import Caller, Shop


def test_made_read_and_listed(api: Caller, shop: Shop) -> None:
    body = {"product_id": shop.product["id"], "name": "双十二", "texts": [{"tone": "warm", "body": "{商品}只要{价格}：{链接}"}]}
    made = api.post("/share-kits", body)
    assert made["texts"] == body["texts"] and made["picture_urls"] == [] and made["video_url"] == "" and made["valid_to"] is None
    assert api.get(f"/share-kits/{made['id']}") == made
    assert [one["id"] for one in api.get(f"/share-kits?product_id={shop.product['id']}")["data"]] == [made["id"]]


def test_forbidden_words_are_named_and_a_reason_keeps_them(api: Caller, shop: Shop) -> None:
    body = {"name": "x", "texts": [{"tone": "plain", "body": "好推"}, {"tone": "plain", "body": "全网最低"}]}
    problem = api.post("/share-kits", body, status=422)
    assert [one["field"] for one in problem["errors"]] == ["texts.1"] and "全网最低" in problem["errors"][0]["message"]
    api.post("/share-kits", {**body, "because": "法务已看"})


def test_each_layout_of_a_poster_is_a_picture_of_its_own(api: Caller, shop: Shop) -> None:
    code = api.post("/share-links", {"guide_id": shop.guide["id"], "product_id": shop.product["id"]})["code"]
    drawn = {api.raw("GET", f"/share-links/{code}/poster.png?layout={one}").data for one in ("classic", "picture", "price")}
    assert len(drawn) == 3 and all(one.startswith(b"\x89PNG") for one in drawn)
    assert api.raw("GET", f"/share-links/{code}/poster.png?layout=nonsense").status_code == 422
