"""Why a payee was not paid, where a withdrawal stands, and how tax was worked out: the same words for guide and finance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from app.domain.settlement.transfers import Sums

from .formats import money, priced, rate
from .money_words import word

REASONS: dict[str, Any] = {
    "suspended": _l("收款已暂停，恢复后下一批再付"), "nothing_due": _l("余额为零或为负，会从以后的收入里抵扣"), "below_minimum": _l("没有达到最低打款金额"),
    "no_bank_details": _l("没有已核验的收款账户"), "no_invoice": _l("发票不够，补开发票后下一批再付"),
    "owes": _l("有扣回还没抵完，先从以后的收入里抵"), "details_changed": _l("付款方式在起草后改了，下一批再付"),
    "account_restricted": _l("Stripe 账户暂停收款，恢复后下一批再付"),
}
WITHDRAWAL_STATES: dict[str, tuple[Any, str]] = {
    "requested": (_l("等待处理"), "warn"), "paying": (_l("打款中"), "info"), "paid": (_l("已打款"), "ok"), "failed": (_l("打款失败"), "bad"),
    "rejected": (_l("已拒绝"), "bad"), "cancelled": (_l("已取消"), ""),
}


def reason_words(code: str) -> str:
    """A rule's code in words; what a person wrote stays as it is."""
    return word(REASONS, code)


def transferred(sums: Iterable[Sums]) -> str:
    """What left, in the currency it arrived in, and how many have still to leave."""
    parts = [gettext("%(amount)s，%(count)d 笔", amount=priced(one.settled_minor, one.currency), count=one.sent) for one in sums if one.sent]
    waiting = sum(one.waiting for one in sums)
    return "；".join([*parts, *([ngettext("%(num)d 笔还没转", "%(num)d 笔还没转", waiting)] if waiting else [])])


def tax_words(trace: Mapping[str, Any] | None) -> list[str]:
    """How the tax came about, step by step; nothing where none was worked out."""
    if not trace or trace.get("scheme") != "cn_labour":
        return []
    income, free = trace["income_minor"], trace["income_minor"] <= 80_000
    lines = [gettext("%(month)s 劳务报酬 %(income)s", month=trace["month"], income=priced(income))]
    if trace["paid_before_minor"]:
        lines[0] += gettext("，其中本月之前已付 %(before)s", before=priced(trace["paid_before_minor"]))
    if free:
        return [*lines, gettext("每月不超过 800.00 的部分不预扣")]
    less = gettext("减除费用 800.00") if income <= 400_000 else gettext("减除 %(part)s 费用", part=rate(2_000))
    text = f"{less} → {money(trace['taxable_minor'])} × {rate(trace['rate_bp'])}"
    if trace["quick_minor"]:
        text += f" − {money(trace['quick_minor'])}"
    lines.append(f"{text} = {money(trace['tax_minor'])}")
    if trace["withheld_before_minor"]:
        lines.append(gettext("减去本月已代扣 %(before)s = %(now)s", before=money(trace["withheld_before_minor"]), now=money(trace["withheld_minor"])))
    return lines
