"""How payouts and payees are called."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

RUN_STATES: dict[str, tuple[Any, str]] = {
    "draft": (_l("等待批准"), "warn"), "approved": (_l("已批准，待执行"), "info"), "executed": (_l("已打款"), "ok"), "cancelled": (_l("已取消"), ""),
}
PAYOUT_STATES: dict[str, tuple[Any, str]] = {
    "draft": (_l("待批准"), "warn"), "approved": (_l("待打款"), "info"), "paid": (_l("已打款"), "ok"), "failed": (_l("打款失败"), "bad"),
    "cancelled": (_l("已取消"), ""), "left_out": (_l("没有列入"), ""),
}
METHODS: dict[str, Any] = {"payroll": _l("随工资发"), "bank": _l("银行转账"), "internal": _l("内部记账")}
REASONS: dict[str, Any] = {
    "suspended": _l("已停用，恢复后下一批再付"), "nothing_due": _l("余额为零或为负，会从以后的收入里抵扣"), "below_minimum": _l("没有达到最低打款金额"),
    "no_bank_details": _l("没有已核验的收款账户"),
}
TAX_KINDS: dict[str, Any] = {
    "employee": _l("员工（随工资发）"), "individual": _l("个人（银行转账）"), "company": _l("公司（银行转账）"), "internal": _l("直营单位（内部记账）"),
}
KINDS: dict[str, Any] = {"guide": _l("导购"), "store": _l("门店"), "dealer": _l("经销商"), "mall": _l("商场"), "region": _l("大区")}
STATEMENT_KINDS: dict[str, Any] = {
    "released": _l("解冻"), "received": _l("签收"), "reversed": _l("退款扣回"), "payout": _l("打款"), "payout_undone": _l("打款取消"),
}
