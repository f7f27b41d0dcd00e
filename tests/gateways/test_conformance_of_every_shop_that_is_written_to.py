"""Orders, stock and parcels: every shop we write to, against a double that speaks the real wire protocol over a real socket, held to every claim."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from writers_by_name import WRITERS, writer

from app.gateways.flagship.writer_conformance import ORDER_CLAIMS, SHOP_CLAIMS, WriterTrial


@pytest.fixture(scope="module", params=WRITERS)
def trial(request: pytest.FixtureRequest) -> Iterator[WriterTrial]:
    with writer(request.param) as trial:
        yield trial


@pytest.mark.parametrize("claim", ORDER_CLAIMS)
def test_it_takes_orders(trial: WriterTrial, claim: str) -> None:
    trial.resettle()
    ORDER_CLAIMS[claim](trial)


@pytest.mark.parametrize("claim", SHOP_CLAIMS)
def test_it_is_written_to(trial: WriterTrial, claim: str) -> None:
    trial.resettle()
    SHOP_CLAIMS[claim](trial)
