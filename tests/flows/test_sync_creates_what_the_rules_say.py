"""New SKUs are written by the database from the run's items; what it writes is what `rules.wanted_variant` and `wanted_product` say."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.domain.brands.models import Brand
from app.domain.catalog.models import Product, ProductImage, SyncItem, Variant
from app.domain.catalog.ports import ListedVariant
from app.domain.catalog.rules import wanted_product, wanted_variant
from app.extensions import Database
from tests.builders.flagships import MemoryFlagship, a_source, sync
from tests.conftest import NOON


def listed(number: int, group: str, **values: Any) -> ListedVariant:
    facts = {"sku": f"S-{number}", "title": f"登机箱 {group} 雾蓝", "options": {"颜色": "雾蓝"}, "stock": 7, "images": ("https://x.cn/a.jpg",)}
    return ListedVariant(external_id=f"x{number}", group_id=group, price_minor=89900, currency="CNY", position=number, **{**facts, **values})


SHELF = [
    listed(1, "g1", title_en="Case", description="<p>轻</p>", category="箱包 > 登机箱", vendor="远途", list_price_minor=99900, weight_g=2800, barcode="69"),
    listed(2, "g1", stock=None, published=False, images=("https://x.cn/b.jpg", "https://x.cn/a.jpg", "https://x.cn/b.jpg")),
    listed(3, "g2", sku="", options={}, images=(), stock=0),
    listed(4, "g3"),
]


def test_every_column_is_as_the_rules_say(database: Database, brand: Brand) -> None:
    source = a_source(database, brand.id)
    assert sync(database, MemoryFlagship(list(SHELF)), brand_id=brand.id, source_id=source, now=NOON).counts["created"] == 4
    with database.transaction(brand.id) as session:
        rows = session.execute(select(Variant, SyncItem).join(SyncItem, SyncItem.variant_id == Variant.id).where(SyncItem.brand_id == brand.id)).all()
        products = {row.id: row for row in session.scalars(select(Product))}
        urls: dict[object, list[str]] = {}
        for image in session.scalars(select(ProductImage).order_by(ProductImage.position)):
            urls.setdefault(image.variant_id, []).append(image.source_url)
        for variant, item in rows:
            wanted = wanted_variant(item.listed or {})
            product, images = products[variant.product_id], list(dict.fromkeys(wanted.pop("images")))
            assert (product.external_id, urls.get(variant.id, [])) == (wanted.pop("group"), images)
            assert {field: getattr(variant, field) for field in wanted} == wanted
            assert (variant.external_id, variant.row_hash, variant.position) == (item.external_id, (item.listed or {})["hash"], item.position)
            assert (variant.source_id, variant.reserved, variant.commissionable, variant.owners, item.applied) == (source, 0, True, {}, True)
            if (item.listed or {})["leads"]:
                says = wanted_product(item.listed or {})
                assert {field: getattr(product, field) for field in says} == says
        assert len(rows) == 4
        assert {(row.title, row.status, row.origin) for row in products.values()} == {("登机箱 g1", "published", "flagship"),
                                                                                     ("登机箱 g2 雾蓝", "published", "flagship"), ("登机箱 g3", "published", "flagship")}


def test_a_new_one_that_speaks_for_a_product_we_have_renames_it(database: Database, brand: Brand) -> None:
    source = a_source(database, brand.id)
    sync(database, MemoryFlagship([SHELF[0]]), brand_id=brand.id, source_id=source, now=NOON)
    ahead = listed(0, "g1", title="静音登机箱 雾蓝", sku="S-0")
    run = sync(database, MemoryFlagship([ahead, SHELF[0]]), brand_id=brand.id, source_id=source, now=NOON)
    assert run.counts["created"] == 1
    with database.transaction(brand.id) as session:
        assert session.scalars(select(Product.title)).one() == "静音登机箱"
        assert len(session.scalars(select(Variant.id)).all()) == 2
