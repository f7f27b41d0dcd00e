"""R36: whatever the flagship listed before and lists now, every item has an outcome and the catalogue equals the source."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.domain.brands.models import Brand
from app.domain.catalog.models import Product, SyncItem, Variant
from app.domain.catalog.ports import ListedVariant, UnreadableItem
from app.extensions import Database
from tests.builders.flagships import MemoryFlagship, a_source, a_variant, sync
from tests.conftest import NOON

FACTS = st.fixed_dictionaries({
    "group_id": st.sampled_from(["g1", "g2", "g3"]), "price_minor": st.integers(1, 10**9), "stock": st.integers(0, 10**6),
    "title": st.sampled_from(["箱", "包", "伞"]), "category": st.sampled_from(["", "箱包", "箱包 > 登机箱"]), "published": st.booleans(),
    "barcode": st.sampled_from(["", "690"]), "list_price_minor": st.none() | st.integers(1, 10**9), "weight_g": st.none() | st.integers(0, 9999),
    "images": st.lists(st.sampled_from(["https://f.example/a.webp", "https://f.example/b.webp"]), unique=True).map(tuple)})
CATALOGUE = st.dictionaries(st.integers(1, 9), FACTS, max_size=7)
BROKEN = st.sets(st.integers(1, 9), max_size=2)
_runs = itertools.count(1)


def flagship_of(catalogue: dict[int, dict[str, Any]], broken: set[int], mark: int) -> MemoryFlagship:
    """SKUs and ids are this example's own: a brand has each SKU once, whatever the source."""
    items = [UnreadableItem(number, f"x{mark}-{number}", "price_missing", "没有价格") if number in broken
             else a_variant(number, **{**facts, "external_id": f"x{mark}-{number}", "sku": f"S{mark}-{number}",
                                       "barcode": facts["barcode"] and f"690{mark}-{number}"})
             for number, facts in catalogue.items()]
    return MemoryFlagship([*items])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=CATALOGUE, after=CATALOGUE, broken=BROKEN)
def test_after_a_sync_the_catalogue_is_the_source(database: Database, brand: Brand, before: dict[int, Any], after: dict[int, Any], broken: set[int]) -> None:
    mark = next(_runs)
    source = a_source(database, brand.id, f"来源 {mark}")
    sync(database, flagship_of(before, set(), mark), brand_id=brand.id, source_id=source, now=NOON)
    run = sync(database, flagship_of(after, broken, mark), brand_id=brand.id, source_id=source, now=NOON)
    failed = len(broken & after.keys())
    assert run.state == ("partial" if failed else "succeeded")
    assert run.counts["failed"] == failed and run.counts["conflicts"] == 0
    gone = len(before.keys() - after.keys())
    assert sum(run.counts.values()) == len(after) + gone
    assert run.counts["removed"] == gone
    with database.transaction(brand.id) as session:
        outcomes = dict(session.execute(select(SyncItem.outcome, func.count()).where(SyncItem.run_id == run.id).group_by(SyncItem.outcome)).all())
        assert {key if key != "conflict" else "conflicts": count for key, count in outcomes.items()} == {key: n for key, n in run.counts.items() if n}
        rows = session.execute(select(Variant, Product).join(Product, Product.id == Variant.product_id)
                               .where(Variant.source_id == source, Variant.tombstoned_at.is_(None))).all()
        ours = {variant.external_id: (variant, product) for variant, product in rows}
    listed = {item.external_id: item for item in flagship_of(after, broken, mark).items if isinstance(item, ListedVariant)}
    kept = {f"x{mark}-{number}" for number in broken & after.keys() & before.keys()}
    assert ours.keys() == listed.keys() | kept
    for external_id, item in listed.items():
        variant, product = ours[external_id]
        assert (variant.price_minor, variant.list_price_minor, variant.stock, variant.sku, variant.barcode, variant.weight_g) == (
            item.price_minor, item.list_price_minor, item.stock, item.sku, item.barcode, item.weight_g)
        assert variant.status == ("published" if item.published else "unpublished")
        assert product.external_id == item.group_id


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(catalogue=CATALOGUE)
def test_a_product_speaks_as_its_first_variant_and_is_on_sale_while_one_is(database: Database, brand: Brand, catalogue: dict[int, Any]) -> None:
    mark = next(_runs)
    source = a_source(database, brand.id, f"来源 {mark}")
    sync(database, flagship_of(catalogue, set(), mark), brand_id=brand.id, source_id=source, now=NOON)
    with database.transaction(brand.id) as session:
        products = {product.external_id: product for product in session.scalars(select(Product).where(Product.source_id == source))}
    groups: dict[str, list[dict[str, Any]]] = {}
    for facts in catalogue.values():
        groups.setdefault(facts["group_id"], []).append(facts)
    assert products.keys() == groups.keys()
    for group, members in groups.items():
        assert (products[group].title, products[group].category) == (members[0]["title"], members[0]["category"])
        assert products[group].status == ("published" if any(one["published"] for one in members) else "unpublished")
