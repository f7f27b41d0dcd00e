"""收益: six states as tabs, every line with its equation, its rule, why it is hers, what was taken back, and when it unlocks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g, render_template, request
from flask_babel import gettext
from sqlalchemy import select

from app.domain.aftersales.queries import frozen_lines
from app.domain.brands.models import BrandSettings
from app.domain.commission.queries import EarningLine, earning_lines
from app.domain.fraud.queries import frozen_orders
from app.domain.insights.pictures import first_pictures
from app.domain.ledger.queries import balances
from app.domain.settlement.queries import latest_word, runs_of
from app.domain.settlement.whereabouts import Fate, Gone, by_name, lines_gone
from app.kernel.clock import local_day
from app.kernel.money import half_up
from app.kernel.paging import Page
from app.web.shared.after_sale_words import frozen_word
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.attribution_words import because, winner
from app.web.shared.explaining import why
from app.web.shared.formats import masked_name, moment, money, priced
from app.web.shared.money_states import STATES, in_states
from app.web.shared.money_words import refund_reason
from app.web.shared.payout_words import reason_words
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide


@dataclass(frozen=True, slots=True)
class LineView:
    """An earning line in words; texts are in the reader's language."""

    line: EarningLine
    head: str
    parts: str
    rule: str
    because: str
    because_note: str
    taken: Sequence[dict[str, Any]]
    unlock: dict[str, Any] | None
    frozen: str
    went: str
    payouts: Sequence[tuple[UUID, int]]
    """Each payout that took some of it, with its run's number."""
    moved: bool
    """An accepted dispute gave it to another guide, or a hold was upheld: the order is no longer hers to look at."""


@guide.get("/earnings")
def earnings() -> str:
    state, found = request.args.get("state", ""), balances(db(), brand_id=brand_id(), payee_id=g.guide.payee_id)
    states = in_states(found)
    state = state if state in STATES else next((one for one in ("held", "pend", "est", "avail") if states[one]), "est")
    gone = lines_gone(db(), brand_id=brand_id(), payee_id=g.guide.payee_id)
    page = earning_lines(db(), brand_id=brand_id(), payee_id=g.guide.payee_id, states=STATES[state],
                         gone={line: by_name(parts) for line, parts in gone.items()}, number=page_number())
    pictures = first_pictures(db(), brand_id=brand_id(), product_ids=[one.product_id for one in page.items])
    return render_template("guide/earnings.html", states=states, found=found, passed_over=_passed_over(), state=state, page=page,
                           lines=_views(page.items, gone), pictures=pictures, sentence=_sentence(state, page))


def _passed_over() -> dict[str, Any] | None:
    """Why the newest payout did not reach her, and whether her account is what she has to see to."""
    one = latest_word(db(), brand_id=brand_id(), payee_id=g.guide.payee_id)
    if one is None or one.reason == "nothing_due":
        return None
    return {"id": one.id, "why": reason_words(one.reason), "failed": one.state == "failed", "minor": one.amount_minor,
            "account": one.reason in ("no_bank_details", "account_restricted") or (one.state == "failed" and one.method == "bank")}


def _sentence(state: str, page: Page) -> str:
    if state == "held":
        days = db().scalars(select(BrandSettings.after_sale_days)).one()
        first = min((one.hold_until for one in page.items if one.hold_until), default=None)
        if first:
            return gettext("顾客已签收，%(days)d 天售后期内先冻结。%(count)d 笔，最近一笔 %(day)s解冻。", days=days, count=page.total, day=day_text(first))
    return {
        "est": gettext("顾客已下单还没付款。付款后进入待结算，没付款会取消。"),
        "pend": gettext("顾客已付款。签收后开始计算售后期。"),
        "held": gettext("顾客签收后，售后期内的佣金在这里。"),
        "avail": gettext("可以随时申请提现，品牌也会定期打款；被扣回的部分会先从这里抵。"),
        "way": gettext("已申请提现或列入打款，还没有付出；没付成会退回可提现。"),
        "paid": gettext("品牌已经付出：打到你的账户，或随工资发放。银行退回的会回到可提现。"),
    }[state]


def day_text(at: datetime) -> str:
    return moment(at, "M 月 d 日")


def _views(lines: Sequence[EarningLine], gone: Gone) -> list[LineView]:
    """With those whose money waits for an after-sale, a chargeback or a hold marked as such (R12)."""
    found = frozen_lines(db(), brand_id=brand_id(), order_line_ids=[one.order_line_id for one in lines], order_ids=[one.order_id for one in lines])
    held = frozen_orders(db(), brand_id=brand_id(), order_ids=[one.order_id for one in lines])
    found = {**dict.fromkeys(held, "hold"), **found}
    left = [gone.get((one.order_line_id, one.role), {}) for one in lines]
    runs = runs_of(db(), brand_id=brand_id(), payout_ids={fate.payout_id for parts in left for fate in parts if fate.payout_id})
    return [_view(one, frozen_word(found.get(one.order_line_id) or found.get(one.order_id)) if one.state in ("pending", "held") else "", _went(parts),
                  [(fate.payout_id, runs[fate.payout_id][1]) for fate in parts if fate.payout_id]) for one, parts in zip(lines, left, strict=True)]


def _went(gone: Mapping[Fate, int]) -> str:
    """How much of a line was asked for, is in a payout, was paid, or covered an older clawback."""
    parts = by_name(gone)
    words = {"requested": gettext("提现中"), "in_payout": gettext("打款中"), "paid": gettext("已打款"), "netted": gettext("抵了之前的扣回")}
    return " · ".join(f"{text} {priced(parts[name])}" for name, text in words.items() if parts.get(name))


def _view(one: EarningLine, frozen: str, went: str, payouts: Sequence[tuple[UUID, int]]) -> LineView:
    head = gettext("推荐人佣金 · 订单 …%(tail)s", tail=one.order_number[-4:]) if one.role == "referrer" else gettext(
        "%(who)s · 订单 …%(tail)s · %(day)s", who=masked_name(one.contact.get("name", "")), tail=one.order_number[-4:], day=moment(one.placed_at, "MM-dd"))
    because, note = _because(one)
    return LineView(one, head, _parts(one), why(one.trace), because, note, [_taken(one, cut) for cut in one.reversals], _unlock(one, frozen), frozen, went,
                    payouts, _moved(one))


def _parts(one: EarningLine) -> str:
    """From the list price to the base, each step by its name (R5)."""
    listed = one.list_price_minor * one.quantity
    text = money(listed)
    if one.activity:
        text += " " + gettext("− 活动“%(name)s” %(amount)s", name=one.activity, amount=money(listed - one.gross_minor))
    if one.brand_discount_minor:
        text += " " + gettext("− 品牌券 %(coupon)s", coupon=money(one.brand_discount_minor))
    return text


def _because(one: EarningLine) -> tuple[str, str]:
    if one.role == "referrer":
        return gettext("你推荐的导购成交"), ""
    if one.attribution.get("reason") == "upheld":
        return gettext("核查后不计佣，转回品牌"), ""
    if _moved(one):
        return gettext("申诉后改记给另一位导购"), ""
    return because(one.attribution, hers=True), gettext("%(at)s 下单", at=moment(one.placed_at))


def _moved(one: EarningLine) -> bool:
    if one.attribution.get("reason") == "upheld":
        return True
    return one.attribution.get("reason") == "dispute" and (winner(one.attribution) or {}).get("guide_id") != str(g.guide.id)


def _taken(one: EarningLine, cut: dict[str, Any]) -> dict[str, Any]:
    """One reversal with its arithmetic: share × refund ÷ paid (R11)."""
    refund = cut.get("refund_minor")
    how = f"{moment(datetime.fromisoformat(cut['at']), 'MM-dd')}"
    if refund and one.paid_minor:
        exact = half_up(one.amount_minor * refund, one.paid_minor) == -cut["amount_minor"]
        how += f" · {money(one.amount_minor)} × {money(refund)} ÷ {money(one.paid_minor)}" + (f" = {money(-cut['amount_minor'])}" if exact else "")
    title = gettext("扣回 · 拒付") if cut.get("reason") == "chargeback" else (
        gettext("扣回 · 全额退款") if one.refunded_minor >= one.paid_minor else gettext("扣回 · 部分退款"))
    reason = refund_reason(cut.get("reason") or "")
    text = gettext("%(reason)s，退给顾客 %(amount)s", reason=reason, amount=priced(refund)) if refund and reason else gettext(
        "退给顾客 %(amount)s", amount=priced(refund)) if refund else reason
    if cut["returned_minor"]:
        text += gettext("；你出的券退还 %(amount)s", amount=priced(cut["returned_minor"]))
    return {"title": title, "minor": cut["amount_minor"], "why": text, "how": how}


def _unlock(one: EarningLine, frozen: str) -> dict[str, Any] | None:
    """How far the hold has run, in brand-local days (R12)."""
    if one.state != "held" or one.hold_until is None or one.received_at is None:
        return None
    today, start, end = (local_day(at, brand().timezone) for at in (now(), one.received_at, one.hold_until))
    left = max((end - today).days, 0)
    return {"title": frozen or gettext("%(day)s可提现", day=day_text(one.hold_until)),
            "left": gettext("处理完再解冻") if frozen else gettext("还有 %(days)d 天", days=left),
            "percent": min(max((today - start).days * 100 // max((end - start).days, 1), 0), 100),
            "from": gettext("%(day)s 签收", day=moment(one.received_at, "MM-dd")), "to": moment(one.hold_until)}


