"""Customers through the API: masked unless the token may unmask, moved with a trace; a leaver's go to the successor (api.md)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.domain.people.models import AuditEvent
from tests.builders.callers import Caller, a_token
from tests.builders.everything import everything


@pytest.fixture
def rows(app: Any, api: Caller, clock: Any) -> dict[str, str]:
    return everything(app, api, clock)


def of(app: Any, api: Caller, *scopes: str) -> Caller:
    return Caller(app.test_client(), a_token(app.database, api.brand, scopes=list(scopes)), api.brand)


def test_masked_unless_the_token_may_and_then_written_down(app: Any, api: Caller, rows: dict[str, str]) -> None:
    masked = of(app, api, "customers:read").get(f"/customers/{rows['customer']}")
    assert masked["masked"] is True and "****" in masked["phone"] and masked["name"].endswith("**")
    with app.database.transaction(api.brand.id) as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "unmask")).all() == []
    whole = of(app, api, "customers:read", "customers:unmask").get(f"/customers/{rows['customer']}")
    assert whole["masked"] is False and whole["phone"].startswith("+86") and "*" not in whole["name"]
    with app.database.transaction(api.brand.id) as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.action == "unmask")).one().after == {"ids": [rows["customer"]]}


def test_listed_by_guide_tag_segment_and_page(api: Caller, rows: dict[str, str]) -> None:
    for query, there in ((f"guide_id={rows['guide']}", True), (f"tag_id={rows['customer_tag']}", True), (f"segment_id={rows['segment']}", True),
                         (f"store_id={rows['org_unit']}", True), ("q=nobody", False), ("limit=1&cursor=999", False)):
        found = [one["id"] for one in api.get(f"/customers?{query}")["data"]]
        assert (rows["customer"] in found) is there, query
    for cursor in ("x", "-1", "٣", "9" * 60):
        assert api.raw("GET", f"/customers?cursor={cursor}").status_code == 422
    assert [one["name"] for one in api.get("/customer-tags")["data"]] == ["爱出差"]
    assert api.get("/segments")["data"][0]["count"] == 1


def test_moved_to_another_guide_and_handed_over_by_leaving(api: Caller, rows: dict[str, str]) -> None:
    other = api.post("/guides", {"name": "何敏", "phone": "13900000009", "store_id": rows["org_unit"]})
    moved = api.post(f"/customers/{rows['customer']}/transfer", {"guide_id": other["id"], "reason": "顾客要求"}, status=200)
    assert (moved["guide_id"], moved["handovers"][0]["why"], moved["handovers"][0]["reason"]) == (other["id"], "transfer", "顾客要求")
    third = api.post("/guides", {"name": "周宁", "phone": "13900000008", "store_id": rows["org_unit"]})
    api.post(f"/guides/{other['id']}/leave", {"successor_id": third["id"]}, status=200)
    assert api.get(f"/customers/{rows['customer']}")["guide_id"] == third["id"]
    assert api.post(f"/customers/{rows['customer']}/transfer", {"guide_id": other["id"]}, status=422)["errors"][0]["field"] == "guide_id"


def test_a_token_without_the_scope_does_neither(app: Any, api: Caller, rows: dict[str, str]) -> None:
    assert of(app, api, "guides:read").raw("GET", "/customers").status_code == 403
    assert of(app, api, "customers:read").raw("POST", f"/customers/{rows['customer']}/transfer", {"guide_id": rows["guide"]}).status_code == 403
