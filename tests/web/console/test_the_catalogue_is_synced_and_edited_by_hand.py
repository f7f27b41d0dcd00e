"""HQ connects a flagship, sees the difference, writes it, takes it back; edits a product; enters one by hand: all by plain forms."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.catalog.models import FlagshipSource, Product, SyncRun, Variant
from app.extensions import Database
from app.flows.sync_flagship import run_sync
from app.web.shared.application import Application
from tests.builders.flagships import MemoryFlagship, a_flagship, a_source, a_variant, sync
from tests.builders.signed_in import console
from tests.conftest import NOON
from tests.web.console.conftest import in_chinese

SHEET = "SKU编码,商品名称,价格,库存,颜色\nS-1,轻行箱,899.00,5,雾蓝\nS-2,轻行箱,899.00,0,燕麦\nS-3,<b>坏价格</b>,免费,1,松绿\n"


@pytest.fixture
def desk(app: Application, brand: Brand) -> FlaskClient:
    return in_chinese(console(app, f"owner@{brand.slug}.example"))


def one(database: Database, brand: Brand, table: type[Any]) -> Any:
    with database.transaction(brand.id) as session:
        return session.scalars(select(table).order_by(table.id.desc())).first()


def work(app: Application, brand: Brand) -> SyncRun:
    """What the worker does with the newest run."""
    run_sync(app.database, brand_id=brand.id, run_id=one(app.database, brand, SyncRun).id, flagship=app.gateways.flagship, now=NOON)
    return one(app.database, brand, SyncRun)


def test_a_sheet_is_tried_connected_previewed_written_and_undone(app: Application, database: Database, brand: Brand, desk: FlaskClient) -> None:
    form = {"name": "表格", "kind": "spreadsheet", "url": ""}
    tried = desk.post("/console/sources/new", data={**form, "try": "1", "file": (io.BytesIO(SHEET.encode("gbk")), "商品.csv")})
    assert tried.status_code == 200 and "3 项" in tried.text and "1 项读不懂" in tried.text and "轻行箱" in tried.text
    assert one(database, brand, FlagshipSource) is None
    kept = re.search(r'name="kept" value="([^"]+)"', tried.text)
    assert kept
    answer = desk.post("/console/sources/new", data={**form, "kept": kept[1]})
    assert answer.status_code == 303
    source = one(database, brand, FlagshipSource)
    assert (source.name, source.settings["file_name"]) == ("表格", "商品.csv")
    page = desk.post(f"/console/sources/{source.id}/sync").location
    assert 'hx-trigger="every 1s"' in desk.get(page).text
    assert desk.get(page + "/live").headers.get("HX-Refresh") is None
    run = work(app, brand)
    assert (run.state, run.counts["created"], run.counts["failed"]) == ("previewed", 2, 1)
    assert desk.get(page + "/live").headers["HX-Refresh"] == "true"
    shown = desk.get(page).text
    assert "写入 2 项变更" in shown and "899.00 · 库存 5" in shown and "云店没有" in shown
    assert one(database, brand, Variant) is None
    assert desk.post(page + "/apply").status_code == 303
    assert work(app, brand).state == "partial"
    assert "撤销这次写入" in desk.get(page).text
    failed = desk.get(page + "?tab=failed").text
    assert "第 4 项" in failed
    table = desk.get(page + "/items.csv")
    assert table.status_code == 200 and "S-1" in table.text
    assert desk.post(page + "/undo").status_code == 303
    assert one(database, brand, SyncRun).state == "undone"
    assert "已撤销" in desk.get("/console/sources").text


@pytest.mark.parametrize(("form", "text"), [
    ({"name": "", "kind": "merchant_feed", "url": "https://x.example/f"}, "请给来源起个名字"),
    ({"name": "a", "kind": "merchant_feed", "url": ""}, "请填写网址或上传文件"),
    ({"name": "a", "kind": "merchant_feed", "url": "ftp://x"}, "网址须以 http"),
    ({"name": "a", "kind": "nonsense", "url": "https://x.example/f"}, "没有“nonsense”这种旗舰店来源"),
    ({"name": "a", "kind": "merchant_feed", "url": "http://169.254.169.254/feed", "try": "1"}, "网址指向内部网络，不能访问"),
])
def test_a_source_that_will_not_do_is_told_at_the_field(desk: FlaskClient, form: dict[str, str], text: str) -> None:
    answer = desk.post("/console/sources/new", data=form)
    assert answer.status_code == 422 and text in answer.text


def test_a_second_sync_of_one_source_leads_back_with_the_reason(database: Database, brand: Brand, desk: FlaskClient) -> None:
    source = a_source(database, brand.id)
    desk.post(f"/console/sources/{source}/sync")
    answer = desk.post(f"/console/sources/{source}/sync", follow_redirects=True)
    assert "这个来源正在同步（运行 #1）" in answer.text


def test_conflicts_and_a_short_feed_are_shown_with_what_to_do(database: Database, brand: Brand, desk: FlaskClient) -> None:
    flagship, source = a_flagship(12), a_source(database, brand.id)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    flagship.items = [a_variant(1, price_minor=5), a_variant(99, sku="SKU-1")]
    run = sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    page = desk.get(f"/console/sources/runs/{run.id}").text
    assert "旗舰店这次少了 11 个 SKU" in page and "我已核对，仍要写入" in page and "SKU 已属于来源里的另一件商品" in page
    desk.post(f"/console/sources/runs/{run.id}/apply")
    assert one(database, brand, SyncRun).state == "previewed"
    desk.post(f"/console/sources/runs/{run.id}/apply", data={"confirmed": "1"})
    assert one(database, brand, SyncRun).state == "queued"


def test_a_product_is_rewritten_locked_given_back_and_taken_down(database: Database, brand: Brand, desk: FlaskClient) -> None:
    sync(database, MemoryFlagship([a_variant(1)]), brand_id=brand.id, source_id=a_source(database, brand.id), now=NOON)
    product, variant = one(database, brand, Product), one(database, brand, Variant)
    page = f"/console/products/{product.id}"
    assert "行李箱 1 号" in desk.get("/console/products?q=SKU-1").text
    desk.post(page + "/text", data={"title": "门店版"})
    assert "品牌改写" in desk.get(page).text
    desk.post(page + "/lock/title")
    assert one(database, brand, Product).owners == {"title": "locked"}
    desk.post(page + "/give-back/title")
    assert one(database, brand, Product).owners == {}
    desk.post(page + "/status", data={"status": "unpublished"})
    assert one(database, brand, Product).status == "unpublished"
    assert desk.get(f"/console/variants/{variant.id}").location.startswith(page)
    assert "不计佣的 SKU" in desk.get(f"{page}?variant={variant.id}").text
    desk.post(f"/console/variants/{variant.id}", data={"commissionable": "0"})
    assert one(database, brand, Variant).commissionable is False
    refused = desk.post(f"/console/variants/{variant.id}", data={"price": "1.00"})
    assert refused.status_code == 422 and "这一项由旗舰店同步" in refused.text


def test_an_offline_product_is_entered_and_wrong_cells_are_marked(database: Database, brand: Brand, desk: FlaskClient) -> None:
    assert desk.get("/console/products/new").status_code == 200
    wrong = desk.post("/console/products/new", data={"name": "箱", "sku_0": "A", "price_0": "免费", "sku_2": "B", "price_2": "0", "stock_2": "1000000000000"})
    assert wrong.status_code == 422 and "“免费”不是金额" in wrong.text
    wrong = desk.post("/console/products/new", data={"name": "", "sku_2": "B", "price_2": "0", "stock_2": "100000000000"})
    assert wrong.status_code == 422 and all(text in wrong.text for text in ("请填写商品名称", "价格须大于 0", "库存须在 0 到 1000000000 之间"))
    good = desk.post("/console/products/new", data={
        "name": "门店箱", "published": "y", "colour_0": "雾蓝", "sku_0": "A", "price_0": "1,299.50", "stock_0": "3"})
    assert good.status_code == 303
    variant = one(database, brand, Variant)
    assert (variant.price_minor, variant.stock, variant.options) == (129_950, 3, {"颜色": "雾蓝"})
    assert "SKU A 已经有商品在用" in desk.post("/console/products/new", data={"name": "b", "sku_0": "A", "price_0": "1"}).text
    edited = desk.post(f"/console/variants/{variant.id}", data={"price": "99", "list_price": "", "stock": "0"})
    assert edited.status_code == 303 and one(database, brand, Variant).price_minor == 9_900


@pytest.mark.parametrize("path", ["products", "sources", "sources/runs", "variants"])
def test_what_is_no_id_is_not_found(desk: FlaskClient, path: str) -> None:
    for key in ("x", "01890000-0000-7000-8000-000000000000", "a" * 300):
        assert desk.get(f"/console/{path}/{key}").status_code == 404


@pytest.mark.parametrize("query", ["", "?page=-1", "?page=99999999", "?sort=nonsense", "?q=%25_%27", "?category=x&status=y&origin=z&stock=w",
                                   "?sort=-price&stock=out&status=gone",
                                   "?q=" + "长" * 300])
def test_any_list_query_is_answered(desk: FlaskClient, query: str) -> None:
    assert desk.get("/console/products" + query).status_code == 200


def test_pictures_are_served_for_ever_and_only_pictures(app: Application, client: FlaskClient) -> None:
    app.gateways.files.put("7/media/0123456789abcdef-m.webp", b"RIFF")
    app.gateways.files.put("7/flagship/secret", b"no")
    answer = client.get("/media/7/media/0123456789abcdef-m.webp")
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (200, "image/webp", "public, max-age=31536000, immutable")
    for key in ("7/flagship/secret", "7/media/0123456789abcdef-x.webp", "7/media/ffff456789abcdef-m.webp", "../7/media/x", "%00"):
        assert client.get(f"/media/{key}").status_code in (400, 404)
