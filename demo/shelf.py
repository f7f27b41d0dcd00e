"""The shelf: the flagship is connected and synced as the console does it, its pictures fetched, offline products entered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.catalog.actions import change_variant, lock_field, rewrite_product
from app.domain.catalog.models import FlagshipSource, Product, SyncRun, Variant
from app.extensions import Database
from app.flows.connect_flagship import connect_flagship
from app.flows.enter_offline_product import enter_offline_product
from app.flows.fetch_pictures import fetch_pictures
from app.flows.sync_flagship import apply_sync, queue_sync, run_sync
from app.gateways.wiring import Gateways
from app.kernel.tenancy import BrandSession
from demo.brand import FLAGSHIP_HOST
from demo.colleagues import act_for
from demo.flagship.make_feed import FEED
from demo.goods import COMMISSION_FREE, LOCKED, OFFLINE, RENAMED
from demo.story import OPS

UNDER_WAY = ("queued", "running", "previewed")
FEED_URL = f"https://{FLAGSHIP_HOST}/feed.xml"


def open_flagship(mirror: Path) -> Path:
    """The flagship's web site, in the folder that stands for the internet; gives the folder of its pictures."""
    site = mirror / FLAGSHIP_HOST
    (site / "media").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(FEED, site / "feed.xml")
    return site / "media"


def sync_range(database: Database, gateways: Gateways, *, brand_id: int, now: datetime) -> None:
    """Connect, preview, apply; goes on where an earlier try stopped."""
    with database.transaction(brand_id) as session:
        if session.scalar(select(Product.id).limit(1)) and _last_run(session).state in ("succeeded", "partial"):
            return
        act_for(session, OPS)
        source = session.scalar(select(FlagshipSource)) or connect_flagship(
            session, brand_id=brand_id, kind="merchant_feed", name="FARWAY 官方旗舰店", settings={"url": FEED_URL}, files=gateways.files,
            flagship=gateways.flagship, now=now)
        run = session.scalar(select(SyncRun).where(SyncRun.state.in_(UNDER_WAY))) or queue_sync(
            session, brand_id=brand_id, source_id=source.id, mode="preview", now=now, in_background=False)
        run_id = run.id
    state = run_sync(database, brand_id=brand_id, run_id=run_id, flagship=gateways.flagship, now=now)
    if state == "previewed":
        with database.transaction(brand_id) as session:
            act_for(session, OPS)
            apply_sync(session, brand_id=brand_id, run_id=run_id, now=now, in_background=False)
        state = run_sync(database, brand_id=brand_id, run_id=run_id, flagship=gateways.flagship, now=now)
    if state != "succeeded":
        raise RuntimeError(f"the sync of the sample flagship ended as {state}")


def fetch_all_pictures(database: Database, gateways: Gateways, *, brand_id: int) -> int:
    """Batch after batch, as the worker would; how many addresses were fetched."""
    fetched = 0
    while batch := fetch_pictures(database, brand_id=brand_id, download=gateways.download, files=gateways.files):
        fetched += batch
    return fetched


def tend(session: BrandSession, *, brand_id: int, now: datetime) -> None:
    """What the stores sell besides, and what operations changed by hand; once."""
    if session.scalar(select(Product.id).where(Product.origin == "offline").limit(1)):
        return
    act_for(session, OPS)
    for offline in OFFLINE:
        enter_offline_product(session, brand_id=brand_id, name=offline.name, description=offline.description, category=offline.category,
                              variants=list(_variants(offline.variants)), now=now)
    for variant in session.scalars(select(Variant).where(Variant.product_id == product_of(session, COMMISSION_FREE))).all():
        change_variant(session, brand_id=brand_id, variant_id=variant.id, values={"commissionable": False}, now=now)
    sku, title = RENAMED
    rewrite_product(session, brand_id=brand_id, product_id=product_of(session, sku), values={"title": title}, now=now)
    sku, field = LOCKED
    lock_field(session, brand_id=brand_id, product_id=product_of(session, sku), field=field, now=now)


def product_of(session: BrandSession, sku: str) -> UUID:
    return session.scalars(select(Variant.product_id).where(Variant.sku == sku)).one()


def variant_of(session: BrandSession, sku: str) -> UUID:
    return session.scalars(select(Variant.id).where(Variant.sku == sku)).one()


def _variants(table: dict[str, tuple[dict[str, str], int, int]]) -> Iterator[dict[str, Any]]:
    for sku, (options, price, stock) in table.items():
        yield {"sku": sku, "options": options, "price_minor": price, "stock": stock}


def _last_run(session: BrandSession) -> SyncRun:
    return session.scalars(select(SyncRun).order_by(SyncRun.number.desc()).limit(1)).one()
