"""Orders as a CSV a spreadsheet can open: streamed, no cell can be a formula, and the download is written down (R35)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.insights.order_export import ExportRow, export_orders
from app.domain.people.audit import note
from app.kernel.money import decimal_text
from app.web.shared.downloads import csv_response
from app.web.shared.formats import masked_name, masked_phone, moment
from app.web.shared.serving import actor, brand, brand_id, db

from . import order_words as words
from .blueprint import console
from .orders import Asked


@console.get("/orders.csv")
def export_orders_csv() -> ResponseReturnValue:
    actor().require("orders:view")
    here = Asked.here()
    note(db(), action="export", subject_kind="orders", subject_id="orders", after={"filter": here.query, "phones": actor().may("orders:fulfil")})
    rows = export_orders(db(), brand_id=brand_id(), within=actor().within, q=here.q, state=here.state, guide_id=here.guide_id,
                         store_id=here.store_id, from_=here.from_, to=here.to)
    return csv_response(_table(rows), "orders.csv")


def _table(rows: Iterator[ExportRow]) -> Iterator[list[str]]:
    currency, phones = brand().currency, actor().may("orders:fulfil")
    yield [gettext("订单号"), gettext("状态"), gettext("下单时间"), gettext("付款时间"), gettext("签收时间"), gettext("收货人"), gettext("手机"),
           gettext("省市"), gettext("门店编号"), gettext("门店"), gettext("导购"), gettext("工号"), gettext("商品"), gettext("商品原价"), gettext("优惠"),
           gettext("运费"), gettext("实付"), gettext("已退"), gettext("导购佣金"), gettext("币种")]
    for row in rows:
        name, phone = str(row.contact.get("name", "")), str(row.contact.get("phone", ""))
        amounts = (row.gross_minor, -row.discount_minor, row.shipping_minor, row.total_minor, -row.refunded_minor, row.guide_minor)
        yield [row.number, words.word(words.ORDER_STATES, row.state), *(_time(at) for at in (row.placed_at, row.paid_at, row.delivered_at)),
               name if phones else masked_name(name), "'" + phone if phones else masked_phone(phone),
               f"{row.address.get('province', '')} {row.address.get('city', '')}", row.store_code or "", row.store_name or "", row.guide_name or "",
               row.employee_no or "", row.goods or "", *(decimal_text(amount, currency) for amount in amounts), currency]


def _time(at: datetime | None) -> str:
    return moment(at, "yyyy-MM-dd HH:mm") if at else ""
