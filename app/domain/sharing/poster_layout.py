"""Where everything on a poster stands. Pure: measures text, draws nothing; all numbers are pixels on 750 × 1334."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from app.domain.sharing.poster_facts import PosterFacts
from app.domain.sharing.qr import QUIET_MODULES, qr_modules
from app.domain.sharing.typography import (
    REGULAR,
    SEMIBOLD,
    clean_text,
    fit_text,
    font,
    text_width,
)

WIDTH, HEIGHT = 750, 1334
QR_AT_LEAST = 176
INK, INK_2, INK_3, PRICE = "#16181b", "#52555a", "#686b70", "#b3361c"

_LEFT, _RIGHT = 72, 678
_CARD_LEFT, _CARD_RIGHT, _CARD_BOTTOM = 32, 718, 1302
_AVATAR = 92
_PILL = 48


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class TextRun:
    """One line of one style; `baseline` is where its letters stand. `color` None means the brand's."""

    text: str
    left: float
    baseline: float
    size: int
    weight: int
    color: str | None = INK
    tracking: float = 0.0
    struck: bool = False

    @property
    def width(self) -> float:
        return text_width(self.text, size=self.size, weight=self.weight, tracking=self.tracking)

    @property
    def box(self) -> Box:
        """The inked part."""
        left, top, right, bottom = font(self.size, self.weight).getbbox(self.text, anchor="ls")
        spread = self.tracking * len(self.text)
        return Box(self.left + left, self.baseline + top, self.left + right + spread, self.baseline + bottom)


@dataclass(frozen=True, slots=True)
class Pill:
    """A tinted capsule; `mark` names the sign drawn at its left end, if any."""

    box: Box
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class PosterLayout:
    """`qr` is without quiet zone: the white card around it is at least 4 modules wide on every side.

    No words of the brand stand below the row `words_end`; `mark` is where the brand's sign stands in for a missing
    picture.
    """

    words_end: float
    card: Box
    rule_y: float
    mark: Box
    logo: Box
    avatar: Box
    qr: Box
    qr_scale: int
    runs: tuple[TextRun, ...]
    pills: tuple[Pill, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text in a stack: `height` includes leading."""

    text: str
    size: int
    weight: int
    height: float
    color: str | None = INK


def lay_out(facts: PosterFacts) -> PosterLayout:
    """Places `facts` from the bottom up: the more there is to say, the higher the card grows."""
    modules = len(qr_modules(facts.url))
    scale = ceil(QR_AT_LEAST / modules)
    quiet, side = QUIET_MODULES * scale, modules * scale
    qr_bottom = _CARD_BOTTOM - max(36, quiet)
    qr = Box(_RIGHT - side, qr_bottom - side, _RIGHT, qr_bottom)
    guide, avatar, guide_top = _place_guide(facts, qr, gap=max(22, quiet))
    rule_y = guide_top - max(30, quiet)
    offer, offer_pills, card_top = _place_offer(facts, bottom=rule_y - 12)
    slogan = _place_slogan(facts)
    words_end = max((run.box.bottom for run in slogan), default=104) + 28
    middle = (words_end + card_top) / 2
    return PosterLayout(
        words_end=words_end,
        card=Box(_CARD_LEFT, card_top, _CARD_RIGHT, _CARD_BOTTOM),
        rule_y=rule_y,
        mark=Box(WIDTH / 2 - 90, middle - 90, WIDTH / 2 + 90, middle + 90),
        logo=Box(56, 52, 108, 104),
        avatar=avatar,
        qr=qr,
        qr_scale=scale,
        runs=(*slogan, *offer, *guide),
        pills=offer_pills,
    )


def place_brand_name(facts: PosterFacts, *, left: float) -> tuple[TextRun, ...]:
    """The brand's name beside its logo, which ends `left` of it: logos differ in width."""
    fitted = fit_text(facts.brand_name, width=694 - left, sizes=(26, 24), weight=SEMIBOLD, tracking=1)
    lines = [_Line(text, fitted.size, SEMIBOLD, 52, None) for text in fitted.lines]
    return _stack(lines, left=left, top=52, tracking=1)


def _place_slogan(facts: PosterFacts) -> tuple[TextRun, ...]:
    fitted = fit_text(
        facts.slogan, width=638, sizes=(64, 56, 48, 44), weight=SEMIBOLD, max_lines=2, tracking=1.3
    )
    lines = [_Line(text, fitted.size, SEMIBOLD, fitted.size * 1.31, None) for text in fitted.lines]
    return _stack(lines, left=56, top=140, tracking=1.3)


def _place_offer(facts: PosterFacts, *, bottom: float) -> tuple[tuple[TextRun, ...], tuple[Pill, ...], float]:
    """Title, subtitle and price row ending at `bottom`; also says where the card must begin."""
    row, pills, row_top = _place_row(facts, bottom=bottom)
    heading = facts.product_title if facts.product_title is not None else facts.guide_name
    title = fit_text(heading, width=_RIGHT - _LEFT, sizes=(36, 34, 32), weight=SEMIBOLD, max_lines=2)
    subtitle = fit_text(facts.subtitle, width=_RIGHT - _LEFT, sizes=(24,), weight=REGULAR)
    lines = [_Line(text, title.size, SEMIBOLD, 46 if len(title.lines) > 1 else 48) for text in title.lines]
    lines += [_Line(text, subtitle.size, REGULAR, 38, INK_2) for text in subtitle.lines]
    top = row_top - 8 - sum(line.height for line in lines)
    return (*_stack(lines, left=_LEFT, top=top), *row), pills, top - 36


def _place_row(facts: PosterFacts, *, bottom: float) -> tuple[tuple[TextRun, ...], tuple[Pill, ...], float]:
    """The price with its date; on a storefront's poster the badge; else nothing."""
    if facts.product_title is None:
        runs, pills = _pill(facts.badge, right=None, top=bottom - 60, mark="check", width=_RIGHT - _LEFT)
        return (runs, pills, bottom - 64) if runs else ((), (), bottom)
    mark = "lock" if facts.price_is_exclusive else None
    note, pills = _pill(facts.price_note, right=_RIGHT, top=bottom - 60, mark=mark, width=380)
    if not note or not clean_text(facts.price_text):
        return (), (), bottom
    prices = _place_prices(facts, right=pills[0].box.left - 16, top=bottom - 84)
    return (*prices, *note), pills, bottom - 84


def _place_prices(facts: PosterFacts, *, right: float, top: float) -> tuple[TextRun, ...]:
    """The price as large as fits left of `right`, the currency smaller; the list price only if it fits beside it."""
    for size in (68, 60, 52, 44, 38, 32, 26):
        price = _price_runs(clean_text(facts.price_text), size=size, baseline=top + 66)
        end = price[-1].left + price[-1].width
        listed = _list_price(facts, left=end + 16, baseline=top + 66)
        if listed and size >= 44 and listed[0].left + listed[0].width <= right:
            return (*price, *listed)
        if end <= right and (not listed or size < 44):
            return price
    fitted = fit_text(facts.price_text, width=right - _LEFT, sizes=(24,), weight=SEMIBOLD)
    return tuple(TextRun(line, _LEFT, top + 66, 24, SEMIBOLD, PRICE) for line in fitted.lines)


def _price_runs(price: str, *, size: int, baseline: float) -> tuple[TextRun, ...]:
    currency = price[: next((at for at, letter in enumerate(price) if letter.isdigit()), 0)]
    if not currency:
        return (TextRun(price, _LEFT, baseline, size, SEMIBOLD, PRICE),)
    small = TextRun(currency, _LEFT, baseline, max(23, round(size * 0.62)), SEMIBOLD, PRICE)
    return small, TextRun(price[len(currency) :], _LEFT + small.width, baseline, size, SEMIBOLD, PRICE)


def _list_price(facts: PosterFacts, *, left: float, baseline: float) -> tuple[TextRun, ...]:
    text = clean_text(facts.list_price_text or "")
    return (TextRun(text, left, baseline, 28, REGULAR, INK_3, struck=True),) if text else ()


def _pill(
    text: str, *, right: float | None, top: float, mark: str | None, width: float
) -> tuple[tuple[TextRun, ...], tuple[Pill, ...]]:
    """A capsule ending at `right`, or beginning at the left edge when `right` is None; at most `width` wide."""
    before, after = (48 if mark else 18), 18
    fitted = fit_text(text, width=width - before - after, sizes=(24, 23), weight=SEMIBOLD)
    if not fitted.lines:
        return (), ()
    length = before + after + text_width(fitted.lines[0], size=fitted.size, weight=SEMIBOLD)
    left = right - length if right is not None else _LEFT
    line = _Line(fitted.lines[0], fitted.size, SEMIBOLD, _PILL, None)
    pill = Pill(Box(left, top, left + length, top + _PILL), mark)
    return _stack([line], left=left + before, top=top), (pill,)


def _place_guide(facts: PosterFacts, qr: Box, *, gap: float) -> tuple[tuple[TextRun, ...], Box, float]:
    """Who to ask, beside the QR code: the lines, the avatar, and where the taller of code and lines begins."""
    left = _LEFT + _AVATAR + 20
    lines = _guide_lines(facts, width=qr.left - gap - left)
    tall = sum(line.height for line in lines)
    top = min(qr.top, qr.bottom - tall)
    middle = (top + qr.bottom) / 2
    avatar = Box(_LEFT, middle - _AVATAR / 2, _LEFT + _AVATAR, middle + _AVATAR / 2)
    return _stack(lines, left=left, top=middle - tall / 2), avatar, top


def _guide_lines(facts: PosterFacts, *, width: float) -> list[_Line]:
    """Name, badge, store, invitation, disclosure. A storefront's poster has name and badge above already."""
    is_product = facts.product_title is not None
    name = fit_text(
        facts.guide_name if is_product else facts.store_name, width=width, sizes=(30, 27, 24), weight=SEMIBOLD
    )
    lines = [_Line(text, name.size, SEMIBOLD, 42) for text in name.lines]
    rest = ((facts.badge, SEMIBOLD, None, 1), (facts.store_name, REGULAR, INK_2, 1)) if is_product else ()
    for text, weight, color, most in (
        *rest, (facts.invite_text, REGULAR, INK_2, 2), (facts.disclosure, REGULAR, INK_3, 3)
    ):  # fmt: skip
        fitted = fit_text(text, width=width, sizes=(23,), weight=weight, max_lines=most)
        lines += [_Line(each, fitted.size, weight, 34, color) for each in fitted.lines]
    return lines


def _stack(lines: list[_Line], *, left: float, top: float, tracking: float = 0.0) -> tuple[TextRun, ...]:
    runs: list[TextRun] = []
    for line in lines:
        ascent, descent = font(line.size, line.weight).getmetrics()
        baseline = top + (line.height - ascent - descent) / 2 + ascent
        runs.append(TextRun(line.text, left, baseline, line.size, line.weight, line.color, tracking))
        top += line.height
    return tuple(runs)
