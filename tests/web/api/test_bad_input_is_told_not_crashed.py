"""Whatever is sent: a 4xx problem that names the field, never a 500, and nothing half-written."""

from __future__ import annotations

from io import BytesIO

import orjson
import pytest
from sqlalchemy import func, select

from app.domain.orgs.models import OrgUnit

UNIT = {"kind": "region", "name": "华南", "code": "R9"}


def send(api, path, raw, content_type="application/json", method="POST", **headers):
    given = {"Authorization": f"Bearer {api.token}", **headers}
    return api.client.open("/api/v1" + path, method=method, data=raw, content_type=content_type, headers=given)


def fields(answer):
    return [error["field"] for error in answer.json["errors"]]


@pytest.mark.parametrize("raw", [
    b"{", b"", b"null", b"[]", b'"x"', b"1e999", b"NaN", b'{"name": 1e999}', b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"[" * 5000, b"\x00",
    b'{"a":' * 900 + b"1" + b"}" * 900, b'{"name": "x", "name": "y"}', "名".encode("utf-16"), b"\xef\xbb\xbf{}",
])
def test_what_is_no_json_of_ours(api, raw):
    answer = send(api, "/org-units", raw)
    assert answer.status_code in (400, 422) and answer.content_type == "application/problem+json", (raw[:20], answer.status_code)


@pytest.mark.parametrize("content_type", ["text/plain", "text/csv", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                                          "multipart/form-data", "application/xml", "", "application/jsonx"])
def test_other_media_types(api, content_type):
    assert send(api, "/org-units", b"--x\r\n\r\n--x--", content_type).status_code == 415


@pytest.mark.parametrize("change", [
    {"name": "\x00"}, {"name": "x" * 81}, {"name": ""}, {"name": 5}, {"name": None}, {"name": ["x"]}, {"name": {"x": "y"}}, {"name": True},
    {"kind": "planet"}, {"kind": None}, {"kind": []}, {"parent_id": 5}, {"parent_id": True}, {"surprise": 1}, {"phone": "\x00"},
])
def test_the_field_is_named(api, session, change):
    answer = send(api, "/org-units", orjson.dumps({**UNIT, **change}))
    assert answer.status_code == 422 and fields(answer) == list(change), answer.json
    assert session.scalar(select(func.count()).select_from(OrgUnit)) == 0


@pytest.mark.parametrize("value", [True, "1", 1.0, 0, -1, 1000, 2**31, 2**53, 2**63, 2**64, 10**12, None, [], "９"])
def test_quantities(shop, value):
    answer = send(shop.api, "/quotes", orjson.dumps(
        {"guide_id": shop.guide["id"], "lines": [{"variant_id": shop.variant["id"], "quantity": value if value != 2**64 else 1.8e19}]}))
    assert answer.status_code == 422 and fields(answer) == ["lines.0.quantity"], answer.json


@pytest.mark.parametrize("value", [True, "299", 299.0, 0, -1, 10**13 + 1, 2**63, None])
def test_prices(api, value):
    answer = api.raw("POST", "/products", {"name": "x", "variants": [{"price": value}]})
    assert answer.status_code == 422 and fields(answer) == ["variants.0.price"], answer.json


@pytest.mark.parametrize("value", ["yesterday", "2026-13-01T00:00:00Z", "2026-11-22", "2026-11-22T04:00:00", "0001-01-01T00:00:00Z", 5,
                                   "9999-12-31T23:59:59+00:00", "2026-11-22T04:00:00+99:99", "", "２０２６-11-22T04:00:00Z"])
def test_times(shop, value):
    answer = shop.api.raw("POST", "/invite-codes", {"store_id": shop.store["id"], "expires_at": value})
    assert answer.status_code == 422 and fields(answer) == ["expires_at"], answer.json


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=1e3", "limit=-1", "limit=99999999999999999999", "limit=", "limit=%00",
                                   "cursor=%F0%9F%98%80", "cursor=x", "surprise=1", "limit=1&limit=2", "status=planet", "q=" + "x" * 81])
def test_queries(api, query):
    assert api.raw("GET", "/guides?" + query).status_code in (400, 422)


@pytest.mark.parametrize("id", ["x", "%00", "%ED%A0%80", "0", "9" * 400, "..%2f..%2fetc", "00000000-0000-0000-0000-000000000000", "%F0%9F%98%80"])
def test_ids_of_nothing(api, id):
    for path in ("/guides", "/orders", "/products", "/sync-runs", "/share-links", "/payees", "/split-plans"):
        assert api.raw("GET", f"{path}/{id}").status_code in (400, 404)


def test_large_bodies(api):
    for raw, kind in ((b"x" * 10_000_000, "application/json"), (b'{"name": "' + b"x" * 10_000_000 + b'"}', "application/json"),
                      (b"--x\r\n" + b"y" * 10_000_000, "multipart/form-data; boundary=x"), (b"a=" + b"b" * 10_000_000, "application/x-www-form-urlencoded")):
        answer = send(api, "/org-units", raw, kind)
        assert answer.status_code in (413, 415), (kind, answer.status_code)
        assert answer.content_type == "application/problem+json"


def test_a_large_body_is_read_away_so_that_the_answer_arrives(api):
    """A program still sending when the connection closes would see a broken pipe instead of the 413."""
    sent = BytesIO(b"x" * 10_000_000)
    given = {"Authorization": f"Bearer {api.token}"}
    assert api.client.post("/api/v1/products", input_stream=sent, content_length=10_000_000, content_type="application/json", headers=given).status_code == 413
    assert sent.read() == b""


def test_kinds_of_source_that_are_not_there_are_told_first(api):
    given = {"kind": "tmall", "name": "x", "settings": {"gateway_url": "https://x.example", "app_key": "a"}}
    assert api.post("/flagship-sources", given, status=422)["code"] == "kind_unknown"


def test_a_large_feed_fits_and_a_larger_does_not(api):
    settings = {"content": "id\ttitle\n" + "x" * 3_000_000}
    assert api.raw("POST", "/flagship-sources", {"kind": "merchant_feed", "name": "x", "settings": settings}).status_code == 201
    settings = {"content": "x" * 34_000_000}
    assert api.raw("POST", "/flagship-sources", {"kind": "merchant_feed", "name": "x", "settings": settings}).status_code == 413


@pytest.mark.parametrize("given", [{}, {"url": ""}, {"url": 5}, {"url": "file:///etc/passwd"}, {"url": "ftp://x"}, {"url": "https://x", "content": "y"},
                                      {"content": {}}, {"file": "/etc/passwd"}, {"file_key": "1/payouts/x.csv"}, {"content": ["x"]}, {"url": "http://[::1"}])
def test_source_settings(api, given):
    answer = api.raw("POST", "/flagship-sources", {"kind": "merchant_feed", "name": "x", "settings": given})
    assert answer.status_code == 422, answer.json


@pytest.mark.parametrize("url", ["x", "ftp://x", "http://", "https://user@host/", "https://a b", "https://x/#y", "https://x:99999/", "https://[::1", "https://例子/"])
def test_webhook_addresses(api, url):
    assert api.raw("POST", "/webhook-endpoints", {"url": url}).status_code == 422


def test_rosters(api):
    head = {"Authorization": f"Bearer {api.token}"}
    for raw in (b"", b"\x00\x01\x02", b"PK\x03\x04broken", b"\xff\xfe\x00", b"a,b\n1,2\n", b'"' * 1000, "姓名,手机号\n\x00,1\n".encode()):
        answer = api.client.post("/api/v1/guides/import", data=raw, content_type="text/csv", headers=head)
        assert answer.status_code == 422 or answer.json["created"] == 0, (raw, answer.status_code)
    assert api.client.post("/api/v1/guides/import", data=b"{}", content_type="application/json", headers=head).status_code == 415


@pytest.mark.parametrize("change", [{"contact": {"name": "李", "phone": "12"}}, {"address": {}}, {"lines": []}, {"contact": None}, {"share_code": "x" * 41},
                                    {"lines": [{"variant_id": "x", "quantity": 0}]}, {"expected_total": -1}, {"coupon_codes": ["x"] * 11}])
def test_orders(shop, change):
    from tests.builders.callers import order_body
    answer = shop.api.client.post(f"/api/storefront/v1/{shop.api.brand.slug}/orders", json={**order_body(shop.variant["id"]), **change},
                                  headers={"Idempotency-Key": "k"})
    assert answer.status_code in (404, 422), answer.json
    assert shop.api.get("/orders")["data"] == []


def test_refunds_and_shipments_beyond_the_order(shop):
    order = shop.order(2)["order"]
    line = shop.api.get(f"/orders/{order['id']}")["lines"][0]["id"]
    for path, body in (("ship", {}), ("refunds", {"lines": [{"line_id": line, "amount": 1}]}), ("deliver", {})):
        assert shop.api.raw("POST", f"/orders/{order['id']}/{path}", body).status_code == 409, path
    shop.api.post(f"/orders/{order['id']}/cancel", status=200)
    assert shop.api.raw("POST", f"/orders/{order['id']}/cancel", {}).status_code == 409
