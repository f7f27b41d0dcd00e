"""HQ chooses a kind, types its keys, tests them, connects and sees the first difference; keys are never shown again. Conflicts wait in one place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, IgnoredListing, SyncItem, SyncRun
from app.domain.catalog.secrets import read_secrets
from app.extensions import Database
from app.gateways.flagship import kinds
from app.web.shared.application import Application
from tests.builders.flagships import MemoryFlagship, a_source, a_variant, sync
from tests.builders.signed_in import console
from tests.conftest import NOON
from tests.gateways.doubles.shopify import TOKEN, ShopifyDouble
from tests.web.console.conftest import in_chinese


@pytest.fixture
def desk(app: Application, brand: Brand) -> FlaskClient:
    return in_chinese(console(app, f"owner@{brand.slug}.example"))


@pytest.fixture
def shopify() -> Iterator[ShopifyDouble]:
    double = ShopifyDouble()
    with double.open():
        yield double


def one(database: Database, brand: Brand, table: type[Any]) -> Any:
    with database.transaction(brand.id) as session:
        return session.scalars(select(table).order_by(table.id.desc())).first()


def test_every_kind_has_its_form(desk: FlaskClient) -> None:
    chooser = desk.get("/console/sources/new").text
    for kind in kinds().values():
        assert f"kind={kind.kind}" in chooser
        form = desk.get(f"/console/sources/new?kind={kind.kind}").text
        assert all(f'name="{field.name}"' in form for field in kind.fields if field.control != "text"), kind.kind


def test_keys_are_tested_connected_changed_and_never_shown(
        app: Application, database: Database, brand: Brand, desk: FlaskClient, shopify: ShopifyDouble) -> None:
    form = {"kind": "shopify", "name": "Shopify 店", "endpoint": shopify.url}
    wrong = desk.post("/console/sources/new", data={**form, "access_token": "shpat_wrong", "try": "1"})
    assert wrong.status_code == 422 and "连不上" in wrong.text and "shpat_wrong" not in wrong.text
    tried = desk.post("/console/sources/new", data={**form, "access_token": TOKEN, "try": "1"})
    assert tried.status_code == 200 and "连上了" in tried.text and TOKEN not in tried.text
    kept = re.search(r'name="secrets" value="([^"]+)"', tried.text)
    assert kept and one(database, brand, FlagshipSource) is None
    answer = desk.post("/console/sources/new", data={**form, "access_token": "", "secrets": kept[1], "then": "preview"})
    assert answer.status_code == 303 and "/sources/runs/" in answer.location
    source = one(database, brand, FlagshipSource)
    assert read_secrets(source) == {"access_token": TOKEN} and source.settings == {"endpoint": shopify.url}
    assert one(database, brand, SyncRun).mode == "preview"
    page = f"/console/sources/{source.id}"
    shown = desk.get(page).text
    assert TOKEN not in shown and "/hooks/flagship/" in shown and "留空沿用" in shown
    assert "连上了" in desk.post(page + "/check").text
    desk.post(page + "/settings", data={"name": "新名字", "endpoint": shopify.url, "access_token": "", "webhook_secret": "abc"})
    source = one(database, brand, FlagshipSource)
    assert (source.name, read_secrets(source)) == ("新名字", {"access_token": TOKEN, "webhook_secret": "abc"})
    moved = desk.post(page + "/settings", data={"name": "新名字", "endpoint": "https://evil.example", "access_token": ""})
    assert moved.status_code == 422 and "地址变了" in moved.text
    desk.post(page + "/schedule", data={"changes_minutes": "30", "full_hour": "3"})
    source = one(database, brand, FlagshipSource)
    assert (source.changes_minutes, source.full_hour) == (30, 3)
    refused = desk.post(page + "/schedule", data={"changes_minutes": "3", "full_hour": ""})
    assert refused.status_code == 422 and "间隔须在 5 到 10080 分钟之间" in refused.text
    assert "这个来源正在同步" in desk.post(page + "/disconnect", follow_redirects=True).text
    desk.post(f"/console/sources/runs/{one(database, brand, SyncRun).id}/cancel")
    desk.post(page + "/disconnect")
    assert one(database, brand, FlagshipSource).secrets_sealed is None


def test_who_must_be_let_in_again_is_said_on_every_page(database: Database, brand: Brand, desk: FlaskClient) -> None:
    source = a_source(database, brand.id)
    with database.transaction(brand.id) as session:
        session.get_one(FlagshipSource, (brand.id, source)).authorisation_ended_at = NOON
    for page in ("/console/sources", f"/console/sources/{source}", "/console/"):
        assert "需要重新授权" in desk.get(page, follow_redirects=True).text, page


def test_a_person_unticks_what_is_not_to_be_written(database: Database, brand: Brand, desk: FlaskClient) -> None:
    source, shop = a_source(database, brand.id), MemoryFlagship([a_variant(1), a_variant(2), a_variant(3)])
    run = sync(database, shop, brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    page = f"/console/sources/runs/{run.id}"
    shown = desk.get(page).text
    with database.transaction(brand.id) as session:
        ids = dict(session.execute(select(SyncItem.external_id, SyncItem.id)).all())
    assert all(f'name="item" value="{key}"' in shown for key in ids.values())
    form = {"shown": [str(key) for key in ids.values()], "item": [str(ids["x1"]), str(ids["x3"])], "scope": "all"}
    assert desk.post(page + "/apply", data=form).status_code == 303
    run = one(database, brand, SyncRun)
    assert (run.state, run.counts["created"], run.counts["skipped"]) == ("queued", 2, 1)
    with database.transaction(brand.id) as session:
        assert session.scalars(select(SyncItem.external_id).where(SyncItem.code == "not_chosen")).all() == ["x2"]


def test_conflicts_of_all_sources_wait_in_one_place(database: Database, brand: Brand, desk: FlaskClient) -> None:
    """Two of ours share a barcode: which is meant? Ignored once, it is skipped for good; wanted again, it is asked again."""
    first, second = a_source(database, brand.id, "旧店"), a_source(database, brand.id, "新店")
    sync(database, MemoryFlagship([a_variant(1), a_variant(2)]), brand_id=brand.id, source_id=first, now=NOON)
    shop = MemoryFlagship([a_variant(8, external_id="y1", group_id="h1", sku="SKU-1"), a_variant(9, external_id="y2", group_id="h2", sku="N-9")])
    run = sync(database, shop, brand_id=brand.id, source_id=second, now=NOON + timedelta(minutes=1))
    assert run.counts["conflicts"] == 1
    inbox = desk.get("/console/sources/conflicts").text
    assert "新店" in inbox and "SKU 已由另一个旗舰店来源提供" in inbox and "不要这件，以后也不提起" in inbox
    with database.transaction(brand.id) as session:
        item = session.scalars(select(SyncItem).where(SyncItem.outcome == "conflict")).one()
    answer = desk.post(f"/console/sources/conflicts/{run.id}/{item.id}", data={"answer": "ignore"})
    assert answer.status_code == 303 and one(database, brand, SyncRun).state == "succeeded"
    again = sync(database, shop, brand_id=brand.id, source_id=second, now=NOON + timedelta(minutes=2))
    assert (again.state, again.counts["skipped"], again.counts["conflicts"]) == ("succeeded", 1, 0)
    ignored = one(database, brand, IgnoredListing)
    assert "没有冲突" in desk.get("/console/sources/conflicts").text
    desk.post(f"/console/sources/conflicts/ignored/{ignored.id}/want")
    assert sync(database, shop, brand_id=brand.id, source_id=second, now=NOON + timedelta(minutes=3)).counts["conflicts"] == 1
    assert "等你认领" in desk.get("/console/sources/conflicts").text
