"""OpenAPI 3.1: every operation has a summary, a tag and its problems; only the API is in it; its pages are served locally."""

from __future__ import annotations

import re

import pytest


@pytest.fixture
def spec(client):
    return client.get("/api/openapi.json").json


def operations(spec):
    return [(path, method, said) for path, methods in spec["paths"].items() for method, said in methods.items()]


def test_it_is_3_1_and_only_the_api(spec):
    assert spec["openapi"].startswith("3.1")
    assert all(path.startswith(("/api/v1/", "/api/storefront/v1/{slug}/")) for path in spec["paths"])


def test_every_operation_is_said_in_full(spec):
    for path, method, said in operations(spec):
        assert said["summary"] and said["tags"] and said["operationId"], path
        problems = {status for status, answer in said["responses"].items() if "application/problem+json" in answer.get("content", {})}
        wanted = {"400", "404", "405", "422", "429"} | {"[]": set(), "token": {"401", "403"}}.get(_opened_by(said), {"401"}) | ({"409", "413", "415"} if method != "get" else set())
        assert wanted <= problems, (path, method, problems)
        assert all("example" in said["responses"][status]["content"]["application/problem+json"] for status in problems)


def _opened_by(said):
    return next(iter(said["security"][0])) if said["security"] else "[]"


def test_who_opens_what_is_said(spec):
    """The brand's token every operation of the open API; a shopper's own what is hers, and elsewhere beside no token at all."""
    shop = "/api/storefront/v1/{slug}"
    for path, _, said in operations(spec):
        assert path.startswith("/api/v1/") == (_opened_by(said) == "token"), path
    assert spec["paths"][f"{shop}/me"]["get"]["security"] == [{"shopper": []}]
    assert spec["paths"][f"{shop}/orders/{{number}}"]["get"]["security"] == [{"shopper": []}, {}]
    assert spec["paths"][f"{shop}/products"]["get"]["security"] == []


def test_ids_are_unique(spec):
    ids = [said["operationId"] for _, _, said in operations(spec)]
    assert len(ids) == len(set(ids))


def test_every_post_takes_a_key(spec):
    for path, method, said in operations(spec):
        keys = [one for one in said["parameters"] if one.get("name") == "Idempotency-Key"]
        assert len(keys) == (method == "post"), path
        if path.endswith("{slug}/orders") and method == "post":
            assert keys[0]["required"]


def test_money_says_its_unit(spec):
    for name, schema in spec["components"]["schemas"].items():
        if name == "Progress":
            continue
        for field, said in schema.get("properties", {}).items():
            if field in ("amount", "price", "total", "gross", "balance", "base", "shipping", "paid", "refunded"):
                assert "inor units" in said.get("description", ""), (name, field)


def test_every_route_is_in_it(app, spec):
    told = {(path, method.upper()) for path, method, _ in operations(spec)}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/api/v1", "/api/storefront")):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                assert (path, method) in told, (path, method)


def test_the_pages_are_ours(client):
    page = client.get("/api/docs")
    assert page.status_code == 200 and "https://" not in page.get_data(as_text=True)
    assert "<script>" not in page.get_data(as_text=True) and "style=" not in page.get_data(as_text=True)
    for name in re.findall(r'(?:src|href)="(/static/[^"?]+)', page.get_data(as_text=True)):
        assert client.get(name).status_code == 200, name


def test_problem_types_are_explained(client):
    for code in ("out_of_stock", "idempotency_conflict", "some_rule_of_ours"):
        page = client.get(f"/api/problems/{code}")
        assert page.status_code == 200 and code in page.get_data(as_text=True)
    assert client.get("/api/problems/%3Cscript%3E").status_code == 404
