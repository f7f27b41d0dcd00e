"""What of after-sales, chargebacks and write-offs waits for this person, for the first page."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext, ngettext
from sqlalchemy import func, select

from app.domain.aftersales.queries import case_counts, open_chargebacks
from app.domain.settlement.models import WriteOff
from app.web.shared.serving import actor, brand_id, db

Item = dict[str, str]


def waiting_after_sales() -> list[Item]:
    """Cases to answer and returns to refund, chargebacks the bank waits for, debts somebody asks to forgive."""
    me, found = actor(), []
    if me.may("orders:refund"):
        counts = case_counts(db(), brand_id=brand_id(), within=me.within)
        asked, charged = counts.get("requested", 0), open_chargebacks(db(), brand_id=brand_id(), within=me.within)
        if charged:
            found.append(_item("bad", ngettext("%(num)d 笔拒付等银行裁定", "%(num)d 笔拒付等银行裁定", charged), gettext("截止前把发货证明交给银行"),
                               url_for("console.chargebacks", state="open"), gettext("去看")))
        if asked:
            found.append(_item("warn", ngettext("%(num)d 张售后单待答复", "%(num)d 张售后单待答复", asked), gettext("答复前，这几行的钱不结算"),
                               url_for("console.after_sales", state="requested"), gettext("去答复")))
    others = db().scalar(select(func.count()).select_from(WriteOff).where(
        WriteOff.brand_id == brand_id(), WriteOff.state == "requested", WriteOff.requested_by_id != me.ref)) if me.may("money:approve") else 0
    if others:
        found.append(_item("info", ngettext("%(num)d 份核销申请待批准", "%(num)d 份核销申请待批准", others), gettext("批准后由品牌承担"),
                           url_for("console.write_offs", state="requested"), gettext("去批准")))
    return found


def _item(kind: str, title: str, text: str, href: str, verb: str) -> Item:
    return {"kind": kind, "title": title, "text": text, "href": href, "verb": verb}
