"""Messages that notices leave by: which channels are set up, what is stuck and why, and once more after it is mended. No names, no addresses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app.domain.notices.queries import STATES, send_counts, sends_page
from app.domain.notices.sending import send_again
from app.kernel.ids import parse_id
from app.web.shared.application import app, now
from app.web.shared.asking import page_number, query
from app.web.shared.notice_words import WORDS

from .blueprint import platform
from .signing_in import every_brand, known, one_brand

SHOWN = timedelta(days=30)
STATE_WORDS = {
    "stuck": (_("卡住"), "bad"), "waiting": (_("等待发送"), "info"), "sent": (_("已送出"), "ok"), "gone": (_("收不到"), "warn"),
    "dropped": (_("不用发了"), "")}
CHANNELS = {"wechat": _("微信"), "text": _("短信"), "mail": _("邮件")}
REASONS = {
    "interrupted": _("发到一半服务停了，可能已经送出，不再自动重发"),
    "wechat_43004": _("没有关注公众号"), "wechat_43019": _("拉黑了公众号"),
    "wechat_43101": _("拒收这类消息"), "wechat_40003": _("这个微信不属于现在的公众号"),
    "wechat_40037": _("没有这件事的消息模板，检查 WECHAT_TEMPLATES"), "wechat_47003": _("模板的字段和内容对不上，检查 WECHAT_TEMPLATES"),
    "wechat_45009": _("今天的微信调用次数用完了"), "wechat_48001": _("公众号没有模板消息权限"), "wechat_40125": _("WECHAT_APP_SECRET 不对"),
    "wechat_40164": _("服务器地址不在公众号的白名单里"), "wechat_-1": _("微信没有回答"),
    "isv.SMS_TEMPLATE_ILLEGAL": _("短信模板不存在或没有过审"), "isv.SMS_SIGNATURE_ILLEGAL": _("短信签名不存在或没有过审"),
    "isv.AMOUNT_NOT_ENOUGH": _("短信账户余额不足"), "isv.OUT_OF_SERVICE": _("短信账户停机"),
    "isv.BUSINESS_LIMIT_CONTROL": _("这个号码收短信太频繁"), "isv.MOBILE_NUMBER_ILLEGAL": _("手机号不对"),
    "SignatureDoesNotMatch": _("ALIYUN_SMS_SECRET 不对"), "isp.RAM_PERMISSION_DENY": _("短信密钥没有发送权限"),
    "smtp_535": _("邮件服务器不认这个用户名和密码"), "no_tls": _("邮件服务器不加密，密码没有交出去"),
    "SMTPServerDisconnected": _("邮件服务器断开了"), "rcpt_550": _("邮箱不存在或拒收"),
    "timeout": _("对方没有回答，可能已经送出，不再自动重发"), "bounced": _("退信：邮箱不存在，已停发"),
}
"""What to do about a carrier's code; any other is shown as it is."""


@platform.get("/messages")
def messages() -> str:
    kept, since = query("q", "state", "channel", "sort"), now() - SHOWN
    ways, settings = app().gateways, app().settings
    set_up = {"wechat": ways.wechat_messages is not None, "text": ways.texts.ready, "mail": ways.mail.ready}
    played = {"wechat": not settings.wechat_app_id, "mail": not settings.mail_url, "text": not (settings.sms_url or settings.aliyun_texts)}
    return render_template("platform/messages.html", page=sends_page(every_brand(), since=since, **kept, number=page_number()), query=kept,
                           counts=send_counts(every_brand(), since=since, channel=kept.get("channel", "")), states={name: STATE_WORDS[name] for name in STATES},
                           channels=CHANNELS, reasons=REASONS, words=WORDS, set_up=set_up,
                           played=played)


@platform.post("/messages/<int:brand_id>/<send_id>/again")
def message_again(brand_id: int, send_id: str) -> ResponseReturnValue:
    send_again(one_brand(known(brand_id)), brand_id=known(brand_id), send_id=parse_id(send_id, "notice_send"), now=now())
    flash(gettext("已放回队列，马上再发一次"), "ok")
    kept: dict[str, Any] = query("q", "state", "channel", "sort", "page")
    return redirect(url_for("platform.messages", **kept), 303)
