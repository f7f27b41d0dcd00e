"""Whatever the interleaving of moving goods, faults and deaths of the reader: when a reading ends, nothing that was listed throughout is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trials_by_name import trial_of

from app.domain.catalog.ports import Checkpoint, FlagshipUnreachable, Read
from app.gateways.flagship.conformance import Shop, Trial
from app.gateways.flagship.line_faults import FAULTS, Fault
from app.gateways.flagship.trials import add, ids_of, prices_of

NAMES = ["woocommerce", "woocommerce_old", "shopify", "shopify_bulk", "vendure", "medusa_changes", "saleor", "json_pages"]
moves = st.lists(st.tuples(st.integers(1, 25), st.sampled_from(["drop", "add", "reprice"]), st.integers(0, 30)), max_size=8)
faults = st.lists(st.tuples(st.sampled_from(FAULTS), st.integers(0, 25), st.integers(1, 2)), max_size=3)
deaths = st.lists(st.integers(0, 25), max_size=2)


def moved(shop: Shop, move: str, which: int) -> None:
    goods = list(shop.listed().items())
    if move == "add":
        add(shop)
    elif len(goods) > 1:
        external_id, price = goods[which % len(goods)]
        if move == "drop":
            shop.drop(external_id)
        else:
            shop.reprice(external_id, price + 100)


def played(trial: Trial, plan: list[tuple[int, str, int]], troubles: list[tuple[str, int, int]], deaths: list[int]) -> tuple[list[Read], set[str]]:
    """What came out of the reading and of those that went on after it had died, and what was listed all the while."""
    throughout = set(trial.shop.listed())
    line = trial.line()
    acts: dict[int, list[tuple[str, int]]] = {}
    for call, move, which in plan:
        acts.setdefault(call, []).append((move, which))

    def act_after(call: int) -> Callable[[], None]:
        def act() -> None:
            for move, which in acts[call]:
                moved(trial.shop, move, which)
            throughout.intersection_update(trial.shop.listed())

        return act

    line.between = {call: act_after(call) for call in acts}
    line.play(*(Fault(kind, after=after, times=times) for kind, after, times in troubles))
    read: list[Read] = []
    cursor = ""
    for lives in [*deaths, None]:
        part = list(islice(trial.connector(line).list_items(currency=trial.shop.currency, cursor=cursor), lives))
        last = next((at for at in range(len(part), 0, -1) if isinstance(part[at - 1], Checkpoint)), 0)
        kept = part if lives is None else part[:last]
        read += kept
        cursor = next((item.cursor for item in reversed(kept) if isinstance(item, Checkpoint)), cursor)
    return read, throughout


@pytest.fixture(scope="module", params=NAMES)
def trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    with trial_of(request.param) as trial:
        yield trial


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=moves, troubles=faults, deaths=deaths)
def test_nothing_is_lost(trial: Trial, plan: list[tuple[int, str, int]], troubles: list[tuple[str, int, int]], deaths: list[int]) -> None:
    trial.resettle()
    try:
        read, throughout = played(trial, plan, troubles, deaths)
    except FlagshipUnreachable:
        return
    assert throughout <= ids_of(read)
    if not plan:
        assert prices_of(read) == trial.shop.listed()
