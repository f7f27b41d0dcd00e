"""One value of an answer is of another type, huge, negative or gone: the item is unreadable or the reading fails, nothing else happens."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trials_by_name import trial_of

from app.domain.catalog.ports import Answer, Checkpoint, FlagshipUnreachable, ListedGroup, ListedVariant, RemovedItem, Talk, UnreadableItem
from app.gateways.flagship.conformance import Trial

STRANGE = st.sampled_from([None, True, False, -1, 0, 10**30, 1.5, -0.0, 1e300, "", " ", "x" * 300, "é\u0000", "NaN", "-5", "1e5", "=1+1", [], {}, [None], [[]],
                           {"nodes": None}, "9" * 400, "2026-01-01", "https://[", "<script>"])


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a document."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, key
        yield from places(inner)


def spoiling(talk: Talk, at_call: int, place: int, strange: Any) -> Talk:
    calls = iter(range(10**6))

    def call(method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"", seconds: float = 30.0, max_bytes: int = 10**9) -> Answer:
        answer = talk(method, url, headers=headers, body=body, seconds=seconds, max_bytes=max_bytes)
        if next(calls) < at_call:
            return answer
        lines = answer.body.split(b"\n")
        try:
            document = json.loads(lines[0])
        except ValueError:
            return answer
        all_places = list(places(document))
        if all_places:
            container, key = all_places[place % len(all_places)]
            container[key] = strange
        return Answer(answer.status, answer.headers, b"\n".join([json.dumps(document).encode(), *lines[1:]]))

    return call


@pytest.fixture(scope="module", params=["shopify", "woocommerce", "vendure", "medusa", "saleor"])
def trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    with trial_of(request.param) as trial:
        yield trial


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(at_call=st.integers(0, 8), place=st.integers(0, 2000), strange=STRANGE)
def test_a_strange_value(trial: Trial, at_call: int, place: int, strange: Any) -> None:
    trial.resettle()
    line = replace(trial, talk=spoiling(trial.talk, at_call, place, strange)).line()
    try:
        for item in trial.read(line):
            assert isinstance(item, ListedVariant | UnreadableItem | RemovedItem | ListedGroup | Checkpoint)
            if isinstance(item, UnreadableItem):
                assert item.reason % item.data
    except FlagshipUnreachable as wrong:
        assert wrong.message % wrong.data
