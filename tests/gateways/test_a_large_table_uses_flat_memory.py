from __future__ import annotations

import tracemalloc
from pathlib import Path

from catalogues import connect

from app.domain.catalog.ports import ListedVariant

HEAD = "款号,商品名称,SKU编码,价格,描述\n"


def table_of(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        file.writelines(f"C{number // 4},登机箱 {number // 4} 号,C{number // 4}-{number % 4},899.00,静音万向轮 {number // 4}\n" for number in range(count))
    return path


def peak_of(path: Path, count: int) -> int:
    items = connect("spreadsheet", {"file": path}).list_items(currency="CNY")
    tracemalloc.start()
    try:
        assert sum(isinstance(item, ListedVariant) for item in items) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_four_times_the_table_is_the_same_memory(tmp_path: Path) -> None:
    """Ids and the words that the SKUs of a product share are kept, but not in memory."""
    small = peak_of(table_of(tmp_path / "small.csv", 10_000), 10_000)
    large = peak_of(table_of(tmp_path / "large.csv", 40_000), 40_000)
    assert large < small + 1024 * 1024, (small, large)
