"""After a sync the worker fetches each address once, however many variants show it; a failure keeps its reason and is tried again."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image
from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.catalog.models import ProductImage, Variant
from app.domain.catalog.ports import FlagshipUnreachable
from app.domain.catalog.queries import product_detail, variant_pictures
from app.extensions import Database
from app.flows.fetch_pictures import fetch_pictures
from app.gateways.storage import LocalFiles
from tests.builders.flagships import MemoryFlagship, a_source, a_variant, sync
from tests.conftest import NOON


def a_picture(shade: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 50), (shade, 80, 90)).save(out, "PNG")
    return out.getvalue()


class Web:
    """Addresses and what they answer; anything else is not there. Remembers what was asked for."""

    def __init__(self, pages: dict[str, bytes]) -> None:
        self.pages, self.asked = pages, []

    def __call__(self, url: str, *, max_bytes: int) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise FlagshipUnreachable("http_status", "旗舰店的网址回答了 %(status)d", status=404)
        return self.pages[url]


def states(database: Database, brand_id: int) -> dict[str, tuple[str, str]]:
    with database.transaction(brand_id) as session:
        return {row.source_url: (row.state, row.reason) for row in session.scalars(select(ProductImage))}


def fetch_all(database: Database, brand_id: int, web: Any, files: LocalFiles) -> None:
    while fetch_pictures(database, brand_id=brand_id, download=web, files=files):
        pass


def test_each_address_once_and_again_after_the_next_run(database: Database, brand: Brand, tmp_path: Path) -> None:
    shared, own, lost = "https://f.example/group.png", "https://f.example/own.png", "https://f.example/lost.png"
    flagship = MemoryFlagship([a_variant(1, group_id="g", images=(shared, own)), a_variant(2, group_id="g", images=(shared, lost)),
                               a_variant(3, group_id="g", images=("https://f.example/page.html",))])
    source, files = a_source(database, brand.id), LocalFiles(tmp_path)
    web = Web({shared: a_picture(1), own: a_picture(2), "https://f.example/page.html": b"<html>"})
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    fetch_all(database, brand.id, web, files)
    assert sorted(web.asked) == sorted([shared, own, lost, "https://f.example/page.html"])
    assert states(database, brand.id) == {
        shared: ("stored", ""), own: ("stored", ""), lost: ("failed", "旗舰店的网址回答了 404"), "https://f.example/page.html": ("failed", "不是能识别的图片")}
    with database.transaction(brand.id) as session:
        variants = session.scalars(select(Variant).order_by(Variant.external_id)).all()
        detail = product_detail(session, brand_id=brand.id, product_id=variants[0].product_id)
        keys = variant_pictures(session, brand_id=brand.id, variant_ids=[variant.id for variant in variants])
        assert len(detail.pictures) == 2 and len(detail.unfetched) == 2
        assert [keys[variant.id] for variant in variants] == [detail.pictures[0]] * 3
        assert all(files.has(f"{key}-{letter}.webp") for key in detail.pictures for letter in "sml")
    web.pages[lost] = a_picture(3)
    sync(database, flagship, brand_id=brand.id, source_id=source, now=NOON)
    fetch_all(database, brand.id, web, files)
    assert states(database, brand.id)[lost] == ("stored", "")
    assert web.asked.count(shared) == 1
