"""How notices read: a title, a sentence, and the page that shows more. Amounts are in the brand's currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.domain.brands.queries import brand
from app.domain.notices.models import Notice
from app.domain.people.models import Account

from .formats import local, priced
from .payout_words import reason_words


@dataclass(frozen=True, slots=True)
class Words:
    """`page` is an endpoint of the guide app, and `part` which of the data its address takes."""

    icon: str
    title: Any
    text: Any
    page: str
    part: str = ""


WORDS: dict[str, Words] = {
    "sold": Words("receipt", _l("卖出一单"), _l("订单 %(number)s 已付款，预计佣金 %(amount)s。"), "guide.order", "order_id"),
    "refunded": Words("undo", _l("顾客退款了"), _l("订单 %(number)s 退款，扣回佣金 %(amount)s。"), "guide.order", "order_id"),
    "released": Words("wallet", _l("佣金解冻"), _l("%(amount)s 可以提现了。"), "guide.earnings"),
    "paid_out": Words("wallet", _l("打款了"), _l("第 %(number)s 批打款，到手 %(amount)s。"), "guide.payout", "payout_id"),
    "payout_failed": Words("alert", _l("打款没有到账"), _l("第 %(number)s 批的 %(amount)s 退回了可提现：%(reason)s"), "guide.payout", "payout_id"),
    "held": Words("lock", _l("有一单在核查"), _l("订单 %(number)s 的佣金 %(amount)s 核查完再解冻，可以申诉。"), "guide.hold", "hold_id"),
    "hold_cleared": Words("check-circle", _l("核查完了，放行"), _l("订单 %(number)s 的佣金 %(amount)s 照常解冻。"), "guide.hold", "hold_id"),
    "hold_upheld": Words("alert", _l("核查完了，不计佣"), _l("订单 %(number)s 的佣金 %(amount)s 转回品牌：%(note)s"), "guide.hold", "hold_id"),
    "dispute_won": Words("check-circle", _l("申诉成了"), _l("订单 %(number)s 现在算你的：%(answer)s"), "guide.disputes"),
    "dispute_lost": Words("alert", _l("申诉没有成"), _l("订单 %(number)s 的归属不变：%(answer)s"), "guide.disputes"),
    "order_went": Words("undo", _l("一单改归别人了"), _l("订单 %(number)s 经申诉改归别的导购：%(answer)s"), "guide.orders"),
    "account_ready": Words("check-circle", _l("可以收款了"), _l("Stripe 账户开好了，以后的打款直接到那里。"), "guide.bank"),
    "account_wanted": Words("edit", _l("收款账户要补资料"), _l("Stripe 还要一些资料，打开看是什么；佣金不会丢。"), "guide.bank"),
    "account_stopped": Words("alert", _l("收款账户暂停了"), _l("Stripe 暂停了你的收款账户，打款先留着，补好资料后下一批再付。"), "guide.bank"),
    "training": Words("star", _l("新的培训卡"), _l("“%(title)s”，读完答几道题。"), "guide.training_card", "card_id"),
    "welcome": Words("user", _l("审核通过"), _l("现在就能分享商品，每一单的佣金都写得清楚。"), "guide.products"),
    "customers_came": Words("users", _l("有顾客交给你了"), _l("%(from)s 的 %(count)d 位顾客现在由你服务。"), "guide.customers"),
    "customers_went": Words("users", _l("顾客交出去了"), _l("你的 %(count)d 位顾客现在由%(to)s服务。"), "guide.customers"),
    "reward": Words("gift", _l("奖励到账"), _l("“%(title)s”达标，奖励 %(amount)s 可以提现了。"), "guide.challenges"),
    "task": Words("check-circle", _l("有新任务"), _l("%(title)s"), "guide.task", "assignment_id"),
    "task_late": Words("clock", _l("任务过了时间"), _l("“%(title)s”还可以补做。"), "guide.task", "assignment_id"),
}


def said(notice: Notice, currency: str) -> tuple[str, str]:
    """(title, sentence) in the reader's language."""
    words, data = WORDS[notice.kind], notice.data
    amounts = {name.removesuffix("_minor"): priced(int(value), currency) for name, value in data.items() if name.endswith("_minor")}
    why = {"reason": reason_words(str(data["reason"]))} if data.get("reason") else {}
    return str(words.title), str(words.text) % {**data, **amounts, **why}


def message_parts(session: Session, notice: Notice, account: Account) -> dict[str, str]:
    """The same outside the app, in the language she chose: brand, title, text, amount ('' for none) and time."""
    of = brand(session, brand_id=notice.brand_id)
    with force_locale(account.locale or "zh"):
        title, text = said(notice, of.currency)
    amount = priced(int(notice.data["amount_minor"]), of.currency) if "amount_minor" in notice.data else ""
    return {"brand": of.name, "title": title, "text": text, "amount": amount, "time": local(notice.at, of.timezone)}
