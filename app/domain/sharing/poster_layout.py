"""Where everything on the classic poster stands, with pieces the other layouts share. Pure: measures text, draws nothing."""

from __future__ import annotations

from math import ceil

from app.domain.sharing.poster_facts import PosterFacts
from app.domain.sharing.poster_parts import (
    CARD_BOTTOM,
    CARD_LEFT,
    CARD_RIGHT,
    INK_2,
    INK_3,
    LEFT,
    LOGO,
    PRICE,
    RIGHT,
    WIDTH,
    Box,
    Line,
    Pill,
    PosterLayout,
    TextRun,
    stack,
)
from app.domain.sharing.qr import QUIET_MODULES, qr_modules
from app.domain.sharing.typography import REGULAR, SEMIBOLD, clean_text, fit_text, text_width

QR_AT_LEAST = 176
_AVATAR = 92
_PILL = 48


def lay_out_classic(facts: PosterFacts) -> PosterLayout:
    """Places `facts` from the bottom up: the more there is to say, the higher the card grows."""
    qr, scale = place_qr(facts.url)
    quiet = QUIET_MODULES * scale
    guide, avatar, guide_top = place_guide(facts, qr, gap=max(22, quiet))
    rule_y = guide_top - max(30, quiet)
    offer, offer_pills, card_top = _place_offer(facts, bottom=rule_y - 12)
    slogan = _place_slogan(facts)
    words_end = max((run.box.bottom for run in slogan), default=104) + 28
    middle = (words_end + card_top) / 2
    return PosterLayout(
        words_end=words_end,
        card=Box(CARD_LEFT, card_top, CARD_RIGHT, CARD_BOTTOM),
        rule_y=rule_y,
        mark=Box(WIDTH / 2 - 90, middle - 90, WIDTH / 2 + 90, middle + 90),
        logo=LOGO,
        avatar=avatar,
        qr=qr,
        qr_scale=scale,
        runs=(*slogan, *offer, *guide),
        pills=offer_pills,
    )


def place_qr(url: str) -> tuple[Box, int]:
    """The code at the card's lower right corner, and its pixels per module."""
    modules = len(qr_modules(url))
    scale = ceil(QR_AT_LEAST / modules)
    side, bottom = modules * scale, CARD_BOTTOM - max(36, QUIET_MODULES * scale)
    return Box(RIGHT - side, bottom - side, RIGHT, bottom), scale


def place_brand_name(facts: PosterFacts, *, left: float) -> tuple[TextRun, ...]:
    """The brand's name beside its logo, which ends `left` of it: logos differ in width."""
    fitted = fit_text(facts.brand_name, width=694 - left, sizes=(26, 24), weight=SEMIBOLD, tracking=1)
    lines = [Line(text, fitted.size, SEMIBOLD, 52, None) for text in fitted.lines]
    return stack(lines, left=left, top=52, tracking=1)


def _place_slogan(facts: PosterFacts) -> tuple[TextRun, ...]:
    fitted = fit_text(
        facts.slogan, width=638, sizes=(64, 56, 48, 44), weight=SEMIBOLD, max_lines=2, tracking=1.3
    )
    lines = [Line(text, fitted.size, SEMIBOLD, fitted.size * 1.31, None) for text in fitted.lines]
    return stack(lines, left=56, top=140, tracking=1.3)


def _place_offer(facts: PosterFacts, *, bottom: float) -> tuple[tuple[TextRun, ...], tuple[Pill, ...], float]:
    """Title, subtitle and price row ending at `bottom`; also says where the card must begin."""
    row, pills, row_top = _place_row(facts, bottom=bottom)
    heading = facts.product_title if facts.product_title is not None else facts.guide_name
    title = fit_text(heading, width=RIGHT - LEFT, sizes=(36, 34, 32), weight=SEMIBOLD, max_lines=2)
    subtitle = fit_text(facts.subtitle, width=RIGHT - LEFT, sizes=(24,), weight=REGULAR)
    lines = [Line(text, title.size, SEMIBOLD, 46 if len(title.lines) > 1 else 48) for text in title.lines]
    lines += [Line(text, subtitle.size, REGULAR, 38, INK_2) for text in subtitle.lines]
    top = row_top - 8 - sum(line.height for line in lines)
    return (*stack(lines, left=LEFT, top=top), *row), pills, top - 36


def _place_row(facts: PosterFacts, *, bottom: float) -> tuple[tuple[TextRun, ...], tuple[Pill, ...], float]:
    """The price with its date; on a storefront's poster the badge; else nothing."""
    if facts.product_title is None:
        runs, pills = pill(facts.badge, right=None, top=bottom - 60, mark="check", width=RIGHT - LEFT)
        return (runs, pills, bottom - 64) if runs else ((), (), bottom)
    mark = "lock" if facts.price_is_exclusive else None
    note, pills = pill(facts.price_note, right=RIGHT, top=bottom - 60, mark=mark, width=380)
    if not note or not clean_text(facts.price_text):
        return (), (), bottom
    prices = place_prices(facts, right=pills[0].box.left - 16, top=bottom - 84)
    return (*prices, *note), pills, bottom - 84


def place_prices(facts: PosterFacts, *, right: float, top: float) -> tuple[TextRun, ...]:
    """The price as large as fits left of `right`, the currency smaller; the list price only if it fits beside it."""
    for size in (68, 60, 52, 44, 38, 32, 26):
        price = price_runs(clean_text(facts.price_text), size=size, baseline=top + 66)
        end = price[-1].left + price[-1].width
        listed = _list_price(facts, left=end + 16, baseline=top + 66)
        if listed and size >= 44 and listed[0].left + listed[0].width <= right:
            return (*price, *listed)
        if end <= right and (not listed or size < 44):
            return price
    fitted = fit_text(facts.price_text, width=right - LEFT, sizes=(24,), weight=SEMIBOLD)
    return tuple(TextRun(line, LEFT, top + 66, 24, SEMIBOLD, PRICE) for line in fitted.lines)


def price_runs(price: str, *, size: int, baseline: float) -> tuple[TextRun, ...]:
    currency = price[: next((at for at, letter in enumerate(price) if letter.isdigit()), 0)]
    if not currency:
        return (TextRun(price, LEFT, baseline, size, SEMIBOLD, PRICE),)
    small = TextRun(currency, LEFT, baseline, max(23, round(size * 0.62)), SEMIBOLD, PRICE)
    return small, TextRun(price[len(currency) :], LEFT + small.width, baseline, size, SEMIBOLD, PRICE)


def _list_price(facts: PosterFacts, *, left: float, baseline: float) -> tuple[TextRun, ...]:
    text = clean_text(facts.list_price_text or "")
    return (TextRun(text, left, baseline, 28, REGULAR, INK_3, struck=True),) if text else ()


def pill(
    text: str, *, right: float | None, top: float, mark: str | None, width: float
) -> tuple[tuple[TextRun, ...], tuple[Pill, ...]]:
    """A capsule ending at `right`, or beginning at the left edge when `right` is None; at most `width` wide."""
    before, after = (48 if mark else 18), 18
    fitted = fit_text(text, width=width - before - after, sizes=(24, 23), weight=SEMIBOLD)
    if not fitted.lines:
        return (), ()
    length = before + after + text_width(fitted.lines[0], size=fitted.size, weight=SEMIBOLD)
    left = right - length if right is not None else LEFT
    line = Line(fitted.lines[0], fitted.size, SEMIBOLD, _PILL, None)
    pill = Pill(Box(left, top, left + length, top + _PILL), mark)
    return stack([line], left=left + before, top=top), (pill,)


def place_guide(facts: PosterFacts, qr: Box, *, gap: float) -> tuple[tuple[TextRun, ...], Box, float]:
    """Who to ask, beside the QR code: the lines, the avatar, and where the taller of code and lines begins."""
    left = LEFT + _AVATAR + 20
    lines = _guide_lines(facts, width=qr.left - gap - left)
    tall = sum(line.height for line in lines)
    top = min(qr.top, qr.bottom - tall)
    middle = (top + qr.bottom) / 2
    avatar = Box(LEFT, middle - _AVATAR / 2, LEFT + _AVATAR, middle + _AVATAR / 2)
    return stack(lines, left=left, top=middle - tall / 2), avatar, top


def _guide_lines(facts: PosterFacts, *, width: float) -> list[Line]:
    """Name, badge, store, invitation, disclosure. A storefront's poster has name and badge above already."""
    is_product = facts.product_title is not None
    name = fit_text(
        facts.guide_name if is_product else facts.store_name, width=width, sizes=(30, 27, 24), weight=SEMIBOLD
    )
    lines = [Line(text, name.size, SEMIBOLD, 42) for text in name.lines]
    rest = ((facts.badge, SEMIBOLD, None, 1), (facts.store_name, REGULAR, INK_2, 1)) if is_product else ()
    for text, weight, color, most in (
        *rest, (facts.invite_text, REGULAR, INK_2, 2), (facts.disclosure, REGULAR, INK_3, 3)
    ):  # fmt: skip
        fitted = fit_text(text, width=width, sizes=(23,), weight=weight, max_lines=most)
        lines += [Line(each, fitted.size, weight, 34, color) for each in fitted.lines]
    return lines
