"""Every connector, against a double that speaks the real wire protocol over a real socket, held to every claim."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from trials_by_name import CASES, trial_of

from app.gateways.flagship.conformance import CLAIMS, Trial


@pytest.fixture(scope="module", params=CASES)
def trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    with trial_of(request.param) as trial:
        yield trial


@pytest.mark.parametrize("claim", CLAIMS)
def test_claim(trial: Trial, claim: str) -> None:
    trial.resettle()
    CLAIMS[claim](trial)
