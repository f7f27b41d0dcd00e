"""The settings of who carries messages (texts, mail, WeChat), read from variables; a bad one is named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.domain.notices.templates import Template, read_templates


class BadSetting(SystemExit):
    """A variable that is missing or bad; the message names it."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")


@dataclass(frozen=True, slots=True)
class AliyunTexts:
    """Alibaba Cloud's text messages: `sign` is the approved signature, `templates` code and notice → TemplateCode."""

    key_id: str
    secret: str = field(repr=False)
    sign: str
    templates: Mapping[str, str]
    address: str


def web_address(env: Mapping[str, str], name: str) -> str:
    """A web address without a query and without a last slash, '' for none."""
    url = env.get(name, "").strip().rstrip("/")
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        good = False
    if url and not (good and url.isascii() and url.isprintable() and " " not in url):
        raise BadSetting(name, "must be a web address without a query: http(s)://host or http(s)://host/path")
    return url


def mail_url(env: Mapping[str, str]) -> str:
    url = env.get("MAIL_URL", "").strip()
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if url and not good:
        raise BadSetting("MAIL_URL", "must be smtps://user:password@host:port or smtp://…")
    if url and "@" not in env.get("MAIL_FROM", ""):
        raise BadSetting("MAIL_FROM", "is needed with MAIL_URL")
    return url


def wechat_app_id(env: Mapping[str, str]) -> str:
    app_id = env.get("WECHAT_APP_ID", "").strip()
    if app_id and not env.get("WECHAT_APP_SECRET", "").strip():
        raise BadSetting("WECHAT_APP_SECRET", "is needed with WECHAT_APP_ID")
    if app_id and not (app_id.isascii() and app_id.isalnum() and len(app_id) <= 64):
        raise BadSetting("WECHAT_APP_ID", "must be letters and digits, at most 64")
    return app_id


def wechat_templates(env: Mapping[str, str]) -> dict[str, Template]:
    try:
        found = read_templates(env.get("WECHAT_TEMPLATES", ""))
    except ValueError as error:
        raise BadSetting("WECHAT_TEMPLATES", str(error)) from None
    if found and not env.get("WECHAT_APP_ID", "").strip():
        raise BadSetting("WECHAT_APP_ID", "is needed with WECHAT_TEMPLATES")
    return found


def aliyun_texts(env: Mapping[str, str]) -> AliyunTexts | None:
    """One carrier of texts at a time; it needs a template for either kind of text, or a code could not be sent where sign-in is offered."""
    names = ("ALIYUN_SMS_KEY_ID", "ALIYUN_SMS_SECRET", "ALIYUN_SMS_SIGN", "ALIYUN_SMS_CODE_TEMPLATE", "ALIYUN_SMS_NOTICE_TEMPLATE")
    said = {name: env.get(name, "").strip() for name in names}
    if not any(said.values()):
        return None
    for name in names:
        if not said[name]:
            raise BadSetting(name, f"is needed with {next(other for other in names if said[other])}")
    if env.get("SMS_URL", "").strip():
        raise BadSetting("SMS_URL", "is another carrier of texts than Alibaba Cloud: name one of them")
    key_id, secret, sign, code, notice = said.values()
    return AliyunTexts(key_id, secret, sign, {"code": code, "notice": notice}, web_address(env, "ALIYUN_SMS_API_BASE") or "https://dysmsapi.aliyuncs.com")
