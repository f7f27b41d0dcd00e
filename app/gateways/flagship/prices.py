"""What is asked for an item: an exact amount above zero in the brand's currency (R17: nothing is converted)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from app.kernel import money
from app.kernel.errors import Refused

PARTS = re.compile(r"([^0-9.,-]*)(-?)([^0-9.,-]*)([0-9.,]+)([^0-9.,-]*)")
AMOUNT = re.compile(r"((?:[0-9]{1,3}(?:,[0-9]{3})+)|[0-9]*)(?:\.([0-9]*))?")
DOLLARS = frozenset({"USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MXN", "CLP"})
SIGNS = {
    "¥": frozenset({"CNY", "JPY"}), "元": frozenset({"CNY"}), "人民币": frozenset({"CNY"}), "RMB": frozenset({"CNY"}),
    "CN¥": frozenset({"CNY"}), "円": frozenset({"JPY"}), "€": frozenset({"EUR"}), "£": frozenset({"GBP"}),
    "₩": frozenset({"KRW"}), "US$": frozenset({"USD"}), "HK$": frozenset({"HKD"}), "NT$": frozenset({"TWD"}),
    "$": DOLLARS,
}


@lru_cache(4096)
def price_minor(raw: str, *, currency: str, stated: str = "", bare: bool = True, field: str = "price") -> int:
    """'1,299.00 CNY', '¥59.9', '１２９９' → minor units, > 0.

    `stated` is the source's own currency column; `bare` allows an amount without currency, which then is the brand's.
    Raises Refused: price_missing, price_invalid, price_not_positive, price_too_large, price_too_fine,
    currency_missing, currency_unknown, currency_differs. A table has many SKUs and few prices.
    """
    text = "".join(unicodedata.normalize("NFKC", raw).split()).replace("−", "-")
    if not text:
        raise Refused("price_missing", "没有价格", field=field)
    parts = PARTS.fullmatch(text)
    if parts is None:
        raise _invalid(raw, field)
    _check_currency(parts[1] + parts[3] + parts[5] or stated.strip(), currency, bare=bare, field=field)
    amount_minor = _amount_minor(parts[4], currency, raw=raw, field=field)
    if parts[2] or amount_minor == 0:
        raise Refused("price_not_positive", "价格必须大于 0", field=field)
    return amount_minor


def crossed_out(price: int, other: int | None) -> int | None:
    """The former price, if it really was higher."""
    return other if other is not None and other > price else None


def _check_currency(written: str, currency: str, *, bare: bool, field: str) -> None:
    word = unicodedata.normalize("NFKC", written).upper()
    if not word:
        if bare:
            return
        raise Refused("currency_missing", "价格没有写明币种", field=field)
    meant = SIGNS.get(word) or (frozenset({word}) if word in money.CURRENCIES else frozenset())
    if not meant:
        raise Refused("currency_unknown", "币种“%(written)s”无法识别", field=field, written=written[:20])
    if currency not in meant:
        raise Refused("currency_differs", "币种是 %(written)s，品牌的币种是 %(currency)s，不会换算",
                      field=field, written=written[:20], currency=currency)


def _amount_minor(text: str, currency: str, *, raw: str, field: str) -> int:
    parts = AMOUNT.fullmatch(text)
    if parts is None or not (parts[1] or parts[2]):
        raise _invalid(raw, field)
    whole, fraction = parts[1].replace(",", "").lstrip("0") or "0", (parts[2] or "").rstrip("0")
    if len(fraction) > money.exponent(currency):
        raise Refused("price_too_fine", "%(currency)s 最多 %(digits)d 位小数", field=field,
                      currency=currency, digits=money.exponent(currency))
    if len(whole) + money.exponent(currency) >= len(str(money.MAX_MINOR)):
        raise Refused("price_too_large", "价格超出范围", field=field)
    return money.parse(f"{whole}.{fraction or 0}", currency, field=field)


def _invalid(raw: str, field: str) -> Refused:
    return Refused("price_invalid", "价格“%(text)s”不是金额", field=field, text=raw.strip()[:40])
