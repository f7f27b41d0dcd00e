from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jd_shops import Open, expected_prices, products, read

from app.gateways.flagship.retrying import Patience, Retry
from app.gateways.jd.limits import Limits, TokenBucket, shared
from app.gateways.jd.reactions import JdRefused, Reaction

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@given(most=st.integers(1, 50), steps=st.lists(st.floats(0, 2), max_size=80))
def test_no_second_holds_more_than_allowed(most: int, steps: list[float]) -> None:
    """Whenever somebody asks: in every half-open second at most `most` calls go out, once its tokens of a full bucket are counted."""
    bucket, now, went = TokenBucket(most), 0.0, []
    for step in steps:
        now += step
        went.append(max(now + bucket.wait(now), went[-1] if went else 0.0))
    for start in went:
        assert sum(start <= at < start + 0.999 for at in went) <= most + (most == 1)


def test_ten_a_second_is_eight_a_second_after_two_at_once() -> None:
    bucket = TokenBucket(10)
    assert [bucket.wait(0.0) for _ in range(4)] == [0.0, 0.0, 0.125, 0.25]
    assert bucket.wait(10.0) == 0.0


def test_methods_are_counted_apart_and_globs_say_how_many() -> None:
    limits = Limits(per_second={"jingdong.stock.*": 1}, usual=10, monotonic=lambda: 0.0)
    assert [limits.take("jingdong.a", NOON), limits.take("jingdong.b", NOON), limits.take("jingdong.a", NOON)] == [0, 0, 0]
    assert limits.take("jingdong.stock.x", NOON) == 0 and limits.take("jingdong.stock.x", NOON) > 1


def test_a_days_calls_end_with_the_day_in_beijing() -> None:
    limits = Limits(per_day={"jingdong.pop.*": 2}, monotonic=lambda: 0.0)
    for _ in range(2):
        limits.take("jingdong.pop.x", NOON)
    with pytest.raises(JdRefused) as caught:
        limits.take("jingdong.pop.x", NOON)
    assert caught.value.reaction is Reaction.NEXT_DAY
    assert caught.value.retry_at == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    limits.take("jingdong.other", NOON)
    limits.take("jingdong.pop.x", NOON + timedelta(hours=12))


def test_one_app_shares_one_rate() -> None:
    assert shared("a") is shared("a") and shared("a") is not shared("b")


def test_a_shop_with_five_calls_a_second_is_read_at_its_rate(jd: Open) -> None:
    """Real seconds, real waiting: the gateway never has to say that it was too fast."""
    shop = jd(products(45, skus=1), qps=5)
    assert read(shop.pop(limits=Limits(usual=4), sleep=time.sleep)).prices() == expected_prices(shop)
    assert not [entry for entry in shop.control("log") if entry["code"] == "2"]


def test_who_is_too_fast_backs_off(jd: Open) -> None:
    shop = jd(products(3), qps=1)
    gateway = shop.gateway()
    gateway.retry = Retry(Patience(tries=4))
    for _ in range(2):
        gateway.call("jingdong.vender.shop.query", {}, lambda body: body)
    assert [entry["code"] for entry in shop.control("log") if entry["method"] == "jingdong.vender.shop.query"] == ["0", "2", "0"]
