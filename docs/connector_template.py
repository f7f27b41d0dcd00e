"""A connector for a shop of your own: copy this file into a package and change it. docs/connectors.md explains every part.

The shop of this example answers GET {shop_url}/goods?limit=&offset= with an X-Token header:
{"shop": "…", "currency": "CNY", "total": 42, "goods": [{"id": 7, "name": "…", "price": "899.00", "stock": 3, "sku": "…", "picture": "https://…"}]}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from app.domain.catalog.ports import Answer, Checkpoint, FlagshipConnector, FlagshipUnreachable, ListedVariant, Read, ShopFacts
from app.gateways.flagship import Kind, Means, SettingsField, values
from app.gateways.flagship.asking import Asking, Call, as_json, broken
from app.gateways.flagship.cursors import Cursor
from app.gateways.flagship.paging import Window, walk
from app.gateways.flagship.prices import price_minor
from app.gateways.flagship.wire import Fields, Tally, fields_of, id_of, list_of, refuse_other_currency, text_of

PAGE = 100


@dataclass(frozen=True, slots=True)
class LittleShop:
    """`asking` makes a call again when it may pass, and gives up with FlagshipUnreachable when it does not."""

    url: str
    asking: Asking
    opened: datetime
    page: int = PAGE

    @property
    def can_read_changes(self) -> bool:
        """This shop cannot say what changed since a moment, so every run reads it whole."""
        return False

    def check(self) -> ShopFacts:
        answer = self._goods(0, 1)
        return ShopFacts(text_of(answer.get("shop")), int(answer["total"]))

    def list_items(self, *, currency: str, cursor: str = "") -> Iterator[Read]:
        """`walk` reads windows that overlap, so a good that vanishes meanwhile hides no other; after each we may be cut off."""
        begin = Cursor.read(cursor, self.opened)
        refuse_other_currency(text_of(self._goods(0, 1).get("currency")), currency)
        tally = Tally(begin.position)
        for stretch in walk(self._window, lambda good: id_of(good["id"]), begin=begin.place):
            for good in stretch.items:
                yield tally.one(good["id"], partial(_variant, good, currency))
            yield Checkpoint(replace(begin, phase="goods", place=stretch.place, position=tally.position).text())
        if not tally.position:
            raise FlagshipUnreachable("no_items", "来源里没有任何商品")

    def list_changes(self, *, currency: str, since: datetime) -> Iterator[Read]:
        return self.list_items(currency=currency)

    def _window(self, start: int) -> Window[Fields]:
        answer = self._goods(start, self.page)
        goods, total = [fields_of(good) for good in list_of(answer.get("goods"))], int(answer["total"])
        return Window(start, start + self.page, goods, total, is_last=start + self.page >= total and bool(goods) or start == 0 and not goods)

    def _goods(self, offset: int, limit: int) -> Fields:
        def call(secrets: Mapping[str, str]) -> Call:
            return Call("GET", f"{self.url}/goods?limit={limit}&offset={offset}", {"X-Token": secrets.get("token", "")})

        return self.asking.ask(call, _understood)


def _understood(answer: Answer) -> Fields:
    """Whatever is not a whole answer is asked for again: raise `broken()` for it."""
    document = fields_of(as_json(answer))
    goods = document.get("goods")
    if not isinstance(goods, list) or not isinstance(document.get("total"), int) or any(not id_of(fields_of(good).get("id")) for good in goods):
        raise broken()
    return document


def _variant(good: Fields, currency: str, external_id: str, position: int) -> ListedVariant:
    """Raises Refused for what cannot be taken in: that one good is reported as unreadable, the others go on."""
    return ListedVariant(
        external_id=external_id, group_id=external_id, title=values.title(text_of(good.get("name"))), currency=currency, position=position,
        price_minor=price_minor(text_of(good.get("price")), currency=currency), stock=values.stock_count(text_of(good.get("stock"))),
        sku=values.identifier(text_of(good.get("sku")), field="sku"), images=values.image_links([text_of(good.get("picture"))]))


def _open(settings: Mapping[str, object], means: Means) -> FlagshipConnector:
    """Nothing is called here; the token comes from `means.secrets` when a call is made."""
    return LittleShop(str(settings["shop_url"]).strip().rstrip("/"), means.asking(), means.now)


LITTLE_SHOP = Kind(
    "little_shop", "小店", "小店的商品接口", (
        SettingsField("shop_url", "店铺网址", "url", required=True),
        SettingsField("token", "访问令牌", "secret", required=True),
    ), _open)
