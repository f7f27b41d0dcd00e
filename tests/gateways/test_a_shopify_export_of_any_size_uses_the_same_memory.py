"""A bulk file is read in pieces from the disk of somebody else: four times the file is the same memory."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from catalogues import never

from app.domain.catalog.ports import Answer, ListedVariant
from app.gateways.flagship import Means, kinds
from app.gateways.flagship.opening import GivenSecrets


def export_of(path: Path, products: int) -> Path:
    with path.open("wb") as file:
        for number in range(products):
            product = f"gid://shopify/Product/{number}"
            lines = [{"id": product, "title": f"箱 {number}", "descriptionHtml": "静音" * 100, "status": "ACTIVE"},
                     *({"id": f"gid://shopify/ProductVariant/{number}{n}", "price": "9.90", "__parentId": product} for n in range(2))]
            file.writelines(json.dumps(line).encode() + b"\n" for line in lines)
    return path


def peak_of(path: Path, products: int) -> int:
    size = path.stat().st_size
    answers: dict[str, object] = {
        "YundianShop": {"shop": {"name": "店", "currencyCode": "CNY"}, "productsCount": {"count": products}, "productVariantsCount": {"count": products * 2}},
        "YundianBulkState": {"node": {"status": "COMPLETED", "url": "https://files.example/1", "fileSize": str(size)}},
        "YundianBulk(": {"bulkOperationRunQuery": {"bulkOperation": {"id": "1"}, "userErrors": []}},
        "YundianProducts": {"products": {"nodes": [], "pageInfo": {"hasNextPage": False}}},
    }

    def talk(method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"", **_: object) -> Answer:
        if method == "GET":
            first, last = (int(text) for text in re.findall(r"\d+", headers["Range"]))
            with path.open("rb") as file:
                file.seek(first)
                part = file.read(last - first + 1)
            return Answer(206, {"content-range": f"bytes {first}-{first + len(part) - 1}/{size}"}, part)
        name = next(name for name in answers if name.encode() in body)
        return Answer(200, {}, json.dumps({"data": answers[name]}).encode())

    means = Means(GivenSecrets({"access_token": "t"}), talk, never, datetime.now(UTC), lambda _: None)  # type: ignore[arg-type]
    items = kinds()["shopify"].open({"endpoint": "https://shop.example"}, means).list_items(currency="CNY")
    tracemalloc.start()
    try:
        assert sum(isinstance(item, ListedVariant) for item in items) == products * 2
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_four_times_the_file_is_the_same_memory(tmp_path: Path) -> None:
    """10 MB and 40 MB of file; the larger of them is a good deal more than what may be held."""
    small = peak_of(export_of(tmp_path / "small", 6_000), 6_000)
    large = peak_of(export_of(tmp_path / "large", 24_000), 24_000)
    assert large < small + 2 * 1024 * 1024 and large < 25 * 1024 * 1024, (small, large)
