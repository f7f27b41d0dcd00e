"""R34 whatever happens, shard 3 of four: each file is one core's work."""

from __future__ import annotations

from app.extensions import Database
from tests.proof.money_machine import run_shard


def test_nothing_is_ever_lost(database: Database) -> None:
    run_shard(database)
