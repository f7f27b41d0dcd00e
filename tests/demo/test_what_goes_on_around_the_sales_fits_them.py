"""The rows of daily.py name guides, groups, orders and verbs that exist by then."""

from __future__ import annotations

from datetime import time

from demo.daily import DAILY, GROUPS
from demo.deals import ONE_ACCOUNT
from demo.house import VERBS
from demo.people import roster
from demo.plan import plan
from demo.won import WON, key_of, won_deals

ORDERS = {won.name for won in WON}


def test_every_row_is_something_that_can_be_done() -> None:
    assert {row.verb for row in DAILY} <= set(VERBS)
    known = {one.number for one in roster()}
    assert {row.who for row in DAILY if row.who and "@" not in row.who} <= known


def test_a_group_is_entered_before_anything_is_posted_or_sold_in_it() -> None:
    entered = {(row.who, row.what.split()[0]): (row.day, time.fromisoformat(row.clock)) for row in GROUPS if row.verb == "enter_group"}
    used = [(row.who, row.what.split()[0], (row.day, time.fromisoformat(row.clock))) for row in GROUPS if row.verb in ("post", "count_group", "close_group")]
    used += [(deal.via, deal.group, (deal.day, deal.clock)) for deal in won_deals() if deal.group and deal.via]
    assert len(used) > 20
    for guide, group, at in used:
        assert entered[guide, group] < at


def test_what_is_said_of_an_order_is_said_after_it() -> None:
    placed = {key_of(deal.name): (deal.day, one.clock) for deal, one in zip(WON, won_deals(), strict=True)}
    told = [(row.what.split(" | ")[0], (row.day, time.fromisoformat(row.clock))) for row in DAILY]
    about = [(name, at) for name, at in told if name in ORDERS]
    assert len(about) > 10
    for name, at in about:
        assert placed[key_of(name)] < at


def test_orders_have_keys_of_their_own_and_one_person_one_phone() -> None:
    deals = {won.name: deal for won, deal in zip(WON, won_deals(), strict=True)}
    assert len({deal.key for deal in deals.values()}) == len(WON)
    assert deals["comes back"].buyer.contact == deals["first visit"].buyer.contact
    assert deals["comes back"].buyer.visitor != deals["first visit"].buyer.visitor


def test_one_account_pays_for_three_people_within_a_week() -> None:
    """What the signal one_payer is shown on: more than two phones."""
    guide, _ = ONE_ACCOUNT
    deals = [act.deal for acts in plan() for act in acts if act.verb == "pay" and act.deal and act.deal.via == guide]
    together = [deal for deal in deals if deal.payer != deal.buyer.contact["phone"]]
    assert len({deal.buyer.contact["phone"] for deal in together}) == 3 and len({deal.payer for deal in together}) == 1
    assert max(deal.day for deal in together) - min(deal.day for deal in together) < 7
