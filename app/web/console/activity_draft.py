"""The prices of an activity while somebody types them: rows, what each is off the list price, what is wrong with each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import request

from app.domain.promotions import queries
from app.domain.promotions.activities import prices_of
from app.domain.promotions.models import Activity
from app.domain.promotions.queries import Goods
from app.domain.promotions.rules import MOST_PRICES, off_bp, price_of
from app.kernel import money
from app.kernel.errors import Invalid, Refused
from app.web.shared.errors import says
from app.web.shared.serving import brand, brand_id, db

PRICE = "price-"
LONGEST = 30


@dataclass(slots=True)
class Draft:
    """Prices as typed, by variant, in the order they were added; `left_out` did not fit into one activity.

    `unread`: lines were pasted and the form sent before they were read in, so nobody has seen them in the table.
    """

    typed: dict[UUID, str]
    goods: dict[UUID, Goods]
    found: list[Goods] = field(default_factory=list)
    searched: bool = False
    problems: dict[UUID, str] = field(default_factory=dict)
    wrong_lines: list[tuple[int, str]] = field(default_factory=list)
    left_out: int = 0
    unread: bool = False

    def rows(self) -> list[dict[str, Any]]:
        """What the table shows."""
        return [{"goods": self.goods[key], "typed": text, "off_bp": self._off_bp(key, text), "problem": self.problems.get(key, "")}
                for key, text in self.typed.items()]

    def _off_bp(self, key: UUID, text: str) -> int | None:
        try:
            return off_bp(self.goods[key].list_price_minor, money.parse(text, brand().currency))
        except Refused:
            return None

    def put(self, prices: Mapping[UUID, str], goods: Mapping[UUID, Goods]) -> None:
        """More rows; a price that is given replaces the one there was."""
        self.goods |= goods
        for key, text in prices.items():
            if key not in self.typed and len(self.typed) >= MOST_PRICES:
                self.left_out += 1
            elif key in self.goods and (text or key not in self.typed):
                self.typed[key] = text

    def prices(self) -> dict[UUID, int]:
        """In minor units; refuses (Invalid) with one error per price that is missing or unreadable, at prices.N."""
        prices, wrong = {}, []
        for position, (key, text) in enumerate(self.typed.items()):
            name = f"prices.{position}"
            try:
                if not text.strip():
                    raise Refused("required", "请填写活动价", field=name)
                prices[key] = price_of(text, brand().currency, field=name)
            except Refused as refused:
                wrong.append(refused)
        if wrong:
            raise Invalid(wrong)
        return prices

    def tell(self, refused: Refused) -> list[Refused]:
        """Keeps what is said of single prices beside them; gives back the rest."""
        rest, keys = [], list(self.typed)
        for one in refused.errors if isinstance(refused, Invalid) else [refused]:
            head, _, position = (one.field or "").partition(".")
            if head == "prices" and position.isdecimal():
                self.problems[keys[int(position)]] = says(one)
            else:
                rest.append(one)
        return rest


def draft_here() -> Draft:
    """The prices the form was sent with; ids that are not this brand's are left out."""
    sent = [(name.removeprefix(PRICE), text[:LONGEST]) for name, text in request.form.items() if name.startswith(PRICE)][:MOST_PRICES]
    texts = dict(sent)
    return _known({key: texts[str(key)] for key in ids_of(texts) if str(key) in texts})


def draft_of(activity: Activity) -> Draft:
    return _known({key: money.decimal_text(price, brand().currency) for key, price in prices_of(activity).items()})


def ids_of(texts: Iterable[str]) -> list[UUID]:
    """Those that are ids, each once."""
    ids: dict[UUID, None] = {}
    for text in texts:
        try:
            ids[UUID(text)] = None
        except ValueError:
            continue
    return list(ids)


def _known(typed: dict[UUID, str]) -> Draft:
    goods = queries.goods_of(db(), brand_id=brand_id(), variant_ids=typed)
    return Draft({key: text for key, text in typed.items() if key in goods}, goods)
