"""What a day of a payment provider's books is called, and where the cause of a difference is looked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.provider.models import ProviderDay

NAMES: dict[str, Any] = {"stripe": "Stripe", "sandbox": _l("演示收银台")}
KINDS = {"charge": _l("付款"), "fee": _l("手续费"), "refund": _l("退款"), "transfer": _l("转给收款方"), "reversal": _l("从收款方撤回"), "dispute": _l("拒付"),
         "other": _l("其他")}
CAUSES: dict[str, tuple[Any, Any]] = {
    "missing_here": (_l("云店没有这一笔"), _l("钱在支付平台动了，云店没有记：到支付平台看是谁动的；刚发生的等通知到了再核对一次")),
    "missing_there": (_l("支付平台没有这一笔"), _l("云店记了，支付平台这一天没有：按编号到支付平台查")),
    "amount_differs": (_l("金额不一样"), _l("两边都有，数目不同：以支付平台为准，查云店这一行是怎么来的")),
    "currency_differs": (_l("币种不一样"), _l("两边用的货币不同，金额没有比较：检查支付平台的结算货币是否改过")),
    "fee_not_booked": (_l("手续费没有记账"), _l("支付平台扣了，台账里没有这笔手续费：钱已少了，账还没有少")),
    "conversion": (_l("手续费换算不对"), _l("台账里的手续费不是按这笔收款的汇率换算的")),
    "refund_failed": (_l("退款失败"), _l("云店已记退款，钱没有到顾客手里：到订单里重新退，或登记已用别的方式给了顾客")),
    "outside": (_l("不是云店动的钱"), _l("支付平台自己的费用，或有人直接在支付平台上操作：到支付平台看说明")),
    "not_settled": (_l("到账金额还不知道"), _l("有些付款方式要晚些才有到账金额；知道以后自动补上")),
    "refund_pending": (_l("退款还没出去"), _l("云店已记退款，支付平台还没有扣：余额不足或正在排队，会自动再试")),
    "sending": (_l("转账结果未定"), _l("已向支付平台要求，回答还没有收到：会用同一个编号再问，不会转两次")),
    "dispute_open": (_l("拒付处理中"), _l("支付平台先把钱扣下了，银行裁定以后云店才记账")),
    "exchange": (_l("汇率变动"), _l("订单货币的金额一致；支付平台按当天汇率换算，和收款那天不同")),
    "refund_returned": (_l("退款曾退回"), _l("先前一次退款失败退回，后来另行退成：一出一进相抵")),
    "dispute_won": (_l("拒付已胜诉"), _l("扣下的钱已经还回，一出一进相抵")),
}
STATES: dict[str, tuple[Any, str]] = {
    "queued": (_l("核对中"), "info"), "matched": (_l("一致"), "ok"), "differs": (_l("有不符"), "bad"), "failed": (_l("没有读到"), "warn")}
SHOWN = {"differs": _l("不符"), "somebody": _l("要人处理"), "waiting": _l("会自己好"), "explained": _l("说得清的"), "all": _l("全部")}
PROBLEMS = {
    "no_answer": _l("支付平台没有回答"), "circuit_open": _l("支付平台连续没有回答，暂停访问"), "rate_limit": _l("问得太勤，支付平台要求等一等"),
    "not_permitted": _l("密钥无效或没有权限，请平台检查 STRIPE_SECRET_KEY")}


def title(cause: str) -> str:
    return str(CAUSES[cause][0]) if cause in CAUSES else gettext("一致")


def advice(cause: str) -> str:
    return str(CAUSES[cause][1]) if cause in CAUSES else ""


def kind(code: str) -> str:
    return str(KINDS.get(code, code))


def provider(name: str) -> str:
    return str(NAMES.get(name, name))


def failure(day: ProviderDay) -> str:
    """Why the last reading broke off; the provider's own words where we have none."""
    code, _, said = day.problem.partition(":")
    return f"{PROBLEMS[code]}。" if code in PROBLEMS else gettext("支付平台的回答：%(said)s。", said=(said or code).strip())


def sums(day: ProviderDay) -> list[dict[str, Any]]:
    """{kind, currency, count, theirs, ours}: what moved, and what our books say moved."""
    return sorted(day.totals.get("sums", []), key=lambda row: list(KINDS).index(row["kind"]))


def nets(day: ProviderDay) -> list[tuple[str, int, int]]:
    """(currency, theirs, ours): the balance the day ends with more than it began."""
    return [(currency, *(sum(row[side] for row in sums(day) if row["currency"] == currency) for side in ("theirs", "ours")))  # type: ignore[misc]
            for currency in sorted({row["currency"] for row in sums(day)})]


def in_and_out(day: ProviderDay, currency: str) -> tuple[int, int]:
    """What came to the provider's balance and what left it, both positive."""
    theirs: Sequence[int] = [row["theirs"] for row in sums(day) if row["currency"] == currency]
    return sum(amount for amount in theirs if amount > 0), -sum(amount for amount in theirs if amount < 0)
