"""Our own simple table: one row per variant, Chinese or English headers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.domain.catalog.ports import ListedVariant
from app.kernel.errors import Refused
from app.kernel.on_disk import OnDisk

from . import values
from .columns import Cells, Columns, by_alias, find_columns
from .prices import crossed_out, price_minor
from .sheet_items import SheetItem, code_text, is_blank, is_no, variant_id
from .sheet_rows import Row

OPTIONS = {
    "颜色": ("颜色", "颜色分类", "color", "colour"), "尺寸": ("尺寸", "size"), "尺码": ("尺码",),
    "规格": ("规格", "spec"), "款式": ("款式", "style"), "容量": ("容量", "capacity"),
    "材质": ("材质", "材料", "material"), "图案": ("图案", "花色", "pattern"),
}
FIELDS = by_alias({
    "group": ("款号", "商品编号", "商品款号", "货品编号", "商品ID", "SPU", "SPU编码", "group", "group id",
              "item group id", "product id", "style no", "style number"),
    "title": ("商品名称", "名称", "商品标题", "标题", "品名", "title", "name", "product name"),
    "title_en": ("英文名称", "英文名", "英文标题", "english name", "english title", "title en", "name en"),
    "sku": ("SKU", "SKU编码", "SKU编号", "SKU ID", "货号", "商家编码", "规格编码", "sku code", "id", "item id"),
    "price": ("价格", "售价", "现价", "销售价", "单价", "价格（元）", "售价（元）", "price", "sale price",
              "selling price"),
    "list_price": ("划线价", "原价", "市场价", "吊牌价", "划线价（元）", "原价（元）", "list price", "original price",
                   "compare at price", "market price", "msrp"),
    "currency": ("币种", "货币", "currency"),
    "stock": ("库存", "库存数量", "数量", "可售库存", "stock", "quantity", "qty", "inventory"),
    "barcode": ("条码", "条形码", "商品条码", "69码", "国际条码", "barcode", "gtin", "ean", "upc"),
    "category": ("类目", "分类", "品类", "商品类目", "category", "product type"),
    "vendor": ("品牌", "brand", "vendor"), "link": ("链接", "商品链接", "link", "url"),
    "image": ("图片", "主图", "商品图片", "图片链接", "image", "image link", "images", "image url", "picture"),
    "description": ("描述", "商品描述", "详情", "商品详情", "description"),
    "weight": ("重量", "重量（克）", "重量（g）", "weight", "weight g"),
    "weight_kg": ("重量（kg）", "重量（千克）", "重量（公斤）", "weight kg"),
    "published": ("上架", "是否上架", "状态", "published", "status"),
    **{"option:" + name: headers for name, headers in OPTIONS.items()},
}) | dict.fromkeys(("图片#", "主图#", "商品图片#", "图片链接#", "image#"), "image")
LABELS = {"title": "商品名称", "price": "价格", "sku": "SKU 编码（或款号）"}
INHERITED = ("title", "title_en", "description", "category", "vendor", "image", "link")
PARTED = "\x1f"
"""Between the words of a product; no cell holds it (`scrub`)."""
TEMPLATE_HEADER = ("款号", "商品名称", "英文名称", "SKU编码", "颜色", "尺寸", "价格", "划线价", "库存",
                   "条码", "类目", "图片", "描述")
TEMPLATE_ROWS = (
    ("CASE-01", "轻行拉杆箱", "Light Cabin Case", "CASE-01-BLUE-20", "雾蓝", "20 寸", "899.00", "1099.00", "36",
     "6901234567892", "拉杆箱", "https://example.com/case-01-blue.jpg", "三段拉杆，静音万向轮"),
    ("CASE-01", "轻行拉杆箱", "Light Cabin Case", "CASE-01-BLUE-24", "雾蓝", "24 寸", "1099.00", "", "12",
     "", "拉杆箱", "https://example.com/case-01-blue.jpg", ""),
)


def missing_columns(header: Sequence[str]) -> list[str]:
    """Labels of the required columns this header lacks; empty means it is our template."""
    at = find_columns(header, FIELDS).at
    return [label for name, label in LABELS.items() if name not in at and not (name == "sku" and "group" in at)]


def columns_of(header: Sequence[str]) -> Columns | None:
    return None if missing_columns(header) else find_columns(header, FIELDS)


def read_items(rows: Iterable[Row], columns: Columns, *, currency: str) -> Iterator[SheetItem]:
    """Rows in file order. Blank name, picture … of a later row of the same product are those of its first row."""
    products: OnDisk[str] = OnDisk()
    at_hand, shared = "", [""] * len(INHERITED)
    options = [name for _, name in sorted((places[0], name) for name, places in columns.at.items() if name.startswith("option:"))]
    for number, row in rows:
        if is_blank(row):
            continue
        cells = columns.read(row)
        group_id = " ".join(cells.code("group").split())
        own = ["\n".join(columns.all(row, name)) if name == "image" else cells.text(name) for name in INHERITED]
        if group_id != at_hand:
            at_hand, shared = group_id, products.setdefault(group_id, PARTED.join(own)).split(PARTED)
        words = {name: its or theirs for name, its, theirs in zip(INHERITED, own, shared if group_id else own, strict=True)}
        yield _item(number, cells, words, group_id, _options(cells, options), currency)


def template_csv() -> bytes:
    """The table to fill in, with two example rows; the BOM lets Excel open it as UTF-8."""
    table = io.StringIO(newline="")
    csv.writer(table).writerows((TEMPLATE_HEADER, *TEMPLATE_ROWS))
    return table.getvalue().encode("utf-8-sig")


def _item(
    number: int, cells: Cells, words: Mapping[str, str], group_id: str, options: dict[str, str], currency: str
) -> SheetItem:
    sku = " ".join(cells.code("sku").split())
    external_id = variant_id(sku, group_id, options)
    return SheetItem(number, external_id, lambda: _variant(number, external_id, sku, group_id, cells, words, options, currency))


def _variant(
    number: int, external_id: str, sku: str, group_id: str, cells: Cells, words: Mapping[str, str],
    options: dict[str, str], currency: str,
) -> ListedVariant:
    stated = cells.raw("currency")
    price = price_minor(cells.number("price"), currency=currency, stated=stated)
    former = cells.number("list_price")
    before = price_minor(former, currency=currency, stated=stated, field="list_price") if former else None
    code = code_text(external_id, field="sku")
    return ListedVariant(
        external_id=code,
        group_id=code_text(group_id, field="group") or external_id,
        title=values.title(words["title"]),
        title_en=values.plain(words["title_en"], field="title_en"),
        price_minor=price,
        list_price_minor=crossed_out(price, before),
        currency=currency,
        position=number,
        sku=code if sku else "",
        barcode=code_text(cells.code("barcode"), field="barcode"),
        description=values.rich(words["description"]),
        category=values.plain(words["category"], field="category"),
        vendor=values.plain(words["vendor"], field="vendor"),
        link=values.web_link(words["link"]),
        stock=_stock(cells),
        weight_g=_weight_g(cells),
        published=not is_no(cells.raw("published")),
        options=options,
        images=values.image_links(words["image"].split("\n")),
    )


def _weight_g(cells: Cells) -> int | None:
    if "weight" not in cells.filled and "weight_kg" not in cells.filled:
        return None
    in_kg = values.weight_g(cells.raw("weight_kg"), unit="kg")
    return in_kg or values.weight_g(cells.raw("weight"))


def _stock(cells: Cells) -> int | None:
    """A count, or the words 有货 and 缺货."""
    text = cells.number("stock")
    if text[-1:].isdigit():
        return values.stock_count(text)
    try:
        return values.availability(text)
    except Refused:
        return values.stock_count(text)


def _options(cells: Cells, names: Sequence[str]) -> dict[str, str]:
    """In the order of their columns."""
    texts = {name.removeprefix("option:"): " ".join(cells.text(name).split()) for name in names}
    return {name: text[:values.MAX_TEXT] for name, text in texts.items() if text}
