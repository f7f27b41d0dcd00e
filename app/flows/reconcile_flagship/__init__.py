"""A flagship's day held against ours: its orders read outside of any transaction, compared in small batches, put in place at once.

A flagship with a list of orders tells what moved there; an order in it that names our number speaks for itself. Whatever else moved, there
or here, is asked for one by one: that is all an order channel without a list can do. Every order is compared as a whole, as it stands
when it is read. A reading that breaks off leaves the one before as it was, and goes on where it stopped if it is tried again soon.
Nothing is booked, and nothing is changed but the day's own rows.
"""

from __future__ import annotations

from .queueing import queue_day, queue_due_days
from .reading import reconcile_day

__all__ = ["queue_day", "queue_due_days", "reconcile_day"]
