"""What the payment provider told is followed up: read what is there now, apply it, write down whose it was (R18)."""

from __future__ import annotations

from .following import FOLLOW, Applier, Follow
from .polling import has_gaps, poll_gaps
from .sweeping import sweep_events
from .working import work_inbox

__all__ = ["FOLLOW", "Applier", "Follow", "has_gaps", "poll_gaps", "sweep_events", "work_inbox"]
