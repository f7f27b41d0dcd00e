"""python -m bench [name …]: each measurement beside its reference, in turns where it can be; medians of ratios.

BENCH_ROUNDS and BENCH_SECONDS make the loads longer, BENCH_SHARES, BENCH_PAYEES, BENCH_WRITERS, BENCH_SKUS
and BENCH_WEBHOOKS the brands larger or smaller.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import urllib.request
from collections.abc import Callable, Sequence

import psycopg

from bench.drafting import payout_draft
from bench.load import ROUNDS, SECONDS, Measured, Served, measure, need_wrk, served
from bench.machine import SLUG, Shop, shop
from bench.rows import template
from bench.settling import closed_month
from bench.syncing import sync, sync_memory
from bench.touching import touches
from bench.webhooks import webhooks
from bench.writers import one_brand_or_two

Run = Callable[[], Measured]


def main(names: Sequence[str]) -> int:
    need_wrk()
    benches = (share_page, uncached_share_page, order_placement, one_brand_or_two, payout_draft, closed_month, sync, sync_memory, touches, webhooks)
    with shop() as place:
        for bench in benches:
            if not names or bench.__name__ in names:
                print(bench(place), flush=True)
    return 0


def share_page(place: Shop) -> str:
    """Goal: cached ≥ 0.8 × the requests/s of a bare Flask hello."""
    with served("bench.references:hello", place.environment) as hello, served("wsgi:app", place.environment) as ours:
        ratio, one, other = compare(lambda: measure(ours, f"/s/{place.share_code}", seconds=SECONDS), lambda: measure(hello, "/", seconds=SECONDS), rate)
        memory = ours.resident_mb()
    return (f"share page, cached     {one.per_second:7.0f} req/s   bare Flask hello {other.per_second:7.0f} req/s   ratio {ratio:.2f}  (goal ≥ 0.80)\n"
            f"web worker, resident   {memory:7.0f} MB                                                    (goal ≤ 110)")


def uncached_share_page(place: Shop) -> str:
    """Goal: ≤ 1.2 × the CPU of a plain three-query ORM page."""
    cold = {**place.environment, "PAGE_CACHE_SECONDS": "0"}
    with served("bench.references:plain", place.environment) as plain, served("wsgi:app", cold) as ours:
        path = f"/s/{place.share_code}"
        ratio, one, other = compare(lambda: measure(ours, path, seconds=SECONDS), lambda: measure(plain, path, seconds=SECONDS), cost)
    return f"share page, uncached   {one.cpu_ms:7.2f} ms CPU  plain ORM page   {other.cpu_ms:7.2f} ms CPU  ratio {ratio:.2f}  (goal ≤ 1.20)"


def order_placement(place: Shop) -> str:
    """Goal: ≥ 0.35 × the requests/s of the same rows written by raw psycopg."""
    body = json.dumps({"share_code": place.share_code, "lines": [{"variant_id": place.variant_id, "quantity": 1}],
                       "contact": {"name": "王小明", "phone": "13800138000"},
                       "address": {"country": "CN", "province": "上海市", "city": "上海市", "district": "静安区", "street": "南京西路 1515 号"}})
    os.environ["BENCH_BODY"] = body
    script, path = os.path.join(os.path.dirname(__file__), "order.lua"), f"/api/storefront/v1/{SLUG}/orders"
    quiet = {**place.environment, "THROTTLE": "0"}
    with served("wsgi:app", quiet) as ours:
        first_order(ours, path, body)
        known = {"BENCH_BRAND": str(place.brand_id), "BENCH_VARIANT": place.variant_id, "BENCH_TEMPLATE": _template(place)}
        with served("bench.references:raw", {**place.environment, **known}) as raw:
            ratio, one, other = compare(lambda: measure(ours, path, seconds=SECONDS, script=script),
                                        lambda: measure(raw, "/orders", seconds=SECONDS, script=script), rate)
    return f"order placement        {one.per_second:7.0f} req/s   raw psycopg      {other.per_second:7.0f} req/s   ratio {ratio:.2f}  (goal ≥ 0.35)"


def first_order(server: Served, path: str, body: str) -> None:
    request = urllib.request.Request(server.url + path, body.encode(), {"Content-Type": "application/json", "Idempotency-Key": "first"})
    urllib.request.urlopen(request, timeout=20).close()


def _template(place: Shop) -> str:
    with psycopg.connect(host=place.environment["EMBEDDED_POSTGRES"], user="yundian_operator", dbname="yundian") as connection:
        row = connection.execute("SELECT id FROM orders WHERE brand_id = %s LIMIT 1", (place.brand_id,)).fetchone()
        assert row
        return template(connection, place.brand_id, str(row[0]))


def compare(ours: Run, reference: Run, figure: Callable[[Measured], float]) -> tuple[float, Measured, Measured]:
    """Warm both, then alternate; the median of the rounds' ratios, and the last round's figures."""
    ours(), reference()
    rounds = [(ours(), reference()) for _ in range(ROUNDS)]
    if any(one.errors or other.errors for one, other in rounds):
        sys.exit(f"errors while measuring: {rounds}")
    middle = sorted(rounds, key=lambda pair: figure(pair[0]) / figure(pair[1]))[len(rounds) // 2]
    return statistics.median(figure(one) / figure(other) for one, other in rounds), *middle


def rate(one: Measured) -> float:
    return one.per_second


def cost(one: Measured) -> float:
    return one.cpu_ms


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
