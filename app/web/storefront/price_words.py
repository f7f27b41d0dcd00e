"""What the shopper reads about what she pays: every step from the list price on, and why a coupon does not apply (R5, R27)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext, ngettext

from app.kernel.errors import Refused
from app.web.shared.errors import says
from app.web.shared.formats import priced


def why_not(refused: Refused) -> str:
    """A refused coupon's reason, with the amount it asks for; what shares are is no matter of hers."""
    if refused.code == "coupon_minimum":
        return gettext("满 %(amount)s 才能用", amount=priced(refused.data["minimum"]))
    if refused.code == "coupon_not_hers":
        return gettext("这是另一位导购或门店的券，从她的链接下单才能用")
    if refused.code == "coupon_exceeds_share":
        return gettext("这一单太小，出券的导购或门店抵不了这么多")
    return says(refused)


def _funded(coupons: Sequence[Any]) -> list[tuple[str, int]]:
    return [(one["funder"], one["amount_minor"]) if isinstance(one, dict) else (one.funder, one.amount_minor) for one in coupons]


def goods_rows(lines: Sequence[Any], gross_minor: int, coupons: Sequence[Any]) -> list[tuple[str, int]]:
    """(label, signed minor units): goods at list price, what the activity takes off, a guide's own commission as her discount (R20), then
    each coupon by its name.

    Lines and coupons are of a quote, or as an order keeps them.
    """
    off = max(sum(line.list_price_minor * line.quantity for line in lines) - gross_minor, 0)
    rows = [(ngettext("商品", "商品", 2), gross_minor + off)]
    if off:
        rows.append((gettext("活动优惠"), -off))
    own = sum(line.guide_discount_minor for line in lines) - sum(amount for funder, amount in _funded(coupons) if funder == "guide")
    if own:
        rows.append((gettext("自购优惠"), -own))
    return rows + [_coupon(**one) if isinstance(one, dict) else _coupon(one.code, one.funder, one.amount_minor) for one in coupons]


def _coupon(code: str, funder: str, amount_minor: int, **_: object) -> tuple[str, int]:
    names = {"brand": gettext("品牌券 %(code)s", code=code), "platform": gettext("平台券 %(code)s", code=code),
             "store": gettext("门店券 %(code)s", code=code), "guide": gettext("导购券 %(code)s", code=code)}
    return names[funder], -amount_minor
