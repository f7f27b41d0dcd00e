"""The six states a payee's money is shown in (R12)."""

from __future__ import annotations

from collections.abc import Mapping

STATES: dict[str, tuple[str, ...]] = {
    "est": ("estimated",), "pend": ("pending",), "held": ("held",), "avail": ("available",), "way": ("requested", "in_payout"), "paid": ("paid", "withheld")}
"""State → phases of the ledger: what is asked for or in a payout run is on its way and not yet paid; tax was paid in her name."""


def in_states(found: Mapping[str, int]) -> dict[str, int]:
    """Phase → minor units, as state → minor units."""
    return {state: sum(found[phase] for phase in phases) for state, phases in STATES.items()}
