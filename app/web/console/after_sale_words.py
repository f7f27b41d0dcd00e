"""How after-sales are told in the console."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.aftersales.models import AfterSale, Chargeback
from app.web.shared.after_sale_words import CASE_STATES as CASE_STATES
from app.web.shared.after_sale_words import CHARGEBACK_STATES as CHARGEBACK_STATES
from app.web.shared.after_sale_words import KINDS as KINDS
from app.web.shared.after_sale_words import answer_text
from app.web.shared.after_sale_words import frozen_word as frozen_word
from app.web.shared.formats import moment, priced
from app.web.shared.money_words import word as word
from app.web.shared.names import actor_name

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


def chargeback_events(row: Chargeback) -> list[dict[str, str]]:
    rows = [{"at": moment(row.opened_at), "title": gettext("登记拒付"), "text": actor_name(row.opened_by)}]
    if row.decided_at:
        rows.insert(0, {"at": moment(row.decided_at), "title": word(CHARGEBACK_STATES, row.state), "text": actor_name(row.decided_by)})
    return rows
