"""What of after-sales, chargebacks and write-offs waits for this person, for the first page."""

from __future__ import annotations

from datetime import datetime

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy import func, select

from app.domain.aftersales.queries import case_counts, open_chargebacks
from app.domain.orders.queries import failed_refunds
from app.domain.settlement.models import WriteOff
from app.web.shared.application import now
from app.web.shared.formats import moment
from app.web.shared.serving import actor, brand_id, db

from .after_sale_words import deadline

Item = dict[str, str]


def waiting_after_sales() -> list[Item]:
    """Cases to answer, refunds that did not arrive, chargebacks the bank waits for, debts somebody asks to forgive."""
    me, found = actor(), []
    if me.may("orders:refund"):
        counts = case_counts(db(), brand_id=brand_id(), within=me.within)
        asked, (charged, first) = counts.get("requested", 0), open_chargebacks(db(), brand_id=brand_id(), within=me.within)
        if charged:
            found.append(_item("bad", ngettext("%(num)d 笔拒付等品牌举证", "%(num)d 笔拒付等品牌举证", charged), _until(first),
                               url_for("console.chargebacks", state="open"), gettext("去举证")))
        if failed := failed_refunds(db(), brand_id=brand_id(), within=me.within):
            found.append(_item("bad", ngettext("%(num)d 笔退款没有退成", "%(num)d 笔退款没有退成", failed),
                               gettext("顾客还没有拿到钱：再退一次，或用其他方式退"), url_for("console.refunds", state="failed"), gettext("去处理")))
        if asked:
            found.append(_item("warn", ngettext("%(num)d 张售后单待答复", "%(num)d 张售后单待答复", asked), gettext("答复前，这几行的钱不结算"),
                               url_for("console.after_sales", state="requested"), gettext("去答复")))
    others = db().scalar(select(func.count()).select_from(WriteOff).where(
        WriteOff.brand_id == brand_id(), WriteOff.state == "requested", WriteOff.requested_by_id != me.ref)) if me.may("money:approve") else 0
    if others:
        found.append(_item("info", ngettext("%(num)d 份核销申请待批准", "%(num)d 份核销申请待批准", others), gettext("批准后由品牌承担"),
                           url_for("console.write_offs", state="requested"), gettext("去批准")))
    return found


def _until(first: datetime | None) -> str:
    if first is None:
        return gettext("截止前把发货证明交给银行")
    if first <= now():
        return gettext("最早的一笔已经过了截止时间")
    return gettext("最早的一笔 %(at)s 截止（%(left)s）", at=moment(first), left=deadline(first, now())[1])


def _item(kind: str, title: str, text: str, href: str, verb: str) -> Item:
    return {"kind": kind, "title": title, "text": text, "href": href, "verb": verb}
