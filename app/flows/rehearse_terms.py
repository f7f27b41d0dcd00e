"""What past orders would have paid under terms that are not saved yet (R4, R22).

Every line that was paid for in a period is divided again from the facts frozen on it: base, quantity, seller, store, channel,
activity. Once by the terms that hold anyway, once by the draft, which lives in a savepoint only. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.domain.brands.rules import GUIDE_LINK, STOREFRONT
from app.domain.commission.models import CommissionRule
from app.domain.insights.rate_samples import SampleGood, sample_goods, sample_seller
from app.domain.orders.baskets import Allocation
from app.domain.orders.past import PastSale, Period, past_given, past_period, past_sales
from app.domain.splits.models import SplitPlan
from app.flows.divide_again import Book, BothBooks, People, Sums
from app.flows.guard_margin import Overrun, overruns, standing_overruns, worse
from app.kernel.clock import day_start, local_day

PERIODS = ("month", "7", "30", "90")
"""The last calendar month, or so many days up to now."""
MOST_OVERRUNS, MOST_MOVERS = 100, 8
SCOPE = ("activity_id", "variant_id", "product_id", "category", "guide_id", "guide_level", "store_id", "dealer_id")
Change = Callable[[], CommissionRule | SplitPlan]


@dataclass(frozen=True, slots=True)
class Tally:
    """Minor units: frozen then, under the terms that hold anyway, under the draft."""

    then_minor: int
    now_minor: int
    draft_minor: int

    @property
    def moved_minor(self) -> int:
        """What the draft alone does; what other terms did since stands between `then` and `now`."""
        return self.draft_minor - self.now_minor


@dataclass(frozen=True, slots=True)
class Mover:
    """A guide's own commission, or what a store's orders give to people and units."""

    id: UUID
    name: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Sample:
    """One thing sold once, when there is no past to go by: role → minor units."""

    good: SampleGood
    seller: str
    now: Mapping[str, int]
    draft: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`changed`: lines the draft divides otherwise; `cut`: lines where it asks for more than the brand's margin and cap leave.

    `overruns` is why the draft cannot be saved; the first hundred.
    """

    period: Period
    overruns: list[Overrun]
    roles: Mapping[str, Tally]
    stores: list[Mover]
    guides: list[Mover]
    changed: int
    cut: int
    samples: list[Sample]

    @property
    def drift_minor(self) -> int:
        """What terms that were changed since then give more to all but the brand, draft or no draft."""
        return sum(tally.now_minor - tally.then_minor for role, tally in self.roles.items() if role != "brand")


def period_of(name: str, *, now: datetime, timezone: str) -> tuple[datetime, datetime]:
    """[since, until) of one of PERIODS, in the brand's time zone."""
    if name == "month":
        first = local_day(now, timezone).replace(day=1)
        return day_start((first - timedelta(days=1)).replace(day=1), timezone), day_start(first, timezone)
    return now - timedelta(days=int(name)), now


def rehearse_terms(session: Session, *, brand_id: int, change: Change, since: datetime, until: datetime, at: datetime | None = None,
                   now: datetime) -> Rehearsal:
    """What `change` (it saves the draft and returns it) would do to orders placed in [since, until); `at` is when the draft begins.

    Refusals of the change pass through; what it wrote is gone either way.
    """
    moment = max(at or now, now)
    anyway, standing = Book(session, brand_id, moment), standing_overruns(session, brand_id=brand_id, now=now)
    with session.begin_nested() as savepoint:
        try:
            scope = _scope(change())
            draft = Book(session, brand_id, moment)
            over = list(islice(worse(overruns(session, brand_id=brand_id, now=now), standing), MOST_OVERRUNS))
        finally:
            savepoint.rollback()
    return _rehearsal(session, brand_id, past_period(session, brand_id=brand_id, since=since, until=until), anyway, draft, scope, over)


def _scope(row: CommissionRule | SplitPlan) -> Mapping[str, Any]:
    return {"unit_id": row.org_unit_id} if isinstance(row, SplitPlan) else {name: getattr(row, name) for name in SCOPE}


def _rehearsal(session: Session, brand_id: int, period: Period, anyway: Book, draft: Book, scope: Mapping[str, Any], over: list[Overrun]) -> Rehearsal:
    given = past_given(session, brand_id=brand_id, period=period)
    people = People(session, brand_id, {one.guide_id for one in given if one.guide_id})
    then, by_now, by_draft, changed, cut = Sums(), Sums(), Sums(), 0, 0
    for one in given:
        then.add(one)
    both = BothBooks(anyway, draft, people)
    for sale in past_sales(session, brand_id=brand_id, period=period):
        now_shares, draft_shares = both.divide(sale)
        by_now.add_shares(now_shares, sale)
        by_draft.add_shares(draft_shares, sale)
        changed += sale.times * (now_shares is not draft_shares and _amounts(now_shares) != _amounts(draft_shares))
        cut += sale.times * any("cut_from_minor" in share.trace for share in draft_shares)
    names = people.names()
    return Rehearsal(
        period, over, _tallies(then.roles, by_now.roles, by_draft.roles), _movers(_tallies(then.stores, by_now.stores, by_draft.stores), names),
        _movers(_tallies(then.guides, by_now.guides, by_draft.guides), names), changed, cut,
        [] if period.lines else _samples(session, brand_id, scope, anyway, draft))


def _amounts(shares: list[Allocation]) -> list[tuple[str, UUID, int]]:
    return [(share.role, share.payee_id, share.amount_minor) for share in shares]


def _tallies(then: Mapping[Any, int], by_now: Mapping[Any, int], by_draft: Mapping[Any, int]) -> dict[Any, Tally]:
    return {key: Tally(then.get(key, 0), by_now.get(key, 0), by_draft.get(key, 0)) for key in {**then, **by_now, **by_draft}}


def _movers(tallies: Mapping[UUID, Tally], names: Mapping[UUID, str]) -> list[Mover]:
    """Whom it moves most, either way."""
    moved = sorted(tallies.items(), key=lambda pair: (-abs(pair[1].moved_minor), names.get(pair[0], ""), pair[0]))
    return [Mover(key, names.get(key, ""), tally) for key, tally in moved[:MOST_MOVERS] if tally.moved_minor]


def _samples(session: Session, brand_id: int, scope: Mapping[str, Any], anyway: Book, draft: Book) -> list[Sample]:
    """The cheapest, the typical and the dearest thing the draft covers, sold once each by somebody it covers."""
    guide_id, store_id = sample_seller(session, brand_id=brand_id, scope=scope) or (None, None)
    people = People(session, brand_id, [guide_id] if guide_id else [])
    seller = people.sellers[guide_id].name if guide_id else ""
    both, samples = BothBooks(anyway, draft, people), []
    for good in sample_goods(session, brand_id=brand_id, scope=scope):
        sale = PastSale(GUIDE_LINK if guide_id else STOREFRONT, guide_id, store_id, good.variant_id, good.product_id, good.category, good.commissionable,
                        good.activity_id, 1, good.price_minor, 1)
        now, then = ({share.role: share.amount_minor for share in shares} for shares in both.divide(sale))
        samples.append(Sample(good, seller, now, then))
    return samples
