"""The kind `jd`: what a JD shop must be told, and the doors that open with it: catalogue, own orders, order channel, alliance."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, partial

from app.gateways.flagship.fields import SettingsField
from app.gateways.flagship.kinds import Kind, Means, Settings
from app.gateways.flagship.retrying import Patience, Retry
from app.kernel.errors import Refused, msgid

from . import limits
from .areas import Areas
from .ctp import Channel, ChannelOrders
from .gateway import Gateway, now_utc
from .oauth import App, OAuth
from .pop import PopShop
from .shop_orders import Shop
from .tokens import Tokens
from .union import Union

OFFICIAL = "https://api.jd.com/routerjson"
LEGACY = "legacy"
GENERATIONS = (("current", msgid("open-oauth.jd.com（现行）")), (LEGACY, msgid("oauth.jd.com（旧版应用）")))
NUMBERS = ("customer_id", "channel_id")


def app_of(settings: Settings, means: Means) -> App:
    return App(str(settings.get("app_key", "")).strip(), means.secrets.read().get("app_secret", ""), str(settings.get("gateway_url") or OFFICIAL).strip())


def oauth(settings: Settings, means: Means) -> OAuth:
    """For the page on which a shop's owner gives her permission."""
    return OAuth(app_of(settings, means), means.talk, legacy=settings.get("oauth") == LEGACY)


def gateway(settings: Settings, means: Means, *, merchant: bool = True) -> Gateway:
    """`merchant` False: calls that need nobody's permission. Times are the clock's own, not the run's: JD compares them with its own."""
    access, retry = oauth(settings, means), Retry(Patience(), means.sleep)
    tokens = Tokens(means.secrets, access, partial(_alone, access.app.key, means), now_utc, retry) if merchant else None
    return Gateway(access.app, means.talk, tokens, limits.shared(access.app.key), retry, sleep=means.sleep)


def catalogue(settings: Settings, means: Means) -> PopShop:
    return PopShop(gateway(settings, means))


def shop(settings: Settings, means: Means) -> Shop:
    """A FlagshipShop: stock, and the orders of the shop itself."""
    return Shop(gateway(settings, means))


def channel_orders(settings: Settings, means: Means) -> ChannelOrders:
    """A FlagshipOrders. Raises Refused when the settings name no channel."""
    missing = next((name for name in (*NUMBERS, "pin") if not settings.get(name)), None)
    if missing:
        raise Refused("channel_missing", "没有填写云交易渠道的设置，不能推送订单", field=missing)
    return ChannelOrders(gateway(settings, means), Channel(int(str(settings["customer_id"])), int(str(settings["channel_id"])), str(settings["pin"])))


def area_book(settings: Settings, means: Means) -> Areas:
    """An AreaBook."""
    return Areas(gateway(settings, means, merchant=False))


def alliance(settings: Settings, means: Means) -> Union:
    """An AlliancePool."""
    return Union(gateway(settings, means, merchant=False), str(settings.get("site_id", "")), by_code=not settings.get("site_id"))


def wrong_settings(settings: Settings) -> Iterable[Refused]:
    for name in NUMBERS:
        if settings.get(name) and not str(settings[name]).strip().isdigit():
            yield Refused("number_invalid", "须是一个数字", field=name)


@contextmanager
def _alone(app_key: str, means: Means) -> Iterator[None]:
    """One renewal at a time, in this process and, as far as `means` can, in all."""
    with _in_this_process(app_key), means.alone():
        yield


@cache
def _in_this_process(app_key: str) -> threading.Lock:
    return threading.Lock()


JD = Kind(
    "jd", msgid("京东旗舰店"), msgid("京东开放平台的 POP 店铺：商品、库存、订单，也可接云交易渠道和京东联盟"), (
        SettingsField("gateway_url", "网关地址", "url", help=msgid("留空即为 https://api.jd.com/routerjson")),
        SettingsField("app_key", "App Key", "line", required=True),
        SettingsField("app_secret", "App Secret", "secret", required=True),
        SettingsField("access_token", msgid("访问令牌（access_token）"), "secret", help=msgid("店铺主账号授权后得到；也可以先留空，再去授权")),
        SettingsField("refresh_token", msgid("刷新令牌（refresh_token）"), "secret", help=msgid("有了它，访问令牌到期前会自动续期")),
        SettingsField("oauth", msgid("授权方式"), "choice", choices=GENERATIONS),
        SettingsField("customer_id", msgid("云交易客户编号"), "line", help=msgid("只在向京东推送订单时需要")),
        SettingsField("channel_id", msgid("云交易渠道编号"), "line"),
        SettingsField("pin", msgid("云交易下单账号（pin）"), "line"),
        SettingsField("site_id", msgid("京东联盟网站或应用编号"), "line", help=msgid("只在使用联盟商品池时需要；留空则按推广码取链接")),
    ), catalogue, inspect=wrong_settings, orders=channel_orders, shop=shop, areas=area_book, permission=oauth, alliance=alliance)
