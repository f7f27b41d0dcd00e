"""What every shop must hold to that takes orders (`ORDER_CLAIMS`) or lets its stock be written (`SHOP_CLAIMS`), as conformance.py
holds its reading: `prove_orders(trial)`, `prove_shop(trial)`, or one test per name.

The rule behind them: whatever happens to an answer, doing it again ends as if it had been done once, and nothing that may have been
done is told as if it had not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import writer_order_claims as orders
from . import writer_shop_claims as shop
from .trials import Broken
from .writer_trials import Desk, WriterTrial

__all__ = ["ORDER_CLAIMS", "SHOP_CLAIMS", "Broken", "Claim", "Desk", "WriterTrial", "prove_orders", "prove_shop"]

Claim = Callable[[WriterTrial], None]
ORDER_CLAIMS: Mapping[str, Claim] = {claim.__name__: claim for claim in (
    orders.opening_calls_nobody, orders.an_order_stands_there_as_told, orders.submitted_twice_is_one_order, orders.a_number_is_found_exactly,
    orders.a_lost_answer_makes_no_second_order, orders.a_plain_no_has_no_effect, orders.it_is_paid_sent_and_tracked,
    orders.payment_is_told_once, orders.it_is_cancelled_once, orders.stock_is_told, orders.what_is_not_there_is_no_crash,
    orders.no_order_tells_a_secret)}
SHOP_CLAIMS: Mapping[str, Claim] = {claim.__name__: claim for claim in (
    shop.stock_is_set, shop.a_change_counts_once_per_key, shop.a_lost_answer_changes_stock_once, shop.another_answer_does_not_lift_a_doubt,
    shop.a_good_nobody_knows_is_declined, shop.an_order_is_sent_once, shop.changed_orders_are_told, shop.no_shop_tells_a_secret)}


def prove_orders(trial: WriterTrial) -> list[str]:
    """Holds the shop to every claim; the names of those that held. Raises Broken at the first that does not."""
    return _proved(trial, ORDER_CLAIMS)


def prove_shop(trial: WriterTrial) -> list[str]:
    return _proved(trial, SHOP_CLAIMS)


def _proved(trial: WriterTrial, claims: Mapping[str, Claim]) -> list[str]:
    for name, claim in claims.items():
        trial.resettle()
        try:
            claim(trial)
        except Broken as broken:
            raise Broken(f"{trial.kind.kind}: {name}: {broken}") from None
    return list(claims)
