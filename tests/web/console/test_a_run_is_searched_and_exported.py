"""A run's items are found by SKU, id or title, and what is shown is what is exported; runs are found by source and state; an idle preview says it is over."""

from __future__ import annotations

import csv
import io
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from app.domain.brands.models import Brand
from app.domain.catalog.models import SyncRun
from app.extensions import Database
from app.web.shared.application import Application
from tests.builders.flagships import MemoryFlagship, a_source, a_variant, sync
from tests.builders.signed_in import console
from tests.conftest import NOON
from tests.web.console.conftest import in_chinese


@pytest.fixture
def desk(app: Application, brand: Brand) -> FlaskClient:
    return in_chinese(console(app, f"owner@{brand.slug}.example"))


@pytest.fixture
def source(database: Database, brand: Brand) -> UUID:
    return a_source(database, brand.id)


def flagship() -> MemoryFlagship:
    """600 SKUs, more than an export holds at once; one begins like a formula, one has a % in its name."""
    return MemoryFlagship([a_variant(number) for number in range(1, 599)] + [a_variant(599, sku="=A-1"), a_variant(600, title="五折 50%_箱")])


def exported(desk: FlaskClient, run: SyncRun, query: str = "") -> list[str]:
    rows = list(csv.reader(io.StringIO(desk.get(f"/console/sources/runs/{run.id}/items.csv{query}").get_data(as_text=True).lstrip("\ufeff"))))
    return [row[2] for row in rows[1:]]


def test_items_are_found_and_exported_as_shown(desk: FlaskClient, database: Database, brand: Brand, source: UUID) -> None:
    there = flagship()
    sync(database, there, brand_id=brand.id, source_id=source, now=NOON)
    there.change("x7", price_minor=1)
    run = sync(database, there, brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    page = f"/console/sources/runs/{run.id}"
    assert exported(desk, run) == [*(f"SKU-{number}" for number in range(1, 599)), "'=A-1", "SKU-600"]
    assert exported(desk, run, "?tab=updated") == ["SKU-7"] and exported(desk, run, "?tab=unchanged&q=sku-59") == ["SKU-59", *(f"SKU-{n}" for n in range(590, 599))]
    assert exported(desk, run, "?q=50%25_") == ["SKU-600"] and exported(desk, run, "?q=x599") == ["'=A-1"] and len(exported(desk, run, "?tab=nonsense")) == 600
    shown = desk.get(f"{page}?tab=unchanged&q=50%25_").get_data(as_text=True)
    assert "五折 50%_箱" in shown and "SKU-12" not in shown and "导出筛选结果" in shown
    assert "没有找到" in desk.get(f"{page}?q=nothing").get_data(as_text=True)


def test_runs_are_found_by_source_and_state(desk: FlaskClient, database: Database, brand: Brand, source: UUID) -> None:
    sync(database, flagship(), brand_id=brand.id, source_id=source, now=NOON)
    other = a_source(database, brand.id, "另一家")
    sync(database, MemoryFlagship([a_variant(1, sku="O")], stop_after=0), brand_id=brand.id, source_id=other, now=NOON)
    for query, numbers in (("", {1, 2}), (f"?source={source}", {1}), ("?state=failed", {2}), (f"?source={source}&state=failed", set()), ("?source=x&state=y", {1, 2})):
        page = desk.get(f"/console/sources{query}").get_data(as_text=True)
        assert {number for number in (1, 2) if f">#{number}</a>" in page} == numbers, query
        assert ("没有符合条件的运行" in page) is (not numbers)


def test_a_preview_with_nothing_to_write_says_so_and_offers_nothing_to_write(desk: FlaskClient, database: Database, brand: Brand, source: UUID) -> None:
    there = flagship()
    sync(database, there, brand_id=brand.id, source_id=source, now=NOON)
    run = sync(database, there, brand_id=brand.id, source_id=source, now=NOON, mode="preview")
    page = desk.get(f"/console/sources/runs/{run.id}").get_data(as_text=True)
    assert "已比对，没有要写的" in page and "云店和旗舰店一样" in page and "/apply" not in page and "/cancel" not in page
    assert "重新比对" not in desk.get("/console/sources").get_data(as_text=True)
