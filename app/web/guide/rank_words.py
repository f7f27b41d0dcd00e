"""Why a product stands where it stands, in words a guide uses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from app.domain.community.models import CommunityGroup
from app.domain.insights.product_rank import SORTS as SORTS
from app.domain.insights.product_rank import Ranked
from app.domain.sharing.rules import ENOUGH, WEIGHTS
from app.flows.rank_products import Placed
from app.web.shared.application import now
from app.web.shared.formats import money_short, money_symbol

from .pays import cards_of

MINE = "you"
SORT_WORDS = {"you": _("适合你"), "pay": _("赚得多"), "sold": _("卖得好"), "new": _("新上架"), "price": _("价格低")}
PARTS = {"pay": _("每件赚多少"), "sold": _("30 天卖了多少"), "kept": _("退货少不少"), "fit": _("你常不常卖这类"), "stock": _("库存够不够")}
NEW = timedelta(days=30)
TOLD = 5
"""Pieces sold from which on returns say something."""
FEW_BACK, MANY_BACK = 0.03, 0.15
OFTEN = 0.2
"""Part of her sales from which on a branch is what she sells."""


def ranked_cards(placed: Sequence[Placed], *, group: CommunityGroup | None = None) -> list[dict[str, Any]]:
    """What `ui.share_card` is given, each with why it stands there."""
    cards = cards_of([one.tile for one in placed], group=group)
    return [{**card, "stands": stands(one.facts, card["earn_minor"])} for one, card in zip(placed, cards, strict=True)]


def stands(facts: Ranked, earn_minor: int | None) -> str:
    """'每件赚 ¥75.90 · 30 天卖 42 件 · 少退货'. `earn_minor` is what a piece pays her, to the fen."""
    said = [gettext("每件赚 %(amount)s", amount=money_symbol() + money_short(earn_minor)) if earn_minor else "", _sold(facts), _back(facts),
            gettext("你常卖这类") if facts.fit >= OFTEN else "",
            ngettext("只剩 %(num)d 件", "只剩 %(num)d 件", facts.left) if 0 < facts.left < ENOUGH else ""]
    return " · ".join(filter(None, said))


def _sold(facts: Ranked) -> str:
    if facts.sold:
        return ngettext("30 天卖 %(num)d 件", "30 天卖 %(num)d 件", facts.sold)
    return gettext("新上架") if facts.created_at > now() - NEW else ""


def _back(facts: Ranked) -> str:
    if facts.lately < TOLD:
        return ""
    part = facts.back / facts.lately
    if part <= FEW_BACK:
        return gettext("少退货")
    return gettext("退货 %(percent)d%%", percent=round(part * 100)) if part >= MANY_BACK else ""


def weights() -> list[tuple[str, int]]:
    """Of 100: what her order is made of."""
    return [(str(PARTS[name]), weight) for name, weight in WEIGHTS.items()]
