"""Frozen settings, read from the environment and `.env`; a bad variable is named."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.config_messages import AliyunTexts, BadSetting, aliyun_texts, mail_url, web_address, wechat_app_id, wechat_templates
from app.domain.notices.templates import Template
from app.domain.provider.account_rules import OFFERED

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT_SECRET = "development only, not a secret"  # noqa: S105 (production refuses it)
ENVIRONMENTS = ("development", "production", "sandbox")
PROVIDERS = ("sandbox", "stripe")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where an S3-compatible store keeps our files. `url` is the bucket's own address, by name or by path, without a last slash.

    `public_url` is where anyone may fetch pictures from ('': only through us).
    """

    url: str
    key_id: str
    secret: str = field(repr=False)
    region: str = "us-east-1"
    public_url: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class Stripe:
    """`address` '' is Stripe's own. The secrets sign what Stripe tells us, of the platform and of connected accounts.

    `country` is where the platform's own account is: it decides where payees may be.
    """

    key: str = field(repr=False)
    address: str = ""
    webhook_secret: str = field(default="", repr=False)
    connect_secret: str = field(default="", repr=False)
    country: str = "SG"

    @property
    def live(self) -> bool:
        return "_live_" in self.key


@dataclass(frozen=True, slots=True)
class Settings:
    """`*_url` are SQLAlchemy URLs on psycopg; `embedded` is the data folder of the embedded PostgreSQL or None."""

    app_env: str
    database_url: str
    owner_url: str
    operator_url: str
    embedded: Path | None
    redis_url: str
    secret_key: str
    public_url: str
    payment_provider: str
    files: Path
    mirror: Path | None
    """Folder with one subfolder per host that downloads are answered from (the offline twin of the internet)."""
    private_hosts: frozenset[str] = frozenset()
    """Names of machines inside the house that flagship sources may be read from; all others must be public."""
    stripe: Stripe | None = None
    """Set where payments go through Stripe."""
    page_cache_seconds: float = 10.0
    throttle: bool = True
    sms_url: str = ""
    """Where text messages are posted; empty: played outside of production, none in it."""
    sms_token: str = field(default="", repr=False)
    aliyun_texts: AliyunTexts | None = None
    """Set where Alibaba Cloud carries them instead."""
    mail_url: str = field(default="", repr=False)
    """The SMTP server, smtps:// or smtp://; empty: played outside of production, none in it."""
    mail_from: str = ""
    mail_bounces: str = ""
    """The address that what comes back is sent to (`flask mail bounced` reads it); empty: mail_from."""
    wechat_app_id: str = ""
    """The public account whose JS-SDK sets share cards; empty: pages share as any page does."""
    wechat_secret: str = field(default="", repr=False)
    wechat_api: str = "https://api.weixin.qq.com"
    wechat_templates: Mapping[str, Template] = field(default_factory=dict)
    """Message templates of that account by the kind of notice; none: it sends no messages."""
    jd_app_key: str = ""
    """An application of the operator's at JD's open platform, lent to every brand; empty: each brand names its own."""
    jd_app_secret: str = field(default="", repr=False)
    jd_gateway: str = ""
    bucket: Bucket | None = None
    """The store that files are kept in; None: the folder `files`."""

    @property
    def production(self) -> bool:
        return self.app_env == "production"


def embedded_folder(root: Path = ROOT) -> Path:
    """Where the embedded PostgreSQL keeps its data. Its own system user must reach it, so root does not use a home."""
    mark = hashlib.sha256(str(root).encode()).hexdigest()[:8]
    inside = root / "var" / "pg"
    if os.geteuid() == 0:
        return Path("/var/tmp") / f"yundian-{mark}"  # noqa: S108 (made 0700, ours alone)
    return inside if len(str(inside)) < 80 else Path("/tmp") / f"yundian-{os.geteuid()}-{mark}"  # noqa: S108 (a socket address must be short)


def from_env(env: Mapping[str, str]) -> Settings:
    """Settings from variables; production refuses defaults that are not safe unless told so by name."""
    app_env = env.get("APP_ENV") or "development"
    if app_env not in ENVIRONMENTS:
        raise BadSetting("APP_ENV", f"{app_env!r} is none of {', '.join(ENVIRONMENTS)}")
    url = env.get("DATABASE_URL", "")
    if url and not url.startswith("postgresql+psycopg://"):
        raise BadSetting("DATABASE_URL", "must begin with postgresql+psycopg://")
    embedded = None if url else Path(env.get("EMBEDDED_POSTGRES") or embedded_folder())
    provider = env.get("PAYMENT_PROVIDER") or "sandbox"
    if provider not in PROVIDERS:
        raise BadSetting("PAYMENT_PROVIDER", f"{provider!r} is none of {', '.join(PROVIDERS)}")
    secret = env.get("SECRET_KEY") or DEVELOPMENT_SECRET
    if app_env == "production":
        _refuse_unsafe(env, secret, embedded, provider)
    return Settings(
        app_env=app_env,
        database_url=url or socket_url(embedded, "yundian_app"),
        owner_url=env.get("OWNER_DATABASE_URL") or url or socket_url(embedded, "yundian_owner"),
        operator_url=env.get("OPERATOR_DATABASE_URL") or url or socket_url(embedded, "yundian_operator"),
        embedded=embedded,
        redis_url=env.get("REDIS_URL", ""),
        secret_key=secret,
        public_url=(env.get("PUBLIC_URL") or f"http://127.0.0.1:{env.get('PORT') or 8000}").rstrip("/"),
        payment_provider=provider,
        files=Path(env.get("FILES") or ROOT / "var" / "files"),
        mirror=None if app_env == "production" else Path(env.get("MIRROR") or ROOT / "var" / "mirror"),
        private_hosts=_names(env, "PRIVATE_HOSTS"),
        stripe=_stripe(env, app_env) if provider == "stripe" else None,
        page_cache_seconds=_seconds(env, "PAGE_CACHE_SECONDS", 10.0),
        throttle=env.get("THROTTLE") != "0",
        sms_url=web_address(env, "SMS_URL"),
        sms_token=env.get("SMS_TOKEN", ""),
        aliyun_texts=aliyun_texts(env),
        mail_url=mail_url(env),
        mail_from=env.get("MAIL_FROM", ""),
        mail_bounces=env.get("MAIL_BOUNCES", "").strip(),
        wechat_app_id=wechat_app_id(env),
        wechat_secret=env.get("WECHAT_APP_SECRET", "").strip(),
        wechat_api=web_address(env, "WECHAT_API_BASE") or "https://api.weixin.qq.com",
        wechat_templates=wechat_templates(env),
        jd_app_key=_jd_app_key(env),
        jd_app_secret=env.get("JD_APP_SECRET", "").strip(),
        jd_gateway=web_address(env, "JD_GATEWAY"),
        bucket=_bucket(env, production=app_env == "production"),
    )


def _stripe(env: Mapping[str, str], app_env: str) -> Stripe:
    """A live key moves real money: only in production, and only at Stripe itself."""
    key, address = env.get("STRIPE_SECRET_KEY", "").strip(), web_address(env, "STRIPE_API_BASE")
    if not re.fullmatch(r"[sr]k_(test|live)_\w+", key, re.ASCII):
        raise BadSetting("STRIPE_SECRET_KEY", "is needed with PAYMENT_PROVIDER=stripe and is sk_test_…, sk_live_…, rk_test_… or rk_live_…")
    if "_live_" in key and address:
        raise BadSetting("STRIPE_API_BASE", "a live key goes to Stripe itself, not to another address")
    if "_live_" in key and app_env != "production":
        raise BadSetting("STRIPE_SECRET_KEY", f"a live key moves real money; APP_ENV is {app_env}")
    for name in ("STRIPE_WEBHOOK_SECRET", "STRIPE_CONNECT_WEBHOOK_SECRET"):
        if app_env == "production" and not env.get(name, "").strip():
            raise BadSetting(name, "is needed in production: without it nobody hears what Stripe tells")
        if env.get(name, "").strip() and not env[name].strip().startswith("whsec_"):
            raise BadSetting(name, "begins with whsec_")
    country = env.get("STRIPE_COUNTRY", "").strip().upper() or "SG"
    if country not in OFFERED:
        raise BadSetting("STRIPE_COUNTRY", f"{country!r} is no country from which Stripe sends what a platform collected on to others")
    return Stripe(key, address, env.get("STRIPE_WEBHOOK_SECRET", "").strip(), env.get("STRIPE_CONNECT_WEBHOOK_SECRET", "").strip(), country)


def _jd_app_key(env: Mapping[str, str]) -> str:
    key, secret = (env.get(name, "").strip() for name in ("JD_APP_KEY", "JD_APP_SECRET"))
    if bool(key) != bool(secret):
        raise BadSetting("JD_APP_SECRET" if key else "JD_APP_KEY", "JD_APP_KEY and JD_APP_SECRET go together")
    return key


def _bucket(env: Mapping[str, str], *, production: bool) -> Bucket | None:
    url, public_url = (web_address(env, name) for name in ("STORAGE_URL", "STORAGE_PUBLIC_URL"))
    if not url:
        return None
    for name in ("STORAGE_KEY_ID", "STORAGE_SECRET"):
        if not env.get(name):
            raise BadSetting(name, "is needed with STORAGE_URL")
    bucket = Bucket(url, env["STORAGE_KEY_ID"], env["STORAGE_SECRET"], env.get("STORAGE_REGION") or "us-east-1", public_url)
    if production and url.startswith("http://") and bucket.host not in _names(env, "PRIVATE_HOSTS"):
        raise BadSetting("STORAGE_URL", "production needs https:// (or a host named in PRIVATE_HOSTS)")
    return bucket


def _names(env: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(env.get(name, "").lower().replace(",", " ").split())


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    try:
        value = float(env.get(name) or default)
    except ValueError:
        raise BadSetting(name, f"{env[name]!r} is not a number of seconds") from None
    if not 0 <= value <= 3600:
        raise BadSetting(name, "must be between 0 and 3600 seconds")
    return value


def socket_url(folder: Path | None, login: str) -> str:
    return f"postgresql+psycopg://{login}@/yundian?host={folder}"


def _refuse_unsafe(env: Mapping[str, str], secret: str, embedded: Path | None, provider: str) -> None:
    if secret == DEVELOPMENT_SECRET or len(secret) < 32:
        raise BadSetting("SECRET_KEY", "production needs its own, at least 32 characters")
    if embedded and env.get("ALLOW_EMBEDDED_DATABASE") != "1":
        raise BadSetting("DATABASE_URL", "production needs a PostgreSQL of its own (or ALLOW_EMBEDDED_DATABASE=1)")
    if provider == "sandbox" and env.get("ALLOW_SANDBOX_PAYMENTS") != "1":
        raise BadSetting("PAYMENT_PROVIDER", "production does not play with money (or ALLOW_SANDBOX_PAYMENTS=1)")
    if not env.get("PUBLIC_URL", "").startswith("https://"):
        raise BadSetting("PUBLIC_URL", "production needs an https:// address")
