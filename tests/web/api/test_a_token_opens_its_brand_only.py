"""401 without a good token, 403 that names the scope, 404 for what is another brand's."""

from __future__ import annotations

from sqlalchemy import select, text

from app.domain.people.models import ApiToken
from app.domain.people.tokens import revoke_token
from tests.builders.callers import Caller, a_token


def test_without_a_token(app, clock):
    answer = app.test_client().get("/api/v1/guides")
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_bad_tokens(app, api):
    for header in ("Bearer", "Bearer x", "Bearer " + "y" * 43, "Basic " + api.token, "Bearer " + "z" * 5000, "Bearer \udcff", api.token):
        assert app.test_client().get("/api/v1/guides", headers={"Authorization": header}).status_code == 401, header


def test_a_revoked_token_opens_nothing(api, database, brand, clock):
    api.get("/guides")
    with database.transaction(brand.id) as session:
        token = session.scalars(select(ApiToken)).one()
        revoke_token(session, brand_id=brand.id, token_id=token.id, now=clock.now)
    api.get("/guides", status=401)


def test_a_suspended_brand_opens_nothing(api, database, brand):
    with database.transaction(operator=True) as session:
        session.execute(text("UPDATE brands SET status = 'suspended' WHERE id = :id"), {"id": brand.id})
    api.get("/guides", status=401)


def test_a_missing_scope_is_named(app, api, database, brand):
    reader = Caller(app.test_client(), a_token(database, brand, ["orgs:read"]), brand)
    reader.get("/org-units")
    problem = reader.post("/org-units", {"kind": "region", "name": "华南", "code": "R"}, status=403)
    assert (problem["type"], problem["scope"]) == ("/api/problems/scope_missing", "orgs:write")
    assert reader.get("/guides", status=403)["scope"] == "guides:read"


def test_writing_includes_reading(app, api, database, brand):
    writer = Caller(app.test_client(), a_token(database, brand, ["orgs:write"]), brand)
    writer.get("/org-units")


def test_another_brand_is_not_found(api, stranger):
    unit = api.post("/org-units", {"kind": "region", "name": "华南", "code": "R"})
    assert stranger.get(f"/org-units/{unit['id']}", status=404)["code"] == "not_found"
    assert stranger.get("/org-units")["data"] == []
    stranger.patch(f"/org-units/{unit['id']}", {"name": "x"}, status=404)
    stranger.post("/org-units", {"kind": "store", "name": "x", "code": "S", "parent_id": unit["id"]}, status=404)


def test_the_address_and_method_are_told(api):
    api.get("/nothing-here", status=404)
    answer = api.raw("DELETE", "/guides")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"] and answer.content_type == "application/problem+json"
