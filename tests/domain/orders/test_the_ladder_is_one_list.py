"""R8: every kind of candidate against every other, in both row orders. The table below is the rule; the code is asked to agree.

Each kind says how high it stands (1 is highest, None does not stand at all), what it brings and what the decision says of it
when it stands highest. What is degraded stands below everything that earns: it only says which store.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from app.domain.orders.rules import Candidate, LadderTerms, attribute
from tests.conftest import NOON

DAY = timedelta(days=1)
ONE, OTHER = UUID(int=1), UUID(int=2)
Make = Callable[[UUID], Candidate]


def made(rung: str, **facts: object) -> Make:
    def of(guide: UUID) -> Candidate:
        kept: dict[str, object] = {"guide_status": "active", "store_open": True, "at": NOON, **facts}
        link = UUID(int=guide.int * 100) if rung == "touch" else None
        return Candidate(share_link_id=link, guide_id=None if rung == "store" else guide, guide_name="导购", store_id=UUID(int=guide.int + 10),
                         rung=rung, **kept)  # type: ignore[arg-type]
    return of


KINDS: dict[str, tuple[Make, int | None, str, str]] = {
    "chosen": (made("chosen"), 1, "chosen", "chosen"),
    "coupon": (made("coupon", mark="LIN30"), 2, "coupon", "coupon"),
    "touch today": (made("touch", at=NOON - timedelta(hours=1)), 3, "last_touch", "last_touch"),
    "touch of last week": (made("touch", at=NOON - 7 * DAY), 4, "last_touch", "last_touch"),
    "binding": (made("binding", at=NOON - 90 * DAY, until=NOON + DAY), 5, "binding", "binding"),
    "store code": (made("store", mark="SH01"), 6, "store", "store"),
    "chosen who left": (made("chosen", guide_status="left"), 7, "store", "guide_left"),
    "chosen herself": (made("chosen", herself=True), 7, "store", "self_purchase"),
    "coupon of one suspended": (made("coupon", guide_status="suspended"), 8, "store", "guide_suspended"),
    "touch of one who left": (made("touch", guide_status="left", at=NOON - DAY), 9, "store", "guide_left"),
    "touch of herself": (made("touch", herself=True, at=NOON - 2 * DAY), 10, "store", "self_purchase"),
    "binding to one who left": (made("binding", guide_status="left", until=NOON + DAY), 11, "store", "guide_left"),
    "touch by a bot": (made("touch", bot=True), None, "", "bot"),
    "touch too old": (made("touch", at=NOON - 15 * DAY), None, "", "outside_window"),
    "touch from tomorrow": (made("touch", at=NOON + DAY), None, "", "outside_window"),
    "binding that ended": (made("binding", until=NOON), None, "", "binding_expired"),
    "binding that is open": (made("binding", until=NOON + DAY, exclusive=False), None, "", "binding_open"),
    "store that closed": (made("store", store_open=False), None, "", "store_closed"),
    "left, her store closed": (made("touch", guide_status="left", store_open=False), None, "", "guide_left"),
}
PAIRS = [pair for pair in permutations(KINDS, 2) if KINDS[pair[0]][1] is None or KINDS[pair[0]][1] != KINDS[pair[1]][1]]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_of_two_the_higher_earns(one: str, other: str) -> None:
    rows = [KINDS[one][0](ONE), KINDS[other][0](OTHER)]
    standing = sorted((rank, place) for place, name in enumerate((one, other)) if (rank := KINDS[name][1]) is not None)
    found = attribute(rows, terms=LadderTerms(), now=NOON)
    assert found == attribute(rows[::-1], terms=LadderTerms(), now=NOON), "never row order (R9)"
    if not standing:
        assert (found.reason, found.guide_id, found.store_id) == ("brand", None, None)
    else:
        place = standing[0][1]
        _, rank, reason, verdict = KINDS[(one, other)[place]]
        assert rank is not None
        assert (found.reason, found.guide_id) == (reason, rows[place].guide_id if rank < 6 else None)
        assert found.store_id == rows[place].store_id
        assert verdict in [told["verdict"] for told in found.candidates if told["store_id"] == str(rows[place].store_id)]
    assert len(found.candidates) == 2, "losers are kept"


@pytest.mark.parametrize("kind", KINDS)
def test_alone_it_is_told_for_what_it_is(kind: str) -> None:
    make, _, reason, verdict = KINDS[kind]
    found = attribute([make(ONE)], terms=LadderTerms(), now=NOON)
    assert (found.reason, found.candidates[0]["verdict"]) == (reason or "brand", verdict)


def test_by_first_touch_the_oldest_inside_the_window_earns() -> None:
    rows = [KINDS[name][0](UUID(int=n)) for n, name in enumerate(("touch today", "touch of last week", "touch too old"), start=1)]
    found = attribute(rows, terms=LadderTerms(model="first_touch"), now=NOON)
    assert (found.reason, found.guide_id) == ("first_touch", UUID(int=2))
    assert [told["verdict"] for told in found.candidates] == ["outside_window", "first_touch", "later"]


@pytest.mark.parametrize(("policy", "reason", "herself"), [("none", "store", False), ("allowed", "last_touch", True), ("discount", "last_touch", True)])
def test_an_own_order_follows_the_brands_policy(policy: str, reason: str, herself: bool) -> None:
    found = attribute([KINDS["touch of herself"][0](ONE)], terms=LadderTerms(self_purchase=policy), now=NOON)
    assert (found.reason, found.self_purchase) == (reason, herself)


def test_two_at_the_same_moment_have_an_order_of_their_own() -> None:
    rows = [KINDS["touch today"][0](UUID(int=n)) for n in (1, 2, 3)]
    assert {attribute(list(order), terms=LadderTerms(), now=NOON).guide_id for order in permutations(rows)} == {UUID(int=3)}


def test_of_very_many_touches_the_winner_is_always_told() -> None:
    bots = [KINDS["touch by a bot"][0](UUID(int=n)) for n in range(1, 100)]
    found = attribute([*bots, KINDS["touch of last week"][0](UUID(int=200))], terms=LadderTerms(), now=NOON)
    assert (found.guide_id, len(found.candidates), found.candidates[-1]["verdict"]) == (UUID(int=200), 51, "last_touch")
