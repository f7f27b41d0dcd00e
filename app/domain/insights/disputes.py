"""What open cases and chargebacks of an order may cost one payee: told before it happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.aftersales.models import AfterSale, Chargeback
from app.domain.aftersales.queries import chargebacks_of, open_cases
from app.domain.aftersales.rules import OPEN, at_risk, worth
from app.domain.commission.holders import held_shares
from app.domain.commission.models import CommissionLine
from app.domain.ledger.queries import phase_balances
from app.domain.orders.models import Order, OrderLine
from app.domain.orders.queries import lines_of
from app.kernel.db import gather
from app.kernel.money import apportion

FROZEN = """
SELECT count(*), coalesce(sum(w.amount), 0)::bigint FROM (
SELECT sum(e.amount_minor) AS amount
FROM ledger_entries e JOIN order_lines l ON l.brand_id = e.brand_id AND l.id = e.order_line_id
WHERE e.brand_id = %(brand_id)s AND e.payee_id = %(payee_id)s AND e.phase IN ('pending', 'held') AND (
  EXISTS (SELECT FROM after_sale_lines a WHERE a.brand_id = l.brand_id AND a.order_line_id = l.id AND a.open)
  OR EXISTS (SELECT FROM chargebacks c WHERE c.brand_id = l.brand_id AND c.order_id = l.order_id AND c.state = 'open')
  OR EXISTS (SELECT FROM sale_holds h WHERE h.brand_id = l.brand_id AND h.order_id = l.order_id AND h.state IN ('open', 'appealed')))
GROUP BY l.id HAVING sum(e.amount_minor) <> 0) w"""


@dataclass(frozen=True, slots=True)
class Dispute:
    """An open case, or a chargeback (`kind` 'chargeback'). `cost_minor` is what the payee would give back if it is granted whole."""

    kind: str
    number: str
    state: str
    cost_minor: int


def disputes(session: Session, *, brand_id: int, order: Order, payee_id: UUID) -> list[Dispute]:
    """Each by itself; an exchange or shipping alone costs nobody anything."""
    lines = {line.id: line for line in lines_of(session, brand_id=brand_id, order_id=order.id)}
    shares = _shares(session, brand_id, order.id, lines, payee_id)
    cases = open_cases(session, brand_id=brand_id, order_id=order.id)
    charged = [row for row in chargebacks_of(session, brand_id=brand_id, order_id=order.id) if row.state == "open"]
    return [Dispute(case.kind, case.number, case.state, _of_case(case, lines, shares)) for case in cases] + [
        Dispute("chargeback", row.provider_ref, row.state, _of_chargeback(row, order, lines, shares)) for row in charged]


Shares = Mapping[UUID, Sequence[tuple[int, int]]]
"""Line → (share, what is left of it) of each role the payee has in it."""


def _shares(session: Session, brand_id: int, order_id: UUID, lines: Mapping[UUID, OrderLine], payee_id: UUID) -> Shares:
    standing = phase_balances(session, brand_id=brand_id, order_id=order_id)
    found: dict[UUID, list[tuple[int, int]]] = {line_id: [] for line_id in lines}
    hers = {share.id for share in held_shares(session, brand_id=brand_id, line_ids=list(lines)) if share.payee_id == payee_id}
    for share in session.scalars(select(CommissionLine).where(CommissionLine.brand_id == brand_id, CommissionLine.id.in_(hers))):
        left = sum(standing.get((share.order_line_id, payee_id, share.role), {}).values())
        found[share.order_line_id].append((share.amount_minor, left))
    return found


def _cost(line: OrderLine, shares: Shares, amount_minor: int, pieces: int) -> int:
    return sum(at_risk(share, left, line, amount_minor=amount_minor, pieces=pieces) for share, left in shares[line.id])


def _of_case(case: AfterSale, lines: Mapping[UUID, OrderLine], shares: Shares) -> int:
    if case.kind == "exchange":
        return 0
    return sum(_cost(lines[part.order_line_id], shares, worth(lines[part.order_line_id], part.quantity, part.amount_minor), part.quantity)
               for part in case.lines)


def _of_chargeback(row: Chargeback, order: Order, lines: Mapping[UUID, OrderLine], shares: Shares) -> int:
    left = [*(line.paid_minor - line.refunded_minor for line in lines.values()), order.shipping_minor - order.shipping_refunded_minor]
    return sum(_cost(line, shares, part, 0) for line, part in zip(lines.values(), apportion(row.amount_minor, left), strict=False))


def frozen_money(session: Session, *, brand_id: int, payee_id: UUID) -> tuple[int, int]:
    """(lines, minor units) of a payee that wait for an after-sale, a chargeback or a hold now (R12)."""
    lines, amount = gather(session, (FROZEN, {"brand_id": brand_id, "payee_id": payee_id}))[0][0]
    return int(lines), int(amount)


def disputed_orders(session: Session, *, brand_id: int, order_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these orders have an open case or chargeback."""
    cases = select(AfterSale.order_id).where(AfterSale.order_id.in_(order_ids), AfterSale.state.in_(OPEN))
    charged = select(Chargeback.order_id).where(Chargeback.order_id.in_(order_ids), Chargeback.state == "open")
    return set(session.scalars(cases)) | set(session.scalars(charged))
