"""How after-sales are told in the console."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.aftersales.evidence import REMIND_BEFORE, UNDECIDED
from app.domain.aftersales.models import AfterSale, Chargeback
from app.web.shared.after_sale_words import CASE_STATES as CASE_STATES
from app.web.shared.after_sale_words import CHARGEBACK_STATES as CHARGEBACK_STATES
from app.web.shared.after_sale_words import KINDS as KINDS
from app.web.shared.after_sale_words import answer_text
from app.web.shared.after_sale_words import case_state as case_state
from app.web.shared.after_sale_words import frozen_word as frozen_word
from app.web.shared.formats import moment, priced
from app.web.shared.money_words import word as word
from app.web.shared.names import actor_name

CHARGEBACK_FILTERS: dict[str, Any] = {"open": _l("待举证"), "answered": _l("已举证，等裁定"), "won": _l("银行判品牌胜"), "lost": _l("银行判顾客胜")}
EVIDENCE_STATES: dict[str, Any] = {"sending": _l("正在提交证明"), "handed_in": _l("已举证，等裁定")}
EVIDENCE: dict[str, tuple[Any, Any]] = {
    "product_description": (_l("卖的是什么"), _l("商品名称、规格和件数")),
    "customer_name": (_l("顾客姓名"), ""),
    "shipping_address": (_l("收货地址"), ""),
    "shipping_carrier": (_l("承运商"), ""),
    "shipping_date": (_l("发货日期"), ""),
    "shipping_tracking_number": (_l("运单号"), _l("几个包裹用顿号分开")),
    "customer_communication": (_l("和顾客的往来"), _l("她说了什么、品牌怎么答的，按时间写")),
    "refund_policy_disclosure": (_l("退款政策"), _l("顾客下单前在哪里看得到、写了什么")),
    "refund_refusal_explanation": (_l("为什么不退"), _l("没有退款的理由，没有就不填")),
    "uncategorized_text": (_l("其他"), _l("还有什么能说明这笔交易是真的")),
}
"""Field of the evidence → (label, help)."""
REASONS: dict[str, Any] = {
    "fraudulent": _l("她说不是本人付的"), "product_not_received": _l("她说没有收到"), "product_unacceptable": _l("她说商品有问题"),
    "duplicate": _l("她说付了两次"), "credit_not_processed": _l("她说该退的没有退"), "unrecognized": _l("她认不出这笔付款"), "general": _l("没有说明"),
    "subscription_canceled": _l("她说已经取消"), "noncompliant": _l("银行说不合卡组织规则"),
}
"""A provider's reason as people read it; what was typed by hand stays as it is."""

KIND_NOTES: dict[str, Any] = {
    "refund_only": _l("商品不用寄回，同意后立即退款"), "return_refund": _l("商品寄回、验收后退款"), "exchange": _l("商品寄回后换同价的，钱和佣金都不动"),
    "shipping_only": _l("只退运费，不影响任何人的佣金"),
}


def tone(words: dict[str, tuple[Any, str]], code: str) -> str:
    return words[code][1] if code in words else ""


def approving(case: AfterSale, amount_minor: int) -> str:
    """What saying yes will do."""
    if case.kind == "exchange":
        return gettext("同意后按申请留货；收到寄回的商品再寄出换的商品。钱和佣金不动。")
    if case.kind == "return_refund":
        return gettext("同意后请顾客寄回商品，验收后退款 %(amount)s。", amount=priced(amount_minor))
    if case.kind == "shipping_only":
        return gettext("同意后立即退运费 %(amount)s，各方佣金不变。", amount=priced(amount_minor))
    return gettext("同意后立即退给顾客 %(amount)s，各方按比例扣回。", amount=priced(amount_minor))


def case_events(case: AfterSale) -> list[dict[str, str]]:
    """What happened, newest first."""
    rows = [(case.requested_at, gettext("申请"), _said(case.requested_by, case.reason))]
    if case.decided_at:
        refused = case.state == "rejected"
        rows.append((case.decided_at, gettext("拒绝") if refused else gettext("同意"), _said(case.decided_by, case.answer)))
    if case.returned_at:
        rows.append((case.returned_at, gettext("收到退货"), f"{case.return_carrier} {case.return_tracking_no}".strip()))
    if case.closed_at and case.state != "rejected":
        rows.append((case.closed_at, word(CASE_STATES, case.state), answer_text(case.answer) if case.state == "cancelled" else ""))
    rows.reverse()
    return [{"at": moment(at), "title": title, "text": text} for at, title, text in rows]


def _said(who: str, what: str) -> str:
    return " · ".join(filter(None, (actor_name(who), what)))


def chargeback_word(row: Chargeback) -> tuple[str, str]:
    """(words, tone): where it stands, and whether the brand has answered."""
    if row.state in UNDECIDED and row.evidence_state in EVIDENCE_STATES:
        return str(EVIDENCE_STATES[row.evidence_state]), "info"
    if row.state == "open" and row.provider:
        return str(CHARGEBACK_FILTERS["open"]), "warn"
    return word(CHARGEBACK_STATES, row.state), tone(CHARGEBACK_STATES, row.state)


def deadline(answer_by: datetime, at: datetime) -> tuple[str, str]:
    """(tone, words) of the time left."""
    left = answer_by - at
    if left <= timedelta(0):
        return "bad", gettext("已过期")
    if left < timedelta(days=1):
        return "bad", gettext("还有 %(hours)d 小时", hours=max(left // timedelta(hours=1), 1))
    return "bad" if left <= REMIND_BEFORE else "warn", gettext("还有 %(days)d 天", days=left.days)


def chargeback_events(row: Chargeback) -> list[dict[str, str]]:
    """What happened, newest first."""
    rows = [(row.opened_at, gettext("支付渠道通知拒付") if row.provider else gettext("登记拒付"), actor_name(row.opened_by)),
            (row.reminded_at, gettext("截止前三天提醒"), ""), (row.answered_at, gettext("证明已交给银行"), ""),
            (row.decided_at, word(CHARGEBACK_STATES, row.state), actor_name(row.decided_by))]
    told = sorted(((at, place, title, text) for place, (at, title, text) in enumerate(rows) if at), reverse=True)
    return [{"at": moment(at), "title": title, "text": text} for at, _, title, text in told]
