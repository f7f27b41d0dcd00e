"""A package that was only installed brings a kind of its own: docs/connector_template.py, found by its entry point and held to every claim."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from doubles.little import TOKEN, LittleDouble
from doubles.little_orders import LittleOrdersDouble

from app.gateways.downloads import HttpDownload
from app.gateways.flagship import kinds
from app.gateways.flagship.conformance import CLAIMS, Trial, prove
from app.gateways.flagship.writer_conformance import ORDER_CLAIMS, SHOP_CLAIMS, WriterTrial, prove_orders, prove_shop
from app.gateways.talking import HttpTalk

TEMPLATE = Path(__file__).parents[2] / "docs" / "connector_template.py"
ORDERS = TEMPLATE.with_name("orders_template.py")


def install(folder: Path, name: str, code: str, target: str) -> None:
    (folder / f"{name}.py").write_text(code, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[yundian.flagship]\n{name} = {target}\n")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    kinds.cache_clear()
    yield tmp_path
    sys.path.remove(str(tmp_path))
    kinds.cache_clear()


def test_the_template_is_found_and_holds_every_claim(site: Path) -> None:
    install(site, "little_shop", TEMPLATE.read_text(encoding="utf-8"), "little_shop:LITTLE_SHOP")
    kind = kinds()["little_shop"]
    small = replace(kind, connect=lambda settings, means: replace(kind.connect(settings, means), page=4))
    double = LittleDouble()
    with double.open() as url:
        trial = Trial(small, {"shop_url": url}, {"token": TOKEN}, double, HttpTalk(allow_private=True), HttpDownload(allow_private=True),
                      lambda: datetime.now(UTC), double.settle)
        assert prove(trial) == list(CLAIMS)


def test_the_template_of_orders_and_stock_holds_every_claim(site: Path) -> None:
    install(site, "little_shop", TEMPLATE.read_text(encoding="utf-8"), "little_shop:LITTLE_SHOP")
    (site / "little_orders.py").write_text(ORDERS.read_text(encoding="utf-8"), encoding="utf-8")
    doors: Any = importlib.import_module("little_orders")
    kind = replace(kinds()["little_shop"], orders=doors.orders, shop=doors.shop)
    double = LittleOrdersDouble()
    with double.open() as url:
        trial = WriterTrial(kind, {"shop_url": url}, {"token": TOKEN}, double, HttpTalk(allow_private=True), HttpDownload(allow_private=True),
                            lambda: datetime.now(UTC), double.settle)
        assert prove_orders(trial) == list(ORDER_CLAIMS) and prove_shop(trial) == list(SHOP_CLAIMS)


def test_a_package_that_cannot_be_loaded_harms_nobody(site: Path) -> None:
    install(site, "broken_shop", "raise RuntimeError('of its own')", "broken_shop:KIND")
    install(site, "strange_shop", "KIND = 5", "strange_shop:KIND")
    assert "merchant_feed" in kinds() and not {"broken_shop", "strange_shop"} & set(kinds())


def test_a_package_does_not_replace_a_kind_of_ours(site: Path) -> None:
    ours = kinds()["shopify"]
    kinds.cache_clear()
    code = TEMPLATE.read_text(encoding="utf-8").replace('"little_shop"', '"shopify"')
    install(site, "shopify_again", code, "shopify_again:LITTLE_SHOP")
    assert kinds()["shopify"] is ours
