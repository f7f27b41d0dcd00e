"""收益: five states as tabs, every line with its equation, its rule, why it is hers, what was taken back, and when it unlocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import g, render_template, request
from flask_babel import format_date, gettext
from sqlalchemy import select

from app.domain.brands.models import BrandSettings
from app.domain.commission.queries import EarningLine, earning_lines
from app.domain.insights.pictures import first_pictures
from app.kernel.clock import local_day
from app.kernel.money import half_up
from app.kernel.paging import Page
from app.web.shared.application import now
from app.web.shared.asking import page_number
from app.web.shared.explaining import verdict, why
from app.web.shared.formats import masked_name, moment, money, priced
from app.web.shared.serving import brand, brand_id, db

from .blueprint import guide
from .frame import PHASE_OF, drawn, five_states, in_english


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


@guide.get("/earnings")
def earnings() -> str:
    state = request.args.get("state", "")
    five = five_states()
    state = state if state in PHASE_OF else next((one for one in ("held", "pend", "est", "avail") if five[one]), "est")
    page = earning_lines(db(), brand_id=brand_id(), payee_id=g.guide.payee_id, phase=PHASE_OF[state], number=page_number())
    leaving = _leaving() if state == "paid" and page.number == 1 else ()
    shown = [*leaving, *page.items]
    pictures = first_pictures(db(), brand_id=brand_id(), product_ids=[one.product_id for one in shown])
    return render_template("guide/earnings.html", five=five, p=drawn(five), state=state, page=page, lines=[_view(one) for one in shown],
                           pictures=pictures, sentence=_sentence(state, page, leaving))


def _leaving() -> Sequence[EarningLine]:
    """What is on its way out stands with the paid, and says so."""
    lines: Sequence[EarningLine] = earning_lines(db(), brand_id=brand_id(), payee_id=g.guide.payee_id, phase="in_payout", size=100).items
    return lines


def _sentence(state: str, page: Page, leaving: Sequence[EarningLine]) -> str:
    if state == "held":
        days = db().scalars(select(BrandSettings.after_sale_days)).one()
        first = min((one.hold_until for one in page.items if one.hold_until), default=None)
        if first:
            return gettext("顾客已签收，%(days)d 天售后期内先冻结。%(count)d 笔，最近一笔 %(day)s解冻。", days=days, count=page.total, day=day_text(first))
    if state == "paid" and leaving:
        return gettext("有 %(count)d 笔正在打款，到账前也列在这里。", count=len(leaving))
    return {
        "est": gettext("顾客已下单还没付款。付款后进入待结算，没付款会取消。"),
        "pend": gettext("顾客已付款。签收后开始计算售后期。"),
        "held": gettext("顾客签收后，售后期内的佣金在这里。"),
        "avail": gettext("品牌会定期打款；被扣回的部分会先从这里抵。"),
        "paid": gettext("已经打到你的账户或随工资发放。"),
    }[state]


def day_text(at: datetime) -> str:
    return str(format_date(at, "d MMM" if in_english() else "M 月 d 日"))


def _view(one: EarningLine) -> LineView:
    head = gettext("推荐人佣金 · 订单 …%(tail)s", tail=one.order_number[-4:]) if one.role == "referrer" else gettext(
        "%(who)s · 订单 …%(tail)s · %(day)s", who=masked_name(one.contact.get("name", "")), tail=one.order_number[-4:], day=moment(one.placed_at, "MM-dd"))
    because, note = _because(one)
    return LineView(one, head, _parts(one), why(one.trace), because, note, [_taken(one, cut) for cut in one.reversals], _unlock(one))


def _parts(one: EarningLine) -> str:
    text = money(one.gross_minor)
    return gettext("%(gross)s − 品牌券 %(coupon)s", gross=text, coupon=money(one.brand_discount_minor)) if one.brand_discount_minor else text


def _because(one: EarningLine) -> tuple[str, str]:
    if one.role == "referrer":
        return gettext("你推荐的导购成交"), ""
    mine = next((c for c in one.attribution.get("candidates", ()) if c.get("verdict") == "last_touch"), None)
    if mine is None:
        return gettext("按下单时的归因"), ""
    opened = datetime.fromisoformat(mine["at"])
    return (gettext("%(who)s %(at)s 打开你的链接", who=masked_name(one.contact.get("name", "")), at=moment(opened)),
            gettext("%(at)s 下单，%(verdict)s", at=moment(one.placed_at), verdict=verdict("last_touch")))


def _taken(one: EarningLine, cut: dict[str, Any]) -> dict[str, Any]:
    """One reversal with its arithmetic: share × refund ÷ paid (R11)."""
    refund = cut.get("refund_minor")
    how = f"{moment(datetime.fromisoformat(cut['at']), 'MM-dd')}"
    if refund and one.paid_minor:
        exact = half_up(one.amount_minor * refund, one.paid_minor) == -cut["amount_minor"]
        how += f" · {money(one.amount_minor)} × {money(refund)} ÷ {money(one.paid_minor)}" + (f" = {money(-cut['amount_minor'])}" if exact else "")
    title = gettext("扣回 · 全额退款") if one.refunded_minor >= one.paid_minor else gettext("扣回 · 部分退款")
    reason = {"cancelled": gettext("订单取消"), "unpaid": gettext("超时未付款")}.get(cut.get("reason") or "", cut.get("reason") or "")
    text = gettext("%(reason)s，退给顾客 %(amount)s", reason=reason, amount=priced(refund)) if refund and reason else gettext(
        "退给顾客 %(amount)s", amount=priced(refund)) if refund else reason
    return {"title": title, "minor": cut["amount_minor"], "why": text, "how": how}


def _unlock(one: EarningLine) -> dict[str, Any] | None:
    """How far the hold has run, in brand-local days (R12)."""
    if one.state != "held" or one.hold_until is None or one.received_at is None:
        return None
    today, start, end = (local_day(at, brand().timezone) for at in (now(), one.received_at, one.hold_until))
    left = max((end - today).days, 0)
    return {"title": gettext("%(day)s可提现", day=day_text(one.hold_until)), "left": gettext("还有 %(days)d 天", days=left),
            "percent": min(max((today - start).days * 100 // max((end - start).days, 1), 0), 100),
            "from": gettext("%(day)s 签收", day=moment(one.received_at, "MM-dd")), "to": moment(one.hold_until)}


