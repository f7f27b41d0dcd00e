"""How payouts, withdrawals and payees are called, and the tabs they share."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from app.domain.settlement.withdrawals import asked_for
from app.web.shared.money_words import PAYEE_KINDS as PAYEE_KINDS
from app.web.shared.money_words import PAYOUT_METHODS
from app.web.shared.money_words import PAYOUT_STATES as PAYOUT_STATES
from app.web.shared.money_words import TAX_KINDS as TAX_KINDS
from app.web.shared.payout_words import REASONS as REASONS
from app.web.shared.payout_words import WITHDRAWAL_STATES as WITHDRAWAL_STATES
from app.web.shared.payout_words import tax_words as tax_words
from app.web.shared.payout_words import transferred as transferred
from app.web.shared.serving import brand_id, db

METHODS = PAYOUT_METHODS
RUN_STATES: dict[str, tuple[Any, str]] = {
    "draft": (_l("等待批准"), "warn"), "approved": (_l("已批准，待执行"), "info"), "executed": (_l("已打款"), "ok"), "cancelled": (_l("已取消"), ""),
}
SCOPES: dict[str, Any] = {"all": _l("全部可提现"), "withdrawals": _l("只付提现申请")}
PARTS: dict[str, Any] = {"": _l("全部明细"), "payroll": _l("薪资系统导入"), "bank": _l("银行批量转账"), "internal": _l("内部记账")}
KINDS: dict[str, Any] = {kind: PAYEE_KINDS[kind] for kind in ("guide", "store", "dealer", "mall", "region")}
STATES: dict[str, Any] = {
    "waiting": _l("等银行结果"), "confirmed": _l("已到账"), "failed": _l("打款失败"), "paid": _l("已打款"), "sent": _l("已提交"),
}
"""A run's payouts, as the filter names them."""
TRANSFER_STATES: dict[str, tuple[Any, str]] = {
    "due": (_l("待转"), "info"), "sending": (_l("等 Stripe 确认"), "info"), "sent": (_l("已转"), "ok"), "waiting": (_l("等待再转"), "warn"),
    "refused": (_l("没有转"), "bad"),
}
TRANSFER_PROBLEMS: dict[str, Any] = {
    "account_restricted": _l("账户暂停收款，恢复后自动再转"), "disputed": _l("顾客的银行在追讨这笔付款，有结果后再转"),
    "balance_insufficient": _l("Stripe 可用余额不足，稍后自动再转"), "reversed_outside": _l("有人在 Stripe 后台撤回过，请核对"),
    "no_answer": _l("Stripe 没有回答，会用同一个编号再问，不会重复转"), "rate_limit": _l("Stripe 请求太多，稍后自动再转"),
    "circuit_open": _l("Stripe 暂时连不上，稍后自动再转"), "idempotency_error": _l("编号被用作了别的请求，请联系技术人员"),
    "not_permitted": _l("Stripe 拒绝了我们的密钥，请联系技术人员"),
}


def transfer_choices() -> list[tuple[str, Any]]:
    return [(state, text) for state, (text, _) in TRANSFER_STATES.items()]


def transfer_problem(code: str) -> str:
    """What is known in words; the provider's own code stays as it is."""
    return str(TRANSFER_PROBLEMS.get(code, code))


WEEKDAYS: tuple[Any, ...] = (_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日"))


def tabs(active: str) -> list[dict[str, Any]]:
    """Runs, withdrawals, payees, invoices, debts; what waits for finance is counted."""
    waiting = asked_for(db(), brand_id=brand_id())[0] or None
    items = (("payouts", gettext("批次"), None), ("withdrawals", gettext("提现申请"), waiting), ("payees", ngettext("收款方", "收款方", 2), None),
             ("invoices", gettext("发票"), None), ("debts", gettext("欠款"), None))
    return [{"label": label, "href": url_for(f"console.{name}"), "active": name == active, "count": count} for name, label, count in items]


def schedule_words(schedule: str, day: int) -> str:
    """When runs draft themselves, '' if they don't."""
    if schedule == "weekly":
        return gettext("每%(day)s 9:00 自动起草", day=WEEKDAYS[day - 1])
    return gettext("每月 %(day)d 日 9:00 自动起草", day=day) if schedule == "monthly" else ""


def withdrawal_choices() -> list[tuple[str, Any]]:
    return [("", gettext("全部状态")), *((state, text) for state, (text, _) in WITHDRAWAL_STATES.items())]
