"""A PostgreSQL, a migrated database and a small shop of its own for the measurements."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from uuid import UUID

from sqlalchemy import select

from app import create_app
from app.config import from_env, socket_url
from app.domain.catalog.models import Variant
from app.domain.commission.actions import add_rule
from app.domain.orgs.actions import add_org_unit
from app.domain.sharing.actions import share_link
from app.domain.splits.actions import add_plan
from app.flows.enrol_guide import enrol_guide
from app.flows.enter_offline_product import enter_offline_product
from app.flows.open_brand import open_brand
from app.gateways import embedded_postgres
from app.web.shared.application import Application
from scripts.migrate import migrate

SLUG = "bench"
PLENTY = 10_000_000


@dataclass(frozen=True)
class Shop:
    """What the measured addresses need."""

    environment: dict[str, str]
    brand_id: int
    share_code: str
    variant_id: str


@contextmanager
def shop() -> Iterator[Shop]:
    """Ready to be served: brand, region, store, guide, ten products, rates, a split plan, a share link."""
    folder = Path(mkdtemp(prefix="yundian-bench-", dir="/var/tmp"))
    server = embedded_postgres.start(folder)
    try:
        embedded_postgres.make_database(folder)
        migrate(socket_url(folder, "yundian_owner"))
        environment = {"EMBEDDED_POSTGRES": str(folder), "FILES": mkdtemp(prefix="yundian-bench-files-"), "SECRET_KEY": "only for the benchmark"}
        yield _fill(environment)
    finally:
        embedded_postgres.stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def _fill(environment: dict[str, str]) -> Shop:
    app, now = create_app(from_env({**os.environ, **environment})), datetime.now(UTC)
    brand_id = a_brand(app, SLUG, now)
    share_code, variants = stock(app, brand_id, now)
    app.database.dispose()
    return Shop(environment, brand_id, share_code, str(variants[0]))


def stock(app: Application, brand_id: int, now: datetime) -> tuple[str, list[UUID]]:
    """What there is to sell and who sells it: the code of her link to the first product, and forty variants."""
    with app.database.transaction(brand_id) as session:
        region = add_org_unit(session, brand_id=brand_id, kind="region", name="华东", code="E")
        store = add_org_unit(session, brand_id=brand_id, kind="store", name="静安嘉里店", code="S1", parent_id=region.id)
        guide = enrol_guide(session, brand_id=brand_id, name="林晓芸", phone="13900000001", store_id=store.id, now=now)
        products = [enter_offline_product(
            session, brand_id=brand_id, name=f"Air 登机箱 {number}", description="聚碳酸酯箱体，静音万向轮。" * 8, category="箱包 > 登机箱", status="published", now=now,
            variants=[{"sku": f"A{number}-{colour}-{size}", "price_minor": 75900, "list_price_minor": 89900, "stock": PLENTY, "options": {"颜色": colour, "尺寸": size}}
                      for colour in ("雾蓝", "燕麦") for size in ("20 寸", "24 寸")]) for number in range(10)]
        add_rule(session, brand_id=brand_id, scope={}, rate_bp=1200, now=now)
        add_plan(session, brand_id=brand_id, org_unit_id=None, shares=[{"role": "store", "rate_bp": 500}, {"role": "region", "rate_bp": 100}], now=now)
        link = share_link(session, brand_id=brand_id, guide_id=guide.id, product_id=products[0].id)
        order = [product.id for product in products]
        variants = sorted(session.execute(select(Variant.product_id, Variant.id)), key=lambda row: (order.index(row[0]), row[1]))
        return link.code, [variant_id for _, variant_id in variants]


def a_brand(app: Application, slug: str, now: datetime) -> int:
    """Another brand on the same database."""
    with app.database.transaction(operator=True) as session:
        return open_brand(session, slug=slug, name="远途", owner_login=f"o@{slug}.example", owner_name="周衡", owner_password_hash="", now=now).id

