"""Pictures the sync has noted are fetched, checked, resized and kept; one that fails keeps its reason (R36).

Each address is fetched once, however many variants show it; doing it twice writes the same file again.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.domain.catalog.models import ProductImage
from app.domain.catalog.pictures import MAX_PICTURE_BYTES, picture_key, sized_webps
from app.domain.catalog.ports import Download, FlagshipUnreachable, Transactions
from app.kernel.db import driver
from app.kernel.errors import Refused
from app.kernel.files import Files
from app.kernel.queue import defer

BATCH = 20
AT_ONCE = 4
JOB = "fetch_pictures"
WAITING = """SELECT source_url FROM product_images WHERE brand_id = %(brand)s AND state = 'waiting' AND source_url <> ''
GROUP BY source_url ORDER BY min(position), min(id::text) LIMIT %(most)s"""


@dataclass(frozen=True, slots=True)
class Fetched:
    """`file_key` or the `reason` why there is none."""

    url: str
    file_key: str
    reason: str


def fetch_pictures(database: Transactions, *, brand_id: int, download: Download, files: Files) -> int:
    """Fetch up to 20 waiting pictures, each batch written down for itself; how many were tried, 0 when none waits."""
    with database.transaction(brand_id) as session:
        urls = [row[0] for row in driver(session).execute(WAITING, {"brand": brand_id, "most": BATCH})]
    if not urls:
        return 0
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        fetched = list(pool.map(lambda url: _fetch(url, brand_id=brand_id, download=download, files=files), urls))
    with database.transaction(brand_id) as session:
        _write_down(session, fetched, brand_id=brand_id)
    return len(urls)


def retry_pictures(session: Session, *, brand_id: int) -> None:
    """Give failed pictures another try."""
    session.execute(update(ProductImage).where(ProductImage.brand_id == brand_id, ProductImage.state == "failed", ProductImage.source_url != "")
                    .values(state="waiting", reason="").execution_options(synchronize_session=False))
    ask_for_pictures(session, brand_id=brand_id)


def ask_for_pictures(session: Session, *, brand_id: int) -> None:
    """Have the worker fetch what waits; one job a brand at a time."""
    defer(session, JOB, brand_id=brand_id, lock=f"pictures:{brand_id}")


def _fetch(url: str, *, brand_id: int, download: Download, files: Files) -> Fetched:
    try:
        content = download(url, max_bytes=MAX_PICTURE_BYTES)
        key = picture_key(brand_id, content)
        if not all(files.has(f"{key}-{letter}.webp") for letter in "sml"):
            for letter, webp in sized_webps(content).items():
                files.put(f"{key}-{letter}.webp", webp)
    except FlagshipUnreachable as unreachable:
        return Fetched(url, "", unreachable.message % unreachable.data if unreachable.data else unreachable.message)
    except Refused as refused:
        return Fetched(url, "", str(refused))
    return Fetched(url, key, "")


def _write_down(session: Session, fetched: Sequence[Fetched], *, brand_id: int) -> None:
    for one in fetched:
        session.execute(
            update(ProductImage).where(ProductImage.brand_id == brand_id, ProductImage.source_url == one.url, ProductImage.state != "stored")
            .values(file_key=one.file_key, state="stored" if one.file_key else "failed", reason=one.reason[:200])
            .execution_options(synchronize_session=False))
