"""Wares (款) and SKUs of the shop as JD lists them, and what belongs to them: pictures, texts, prices, stock, categories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .gateway import Gateway
from .reactions import JdRefused, Reaction
from .replies import Body, objects, page_of, part, text, whole_number
from .signing import epoch_ms
from .walking import START, Page, Place, walk

WARE_FIELDS = ("wareId,title,categoryId,multiCategoryId,brandName,wareStatus,outerId,itemNum,barCode,modified,logo,marketPrice,images,"
               "introduction,weight")
SKU_FIELDS = "wareId,skuId,status,jdPrice,outerId,barCode,logo,skuName,stockNum,modified,saleAttrs"
AT_ONCE = 20
"""Wares or SKUs named in one question."""
LISTED, DELETED = "1,2", "4"
"""SKU states: 1 on, 2 off; 4 deleted."""
DEEPEST = 8


@dataclass(slots=True)
class Wares:
    """Reads only. Categories are asked for once and kept."""

    gateway: Gateway
    _categories: dict[int, Body] = field(default_factory=dict)

    def valid(self, place: Place = START, *, since: datetime | None = None, ids: Sequence[int] = ()) -> Iterator[tuple[list[Body], Place]]:
        """Wares that are not deleted, on the shelf or off, in pages."""
        return self._wares("jingdong.ware.read.searchWare4Valid", place, since, {"wareId": _named(ids)} if ids else {})

    def recycled(self, *, since: datetime) -> Iterator[Body]:
        """Wares put into the recycle bin."""
        for rows, _ in self._wares("jingdong.ware.read.searchWare4Recycled", START, since, {}):
            yield from rows

    def skus(self, *, ware_ids: Sequence[int] = (), since: datetime | None = None, states: str = LISTED) -> Iterator[Body]:
        asked = {"skuStatuValue": [int(state) for state in states.split(",")], "field": SKU_FIELDS, "orderFiled": "skuId", "orderType": "asc",
                 **({"wareId": list(ware_ids)} if ware_ids else {}), **_changed(since)}

        def read(number: int, size: int) -> Page:
            return self._page("jingdong.sku.read.searchSkuList", {**asked, "pageNo": number, "page_size": size})

        for rows, _ in walk(read, lambda row: whole_number(row.get("skuId"))):
            yield from rows

    def count_skus(self) -> int:
        """How many SKUs the shop lists."""
        asked = {"skuStatuValue": [1, 2], "field": "skuId", "pageNo": 1, "page_size": 1}
        return self._page("jingdong.sku.read.searchSkuList", asked)[1]

    def category_path(self, category_id: int) -> str:
        """'服装 > 外套', from the top down; "" when JD does not know the category."""
        names: list[str] = []
        seen: set[int] = set()
        while category_id > 0 and category_id not in seen and len(names) < DEEPEST:
            seen.add(category_id)
            found = self._category(category_id)
            if text(found.get("name")):
                names.append(text(found["name"]))
            category_id = whole_number(found.get("fid"))
        return " > ".join(reversed(names))

    def completed(self, ware: Body) -> Body:
        """The ware with texts and pictures, asked for one by one where the list does not carry them.

        JD leaves out what is empty and what a list does not offer, so a missing field says nothing by itself.
        """
        if "introduction" not in ware:
            ware = {**self._one(ware), **ware}
        if "images" not in ware:
            ware = {**ware, "images": self._images(ware)}
        return ware

    def priced(self, skus: Sequence[Body]) -> list[Body]:
        """SKUs with price and stock, asked for where the list does not carry them."""
        without = [sku for sku in skus if sku.get("jdPrice") is None]
        prices = {key: price for start in range(0, len(without), AT_ONCE) for key, price in self._prices(without[start:start + AT_ONCE]).items()}
        return [self._stocked({**prices.get(whole_number(sku.get("skuId")), {}), **{name: value for name, value in sku.items() if value is not None}})
                for sku in skus]

    def _wares(self, method: str, place: Place, since: datetime | None, more: Mapping[str, Any]) -> Iterator[tuple[list[Body], Place]]:
        asked = {"field": WARE_FIELDS, "orderField": "wareId", "orderType": "asc", **more, **_changed(since)}

        def read(number: int, size: int) -> Page:
            return self._page(method, {**asked, "pageNo": number, "pageSize": size})

        return walk(read, lambda row: whole_number(row.get("wareId")), place)

    def _page(self, method: str, asked: Mapping[str, Any]) -> Page:
        return self.gateway.call(method, asked, lambda body: page_of(body, "page"))

    def _category(self, category_id: int) -> Body:
        if category_id not in self._categories:
            self._categories[category_id] = self.gateway.call("jingdong.category.read.findById", {"cid": category_id, "field": "fid,id,lev,name"},
                                                              lambda body: body.get("category") or {})
        return self._categories[category_id]

    def _one(self, ware: Body) -> Body:
        return self._still_there("jingdong.ware.read.findWareById", {"wareId": ware["wareId"], "field": WARE_FIELDS}, "ware")

    def _images(self, ware: Body) -> list[Body]:
        return objects(self._still_there("jingdong.image.read.findImagesByWareId", {"wareId": ware["wareId"]}, "").get("images"))

    def _still_there(self, method: str, asked: Mapping[str, Any], name: str) -> Body:
        """{} for a ware that went away between two questions."""
        try:
            return self.gateway.call(method, asked, lambda body: part(body, name) if name else body)
        except JdRefused as refusal:
            if refusal.reaction is Reaction.ITEM_ERROR:
                return {}
            raise

    def _prices(self, skus: Sequence[Body]) -> dict[int, Body]:
        asked = {"sku_id": ",".join(f"J_{whole_number(sku.get('skuId'))}" for sku in skus)}
        told = self.gateway.call("jingdong.ware.price.get", asked, lambda body: objects(body.get("price_changes")))
        return {whole_number(text(row.get("sku_id")).removeprefix("J_")): {"jdPrice": row.get("price"), "marketPrice": row.get("market_price")}
                for row in told}

    def _stocked(self, sku: Body) -> Body:
        if sku.get("stockNum") is not None:
            return sku
        rows = objects(self._still_there("jingdong.stock.read.findSkuStock", {"skuId": sku.get("skuId")}, "").get("skuStocks"))
        return {**sku, "stockNum": sum(whole_number(row.get("stockNum")) for row in rows)} if rows else sku


def _changed(since: datetime | None) -> dict[str, int]:
    return {"startModifiedTime": epoch_ms(since)} if since else {}


def _named(ids: Sequence[int]) -> str:
    return ",".join(map(str, ids))
