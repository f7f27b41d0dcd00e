"""How cases, chargebacks and frozen money are called, on every surface."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.aftersales.models import AfterSale
from app.domain.aftersales.rules import OPEN

KINDS: dict[str, Any] = {"refund_only": _l("仅退款"), "return_refund": _l("退货退款"), "exchange": _l("换货"), "shipping_only": _l("退运费")}
CASE_STATES: dict[str, tuple[Any, str]] = {
    "requested": (_l("待答复"), "warn"), "approved": (_l("等顾客寄回"), "info"), "returned": (_l("已收到退货"), "info"), "refunded": (_l("已退款"), "ok"),
    "exchanged": (_l("已换货"), "ok"), "rejected": (_l("已拒绝"), "bad"), "cancelled": (_l("已撤回"), ""),
}
REFUNDING = (_l("退款中"), "warn")
CHARGEBACK_STATES: dict[str, tuple[Any, str]] = {
    "inquiry": (_l("银行在询问"), "info"), "open": (_l("等银行裁定"), "warn"), "won": (_l("银行判品牌胜"), "ok"), "lost": (_l("银行判顾客胜"), "bad")}


def case_state(case: AfterSale) -> tuple[Any, str]:
    """(word, tone); a case whose refund is booked and has not arrived is being refunded, whatever it waited for before."""
    return REFUNDING if case.refund_id and case.state in OPEN else CASE_STATES[case.state]


def frozen_word(why: str | None) -> str:
    """'after_sale', 'chargeback' or 'hold' as people read it beside an amount; '' for money that is not frozen."""
    return {"after_sale": gettext("冻结：售后中"), "chargeback": gettext("冻结：拒付中"), "hold": gettext("冻结：核查中")}.get(why or "", "")


def answer_text(text: str) -> str:
    """A person's words, or the code of a bank's ruling."""
    return gettext("银行已把这笔钱判还给顾客，售后单随之结束。") if text == "chargeback" else text


def next_for_shopper(case: AfterSale) -> str:
    """What happens next with a case, as its shopper is told."""
    if case.refund_id and case.state in OPEN:
        return gettext("商家已同意，退款已提交。没有退成时商家会联系你。")
    if case.state == "approved":
        return gettext("运单号已提交，商家收到后处理。") if case.return_tracking_no else gettext("商家已同意，请寄回商品并填写运单号。")
    if case.state == "returned":
        return gettext("商家已收到退货，换的商品即将寄出。") if case.kind == "exchange" else gettext("商家已收到退货，正在退款。")
    return {
        "requested": gettext("已提交，等商家答复。"), "refunded": gettext("钱已原路退回。"), "exchanged": gettext("换的商品已经寄出。"),
        "rejected": gettext("商家没有同意。"), "cancelled": gettext("这次申请已经结束。"),
    }[case.state]
