"""What the bank is shown of a chargeback, as its page has it: filled in from order, parcels and after-sales until somebody keeps a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from app.domain.aftersales.evidence import FIELDS, UNDECIDED
from app.domain.aftersales.models import Chargeback
from app.domain.aftersales.queries import cases_of
from app.domain.brands.queries import settings_of
from app.domain.fulfilment.models import Fulfilment
from app.domain.orders.models import OrderLine
from app.domain.orders.queries import OrderDetail
from app.web.shared.formats import moment, option_text
from app.web.shared.serving import actor, brand, brand_id, db

from . import after_sale_words as words

MINUTE = "yyyy-MM-dd HH:mm"
LONG = 400
"""From this length on a field is a box."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    label: str
    help: str
    most: int
    value: str
    problem: str

    @property
    def long(self) -> bool:
        return self.most > LONG


def evidence_part(row: Chargeback, detail: OrderDetail, parcels: Sequence[Fulfilment], typed: Any, wrong: str, problem: str) -> dict[str, Any]:
    """What the page shows of it: fields to fill in, or what was handed in."""
    open_ = bool(row.provider) and row.state in UNDECIDED and row.evidence_state in ("none", "draft") and actor().may("orders:refund")
    kept: dict[str, str] = dict(row.evidence)
    values = typed if typed is not None else kept or (prefilled(detail, parcels) if open_ else {})
    fields = [Field(name, str(words.EVIDENCE[name][0]), str(words.EVIDENCE[name][1]), most, values.get(name, ""), problem if name == wrong else "")
              for name, most in FIELDS.items()]
    return {"evidence_fields": {field.name: field for field in fields}, "may_write": open_, "filled_in": typed is None and not kept and open_,
            "handed_in": [field for field in fields if field.name in kept]}


def prefilled(detail: OrderDetail, parcels: Sequence[Fulfilment]) -> dict[str, str]:
    """What we know of the order, cut to what fits; people check it before it is kept."""
    order, address = detail.order, detail.order.address
    sent = [one for one in parcels if one.tracking_no or one.carrier]
    found = {
        "product_description": "\n".join(_goods(one.line) for one in detail.lines),
        "customer_name": order.contact.get("name", ""),
        "shipping_address": " ".join(filter(None, (address.get(part, "") for part in ("province", "city", "district", "street")))),
        "shipping_carrier": _listed(one.carrier for one in sent), "shipping_tracking_number": _listed(one.tracking_no for one in sent),
        "shipping_date": _listed(moment(one.shipped_at, "yyyy-MM-dd") for one in parcels),
        "customer_communication": "\n".join(_talks(order.id)),
        "refund_policy_disclosure": _policy(), "uncategorized_text": "\n".join(_facts(detail, parcels)),
    }
    return {name: text[:FIELDS[name]] for name, text in found.items()}


def _goods(line: OrderLine) -> str:
    return " ".join(filter(None, (line.title, option_text(line.options), f"×{line.quantity}")))


def _listed(texts: Any) -> str:
    return gettext("、").join(dict.fromkeys(filter(None, texts)))


def _talks(order_id: Any) -> list[str]:
    told = []
    for case in reversed(cases_of(db(), brand_id=brand_id(), order_id=order_id)):
        said = case.reason or words.word(words.KINDS, case.kind)
        told.append(gettext("%(at)s 顾客申请售后：%(reason)s", at=moment(case.requested_at, MINUTE), reason=said))
        if case.decided_at:
            said = case.answer or words.word(words.CASE_STATES, case.state)
            told.append(gettext("%(at)s 品牌答复：%(answer)s", at=moment(case.decided_at, MINUTE), answer=said))
    return told


def _policy() -> str:
    days = settings_of(db(), brand_id=brand_id()).after_sale_days
    return gettext("%(brand)s 签收后 %(days)d 天内可以申请退货退款；商品页和订单页都写明。", brand=brand().name, days=days)


def _facts(detail: OrderDetail, parcels: Sequence[Fulfilment]) -> list[str]:
    order = detail.order
    told = [gettext("%(at)s 下单，订单号 %(number)s", at=moment(order.placed_at, MINUTE), number=order.number)]
    if order.paid_at:
        told.append(gettext("%(at)s 付款", at=moment(order.paid_at, MINUTE)))
    told += [gettext("%(at)s 签收，运单号 %(tracking)s", at=moment(one.delivered_at, MINUTE), tracking=one.tracking_no or "—")
             for one in parcels if one.delivered_at]
    return told
