"""What JD pushes from the order channel. A message is a hint and never a fact: whoever gets one asks JD how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.catalog.ports import FlagshipUnreachable
from app.kernel.errors import msgid

from .reactions import NoReply
from .replies import read_object, text

ORDER_IDS = ("orderId", "rootOrderId", "jdOrderId")
SKU_IDS = ("skuId", "skuIds", "skuIdList")
SERVICE_IDS = ("afsServiceId", "serviceId")
TOPICS = {
    "ct_sku_change": "sku", "ct_sku_price_change": "sku", "ct_afs_create": "after_sale", "ct_afs_step_result": "after_sale",
    "ct_order_balance_not_enough": "balance",
    **{f"ct_order_{event}": "order" for event in ("create", "pay", "stockout", "delivered", "finish", "cancel", "refund")},
}
UNKNOWN = msgid("京东推送了不认识的消息“%(topic)s”")


@dataclass(frozen=True, slots=True)
class ChannelNews:
    """`about` is sku, order, after_sale or balance; `ids` are what to ask about, empty when the message names nothing we know."""

    topic: str
    about: str
    ids: tuple[str, ...]


def read_message(topic: str, body: bytes) -> ChannelNews:
    """Raises FlagshipUnreachable for what is no message of the channel."""
    about = TOPICS.get(topic)
    if about is None:
        raise FlagshipUnreachable("message_unknown", UNKNOWN, topic=topic[:60])
    try:
        told = read_object(body)
    except NoReply:
        raise FlagshipUnreachable("message_broken", msgid("京东推送的消息“%(topic)s”读不懂"), topic=topic) from None
    names = {"sku": SKU_IDS, "order": ORDER_IDS, "after_sale": SERVICE_IDS, "balance": ORDER_IDS}[about]
    return ChannelNews(topic, about, tuple(dict.fromkeys(_ids(told, names))))


def _ids(told: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    """One id, several, or several in one text; the content may lie one level down."""
    inner = [value for value in told.values() if isinstance(value, dict)]
    found = [value for level in (told, *inner) for name in names if (value := level.get(name)) is not None]
    return [part for value in found for one in (value if isinstance(value, list) else [value]) for part in text(one).split(",") if part.isdigit()]
