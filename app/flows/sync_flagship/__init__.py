"""One-click sync: read the flagship, show the difference, write it, account for every item (R36).

A run is `queued`, then `running` through the steps fetching → comparing → applying → checking, in short transactions
of its own so that a page can watch. Reading writes only the run's items; a run killed there goes on from the flagship's last
checkpoint, or starts over. Applying goes by batches of 1,000 items, each batch whole or not at all and marked on its items, so a killed run goes on where it
stopped and nothing is written twice. Batches instead of one transaction keep the shop's rows locked for a moment only.
"""

from __future__ import annotations

from .choosing import leave_out
from .freshness import hear_flagship, queue_due
from .requests import apply_sync, cancel_sync, queue_sync, resume_sync
from .running import run_sync
from .undoing import undo_sync

__all__ = ["apply_sync", "cancel_sync", "hear_flagship", "leave_out", "queue_due", "queue_sync", "resume_sync", "run_sync", "undo_sync"]
