"""How values read: money, rates, moments, phones. Jinja filters of the same names."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import g
from flask_babel import format_date, format_datetime, get_locale, gettext

from app.kernel.money import exponent

from .application import Application
from .rates import percent_text

SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$", "KRW": "₩", "TWD": "NT$", "SGD": "S$"}
MINUS = "−"
FIRST = ("颜色", "尺寸", "尺码")
IN_ENGLISH = {"MM-dd": "d MMM", "MM-dd HH:mm": "d MMM HH:mm", "M/d": "d MMM", "M 月 d 日": "d MMM", "M月d日 EEE": "EEE d MMM"}
"""03-04 is March to one reader and April to another: without a year the month is a word."""


def currency_of(currency: str | None) -> str:
    return currency or g.get("currency", "CNY")


def money(amount_minor: int, currency: str | None = None) -> str:
    """129900 → '1,299.00'; negative with a real minus."""
    digits = exponent(currency_of(currency))
    whole, part = divmod(abs(amount_minor), 10**digits)
    text = f"{whole:,}.{part:0{digits}d}" if digits else f"{whole:,}"
    return MINUS + text if amount_minor < 0 else text


def priced(amount_minor: int, currency: str | None = None) -> str:
    """129900 → '¥1,299.00': an amount inside a sentence is never without its currency."""
    text = money_symbol(currency) + money(abs(amount_minor), currency)
    return MINUS + text if amount_minor < 0 else text


def money_short(amount_minor: int, currency: str | None = None) -> str:
    """Without '.00', for posters and buy buttons only (LOOK.md §3)."""
    text = money(amount_minor, currency)
    return text.removesuffix(".00")


def money_symbol(currency: str | None = None) -> str:
    code = currency_of(currency)
    return SYMBOLS.get(code, code + " ")


def rate(rate_bp: int) -> str:
    """1200 → '12%', 1250 → '12.5%', 1 → '0.01%'."""
    return f"{rate_bp / 100:.2f}".rstrip("0").rstrip(".") + "%"


def moment(value: datetime | None, pattern: str = "MM-dd HH:mm") -> str:
    """In the brand's time zone."""
    return format_datetime(value, _read(pattern)) if value else "—"


def local(value: datetime, timezone: str) -> str:
    """In a time zone that is not the reader's own."""
    return value.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M")


def last_moment(value: datetime, pattern: str = "MM-dd") -> str:
    """The end of a half-open period as people say it: midnight belongs to the day before, as 24:00."""
    clock = moment(value, "HH:mm")
    if clock == "00:00":
        return moment(value - timedelta(minutes=1), pattern) + " 24:00"
    return f"{moment(value, pattern)} {clock}"


def day(value: date | datetime | None, pattern: str = "yyyy-MM-dd") -> str:
    return format_date(value, _read(pattern), rebase=isinstance(value, datetime)) if value else "—"


def _read(pattern: str) -> str:
    locale = get_locale()
    return IN_ENGLISH.get(pattern, pattern) if locale and locale.language == "en" else pattern


def masked_phone(phone: str) -> str:
    """+8613812345678 → 138****5678."""
    local = phone.removeprefix("+86")
    return f"{local[:3]}****{local[-4:]}" if len(local) >= 8 else "****"


def masked_name(name: str) -> str:
    """王小明 → 王** (R35)."""
    return f"{name[:1]}**" if name else gettext("顾客")


def option_text(options: dict[str, str] | None) -> str:
    """'雾蓝 · 20 寸': colour, size, then the rest; the database keeps no order of keys."""
    named = sorted((options or {}).items(), key=lambda pair: FIRST.index(pair[0]) if pair[0] in FIRST else len(FIRST))
    return " · ".join(str(value) for _, value in named)


def install(app: Application) -> None:
    for function in (money, money_short, money_symbol, priced, rate, moment, last_moment, local, day, masked_phone, masked_name, option_text, percent_text):
        app.add_template_filter(function, function.__name__)
    app.jinja_env.globals["money_symbol"] = money_symbol
