from __future__ import annotations

import pytest

from app.domain.catalog.ports import FlagshipUnreachable
from app.gateways.jd.ctp_messages import TOPICS, ChannelNews, read_message


@pytest.mark.parametrize(("topic", "body", "about", "ids"), [
    ("ct_order_pay", b'{"orderId": 290000000001}', "order", ("290000000001",)),
    ("ct_order_stockout", b'{"data": {"orderId": "290000000001", "rootOrderId": 290000000009}}', "order", ("290000000001", "290000000009")),
    ("ct_sku_price_change", '{"skuIdList": [1, 2, 2], "备注": "x"}'.encode(), "sku", ("1", "2")),
    ("ct_sku_change", b'{"skuIds": "1,2"}', "sku", ("1", "2")),
    ("ct_afs_step_result", b'{"afsServiceId": 88, "orderId": 9}', "after_sale", ("88",)),
    ("ct_order_balance_not_enough", b"{}", "balance", ()),
])
def test_it_says_what_to_ask_about(topic: str, body: bytes, about: str, ids: tuple[str, ...]) -> None:
    assert read_message(topic, body) == ChannelNews(topic, about, ids)


@pytest.mark.parametrize(("topic", "body", "code"), [
    ("ct_something", b"{}", "message_unknown"), ("ct_order_pay", b"[]", "message_broken"), ("ct_order_pay", b"\xff", "message_broken"), ("", b"", "message_unknown"),
])
def test_what_is_none_is_refused(topic: str, body: bytes, code: str) -> None:
    with pytest.raises(FlagshipUnreachable) as caught:
        read_message(topic, body)
    assert caught.value.code == code and caught.value.message % caught.value.data


def test_all_topics_are_known() -> None:
    assert len(TOPICS) == 12
