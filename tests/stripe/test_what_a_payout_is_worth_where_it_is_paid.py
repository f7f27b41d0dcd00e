"""R2 over two currencies: floors for whoever is named, the remainder for the brand, never more than a charge settled as."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.provider.rules import Part, Room, conversions, spread, uncovered, worth

CHARGE = UUID(int=1)
R23 = {"guide": 4221, "referrer": 777, "platform": 389, "store": 1944, "brand": 31549}
"""388.80 in fen."""
SHARES = st.lists(st.integers(0, 10**7), min_size=1, max_size=6)


def room(owed: int, *, amount: int = 38880, settled: int = 6998, given: int = 0, given_settled: int = 0, left: int | None = None,
         left_settled: int | None = None, others: tuple[int, ...] | None = None, payment: UUID = CHARGE) -> Room:
    return Room(payment, amount, settled, owed, given, given_settled, amount if left is None else left, settled if left_settled is None else left_settled, others)


def test_the_order_of_r23_in_singapore_dollars() -> None:
    """388.80 settled as 69.98: 42.21 → 7.597 · 7.77 → 1.398 · 3.89 → 0.700 · 19.44 → 3.499 · the brand 69.98 − 7.59 − 1.39 − 0.70 − 3.49 = 56.81."""
    assert conversions(R23, amount_minor=38880, settled_minor=6998, brand="brand") == {
        "guide": 759, "referrer": 139, "platform": 70, "store": 349, "brand": 5681}


def test_after_a_refund_the_rest_is_still_whole() -> None:
    """A third refunded: 28.14 + 5.18 + 2.59 + 12.96 + 210.33 = 259.20 → 46.653; 5.06 + 0.93 + 0.46 + 2.33, and 46.65 − 8.78 = 37.87."""
    left = {"guide": 2814, "referrer": 518, "platform": 259, "store": 1296, "brand": 21033}
    assert conversions(left, amount_minor=38880, settled_minor=6998, brand="brand") == {
        "guide": 506, "referrer": 93, "platform": 46, "store": 233, "brand": 3787}


@given(shares=SHARES, settled=st.integers(1, 10**7), brand=st.integers(0, 10**7), unshared=st.integers(0, 10**6))
def test_together_exactly_what_the_sum_is_worth(shares: list[int], settled: int, brand: int, unshared: int) -> None:
    amount = sum(shares) + brand + unshared
    if amount == 0:
        return
    named = dict(enumerate(shares))
    found = conversions({**named, -1: brand}, amount_minor=amount, settled_minor=settled, brand=-1)
    assert sum(found.values()) == worth(sum(shares) + brand, amount_minor=amount, settled_minor=settled) <= settled
    assert all(found[party] == minor * settled // amount for party, minor in named.items()), "the remainder is always the brand's"
    assert 0 <= found[-1] - brand * settled // amount <= len(shares)
    backwards = dict(reversed([*named.items(), (-1, brand)]))
    assert conversions(backwards, amount_minor=amount, settled_minor=settled, brand=-1) == found


@given(cuts=st.lists(st.integers(1, 10**5), min_size=1, max_size=8), rest=st.integers(0, 10**6), settled=st.integers(10**6, 10**8))
def test_however_a_share_is_cut_it_comes_to_the_same(cuts: list[int], rest: int, settled: int) -> None:
    """Every payout so far is worth the floor of what was given so far: parts neither lose nor gain."""
    owed = sum(cuts)
    amount, given_minor, given_settled, crumb = owed + rest, 0, 0, 0
    for cut in cuts:
        parts, crumb = spread(crumb + cut, [room(owed, amount=amount, settled=settled, given=given_minor, given_settled=given_settled)])
        given_minor, given_settled = given_minor + sum(part.amount_minor for part in parts), given_settled + sum(part.settled_minor for part in parts)
    assert given_minor + crumb == owed and given_settled == given_minor * settled // amount and crumb * settled < amount


@given(shares=st.lists(st.integers(1, 10**6), min_size=1, max_size=5), brand=st.integers(1, 10**6), settled=st.integers(1, 10**6),
       order=st.randoms(use_true_random=False))
def test_whoever_is_paid_first_gets_the_same(shares: list[int], brand: int, settled: int, order: object) -> None:
    """Also the brand, whose remainder is known from the shares before anybody was paid."""
    amount, everyone = sum(shares) + brand, [*enumerate(shares), (-1, brand)]
    order.shuffle(everyone)  # type: ignore[attr-defined]
    left, left_settled, got = amount, settled, {}
    for party, owed in everyone:
        parts, _ = spread(owed, [room(owed, amount=amount, settled=settled, left=left, left_settled=left_settled,
                                      others=tuple(shares) if party == -1 else None)])
        got[party] = sum(part.settled_minor for part in parts)
        left, left_settled = left - sum(part.amount_minor for part in parts), left_settled - got[party]
        assert left >= 0 and left_settled >= 0
    assert got == conversions({**dict(enumerate(shares)), -1: brand}, amount_minor=amount, settled_minor=settled, brand=-1)


@given(net=st.integers(1, 10**6), owed=st.lists(st.integers(0, 10**5), max_size=8), settled=st.integers(1, 10**6))
def test_the_oldest_charge_gives_first(net: int, owed: list[int], settled: int) -> None:
    rooms = [room(minor, amount=10**6, settled=settled, payment=UUID(int=place)) for place, minor in enumerate(owed, 1)]
    parts, rest = spread(net, rooms)
    assert sum(part.amount_minor for part in parts) + rest == net
    assert [part.payment_id for part in parts] == sorted(part.payment_id for part in parts)
    assert all(first.amount_minor == rooms[first.payment_id.int - 1].open_minor for first, _ in pairwise(parts)), "a later one only once this one is used up"
    assert spread(net, rooms) == (parts, rest)


def test_rooms_by_hand() -> None:
    """50.00 of payouts: 42.21 of the first charge, 7.79 of the second; 100.00 leave 15.58 that no charge covers."""
    first, second = room(4221), room(4221, payment=UUID(int=2))
    assert spread(5000, [first, second]) == ([Part(CHARGE, 4221, 759), Part(UUID(int=2), 779, 140)], 0)
    assert spread(10000, [first, second]) == ([Part(CHARGE, 4221, 759), Part(UUID(int=2), 4221, 759)], 1558)
    assert uncovered(1558, amount_minor=38880, settled_minor=6998) == 280


def test_what_is_worth_less_than_a_cent_is_not_taken_from_a_charge() -> None:
    """0.05 is worth 0.009 dollars: the next charge, or nobody's, pays it."""
    assert spread(5, [room(5)]) == ([], 5)
    assert spread(20, [room(5), room(4221, payment=UUID(int=2))]) == ([Part(UUID(int=2), 20, 3)], 0)
    assert uncovered(5, amount_minor=38880, settled_minor=6998) == 1


def test_never_more_than_is_left_of_the_charge() -> None:
    """The platform's coupon pays what the charge did not bring in: the last one to come gets it from elsewhere."""
    assert room(4221, left=1000).open_minor == 1000
    assert spread(4221, [room(4221, left=1000)]) == ([Part(CHARGE, 1000, 179)], 3221)
    assert spread(4221, [room(4221, left_settled=700)])[0] == [Part(CHARGE, 4221, 700)]
    assert room(4221, given=5000).open_minor == 0, "what was taken back since leaves nothing open"


def test_the_brand_gets_what_the_floors_leave_with_its_last_fen() -> None:
    """315.49 of 388.80: 300.00 first are the floor 53.99, the last 15.49 bring it to 56.81."""
    others = (4221, 777, 389, 1944)
    assert spread(30000, [room(31549, others=others)])[0] == [Part(CHARGE, 30000, 5399)]
    assert spread(1549, [room(31549, given=30000, given_settled=5399, others=others)])[0] == [Part(CHARGE, 1549, 282)]
