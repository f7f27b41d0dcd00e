"""Lines that were sold, divided again by all terms of one moment: the division of `flows.share_line`, for many at once (R2, R4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.commission.ladder import Ladder
from app.domain.commission.queries import as_rule, current_rules
from app.domain.commission.rules import Resolved, in_force
from app.domain.orders.baskets import Allocation
from app.domain.orders.facts import PlanShare, Seller, Unit, read_house
from app.domain.orders.past import Given, PastSale, read_places, read_sellers
from app.domain.orgs.models import OrgUnit
from app.domain.splits.models import SplitPlan
from app.domain.splits.queries import current_plans, plan_for
from app.flows.share_line import Sold, Terms, allocate

OWN = ("brand", "platform")
"""Roles that are not shared out to people and units."""


class People:
    """Who sold and where, as an order would freeze them now."""

    def __init__(self, session: Session, brand_id: int, guides: Iterable[UUID]) -> None:
        self.sellers: Mapping[UUID, Seller] = read_sellers(session, brand_id=brand_id, guides=list(guides))
        self.places: Mapping[UUID, list[Unit]] = read_places(session, brand_id=brand_id)

    def names(self) -> dict[UUID, str]:
        """Of stores, sellers and their referrers."""
        referrers = {seller.referrer_id: seller.referrer_name or "" for seller in self.sellers.values() if seller.referrer_id}
        return {store_id: units[0].name for store_id, units in self.places.items()} | referrers | {
            seller.guide_id: seller.name for seller in self.sellers.values()}


class Book:
    """All terms of one moment, as plain values: the rows they were read from may be taken back."""

    def __init__(self, session: Session, brand_id: int, at: datetime) -> None:
        self.at, self.house = at, read_house(session, brand_id=brand_id, now=at)
        rules = (as_rule(row) for row in current_rules(session, brand_id=brand_id, now=at))
        self.ladder = Ladder(rule for rule in rules if in_force(rule, at))
        plans = current_plans(session, brand_id=brand_id, now=at)
        stores = session.scalars(select(OrgUnit).where(OrgUnit.brand_id == brand_id, OrgUnit.kind == "store"))
        self.shares = {store.id if store else None: _plan_shares(plan_for(store, plans, at)) for store in (None, *stores)}

    def terms(self, sale: PastSale, people: People) -> ManyTerms:
        """What holds for one seller's sales in one store and channel."""
        seller = people.sellers.get(sale.guide_id) if sale.guide_id else None
        units = people.places.get(sale.store_id, []) if sale.store_id else []
        return ManyTerms(self.house, seller, units, (), self.shares.get(sale.store_id, ()), sale.channel, self.at, self.ladder)


@dataclass(frozen=True)
class ManyTerms(Terms):
    """Terms of many lines: the ladder is indexed once, and what it said of a thing is kept."""

    ladder: Ladder
    said: dict[tuple[UUID, UUID | None], Resolved] = field(default_factory=dict)

    def resolve(self, sold: Sold) -> Resolved:
        key = (sold.variant_id, sold.activity_id)
        if key not in self.said:
            self.said[key] = self.ladder.resolve(self.sale(sold))
        return self.said[key]


class BothBooks:
    """Every sale divided by two books; the second division is spared where the books say the same of it."""

    def __init__(self, anyway: Book, draft: Book, people: People) -> None:
        self._books, self._people = (anyway, draft), people
        self._same_rules = anyway.ladder.rules == draft.ladder.rules
        self._terms: dict[tuple[UUID | None, UUID | None, str], tuple[ManyTerms, ManyTerms]] = {}

    def divide(self, sale: PastSale) -> tuple[list[Allocation], list[Allocation]]:
        """(without the draft, with it)."""
        key = (sale.guide_id, sale.store_id, sale.channel)
        if key not in self._terms:
            anyway, draft = (book.terms(sale, self._people) for book in self._books)
            self._terms[key] = anyway, draft
        one, other = self._terms[key]
        shares = allocate(sale, sale.quantity, sale.base_minor, one)
        return shares, shares if self._same(one, other, sale) else allocate(sale, sale.quantity, sale.base_minor, other)

    def _same(self, one: ManyTerms, other: ManyTerms, sale: PastSale) -> bool:
        return (one.plan == other.plan and one.house == other.house
                and (self._same_rules or one.seller is None or one.resolve(sale) == other.resolve(sale)))


def _plan_shares(plan: SplitPlan | None) -> tuple[PlanShare, ...]:
    return tuple(PlanShare(plan.id, plan.number, share.role, share.rate_bp, share.min_minor, share.max_minor, share.payee_id, None)
                 for share in plan.shares) if plan else ()


@dataclass(slots=True)
class Sums:
    """Minor units by role, by guide (her own commission), and by the order's store (all that goes to people and units)."""

    roles: Counter[str] = field(default_factory=Counter)
    guides: Counter[UUID] = field(default_factory=Counter)
    stores: Counter[UUID] = field(default_factory=Counter)

    def add(self, one: Given) -> None:
        self.roles[one.role] += one.amount_minor
        if one.guide_id:
            self.guides[one.guide_id] += one.amount_minor
        if one.store_id and one.role not in OWN:
            self.stores[one.store_id] += one.amount_minor

    def add_shares(self, shares: Iterable[Allocation], sale: PastSale) -> None:
        for share in shares:
            self.add(Given(share.role, share.guide_id, sale.store_id, share.amount_minor * sale.times))
