"""A brand's period in words: what came in, what went to whom, what stays; the same rows on the page and on paper."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext, ngettext

from app.domain.settlement.brand_books import BrandBooks, Part

from .formats import money
from .money_words import ROLES, word

Row = tuple[str, str, int]
"""Label, note, minor units; the last row of a list is the sum of the others."""


def came_in(books: BrandBooks) -> list[Row]:
    """From list value to what shoppers paid, and what went back to them."""
    sold = books.sold
    off = [(gettext("活动优惠"), "", -sold.activity_minor), (gettext("品牌券"), gettext("降低计佣金额"), -sold.brand_discount_minor),
           (gettext("平台券"), gettext("平台补回"), -sold.platform_discount_minor), (gettext("门店券"), gettext("门店承担"), -sold.store_discount_minor),
           (gettext("导购券"), gettext("导购承担"), -sold.guide_discount_minor)]
    money_in = [(gettext("运费"), "", books.received.get("paid", 0) - sold.paid_minor), (gettext("退款"), "", books.received.get("reversed", 0)),
                (gettext("拒付"), gettext("银行从货款里扣走"), books.received.get("chargeback", 0)),
                (gettext("拒付手续费"), gettext("银行扣"), books.received.get("chargeback_fee", 0)),
                (gettext("支付手续费"), gettext("支付渠道扣"), books.received.get("provider_fee", 0)),
                (gettext("迟到的付款"), gettext("收到即退"), books.received.get("late_payment", 0) + books.received.get("late_refund", 0))]
    orders = ngettext("%(num)d 张付款订单", "%(num)d 张付款订单", sold.orders)
    return [(gettext("商品原价"), orders, sold.list_minor), *_moved([*off, *money_in]), (gettext("从顾客净收"), "", books.received_minor)]


def went_out(books: BrandBooks) -> list[Row]:
    """Role by role, with how it came about; subsidies are what a party pays of coupons."""
    rows = [(word(ROLES, role), _how(part), part.net_minor) for role, part in books.parts.items()]
    waiting = (gettext("发货方待定"), gettext("包裹发出后归发货门店或品牌"), books.waiting_minor)
    return [*_moved([*rows, waiting]), (gettext("分给各方"), gettext("已减去各方承担的券"), books.shared_minor)]


def stays(books: BrandBooks) -> list[Row]:
    names = {
        "brand": gettext("分账后余下"), "brand_reversed": gettext("退款、拒付扣回"), "shipping": gettext("运费"), "shipping_reversed": gettext("退回运费"),
        "fulfilling_store": gettext("旗舰店发货所得"), "fulfilling_store_reversed": gettext("发货所得扣回"), "write_off": gettext("核销欠款"),
        "reward": gettext("挑战奖励"),
        "chargeback_fee": gettext("拒付手续费"), "provider_fee": gettext("支付手续费")}
    rows = [(names.get(kind, kind), "", books.kept[kind]) for kind in (*names, *(kind for kind in books.kept if kind not in names)) if books.kept.get(kind)]
    return [*rows, (gettext("品牌留下"), gettext("从顾客净收 − 分给各方"), books.kept_minor)]


def paid_out(books: BrandBooks) -> list[Row]:
    """What left the house in the period: net payouts and the tax withheld."""
    net, tax = (sum(pair[place] for pair in books.paid_out.values()) for place in (0, 1))
    return [(gettext("打款实付"), gettext("不改变上面的分配，只是付清"), net), (gettext("代扣税"), "", tax), (gettext("本期付清"), "", net + tax)]


def blocks(books: BrandBooks) -> list[tuple[str, Sequence[tuple[str, str, str]]]]:
    """(title, rows with their figures written)."""
    lists = ((gettext("进来的"), came_in(books)), (gettext("分给谁"), went_out(books)), (gettext("留下的"), stays(books)),
             (gettext("本期付出"), paid_out(books)))
    return [(title, [(label, note, money(amount)) for label, note, amount in rows]) for title, rows in lists]


def _how(part: Part) -> str:
    parts = [(gettext("份额 %(amount)s", amount=money(part.shares_minor)), part.shares_minor),
             (gettext("承担券 %(amount)s", amount=money(part.funded_minor)), part.funded_minor),
             (gettext("扣回 %(amount)s", amount=money(part.reversed_minor)), part.reversed_minor),
             (gettext("核销 %(amount)s", amount=money(part.written_off_minor)), part.written_off_minor)]
    told = [text for text, amount in parts if amount]
    return " · ".join(told) if len(told) > 1 else ""


def _moved(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row[2]]
