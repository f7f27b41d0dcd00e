"""Which events there are, how a delivery is signed, when it is tried again, and which addresses are no endpoint."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlsplit

from app.kernel.errors import Refused

EVENTS = ("order.placed", "order.paid", "order.shipped", "order.delivered", "order.cancelled", "order.refunded", "refund.failed", "order.pushed",
          "order.push_failed", "after_sale.opened", "after_sale.closed", "chargeback.opened", "chargeback.answer_due", "chargeback.closed",
          "attribution_dispute.opened", "attribution_dispute.accepted", "attribution_dispute.refused", "sale_hold.opened", "sale_hold.appealed",
          "sale_hold.cleared", "sale_hold.upheld", "sync.finished", "guide.joined",
          "payout.executed", "payout.failed")
WAITS = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8))
MAX_ENDPOINTS = 20


def signature(secret: str, *, timestamp: int, body: str) -> str:
    """The header `Yundian-Signature`: HMAC-SHA256 of '<timestamp>.<body>', so that neither can be changed or replayed late."""
    mac = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={mac}"


def wait_after(attempts: int) -> timedelta | None:
    """How long until the next try after `attempts` tries; None when it is given up."""
    return WAITS[attempts - 1] if attempts <= len(WAITS) else None


def clean_events(events: list[str]) -> list[str]:
    """Known events, each once, in our order; none named means all."""
    for place, event in enumerate(events):
        if event not in EVENTS:
            raise Refused("event_unknown", "没有“%(event)s”这个事件", field=f"events.{place}", event=event[:40])
    return [event for event in EVENTS if event in events] if events else list(EVENTS)


def clean_url(url: str, *, plain_http: bool) -> str:
    """An https address with a host and no user in it; http only where the settings allow it (development)."""
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme in ("https", "http") and bool(parts.hostname) and not parts.username and not parts.fragment
        good = good and (parts.port is None or parts.port > 0) and url.isascii() and " " not in url.strip()
    except ValueError:
        good = False
    if not good:
        raise Refused("url_invalid", "请填写完整的网址，以 https:// 开头", field="url")
    if parts.scheme == "http" and not plain_http:
        raise Refused("url_plain", "回调地址须使用 https://", field="url")
    return url.strip()
