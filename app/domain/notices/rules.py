"""Which things are told, and which of them are worth a message outside the app."""

from __future__ import annotations

KINDS = frozenset({
    "sold", "refunded", "released", "paid_out", "payout_failed", "welcome", "customers_came", "customers_went", "task", "task_late", "training", "reward",
    "held", "hold_cleared", "hold_upheld", "dispute_won", "dispute_lost", "order_went",
    "account_ready", "account_wanted", "account_stopped",
})
URGENT = frozenset({"paid_out", "payout_failed", "released", "held", "hold_cleared", "hold_upheld", "account_stopped"})
"""Sent by message too, to who wished it: money that moved, or was held from moving."""
