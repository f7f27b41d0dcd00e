"""Frozen settings, read from the environment and `.env`; a bad variable is named."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEVELOPMENT_SECRET = "development only, not a secret"  # noqa: S105 (production refuses it)
ENVIRONMENTS = ("development", "production", "sandbox")
PROVIDERS = ("sandbox",)


class BadSetting(SystemExit):
    """A variable that is missing or bad; the message names it."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")


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
    page_cache_seconds: float = 10.0
    throttle: bool = True

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
        private_hosts=frozenset(env.get("PRIVATE_HOSTS", "").lower().replace(",", " ").split()),
        page_cache_seconds=_seconds(env, "PAGE_CACHE_SECONDS", 10.0),
        throttle=env.get("THROTTLE") != "0",
    )


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
