"""Where each party's share of one order stands: by phase of the ledger, and what of it a withdrawal or payout has taken (R12, R15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.fulfilment.models import Fulfilment
from app.domain.ledger.models import Payee
from app.domain.ledger.queries import PHASES, phase_balances
from app.domain.orders.queries import ROLE_ORDER
from app.domain.settlement.models import Withdrawal
from app.domain.settlement.queries import runs_of
from app.domain.settlement.whereabouts import lines_gone
from app.kernel.db import gather

HOUSE_ROLES = frozenset({"brand", "platform", "platform_subsidy", "shipping", "clearing"})
PLACES = (*PHASES, "netted", "taken_back")
"""The phases; what covered an older clawback; what was taken back after it had left, negative."""
Shares = dict[tuple[UUID, str], dict[tuple[str, UUID | None], int]]
"""(payee, role) → (place, payout) → minor units."""

CLAIMED = """
SELECT e.payee_id, replace(e.role, '_subsidy', ''),
  CASE WHEN sum(e.amount_minor) < 0 THEN 'taken_back' WHEN p.state = 'paid' THEN 'paid' ELSE 'in_payout' END, p.id, sum(e.amount_minor)::bigint
FROM ledger_entries e JOIN payout_entries x ON x.brand_id = e.brand_id AND x.entry_id = e.id JOIN payouts p ON p.brand_id = x.brand_id AND p.id = x.payout_id
WHERE e.brand_id = %(brand_id)s AND e.order_line_id = ANY(%(lines)s::uuid[]) AND e.payee_id = ANY(%(payees)s::uuid[]) AND e.phase = 'available'
GROUP BY 1, 2, p.id, p.state HAVING sum(e.amount_minor) <> 0"""


@dataclass(frozen=True, slots=True)
class Part:
    """Minor units at one place; the run that pays or paid them."""

    place: str
    amount_minor: int
    run_id: UUID | None = None
    run_number: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One party's share of an order; `parts` in the order money goes, empty where nothing is left of it."""

    payee: Payee
    role: str
    parts: Sequence[Part]

    @property
    def amount_minor(self) -> int:
        return sum(part.amount_minor for part in self.parts)


def standings(session: Session, *, brand_id: int, order_id: UUID) -> list[Standing]:
    """Of all parties but brand and platform; what a party gives for its coupon is taken off."""
    shares: Shares = {}
    lines: set[UUID] = set()
    for (line_id, payee_id, role), phases in phase_balances(session, brand_id=brand_id, order_id=order_id).items():
        if line_id and role not in HOUSE_ROLES:
            lines.add(line_id)
            places = shares.setdefault((payee_id, role.removesuffix("_subsidy")), {})
            for phase, amount in phases.items():
                _add(places, phase, None, amount)
    _take_what_left(session, brand_id, shares, lines)
    return _told(session, brand_id, shares)


def by_place(found: Iterable[Standing]) -> dict[str, int]:
    """Minor units of all of them, by place."""
    sums: dict[str, int] = {}
    for part in (part for one in found for part in one.parts):
        sums[part.place] = sums.get(part.place, 0) + part.amount_minor
    return sums


def _add(places: dict[tuple[str, UUID | None], int], place: str, payout_id: UUID | None, amount_minor: int) -> None:
    places[place, payout_id] = places.get((place, payout_id), 0) + amount_minor


def _take_what_left(session: Session, brand_id: int, shares: Shares, lines: set[UUID]) -> None:
    """Withdrawals and payouts move a payee's money as one sum, so in the ledger her lines stay available."""
    waiting = {payee_id for (payee_id, _), places in shares.items() if ("available", None) in places}
    for payee_id, role, place, payout_id, amount in _left(session, brand_id, waiting, lines):
        places = shares.setdefault((payee_id, role), {})
        _add(places, place, payout_id, amount)
        _add(places, "available", None, -amount)
    for places in shares.values():
        if places.get(("available", None), 0) < 0:
            _add(places, "taken_back", None, places.pop(("available", None)))


def _left(session: Session, brand_id: int, payee_ids: set[UUID], lines: set[UUID]) -> Iterator[tuple[UUID, str, str, UUID | None, int]]:
    """(payee, role, place, payout, minor units). A unit that never asked for a withdrawal is paid by runs alone, and those name the entries
    they claimed: its whole history, which may be a million lines, is not read for one order."""
    asked = select(Withdrawal.id).where(Withdrawal.brand_id == Payee.brand_id, Withdrawal.payee_id == Payee.id)
    one_by_one = set(session.scalars(select(Payee.id).where(Payee.id.in_(payee_ids), or_(Payee.party == "guide", asked.exists()))))
    for payee_id in one_by_one:
        for (line_id, role), parts in lines_gone(session, brand_id=brand_id, payee_id=payee_id).items():
            if line_id in lines:
                yield from ((payee_id, role, fate.name, fate.payout_id, amount) for fate, amount in parts.items())
    yield from gather(session, (CLAIMED, {"brand_id": brand_id, "lines": list(lines), "payees": list(payee_ids - one_by_one)}))[0]


def _told(session: Session, brand_id: int, shares: Shares) -> list[Standing]:
    payees = {one.id: one for one in session.scalars(select(Payee).where(Payee.id.in_({payee_id for payee_id, _ in shares})))}
    payouts = {payout_id for places in shares.values() for _, payout_id in places if payout_id}
    runs = runs_of(session, brand_id=brand_id, payout_ids=payouts)
    found = [Standing(payees[payee_id], role, _parts(places, runs)) for (payee_id, role), places in shares.items()]
    return sorted(found, key=lambda one: (ROLE_ORDER.index(one.role), one.payee.name, one.payee.id))


def _parts(places: Mapping[tuple[str, UUID | None], int], runs: Mapping[UUID, tuple[UUID, int]]) -> list[Part]:
    parts = [Part(place, amount, *(runs[payout_id] if payout_id else ())) for (place, payout_id), amount in places.items() if amount]
    return sorted(parts, key=lambda part: (PLACES.index(part.place), part.run_number or 0))


def parcels(session: Session, *, brand_id: int, order_id: UUID) -> list[Fulfilment]:
    """The parcels of an order in the order they were sent."""
    return list(session.scalars(select(Fulfilment).where(Fulfilment.brand_id == brand_id, Fulfilment.order_id == order_id)
                                .order_by(Fulfilment.shipped_at, Fulfilment.id)))
