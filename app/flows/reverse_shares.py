"""What every party of a line gives back when the shopper gets money back (R7, R11, R13, R14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.commission.holders import held_shares
from app.domain.commission.models import CommissionLine
from app.domain.ledger.actions import Entry
from app.domain.ledger.queries import house_payees, phase_balances
from app.domain.orders.models import Order, OrderLine
from app.domain.splits.rules import given_back, reversal
from app.flows.fulfil_share import ROLE as FULFILLING
from app.kernel.money import apportion

LIFE = ("estimated", "pending", "held")
Balances = Mapping[tuple[UUID | None, UUID, str], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Back:
    """A line and what goes back on it now: `pieces` of which `unsent` never left, and minor units."""

    line: OrderLine
    pieces: int
    unsent: int
    amount_minor: int


def reversing_entries(session: Session, *, order: Order, backs: Sequence[Back], shipping_minor: int) -> list[Entry]:
    """The entries of one refund; they sum to zero with what leaves the clearing account.

    Shares are reversed where they stand: what is pending or held shrinks, what was released or paid out becomes a negative
    entry that later payouts net (R14). Shipping alone touches no commission (R11).
    """
    house = house_payees(session, brand_id=order.brand_id)
    standing = phase_balances(session, brand_id=order.brand_id, order_id=order.id)
    holders = {share.id: share.payee_id for share in held_shares(session, brand_id=order.brand_id, line_ids=[back.line.id for back in backs])}
    entries = [entry for back in backs for entry in _Line(session, back, standing, house, holders).entries()]
    if shipping_minor:
        entries.append(Entry(house["brand"], "shipping", _phase(standing, None), -shipping_minor))
    entries.append(Entry(house["clearing"], "clearing", "received", sum(back.amount_minor for back in backs) + shipping_minor))
    return entries


class _Line:
    def __init__(self, session: Session, back: Back, standing: Balances, house: dict[str, UUID], holders: Mapping[UUID, UUID]) -> None:
        self.back, self.line, self.standing, self.house, self.holders = back, back.line, standing, house, holders
        self.phase = _phase(standing, self.line.id)
        shares = session.scalars(select(CommissionLine).where(CommissionLine.order_line_id == self.line.id).order_by(CommissionLine.id)).all()
        self.named = [share for share in shares if share.role != "brand"]
        self.brand = next(share for share in shares if share.role == "brand")

    def entries(self) -> list[Entry]:
        before = [self._before(share) for share in self.named]
        paid, refunded = self._progress()
        now_named, now_brand = reversal(
            [share.amount_minor for share in self.named], self.brand.amount_minor, base=self.line.base_minor, paid=paid, refunded=refunded,
            reversed_before=before, brand_before=self._before(self.brand))
        taken = [entry for share, amount in zip([*self.named, self.brand], [*now_named, now_brand], strict=True) for entry in self._take(share, amount)]
        return taken + self._give_back(sum(now_named) + now_brand - self.back.amount_minor)

    def _progress(self) -> tuple[int, int]:
        """(whole, so far) of the line's return: by money, or by pieces where coupons had paid for all of it."""
        if self.line.paid_minor:
            return self.line.paid_minor, self.line.refunded_minor + self.back.amount_minor
        return self.line.quantity, self.line.refunded_quantity + self.back.pieces

    def _holders(self, share: CommissionLine) -> dict[UUID, int]:
        """Payee → what stands there of this share. The fulfilling store's share may stand with several shippers, any other
        with whom a dispute gave it to."""
        holder = self.holders[share.id]
        moves_on = share.role == FULFILLING and share.payee_id == self.house["fulfilment"]
        found = {payee_id: sum(phases.values()) for (line_id, payee_id, role), phases in self.standing.items()
                 if line_id == self.line.id and role == share.role and (moves_on or payee_id == holder)}
        return found or {holder: 0}

    def _before(self, share: CommissionLine) -> int:
        """What this share has given back so far: what it was less what it is, over all phases and holders."""
        return share.amount_minor - sum(self._holders(share).values())

    def _take(self, share: CommissionLine, amount: int) -> list[Entry]:
        """From who holds the share, in proportion; pieces that never left first from what still waits for a shipper."""
        holders = self._holders(share)
        waiting = min(holders.get(self.house["fulfilment"], 0), amount) if self.back.unsent else 0
        if waiting:
            holders[self.house["fulfilment"]] -= waiting
        payees = sorted(holders, key=lambda payee_id: payee_id.int)
        parts = dict(zip(payees, apportion(amount - waiting, [holders[payee_id] for payee_id in payees]), strict=True))
        if waiting:
            parts[self.house["fulfilment"]] += waiting
        return [Entry(payee_id, share.role, self.phase, -part, self.line.id) for payee_id, part in parts.items()]

    def _give_back(self, surplus_minor: int) -> list[Entry]:
        """Who funded the coupons gets back what the shopper does not."""
        funders = [(self.house["platform"], "platform_subsidy", self.line.platform_discount_minor)]
        funders += [(self.holders[share.id], f"{share.role}_subsidy", share.funded_minor) for share in self.named if share.funded_minor]
        had = [gave + sum(self.standing.get((self.line.id, payee_id, role), {}).values()) for payee_id, role, gave in funders]
        backs = given_back(surplus_minor, [gave for *_, gave in funders], had)
        return [Entry(payee_id, role, self.phase, amount, self.line.id) for (payee_id, role, _), amount in zip(funders, backs, strict=True)]


def _phase(standing: Balances, line_id: UUID | None) -> str:
    """Where the shares of a line (None: shipping) stand before release; later they are taken from what is available (R14)."""
    phases = {phase for (line, _, _), balances in standing.items() if line == line_id for phase, amount in balances.items() if amount}
    return next((phase for phase in LIFE if phase in phases), "available")
