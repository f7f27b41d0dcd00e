"""What a mismatch of the four-way reconciliation means and where its cause is looked for."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

KINDS: dict[str, tuple[Any, Any]] = {
    "shipped_unpaid": (_l("没付款就发了货"), _l("订单没有成功的付款，却已有包裹发出：联系顾客补款或追回包裹")),
    "order_unpaid": (_l("订单已付款，却没有付款记录"), _l("订单状态是已付款，但没有一笔成功的付款：查收款渠道的后台")),
    "paid_twice": (_l("重复付款"), _l("同一张订单留下了两笔付款：把多出来的一笔原路退回")),
    "payment_without_order": (_l("收了钱，订单却没成立"), _l("付款成功，但订单还在待付款或已取消：退回这笔钱，或补上订单")),
    "order_vs_payment": (_l("订单金额与付款不符"), _l("订单应收减去退款，和实际留下的付款不一样：核对退款与付款")),
    "refund_not_posted": (_l("退款没有入账"), _l("钱退给了顾客，台账里没有这笔退款：各方的份额也没有扣回")),
    "refund_stuck": (_l("退款没有到顾客手里"), _l("退款失败，或提交三天还没有结果：到收款渠道查原因")),
    "ledger_vs_payment": (_l("台账与付款不符"), _l("台账记的货款，和实际留下的付款不一样：看这张订单的凭证")),
    "shares_vs_ledger": (_l("各方份额与台账货款不符"), _l("各方分到的加起来，不等于台账收到的货款：看这张订单的凭证")),
    "share_not_reversed": (_l("退了款，份额没有扣够"), _l("退款之后，各方应留的份额和台账不一样：看退款凭证")),
    "no_clawback": (_l("已打款的订单退款，没有扣回"), _l("佣金已经付出，订单又退了款，却没有负的凭证：下次打款不会抵扣")),
    "not_held": (_l("签收了，钱没有进入冻结期"), _l("商品行已签收，份额还停在待结算：它不会被结算")),
    "not_released": (_l("过了冻结期，还没有解冻"), _l("冻结期已过两天，没有售后和拒付，份额还冻结着：手动结算一次")),
    "stale_payment": (_l("没有关掉的付款"), _l("订单已付款、已取消或已过付款时限，还开着一笔可以付的款")),
    "event_not_applied": (_l("收到的付款通知没有处理"), _l("收款渠道的通知进了收件箱，却没有生效：查后台任务")),
    "payout_vs_entries": (_l("打款金额与明细不符"), _l("这笔打款不等于它认领的凭证之和")),
    "entry_twice": (_l("同一笔收入付了两次"), _l("一笔凭证出现在两笔打款里：立刻停下这批打款")),
    "payout_not_booked": (_l("打款没有入账"), _l("打款已付出，台账记的已打款和代扣税加起来不等于它")),
    "failed_still_claims": (_l("失败的打款还占着钱"), _l("打款失败，却没有放开它认领的凭证：这些钱不会再被付出")),
    "not_confirmed": (_l("打款后没有确认到账"), _l("提交给银行五天还没有结果：到打款批次里登记银行回执")),
}


def title(kind: str) -> str:
    return str(KINDS[kind][0]) if kind in KINDS else kind


def advice(kind: str) -> str:
    return str(KINDS[kind][1]) if kind in KINDS else ""


def totals(found: dict[str, Any]) -> list[tuple[str, list[tuple[str, str, int]]]]:
    """(title, [(what, how it is counted, minor units)]): figures of one list should be equal."""
    return [
        (gettext("收进来的"), [
            (gettext("订单"), gettext("应收 − 退款"), found["orders"]), (gettext("付款"), gettext("成功 − 退回"), found["payments"]),
            (gettext("台账"), gettext("代收货款"), found["ledger"]), (gettext("各方份额"), gettext("分账 + 补贴 + 运费"), found["shares"])]),
        (gettext("付出去的"), [
            (gettext("打款明细"), gettext("认领的凭证之和"), found["claimed"]), (gettext("打款"), gettext("起草、待付与已付"), found["payouts"])]),
        (gettext("付出去并入账的"), [
            (gettext("已打款"), gettext("打款记录"), found["paid"]), (gettext("台账"), gettext("已打款 + 代扣税"), found["booked"])])]
