"""The goods of the JD double: wares, SKUs and what may happen to them. Standard library only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

Thing = dict[str, Any]
SHELF_WORDS = {True: 8, False: 2}
COLOURS, SIZES = ("雾蓝", "曜石黑", "奶白"), ("S", "M", "L")


class Refusal(Exception):
    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.code, self.words = code, words


def now_ms() -> int:
    return int(time.time() * 1000)


def numbers(value: object) -> list[int]:
    parts = value if isinstance(value, list) else str(value or "").split(",")
    return [int(part) for part in parts if str(part).strip()]


def products(wares: int = 12, *, deleted: int = 2, skus: int = 3) -> Thing:
    """So many wares with one to `skus` SKUs each, in three levels of categories."""
    def ware(number: int) -> Thing:
        own = [{"outerId": f"YD-{number:04d}-{at}", "price": f"{50 + number}.{at}9", "stock": 10 + at, "barCode": f"69{number:05d}{at}",
                "attrs": [["颜色", COLOURS[at % 3]], ["尺码", SIZES[(at + number) % 3]]]} for at in range(1 + number % skus)]
        return {"title": f"旅行箱 {number:04d}", "brandName": "示例", "categoryId": 30 if number % 2 else 20, "images": ["a", "b"], "marketPrice": "999.00",
                "introduction": f"<p>第 {number} 款<script>x()</script></p>", "online": number % 5 != 4, "deleted": number >= wares, "skus": own}

    return {"shop": {"venderId": 10001, "shopId": 20001, "shopName": "示例官方旗舰店"},
            "categories": [{"id": 10, "fid": 0, "name": "箱包", "lev": 1}, {"id": 20, "fid": 10, "name": "旅行箱", "lev": 2}, {"id": 30, "fid": 20, "name": "登机箱", "lev": 3}],
            "wares": [ware(number) for number in range(wares + deleted)]}


class Goods:
    """`thin`: lists leave out pictures, texts, prices and stock, as JD may. Prices are fen inside."""

    def __init__(self, products: Thing, *, price_text: bool = False, max_page: int = 100, thin: bool = False) -> None:
        self.price_text, self.max_page, self.thin = price_text, max_page, thin
        self.shop = products["shop"]
        self.categories = {one["id"]: one for one in products.get("categories", [])}
        self.wares: dict[int, Thing] = {}
        self.skus: dict[int, Thing] = {}
        self.stock_keys: dict[str, int] = {}
        began = now_ms() - 90 * 86_400_000
        for ware in products["wares"]:
            self.add(ware, began)

    def add(self, ware: Thing, at: int | None = None) -> int:
        at = at or now_ms()
        ware_id = 10_020_000_000_001 + len(self.wares)
        images = [f"jfs/t1/{ware_id % 1000}/{number}/{ware_id}.png" for number, _ in enumerate(ware.get("images") or ["x"])]
        self.wares[ware_id] = {**ware, "wareId": ware_id, "wareStatus": SHELF_WORDS[ware.get("online", True)], "deleted": bool(ware.get("deleted")),
                               "modified": at, "created": at, "images": images}
        for sku in ware["skus"]:
            self.add_sku(ware_id, sku, at)
        return ware_id

    def add_sku(self, ware_id: int, sku: Thing, at: int | None = None) -> int:
        sku_id = 10_080_000_000_001 + len(self.skus)
        self.skus[sku_id] = {**sku, "skuId": sku_id, "wareId": ware_id, "price": round(float(sku["price"]) * 100), "stock": int(sku.get("stock", 0)),
                             "status": 1, "modified": at or now_ms()}
        return sku_id

    # ---- what may happen
    def happen(self, action: str, *, wareId: int = 0, index: int = 0, percent: int = 10, set: str = "", by: int = 1, **_: object) -> None:
        live = sorted((ware for ware in self.wares.values() if not ware["deleted"]), key=lambda ware: -ware["wareId"])
        gone = [ware for ware in self.wares.values() if ware["deleted"]]
        pool = gone if action == "ware_restored" else live
        if not pool:
            return
        ware = self.wares[wareId] if wareId else pool[index % len(pool)]
        skus = self.skus_of(ware["wareId"])
        at = now_ms()
        if action == "ware_added":
            self.add({"title": "同步中新增商品", "skus": [{"price": "9.90", "stock": 5, "outerId": f"NEW{len(self.wares)}"}]})
            return
        if action in ("ware_removed", "ware_restored"):
            ware["deleted"] = action == "ware_removed"
        elif action == "ware_offline":
            ware["wareStatus"] = 2
        elif action == "sku_removed" and skus:
            skus[0].update(status=4, modified=at)
        elif action == "sku_added":
            self.add_sku(ware["wareId"], {"price": "19.90", "stock": 2, "outerId": f"MORE{len(self.skus)}"})
        elif action == "price_change":
            for sku in skus:
                sku.update(price=round(float(set) * 100) if set else sku["price"] * (100 + percent) // 100 + 1, modified=at)
        elif action == "stock_drift":
            for sku in skus:
                sku.update(stock=max(0, sku["stock"] - by), modified=at)
        ware["modified"] = at

    def skus_of(self, ware_id: int) -> list[Thing]:
        return [sku for sku in self.skus.values() if sku["wareId"] == ware_id and sku["status"] != 4]

    def money(self, fen: int) -> str | float:
        return f"{fen // 100}.{fen % 100:02d}" if self.price_text else fen / 100

    # ---- what is asked
    def search_wares(self, asked: Thing, *, deleted: bool) -> Thing:
        ids = numbers(asked.get("wareId"))
        if len(ids) > 20:
            raise Refusal("61", "wareId")
        rows = [ware for ware in self.wares.values() if ware["deleted"] == deleted and (not ids or ware["wareId"] in ids)
                and ware["modified"] >= int(asked.get("startModifiedTime") or 0)]
        rows.sort(key=lambda ware: ware["wareId"], reverse=asked.get("orderType") != "asc")
        return self._page(rows, asked, "pageSize", lambda ware: self.ware_json(ware, asked))

    def search_skus(self, asked: Thing) -> Thing:
        wares, states = numbers(asked.get("wareId")), numbers(asked.get("skuStatuValue")) or [1, 2]
        if len(wares) > 20:
            raise Refusal("61", "wareId")
        rows = [sku for sku in self.skus.values() if (not wares or sku["wareId"] in wares) and sku["status"] in states
                and not self.wares[sku["wareId"]]["deleted"] and sku["modified"] >= int(asked.get("startModifiedTime") or 0)]
        rows.sort(key=lambda sku: sku["skuId"], reverse=asked.get("orderType") != "asc")
        return self._page(rows, asked, "page_size", lambda sku: self.sku_json(sku, asked))

    def _page(self, rows: list[Thing], asked: Thing, size_name: str, show: Callable[[Thing], Thing]) -> Thing:
        number, size = int(asked.get("pageNo") or 1), int(asked.get(size_name) or 20)
        if not 1 <= size <= self.max_page:
            raise Refusal("61", f"{size_name}(1..{self.max_page})")
        return {"page": {"data": [show(row) for row in rows[(number - 1) * size:number * size]], "totalItem": len(rows), "pageNo": number, "pageSize": size}}

    def ware(self, asked: Thing) -> Thing:
        return {"ware": self.ware_json(self.own(self.wares, asked.get("wareId")), asked, whole=True)}

    def images(self, asked: Thing) -> Thing:
        return {"images": self._images(self.own(self.wares, asked.get("wareId")))}

    def prices(self, asked: Thing) -> Thing:
        skus = [self.skus[int(one[2:])] for one in str(asked["sku_id"]).split(",")]
        return {"price_changes": [{"sku_id": f"J_{sku['skuId']}", "price": f"{sku['price'] / 100:.2f}", "market_price": f"{sku['price'] / 100 + 10:.2f}"} for sku in skus]}

    def stocks(self, asked: Thing) -> Thing:
        sku = self.own(self.skus, asked.get("skuId"))
        return {"skuStocks": [{"skuId": sku["skuId"], "storeId": 0, "stockNum": sku["stock"]}]}

    def category(self, asked: Thing) -> Thing:
        found = self.categories.get(int(asked.get("cid") or 0))
        return {"category": found} if found else {}

    def own(self, table: dict[int, Thing], key: object) -> Thing:
        found = table.get(int(str(key)))
        if found is None:
            raise Refusal("71")
        return found

    def ware_json(self, ware: Thing, asked: Thing, *, whole: bool = False) -> Thing:
        full = {"wareId": ware["wareId"], "title": ware["title"], "categoryId": ware.get("categoryId", 0), "wareStatus": ware["wareStatus"],
                "brandName": ware.get("brandName", ""), "modified": ware["modified"], "weight": 0.5, "logo": ware["images"][0],
                "marketPrice": float(ware.get("marketPrice") or 0)}
        if whole or not self.thin:
            full["introduction"] = ware.get("introduction", "")
        if not self.thin:
            full["images"] = self._images(ware)
        return {name: full[name] for name in str(asked.get("field", "")).split(",") if name in full} | {"wareId": ware["wareId"]}

    def sku_json(self, sku: Thing, asked: Thing) -> Thing:
        attributes = [{"attrId": str(number), "attrValues": [value], "attrValueAlias": [value], "index": number} for number, (_, value) in enumerate(sku.get("attrs", []), 1)]
        values = " ".join(value for _, value in sku.get("attrs", []))
        full = {"wareId": sku["wareId"], "skuId": sku["skuId"], "status": sku["status"], "outerId": sku.get("outerId", ""), "barCode": sku.get("barCode", ""),
                "skuName": f"{self.wares[sku['wareId']]['title']} {values}".strip(), "modified": sku["modified"], "saleAttrs": attributes}
        if not self.thin:
            full |= {"jdPrice": self.money(sku["price"]), "stockNum": sku["stock"]}
        return {name: full[name] for name in str(asked.get("field", "")).split(",") if name in full} | {"wareId": sku["wareId"], "skuId": sku["skuId"]}

    def _images(self, ware: Thing) -> list[Thing]:
        return [{"colorId": "0000000000", "imgIndex": number, "imgUrl": path} for number, path in enumerate(ware["images"], 1)]

    # ---- what is written
    def set_stock(self, asked: Thing) -> Thing:
        self.touch(self.own(self.skus, asked["skuId"]), stock=int(asked["stockNum"]))
        return {"success": True}

    def set_price(self, asked: Thing) -> Thing:
        self.touch(self.own(self.skus, asked["skuId"]), price=round(float(asked["jdPrice"]) * 100))
        return {"success": "true"}

    def change_stock(self, asked: Thing) -> Thing:
        sku, key = self.own(self.skus, asked["skuId"]), str(asked.get("stockRfId") or "")
        if key not in self.stock_keys:
            left = sku["stock"] + int(asked["stockNum"])
            if left < 0:
                return {"result": {"skuId": sku["skuId"], "detailCode": "-1", "detailMsg": "库存不足"}}
            self.touch(sku, stock=left)
            self.stock_keys[key] = left
        return {"result": {"skuId": sku["skuId"], "detailCode": "0", "detailMsg": "成功"}}

    def touch(self, sku: Thing, **changed: int) -> None:
        at = now_ms()
        sku.update(changed, modified=at)
        self.wares[sku["wareId"]]["modified"] = at

    def state(self) -> list[Thing]:
        """Wares with their SKUs, as the emulator's control plane tells them."""
        return [{"wareId": ware["wareId"], "venderId": self.shop["venderId"], "title": ware["title"], "wareStatus": ware["wareStatus"], "deleted": ware["deleted"],
                 "skus": [{"skuId": sku["skuId"], "price": f"{sku['price'] // 100}.{sku['price'] % 100:02d}", "stock": sku["stock"]} for sku in self.skus_of(ware["wareId"])]}
                for ware in self.wares.values()]


def live_skus(wares: Iterable[Thing]) -> dict[str, Thing]:
    """What a whole reading has to end with, from either control plane."""
    return {str(sku["skuId"]): {**sku, "ware": ware} for ware in wares if not ware["deleted"] for sku in ware["skus"]}
