"""Which gateway is in use: the real ones, or their offline twins where the settings say so."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from app.config import Settings
from app.domain.catalog.ports import Download
from app.domain.customers.ports import TextMessages
from app.domain.notices.ports import Mail, WeChatMessages
from app.domain.orders.ports import PaymentProvider
from app.domain.provider.ports import OnlineProvider
from app.domain.settlement.ports import PayoutProvider
from app.domain.sharing.ports import JsSdk
from app.domain.webhooks.ports import Deliver
from app.gateways.downloads import HostFolders, HttpDownload, MirrorDownload
from app.gateways.flagship.lending import Lent
from app.gateways.flagship.opening import Flagships
from app.gateways.jd.kind import OFFICIAL as JD_GATEWAY
from app.gateways.mail.sandbox import PlayedMail
from app.gateways.mail.smtp import SmtpMail
from app.gateways.payments.cashier import CashierPayments
from app.gateways.payouts.by_method import PayoutsByMethod
from app.gateways.payouts.files import FilePayouts
from app.gateways.storage import open_files
from app.gateways.talking import HttpTalk
from app.gateways.texts.aliyun import AliyunTexts
from app.gateways.texts.carrier import HttpTexts
from app.gateways.texts.sandbox import PlayedTexts
from app.gateways.webhooks import HttpDeliver
from app.gateways.wechat.js_sdk import WeChat
from app.gateways.wechat.messages import TemplateMessages
from app.gateways.wechat.sandbox import PlayedWeChat
from app.kernel.files import Files


@dataclass(frozen=True, slots=True)
class Gateways:
    """Handed to flows as arguments by web, cli and jobs."""

    download: Download
    files: Files
    flagship: Flagships
    deliver: Deliver
    payments: PaymentProvider
    payouts: PayoutProvider
    texts: TextMessages
    mail: Mail
    wechat: JsSdk | None = None
    wechat_messages: WeChatMessages | None = None
    online: OnlineProvider | None = None
    """The provider that payments go through, None where they are played."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Gateways:
        nearby = settings.app_env == "development"
        download: Download = HttpDownload(allow_private=nearby, private_hosts=settings.private_hosts)
        if settings.mirror:
            download = MirrorDownload(HostFolders(settings.mirror), fallback=download)
        files = open_files(settings)
        talk = HttpTalk(allow_private=nearby, private_hosts=settings.private_hosts)
        wechat = WeChat(talk, settings.wechat_app_id, settings.wechat_secret, settings.wechat_api) if settings.wechat_app_id else None
        return cls(download=download, files=files, flagship=Flagships(download, files, talk, _lent(settings)),
                   deliver=HttpDeliver(allow_private=nearby),
                   payments=CashierPayments(settings.public_url, settings.payment_provider), payouts=PayoutsByMethod(FilePayouts(files)),
                   texts=_texts(settings, files, talk),
                   mail=_mail(settings, files),
                   wechat=wechat, wechat_messages=_wechat_messages(settings, files, wechat),
                   online=_online(settings))


def _lent(settings: Settings) -> dict[str, Lent]:
    if not settings.jd_app_key:
        return {}
    return {"jd": Lent({"app_key": settings.jd_app_key, "gateway_url": settings.jd_gateway or JD_GATEWAY}, {"app_secret": settings.jd_app_secret})}


def _online(settings: Settings) -> OnlineProvider | None:
    """Stripe's library weighs 30 MB in every process: it is loaded only where it is used."""
    stripe = settings.stripe
    if stripe is None:
        return None
    provider: OnlineProvider = importlib.import_module("app.gateways.stripe.provider").open_stripe(
        stripe.key, address=stripe.address, webhook_secret=stripe.webhook_secret, connect_secret=stripe.connect_secret)
    return provider


def _mail(settings: Settings, files: Files) -> Mail:
    if settings.mail_url or settings.production:
        return SmtpMail(settings.mail_url, settings.mail_from, settings.mail_bounces)
    return PlayedMail(files)


def _texts(settings: Settings, files: Files, talk: HttpTalk) -> TextMessages:
    """Played where nothing is real; a carrier that is named is used everywhere."""
    if settings.aliyun_texts:
        of = settings.aliyun_texts
        return AliyunTexts(talk, of.key_id, of.secret, of.sign, of.templates, of.address)
    if settings.sms_url or settings.production:
        return HttpTexts(HttpDeliver(allow_private=settings.app_env == "development"), settings.sms_url, settings.sms_token)
    return PlayedTexts(files)


def _wechat_messages(settings: Settings, files: Files, wechat: WeChat | None) -> WeChatMessages | None:
    """An account without templates sends none, and nobody is offered it; without an account it is played where nothing is real."""
    if wechat:
        return TemplateMessages(wechat, settings.wechat_templates) if settings.wechat_templates else None
    return None if settings.production else PlayedWeChat(files)
