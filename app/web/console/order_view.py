"""One order as the console explains it: from the list price to what each party keeps, why, and where the commission is in its life."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.fulfilment.models import Fulfilment
from app.domain.insights.order_money import Standing, by_place
from app.domain.orders.queries import ROLE_ORDER, LineDetail, OrderDetail
from app.kernel.clock import local_day
from app.web.shared.attribution_words import because, told
from app.web.shared.explaining import why
from app.web.shared.formats import day, moment, priced, rate
from app.web.shared.names import actor_name
from app.web.shared.serving import brand

from .order_words import ROLES, word

STEPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_l("预估"), ("estimated",)), (_l("待结算"), ("pending",)), (_l("冻结"), ("held",)), (_l("可提现"), ("available",)),
    (_l("打款中"), ("requested", "in_payout")), (_l("已打款"), ("paid", "netted")))
"""The life of a commission and where its money stands meanwhile (R12)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A party's share in minor units, and what of it the party gives for its own coupon (R7)."""

    amount_minor: int = 0
    funded_minor: int = 0


@dataclass(frozen=True, slots=True)
class ShareTable:
    """Columns are the roles that take part; a cell is None where a line has no such share."""

    roles: Sequence[str]
    rows: Sequence[tuple[LineDetail, int, Sequence[Cell | None]]]
    base_minor: int
    totals: Sequence[Cell]

    @property
    def sums_to_base(self) -> bool:
        return sum(cell.amount_minor for cell in self.totals) == self.base_minor


@dataclass(frozen=True, slots=True)
class Origin:
    """One party's share of one line and the rule or plan that gave it; `cut` if the base had no room for all of it."""

    line: str
    role: str
    name: str
    amount_minor: int
    why: str
    cut: bool


def role_totals(lines: Sequence[LineDetail]) -> dict[str, Cell]:
    """Each role's share of these lines, in the order people read them."""
    totals: dict[str, Cell] = {}
    for line in lines:
        for share, _ in line.shares:
            had = totals.get(share.role, Cell())
            totals[share.role] = Cell(had.amount_minor + share.amount_minor, had.funded_minor + share.funded_minor)
    return {role: totals[role] for role in ROLE_ORDER if role in totals}


def share_table(detail: OrderDetail) -> ShareTable:
    totals = role_totals(detail.lines)
    rows = []
    for line in detail.lines:
        cells = role_totals([line])
        rows.append((line, line.line.base_minor, [cells.get(role) for role in totals]))
    return ShareTable(list(totals), rows, _sum(detail, "base_minor"), list(totals.values()))


def waterfall(detail: OrderDetail) -> list[dict[str, Any]]:
    """List price → activity → brand's coupons → base → each party's share → what the brand keeps (R5)."""
    listed = sum(line.line.list_price_minor * line.line.quantity for line in detail.lines)
    rows: list[dict[str, Any]] = [{"label": gettext("商品原价"), "minor": listed, "kind": "start"}]
    if detail.order.gross_minor != listed:
        change = detail.order.gross_minor - listed
        rows.append({"label": gettext("活动价"), "note": gettext("、").join(detail.activities.values()), "minor": change,
                     "kind": "cut" if change < 0 else "plus"})
    if discount := _sum(detail, "brand_discount_minor"):
        rows.append({"label": gettext("品牌券"), "note": _codes(detail, "brand"), "minor": -discount, "kind": "cut"})
    rows.append({"label": gettext("计佣金额"), "minor": _sum(detail, "base_minor"), "kind": "sum"})
    for role, cell in role_totals(detail.lines).items():
        if role == "brand":
            rows.append({"label": gettext("品牌所得"), "minor": cell.amount_minor, "kind": "sum", "party": "brand"})
        else:
            rows.append({"label": word(ROLES, role), "note": _note(detail, role), "minor": -cell.amount_minor, "kind": "share", "party": colour(role)})
    return rows


def _sum(detail: OrderDetail, column: str) -> int:
    return sum(getattr(line.line, column) for line in detail.lines)


def _codes(detail: OrderDetail, funder: str) -> str:
    """'NOV30、NOV50': the coupons of this funder."""
    return gettext("、").join(coupon["code"] for coupon in detail.order.coupons if coupon["funder"] == funder)


def colour(role: str) -> str:
    """The party whose colour a role wears."""
    return "store" if role == "fulfilling_store" else role


def _note(detail: OrderDetail, role: str) -> str:
    shares = [(share, name) for line in detail.lines for share, name in line.shares if share.role == role]
    rates = {share.rate_bp for share, _ in shares}
    percent = rate(next(iter(rates)) or 0) if len(rates) == 1 and None not in rates else ""
    name = "" if role == "platform" else shares[0][1]
    return " · ".join(part for part in (name, percent) if part)


def paid_line(detail: OrderDetail) -> list[tuple[str, int]]:
    """From the base to what the shopper paid; each coupon says whose money it is."""
    cells, name = [(gettext("计佣金额"), _sum(detail, "base_minor"))], detail.guide.name if detail.guide else ""
    names = {"platform": gettext("平台券（平台补回）"), "store": gettext("门店券（%(name)s 出）", name=detail.store.name if detail.store else ""),
             "guide": gettext("自购抵扣（%(name)s 的佣金）", name=name) if own_purchase(detail) else gettext("导购券（%(name)s 出）", name=name)}
    cells += [(label, -amount) for funder, label in names.items() if (amount := _sum(detail, f"{funder}_discount_minor"))]
    cells.append((gettext("运费（不计佣）"), detail.order.shipping_minor))
    return [*cells, (gettext("顾客实付"), detail.order.total_minor)]


def subsidies(detail: OrderDetail) -> list[str]:
    """Who pays each coupon that did not lower the base, and what of the share is left (R7)."""
    told = []
    if amount := _sum(detail, "platform_discount_minor"):
        told.append(gettext("平台券 %(codes)s：%(amount)s 由平台补回，各方照计佣金额分。", codes=_codes(detail, "platform"), amount=priced(amount)))
    if own_purchase(detail):
        told.append(gettext("导购本人下单：她的佣金 %(amount)s 直接抵了货款，其余各方照分。", amount=priced(_sum(detail, "guide_discount_minor"))))
    for role, label in (("store", gettext("门店券")), ("guide", gettext("导购券"))):
        if role == "guide" and own_purchase(detail):
            continue
        cell = role_totals(detail.lines).get(role, Cell())
        if cell.funded_minor:
            told.append(gettext("%(label)s %(codes)s：%(amount)s 由%(name)s从自己的 %(share)s 里出，实得 %(net)s。", label=label, codes=_codes(detail, role),
                                amount=priced(cell.funded_minor), name=_funder(detail, role), share=priced(cell.amount_minor),
                                net=priced(cell.amount_minor - cell.funded_minor)))
    return told


def own_purchase(detail: OrderDetail) -> bool:
    """The guide bought for herself and had her commission as a discount: she gives without a coupon (R20)."""
    return bool(_sum(detail, "guide_discount_minor")) and not any(one["funder"] == "guide" for one in detail.order.coupons)


def _funder(detail: OrderDetail, role: str) -> str:
    return gettext("、").join(dict.fromkeys(name for line in detail.lines for share, name in line.shares if share.role == role and share.funded_minor))


def attribution(detail: OrderDetail) -> dict[str, Any]:
    """{name, says, candidates, rates}: why the winner, and what was judged of each (R8)."""
    decision = next((line.decision for line in detail.lines if line.decision), None)
    made = {"reason": decision.reason, "candidates": decision.candidates} if decision else {}
    name = detail.guide.name if detail.guide else detail.store.name if detail.store else brand().name
    return {"name": name, "says": because(made, hers=False), "candidates": told(made.get("candidates", ())), "rates": _rates(detail)}


def _rates(detail: OrderDetail) -> list[tuple[str, str, str]]:
    """(line, rate, reason in words) of the guide's share of each line."""
    return [(line.line.title, rate(share.rate_bp) if share.rate_bp is not None else "", why(share.trace))
            for line in detail.lines for share, _ in line.shares if share.role == "guide"]


def origins(detail: OrderDetail) -> list[Origin]:
    """Where each share comes from, line by line; the brand's is what is left."""
    return [Origin(line.line.title, word(ROLES, share.role), "" if share.role == "platform" else name, share.amount_minor, why(share.trace),
                   "cut_from_minor" in share.trace)
            for line in detail.lines for share, name in sorted(line.shares, key=lambda pair: ROLE_ORDER.index(pair[0].role)) if share.role != "brand"]


def journey(detail: OrderDetail, found: Sequence[Standing], after_sale_days: int, *, see_money: bool) -> list[dict[str, str]]:
    """预估 → 待结算 → 冻结 → 可提现 → 打款中 → 已打款, with the moment of each; its amount where the parties are not all at
    the same (R12), for who may see money."""
    order, sums = detail.order, by_place(found)
    received = max((line.line.received_at for line in detail.lines if line.line.received_at), default=None)
    free = max((line.line.hold_until for line in detail.lines if line.line.hold_until), default=None)
    notes = [
        gettext("%(at)s 下单", at=moment(order.placed_at)),
        gettext("%(at)s 付款", at=moment(order.paid_at)) if order.paid_at else gettext("等待付款"),
        gettext("%(at)s 签收", at=moment(received)) if received else gettext("签收后 %(days)d 天", days=after_sale_days),
        day(local_day(free, brand().timezone)) if free else "—", "—", "—",
    ]
    standing = [sum(sums.get(place, 0) for place in places) for _, places in STEPS]
    here = [n for n, amount in enumerate(standing) if amount] or [0]
    stopped = order.state in ("cancelled", "refunded")
    return [{"label": str(label), "state": _state(n, here, stopped), "note": priced(standing[n]) if see_money and standing[n] and len(here) > 1 else note}
            for n, ((label, _), note) in enumerate(zip(STEPS, notes, strict=True))]


def _state(n: int, here: Sequence[int], stopped: bool) -> str:
    if n in here:
        return "stop" if stopped else "now"
    return "done" if n < here[-1] else "todo"


def events(detail: OrderDetail, sent: Sequence[Fulfilment]) -> list[dict[str, str]]:
    """What happened, newest first."""
    order = detail.order
    told: list[tuple[datetime, str, str]] = [(order.placed_at, gettext("下单"), "")]
    if order.paid_at:
        told.append((order.paid_at, gettext("付款成功"), ""))
    told += [(parcel.shipped_at, gettext("发货"), f"{parcel.carrier} {parcel.tracking_no}".strip()) for parcel in sent]
    told += [(parcel.delivered_at, gettext("签收"), "") for parcel in sent if parcel.delivered_at]
    told += [(refund.requested_at, gettext("退款"), actor_name(refund.requested_by)) for refund in detail.refunds]
    if order.cancelled_at:
        told.append((order.cancelled_at, gettext("取消"), ""))
    told.sort(key=lambda one: one[0])
    told.reverse()
    return [{"at": moment(at), "title": title, "text": text} for at, title, text in told]
