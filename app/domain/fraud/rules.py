"""Pure rules of sales that look self-made: the signals in one list, what they weigh together, what a hold may become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.kernel import sealing
from app.kernel.errors import Conflict, Refused, msgid

MODES = ("off", "watch", "hold")
STATES = ("open", "appealed", "cleared", "upheld", "watched")
FREEZING = ("open", "appealed")
"""While a hold stands so, its order is not released."""
TOGETHER = 100
"""Watched signals of one order that together weigh so much hold it as one that is set to hold."""
APPEAL_TIME = timedelta(days=3)
"""So long the guide may answer before anything is upheld against her."""
MOST_COUNT = 1_000


@dataclass(frozen=True, slots=True)
class Signal:
    """`most` is how many are still usual (more is a signal); None where once is enough. `own`: it says that the guide herself bought,
    which is no fault where the brand pays for own orders (R20)."""

    name: str
    weight: int
    mode: str
    most: int | None = None
    own: bool = False


SIGNALS = (
    Signal("phone", 100, "hold", own=True),
    Signal("device", 60, "watch", own=True),
    Signal("own_address", 60, "watch", own=True),
    Signal("own_payer", 80, "hold", own=True),
    Signal("one_address", 50, "watch", 3),
    Signal("one_payer", 70, "watch", 2),
    Signal("burst", 40, "watch", 10),
    Signal("refunded_late", 50, "watch", 3),
)
"""phone: a guide's own phone, any guide's of the brand. device: a browser in which a guide signs in to her app. own_address, own_payer:
where this guide had her own orders sent, from which account she paid them. one_address: so many phones to one address in WINDOW days.
one_payer: so many phones paid from one account in WINDOW days. burst: so many new customers of one guide within an hour.
refunded_late: so many of her orders of LOOK_BACK were refunded after their money was released."""
BY_NAME = {signal.name: signal for signal in SIGNALS}
WINDOW, HOUR, LOOK_BACK = timedelta(days=7), timedelta(hours=1), timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a brand decided of one signal."""

    mode: str
    most: int | None


def settings_for(changed: Mapping[str, Setting]) -> dict[str, Setting]:
    """Every signal's setting: the brand's, or ours where it has said nothing."""
    return {one.name: changed.get(one.name) or Setting(one.mode, one.most) for one in SIGNALS}


def require_setting(name: str, mode: str, most: int | None) -> Setting:
    if name not in BY_NAME:
        raise Refused("signal_unknown", "没有这种信号", field="signal")
    if mode not in MODES:
        raise Refused("mode_unknown", "只能选关闭、观察或扣住", field="mode")
    usual = BY_NAME[name].most
    if usual is None:
        return Setting(mode, None)
    most = usual if most is None else most
    if not 1 <= most <= MOST_COUNT:
        raise Refused("out_of_range", "须在 %(low)d 到 %(high)d 之间", field="most", low=1, high=MOST_COUNT)
    return Setting(mode, most)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a signal found on one order: how many, whose (`guide`, `same`: the guide who earns it), a phone, other orders' numbers."""

    signal: str
    count: int = 1
    guide: str = ""
    same: bool = True
    phone: str = ""
    orders: Sequence[str] = ()


def judge(seen: Iterable[Seen], settings: Mapping[str, Setting], *, self_purchase: str) -> tuple[str, list[dict[str, Any]]]:
    """(state, evidence): 'open' if any signal holds or the watched ones weigh enough together, 'watched' if any is left, else ''.

    Evidence is what people may see of it: phones masked.
    """
    left = [one for one in seen if _counts(one, settings[one.signal], self_purchase)]
    evidence = [_evidence(one, settings[one.signal]) for one in sorted(left, key=lambda one: -BY_NAME[one.signal].weight)]
    holds = any(one["mode"] == "hold" for one in evidence) or sum(one["weight"] for one in evidence) >= TOGETHER
    return ("open" if holds else "watched" if evidence else ""), evidence


def _counts(one: Seen, setting: Setting, self_purchase: str) -> bool:
    if setting.mode == "off" or (setting.most is not None and one.count <= setting.most):
        return False
    return not (BY_NAME[one.signal].own and one.same and self_purchase != "none")


def _evidence(one: Seen, setting: Setting) -> dict[str, Any]:
    return {"signal": one.signal, "mode": setting.mode, "weight": BY_NAME[one.signal].weight, "count": one.count, "most": setting.most,
            "guide": one.guide, "same": one.same, "phone": masked(one.phone), "orders": list(one.orders)}


def masked(phone: str) -> str:
    """Enough to recognise a phone one knows: +86139****0001."""
    return f"{phone[:-8]}****{phone[-4:]}" if len(phone) > 8 else "****" if phone else ""


def device_digest(brand_id: int, visitor: str | None) -> str:
    """What stands for a browser beside orders and guides: the same for the same browser of one brand, and told to nobody."""
    return sealing.derive("device", f"{brand_id}:{visitor}") if visitor else ""


def payer_digest(brand_id: int, payer_ref: object) -> str:
    """The same for the account a provider says was paid from."""
    return sealing.derive("payer", f"{brand_id}:{payer_ref}") if payer_ref else ""


def require_appeal(state: str, *, appealed: bool) -> None:
    if state not in FREEZING or appealed:
        raise Conflict(*(("appealed_already", msgid("这一单已经申诉过了")) if appealed else ("hold_decided", msgid("这一单已经有结果了"))), field="appeal")


def require_decidable(state: str, wanted: str, *, opened_at: datetime, now: datetime) -> None:
    """A hold is cleared at any time; upheld once the guide has answered, or had the time to. A watched sale may be held or put away."""
    allowed = {"cleared": (*FREEZING, "watched"), "upheld": FREEZING, "open": ("watched",)}[wanted]
    if state not in allowed:
        raise Conflict("hold_state", "这一单的状态已经变了，请刷新后再看", state=state)
    if wanted == "upheld" and state == "open" and now < opened_at + APPEAL_TIME:
        raise Conflict("appeal_time", "导购还可以申诉，%(days)d 天内或她申诉之后才能判定", days=APPEAL_TIME.days)
