"""What the story's shoppers choose from, by SKU: the flagship's range and what only the stores sell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from demo.flagship.catalogue import variants
from demo.flagship.make_feed import stock

COMMISSION_FREE = "FW-GW50-INK"
"""Spare wheels are sold at cost: the whole product pays no commission."""
RENAMED = ("FW-HF-FOG", "远途 折叠旅行袋 32 L · 店员都在用")
LOCKED = ("FW-PE-SLT", "description")


@dataclass(frozen=True)
class OfflineProduct:
    """Sold in the stores only; {sku: (options, price, stock)}."""

    name: str
    category: str
    description: str
    variants: dict[str, tuple[dict[str, str], int, int]]


OFFLINE = (
    OfflineProduct("门店专享 刻字行李牌（1 枚）", "配件 > 行李牌与证件", "门店现场刻字，10 分钟可取。植鞣革，最多 8 个字。", {
        "OFF-TAG-CAM": ({"颜色": "焦糖"}, 8_800, 120), "OFF-TAG-INK": ({"颜色": "墨黑"}, 8_800, 120)}),
    OfflineProduct("箱体清洁养护套装", "配件 > 养护", "清洁剂 120 ml、轮轴油 10 ml、绒布一块。门店维修台同款。", {
        "OFF-CARE": ({}, 6_900, 400)}),
    OfflineProduct("样品特惠 Air 20 寸（展示机）", "箱包 > 登机箱", "门店展示机，功能完好，箱体有轻微使用痕迹，质保 2 年。", {
        "OFF-A20-SHOW": ({"尺寸": "20 寸"}, 52_900, 12)}),
)


@dataclass(frozen=True)
class Piece:
    """A variant as the story needs it; `weight` says how often it is chosen."""

    sku: str
    price_minor: int
    stock: int
    category: str
    weight: int


@lru_cache(maxsize=1)
def pieces() -> tuple[Piece, ...]:
    """Everything on sale, main pieces and accessories alike, in the order of the tables."""
    listed = [Piece(sku, (size.sale or size.price) * 100, stock(line, sku), line.kind, _weight(line.kind, size.sale is not None))
              for line, size, _, sku in variants()]
    offline = [Piece(sku, price, left, product.category, 2) for product in OFFLINE for sku, (_, price, left) in product.variants.items()]
    return (*listed, *offline)


def _weight(category: str, on_sale: bool) -> int:
    often = {"箱包 > 登机箱": 6, "箱包 > 前开盖": 3, "背包 > 通勤双肩包": 4}.get(category, 2)
    return often * 2 if on_sale else often
