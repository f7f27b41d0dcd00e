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
