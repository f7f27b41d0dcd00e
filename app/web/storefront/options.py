"""A product's variants as choices: colours and sizes that work as plain radio buttons, and what the script needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.sharing.shelf import Recommender, ShelfVariant
from app.web.shared.formats import money, money_short, money_symbol
from app.web.shared.media import media_url

from . import wording
from .colour_words import css_of, is_colour

FIELD = "o."
FEW = 5
NAMES = {"颜色": _l("颜色"), "尺寸": _l("尺寸"), "尺码": _l("尺码"), "容量": _l("容量"), "材质": _l("材质"), "规格": _l("规格")}
"""Options a catalogue usually has, in the reader's language; others are shown as they are called."""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    note: str
    css: str
    left: int


@dataclass(frozen=True, slots=True)
class Choices:
    """One option; `field` is the radio buttons' name, `swatches` that every value is a colour we can draw."""

    name: str
    field: str
    chosen: str
    swatches: bool
    values: Sequence[Choice]


def chosen_variant(variants: Sequence[ShelfVariant], wanted: str = "") -> ShelfVariant:
    """The variant the address asks for, else the first in stock, else the first."""
    asked = next((one for one in variants if str(one.id) == wanted), None)
    return asked or next((one for one in variants if one.left > 0), variants[0])


def choices_of(variants: Sequence[ShelfVariant], chosen: ShelfVariant) -> list[Choices]:
    """The options in which variants differ, colour first; what all share is no choice."""
    names = sorted(varying(variants), key=lambda name: not is_colour(name))
    return [_choices(name, names, variants, chosen) for name in names]


def varying(variants: Sequence[ShelfVariant]) -> list[str]:
    """Names of the options that tell variants apart; all of them when none does but there is more than one variant."""
    names = list({name: None for one in variants for name in one.options})
    different = [name for name in names if len({str(one.options.get(name, "")) for one in variants}) > 1]
    return different or (names if len(variants) > 1 else [])


def _choices(name: str, names: Sequence[str], variants: Sequence[ShelfVariant], chosen: ShelfVariant) -> Choices:
    values = list(dict.fromkeys(str(one.options.get(name, "")) for one in variants))
    rest = {other: str(chosen.options.get(other, "")) for other in names if other != name}
    items = []
    for value in values:
        match = [one for one in variants if _has(one, {**rest, name: value})]
        items.append(Choice(value, _note(match, variants), css_of(value) if is_colour(name) else "", sum(one.left for one in match)))
    return Choices(str(NAMES.get(name, name)), FIELD + name, str(chosen.options.get(name, "")), all(one.css for one in items), items)


def _has(variant: ShelfVariant, wanted: Mapping[str, str]) -> bool:
    return all(str(variant.options.get(name, "")) == value for name, value in wanted.items())


def _note(match: Sequence[ShelfVariant], variants: Sequence[ShelfVariant]) -> str:
    if not match or not any(one.left for one in match):
        return gettext("库存确认中") if any(one.confirming for one in match) else gettext("暂时售罄")
    if len({one.price_minor for one in variants}) == 1:
        return ""
    return money_symbol() + money_short(min(one.price_minor for one in match))


def picked(variants: Sequence[ShelfVariant], sent: Mapping[str, str]) -> ShelfVariant | None:
    """The variant with the options sent, every choice made; a product of one variant needs none."""
    if len(variants) == 1:
        return variants[0]
    wanted = {key.removeprefix(FIELD): value for key, value in sent.items() if key.startswith(FIELD)}
    return next((one for one in variants if wanted and _has(one, wanted) and wanted.keys() >= set(varying(variants))), None)


def stock_text(variant: ShelfVariant) -> str:
    """Few are said in number; many only that they are there."""
    if variant.confirming:
        return gettext("库存正在和旗舰店确认，稍后再来")
    if variant.left <= 0:
        return gettext("这一款暂时售罄")
    return gettext("仅剩 %(left)d 件", left=variant.left) if variant.left <= FEW else gettext("有货 · 品牌仓发货")


def for_script(variants: Sequence[ShelfVariant], who: Recommender | None) -> list[dict[str, Any]]:
    """What the page's script shows when another variant is chosen."""
    return [{
        "options": {FIELD + name: str(value) for name, value in one.options.items()},
        "price": money(one.price_minor), "was": money(one.list_price_minor) if one.list_price_minor and one.list_price_minor > one.price_minor else "",
        "tag": wording.price_tag(one, who), "note": wording.price_note(one, who), "left": one.left, "text": stock_text(one),
        "picture": media_url(one.picture_key, "m") if one.picture_key else None,
    } for one in variants]
