"""How customers, bindings, tags and reasons to call read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from app.domain.care.models import CustomerTag
from app.domain.insights.customer_book import CustomerRow
from app.domain.insights.follow_ups import Due

from .application import now
from .formats import moment, priced

UNMASK: dict[str, Any] = {
    "delivery": _l("联系收货或取货"), "after_sale": _l("处理售后"), "asked": _l("顾客请我联系她"), "visit": _l("约她到店"), "other": _l("其他（请写明）")}
VIA: dict[str, Any] = {"order": _l("成交"), "sign_in": _l("从链接登录"), "transfer": _l("移交")}
ENDED: dict[str, Any] = {
    "": _l("有效"), "expired": _l("过期"), "guide_gone": _l("导购离职或停用"), "won_over": _l("保护期后被别的导购成交"), "handed": _l("移交")}
HANDED: dict[str, Any] = {"leaving": _l("导购离职"), "transfer": _l("单独移交"), "undo": _l("撤回移交")}
TAG_KINDS: dict[str, Any] = {
    "manual": _l("手工打标"), "bought": _l("买过某个类目"), "spent": _l("累计消费"), "lapsed": _l("很久没下单"), "birthday": _l("本月生日")}
REASONS: dict[str, tuple[Any, str]] = {
    "cart": (_l("没付款"), "warn"), "checkout": (_l("没下完单"), "warn"), "birthday": (_l("生日"), "info"), "arrival": (_l("有新品"), "ok"),
    "lapsed": (_l("很久没来"), "")}
SORTS: dict[str, Any] = {"-last": _l("最近下单"), "-sales": _l("消费最多"), "-seen": _l("最近来过"), "-bound": _l("新绑定"), "name": _l("姓名")}


def code_text() -> str:
    """The message with a sign-in code, for `ask_code` to fill."""
    return gettext("【%(brand)s】验证码 %(code)s，10 分钟内有效，不要告诉别人。", brand="%(brand)s", code="%(code)s")


def binding_said(row: CustomerRow) -> str:
    """How long she is hers, and what that keeps others from."""
    if row.expires_at is None or row.protected_until is None:
        return gettext("还没有绑定导购，谁先成交就绑定谁。")
    until = moment(row.expires_at, "yyyy-MM-dd")
    if row.protected_until > now():
        said = gettext("绑定到 %(until)s；%(protected)s 前在保护期，别的导购成交也带不走。", until=until, protected=moment(row.protected_until, "yyyy-MM-dd"))
    else:
        said = gettext("绑定到 %(until)s；保护期已过，别的导购成交后会改绑给她。", until=until)
    return said if row.exclusive else said + gettext("品牌没有开排他：没点分享链接的订单，不因绑定就记给导购。")


def tag_terms(tag: CustomerTag, currency: str) -> str:
    """What a tag means, in a sentence."""
    return {
        "manual": lambda: gettext("打上后 %(days)d 天失效", days=tag.days),
        "bought": lambda: gettext("近 %(days)d 天买过“%(category)s”", days=tag.days, category=tag.category),
        "spent": lambda: gettext("近 %(days)d 天消费满 %(amount)s", days=tag.days, amount=priced(tag.amount_minor or 0, currency)),
        "lapsed": lambda: gettext("超过 %(days)d 天没下单", days=tag.days),
        "birthday": lambda: gettext("这个月生日"),
    }[tag.kind]()


def segment_terms(terms: Mapping[str, Any], names: Mapping[str, str], currency: str) -> str:
    """All terms of a segment; `names` of its tags and its store."""
    said = [gettext("标签：%(name)s", name=names.get(one, "—")) for one in terms.get("tags", ())]
    if "bought_within" in terms:
        said.append(gettext("近 %(days)d 天下过单", days=terms["bought_within"]))
    if "silent_for" in terms:
        said.append(gettext("超过 %(days)d 天没下单", days=terms["silent_for"]))
    if "spent_minor" in terms:
        said.append(gettext("近 %(days)d 天消费满 %(amount)s", days=terms["spent_days"], amount=priced(terms["spent_minor"], currency)))
    if "store_id" in terms:
        said.append(gettext("门店：%(name)s", name=names.get(terms["store_id"], "—")))
    return gettext("，").join(said)


def due_said(due: Due) -> str:
    """Why to call her."""
    if due.reason == "cart":
        return gettext("%(at)s 下单“%(title)s”没付款，订单已失效", at=moment(due.at, "MM-dd"), title=due.title)
    if due.reason == "checkout":
        return gettext("%(at)s 打开了“%(title)s”的结算页，没有下单", at=moment(due.at, "MM-dd HH:mm"), title=due.title)
    if due.reason == "birthday":
        return gettext("今天生日") if due.days == 0 else gettext("%(days)d 天后生日", days=due.days)
    if due.reason == "arrival":
        return gettext("她买过的类目上新：“%(title)s”", title=due.title)
    return gettext("%(days)d 天没下单了，上一单 %(at)s", days=due.days, at=moment(due.at, "yyyy-MM-dd"))


def opening_line(due: Due, guide_name: str) -> str:
    """A first sentence to send, the guide's own to change."""
    if due.reason in ("cart", "checkout"):
        return gettext("您好，您看的“%(title)s”，需要我帮您下单吗？——%(guide)s", title=due.title, guide=guide_name)
    if due.reason == "birthday":
        return gettext("您好，祝您生日快乐！方便时来店里坐坐。——%(guide)s", guide=guide_name)
    if due.reason == "arrival":
        return gettext("您好，新到了“%(title)s”，和您买过的是同一类，给您看看？——%(guide)s", title=due.title, guide=guide_name)
    return gettext("您好，好久不见，上次买的用着还好吗？有需要随时找我。——%(guide)s", guide=guide_name)


def birthday_said(birthday: str) -> str:
    """'1203' → '12 月 3 日'; '' stays ''."""
    return gettext("%(month)d 月 %(day)d 日", month=int(birthday[:2]), day=int(birthday[2:])) if birthday else ""
