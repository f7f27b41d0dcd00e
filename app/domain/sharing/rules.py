"""Who stands behind a share link, and which callers are no shoppers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import log1p
from uuid import UUID

SERVING = ("active",)
"""A guide in any other state has handed her links to the store (R21)."""

MOST_ON_SHELF, NOTE_LENGTH = 60, 60
"""Products on a guide's own shelf, and letters of her note to one."""
MOST_PINS = 8
"""Products HQ pins for one place: more would bury the guide's own."""

WEIGHTS = {"pay": 40, "sold": 25, "kept": 15, "fit": 10, "stock": 10}
"""What a product's place in a guide's list is made of, of 100: what a piece pays her, how it sells, how seldom it comes back, whether it is
what she sells, whether there is enough of it. Each part is 0 to 1, see `score`; the SQL of insights/product_rank.py says the same."""
USUAL_RETURNS, USUAL_WEIGHT = 1, 20
"""What has hardly sold is taken to come back once in twenty; its own returns count more with every piece sold."""
WORST_RETURNS = 5
"""One in five coming back leaves nothing of `kept`."""
ENOUGH = 10
"""Pieces in stock; more make no difference."""

WAYS = ("up", "down", "top")
STANDINGS = ("on_sale", "confirming", "sold_out", "gone")
"""How a product stands for who wants to buy it; all but the first make its links lead on to a substitute."""

_BOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|facebookexternalhit|embedly|headless|lighthouse|monitor|scanner|curl/|wget/|"
    r"python-|go-http-client|java/|okhttp|axios|node-fetch|libwww", re.IGNORECASE)


def serves(guide_status: str) -> bool:
    """Whether the guide herself still stands behind her links, or her store does (R21)."""
    return guide_status in SERVING


def standing(*, on_sale: bool, left: bool, confirming: bool) -> str:
    """Of what is on the shelf and what is left; `confirming`: something would be left if its stock were confirmed."""
    if not on_sale:
        return "gone"
    return "on_sale" if left else "confirming" if confirming else "sold_out"


def is_bot(user_agent: str) -> bool:
    """Programs say what they are, or nothing at all; their touches are kept and never compete (R8)."""
    return not user_agent.strip() or bool(_BOT.search(user_agent))


def moved(order: Sequence[UUID], one: UUID, way: str) -> list[UUID]:
    """The order after `one` went up, down or to the top; at the end of its way it stays."""
    rest = [each for each in order if each != one]
    at = order.index(one)
    to = {"up": max(at - 1, 0), "down": min(at + 1, len(rest)), "top": 0}[way]
    return [*rest[:to], one, *rest[to:]]


def score(*, pay: float, best_pay: float, sold: int, best_sold: int, lately: int, back: int, fit: float, left: int) -> float:
    """0 to 100. `sold` pieces in 30 days; `back` of `lately` sold in 90 came back; `fit` is her own share of its branch, 0 to 1."""
    parts = {
        "pay": pay / best_pay if best_pay else 0.0,
        "sold": log1p(sold) / log1p(best_sold) if best_sold else 0.0,
        "kept": 1 - min(WORST_RETURNS * (back + USUAL_RETURNS) / (lately + USUAL_WEIGHT), 1.0),
        "fit": fit,
        "stock": min(left, ENOUGH) / ENOUGH,
    }
    return sum(WEIGHTS[name] * part for name, part in parts.items())
