"""The provider's books of a day held against ours: read once for all brands of a time zone, told apart by the marks of what moved.

The reading is outside of any transaction and goes to disk as it comes, a spool a brand, so that a large day costs no memory. Then each
brand's day is compared and takes the place of what was found before, in one transaction. A reading that breaks off leaves what stands.
Nothing is booked, and nothing is changed but the days' own rows and the list of what is nobody's.
"""

from __future__ import annotations

from .queueing import JOB, queue_due_days, queue_provider_day
from .reading import read_provider_day

__all__ = ["JOB", "queue_due_days", "queue_provider_day", "read_provider_day"]
