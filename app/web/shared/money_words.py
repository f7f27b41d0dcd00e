"""How the ledger's roles, phases and kinds of posting are called, on every surface."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

ROLES: dict[str, Any] = {
    "guide": _l("导购"), "referrer": _l("推荐人"), "store": _l("门店"), "fulfilling_store": _l("发货门店"), "dealer": _l("经销商"),
    "mall": _l("商场"), "region": _l("大区"), "platform": _l("平台"), "brand": _l("品牌"),
}
LEDGER_ROLES: dict[str, Any] = {
    **ROLES, "clearing": _l("代收"), "shipping": _l("运费"), "platform_subsidy": _l("平台补贴"), "store_subsidy": _l("门店承担券"),
    "guide_subsidy": _l("导购承担券"), "withdrawal": _l("提现"), "write_off": _l("核销"), "reward": _l("奖励"), "chargeback_fee": _l("拒付手续费"),
    "provider_fee": _l("支付手续费"), "tax": _l("代扣税"), "reversal": _l("转账撤回"),
    "payout": _l("打款"),
}
PHASES: dict[str, Any] = {
    "expected": _l("待收款"), "received": _l("已收款"), "estimated": _l("预估"), "pending": _l("待结算"), "held": _l("冻结"),
    "available": _l("可提现"), "requested": _l("提现中"), "in_payout": _l("打款中"), "paid": _l("已打款"), "withheld": _l("代扣税"),
}
POSTING_KINDS: dict[str, Any] = {
    "placed": _l("下单"), "paid": _l("付款"), "fulfilled": _l("发货归属"), "reattributed": _l("改归属"), "received": _l("签收"),
    "released": _l("解冻"), "reversed": _l("退款扣回"),
    "chargeback": _l("拒付扣回"), "chargeback_fee": _l("拒付手续费"), "provider_fee": _l("支付手续费"), "cancelled": _l("取消"), "withdrawal": _l("申请提现"),
    "withdrawal_undo": _l("提现撤回"), "payout": _l("列入打款"), "payout_done": _l("打款"), "payout_undone": _l("打款取消"),
    "payout_failed": _l("打款失败退回"), "write_off": _l("欠款核销"), "reward": _l("挑战奖励"), "late_payment": _l("迟到的付款"),
    "late_refund": _l("迟到付款退回"), "transfer_back": _l("转账撤回"),
}
PAYEE_KINDS: dict[str, Any] = {
    "guide": _l("导购"), "store": _l("门店"), "dealer": _l("经销商"), "mall": _l("商场"), "region": _l("大区"), "brand": _l("品牌"), "platform": _l("平台"),
}
TAX_KINDS: dict[str, Any] = {
    "employee": _l("员工（随工资发）"), "individual": _l("个人（银行转账）"), "company": _l("公司（银行转账）"), "internal": _l("直营单位（内部记账）"),
}
PAYOUT_METHODS: dict[str, Any] = {"payroll": _l("随工资发"), "bank": _l("银行转账"), "internal": _l("内部记账"), "stripe": _l("Stripe 账户")}
PAYOUT_STATES: dict[str, tuple[Any, str]] = {
    "draft": (_l("待批准"), "warn"), "approved": (_l("待打款"), "info"), "sent": (_l("已提交"), "info"), "paid": (_l("已打款"), "ok"),
    "failed": (_l("打款失败"), "bad"), "cancelled": (_l("已取消"), ""), "left_out": (_l("没有列入"), ""),
}
HOUSE: dict[str, Any] = {"brand": _l("品牌"), "platform": _l("平台"), "clearing": _l("代收"), "fulfilment": _l("发货方待定")}


def word(words: dict[str, Any], code: str) -> str:
    """The word for a code; an unknown code reads as itself."""
    found = words.get(code, code)
    return str(found[0] if isinstance(found, tuple) else found)


REFUND_REASONS: dict[str, Any] = {
    "cancelled": _l("订单取消"), "unpaid": _l("超时未付款"), "late_payment": _l("订单已关闭或已付款，原路退回"), "chargeback": _l("银行判顾客拒付成立"),
}


def refund_reason(text: str) -> str:
    """Reasons the house writes itself are codes, all others a person's words."""
    return word(REFUND_REASONS, text)
