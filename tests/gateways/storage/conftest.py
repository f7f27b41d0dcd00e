from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateways.doubles.object_store import object_store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a bucket on a real server."""
    with object_store(tmp_path_factory.mktemp("objects")) as url:
        yield url
