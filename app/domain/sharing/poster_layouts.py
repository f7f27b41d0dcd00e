"""The layouts a guide chooses from: where everything stands on each. Pure, in pixels on 750 × 1334."""

from __future__ import annotations

from app.domain.sharing.poster_facts import PosterFacts
from app.domain.sharing.poster_layout import lay_out_classic, pill, place_guide, place_prices, place_qr, price_runs
from app.domain.sharing.poster_parts import (
    CARD_BOTTOM,
    CARD_LEFT,
    CARD_RIGHT,
    INK,
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
from app.domain.sharing.qr import QUIET_MODULES
from app.domain.sharing.typography import REGULAR, SEMIBOLD, clean_text, fit_text, text_width

_FRAME_AT_LEAST = 120
_PAD = 36


def lay_out(facts: PosterFacts) -> PosterLayout:
    """As `facts.layout` says. Without a price nothing can stand before everything: then it is the classic one."""
    if facts.layout == "picture":
        return _lay_out_picture(facts)
    if facts.layout == "price" and facts.product_title is not None and _dated(facts):
        return _lay_out_price(facts)
    return lay_out_classic(facts)


def _dated(facts: PosterFacts) -> bool:
    """Whether there is a price and the date that belongs to it."""
    return bool(clean_text(facts.price_text) and clean_text(facts.price_note))


def _lay_out_picture(facts: PosterFacts) -> PosterLayout:
    """One low card: title, price and who to ask in a column beside the code. The picture has all the rest."""
    qr, scale = place_qr(facts.url)
    quiet = QUIET_MODULES * scale
    right = qr.left - max(24, quiet)
    said = _said(facts, width=right - LEFT)
    head = _heading(facts, width=right - LEFT)
    tall = sum(line.height for line in (*head, *said)) + (84 if _priced(facts) else 0)
    top = min(qr.top, qr.bottom - tall)
    prices = place_prices(facts, right=right, top=top + _height(head)) if _priced(facts) else ()
    below = top + _height(head) + (84 if prices else 0)
    card_top, words_end = top - max(_PAD, quiet), LOGO.bottom + 28
    middle = (words_end + card_top) / 2
    return PosterLayout(
        words_end=words_end, card=Box(CARD_LEFT, card_top, CARD_RIGHT, CARD_BOTTOM), rule_y=None,
        mark=Box(WIDTH / 2 - 130, middle - 130, WIDTH / 2 + 130, middle + 130), logo=LOGO, avatar=None, qr=qr, qr_scale=scale,
        runs=(*stack(head, left=LEFT, top=top), *prices, *stack(said, left=LEFT, top=below)), pills=())


def _priced(facts: PosterFacts) -> bool:
    return facts.product_title is not None and _dated(facts)


def _height(lines: list[Line]) -> float:
    return sum(line.height for line in lines)


def _heading(facts: PosterFacts, *, width: float) -> list[Line]:
    text = facts.product_title if facts.product_title is not None else facts.guide_name
    fitted = fit_text(text, width=width, sizes=(34, 30, 28), weight=SEMIBOLD, max_lines=2)
    return [Line(each, fitted.size, SEMIBOLD, fitted.size + 10) for each in fitted.lines]


def _said(facts: PosterFacts, *, width: float) -> list[Line]:
    """The price's date, who to ask, who vouches for her, and that she earns by it."""
    name = clean_text(facts.guide_name) if facts.product_title is not None else ""
    person = " · ".join(filter(None, (name, clean_text(facts.badge))))
    lines: list[Line] = []
    for text, weight, color, most in ((facts.price_note if _priced(facts) else "", SEMIBOLD, None, 1), (person, SEMIBOLD, INK, 1),
                                      (facts.store_name, REGULAR, INK_2, 1), (facts.invite_text, REGULAR, INK_2, 1),
                                      (facts.disclosure, REGULAR, INK_3, 2)):
        fitted = fit_text(text, width=width, sizes=(23,), weight=weight, max_lines=most)
        lines += [Line(each, 23, weight, 34, color) for each in fitted.lines]
    return lines


def _lay_out_price(facts: PosterFacts) -> PosterLayout:
    """A sheet with title and price at the top, the picture in a frame below it, who to ask at the foot."""
    qr, scale = place_qr(facts.url)
    quiet = QUIET_MODULES * scale
    guide, avatar, guide_top = place_guide(facts, qr, gap=max(22, quiet))
    card = Box(CARD_LEFT, guide_top - max(_PAD, quiet), CARD_RIGHT, CARD_BOTTOM)
    offer, pills, sheet_bottom = _place_offer(facts, top=LOGO.bottom + 28 + 30)
    sheet = Box(CARD_LEFT, LOGO.bottom + 28, CARD_RIGHT, sheet_bottom)
    frame = Box(CARD_LEFT, sheet.bottom + 20, CARD_RIGHT, max(card.top - 20, sheet.bottom + 20 + _FRAME_AT_LEAST))
    middle, half = (frame.top + frame.bottom) / 2, min(90, (frame.bottom - frame.top) / 2 - 20)
    return PosterLayout(
        words_end=sheet.bottom, card=card, rule_y=None, mark=Box(WIDTH / 2 - half, middle - half, WIDTH / 2 + half, middle + half),
        logo=LOGO, avatar=avatar, qr=qr, qr_scale=scale, runs=(*offer, *guide), pills=pills, frame=frame, sheet=sheet)


def _place_offer(facts: PosterFacts, *, top: float) -> tuple[tuple[TextRun, ...], tuple[Pill, ...], float]:
    """Title, then the price as large as it goes, then its date and the list price; also where the sheet ends."""
    title = fit_text(facts.product_title or "", width=RIGHT - LEFT, sizes=(36, 32), weight=SEMIBOLD, max_lines=2)
    lines = [Line(text, title.size, SEMIBOLD, 46) for text in title.lines]
    size, runs = _largest_price(facts, top=top + _height(lines))
    row = top + _height(lines) + size * 1.3 + 8
    note, pills = pill(facts.price_note, right=None, top=row, mark="lock" if facts.price_is_exclusive else None, width=400)
    listed = _listed(facts, left=pills[0].box.right + 20, baseline=row + 34)
    return (*stack(lines, left=LEFT, top=top), *runs, *note, *listed), pills, row + 48 + 30


def _largest_price(facts: PosterFacts, *, top: float) -> tuple[int, tuple[TextRun, ...]]:
    text = clean_text(facts.price_text)
    for size in (160, 140, 120, 96, 80, 64, 52, 40, 30):
        runs = price_runs(text, size=size, baseline=top + size * 1.05)
        if runs[-1].left + runs[-1].width <= RIGHT:
            return size, runs
    fitted = fit_text(text, width=RIGHT - LEFT, sizes=(24,), weight=SEMIBOLD)
    return 24, tuple(TextRun(line, LEFT, top + 26, 24, SEMIBOLD, PRICE) for line in fitted.lines)


def _listed(facts: PosterFacts, *, left: float, baseline: float) -> tuple[TextRun, ...]:
    """The public price, only if it fits whole."""
    text = clean_text(facts.list_price_text or "")
    fits = text and left + text_width(text, size=30, weight=REGULAR) <= RIGHT
    return (TextRun(text, left, baseline, 30, REGULAR, INK_3, struck=True),) if fits else ()
