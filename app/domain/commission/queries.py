"""Rules in their one visible order, and what a guide earns line by line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.domain.catalog.models import Product, Variant
from app.domain.promotions.models import Activity, ActivityPrice
from app.kernel.db import dump_json, gather
from app.kernel.errors import NotFound
from app.kernel.paging import PAGE_SIZE, Page

from .models import CommissionRule
from .rules import SEPARATOR, Reach, Rule, order_key

RULE_FIELDS = ("id", "number", "version", "effective_from", "effective_to", "rate_bp", "amount_minor", "referrer_bp", "variant_id",
               "product_id", "category", "guide_id", "guide_level", "store_id", "dealer_id", "activity_id", "min_minor", "max_minor")


def as_rule(row: CommissionRule) -> Rule:
    return Rule(**{field: getattr(row, field) for field in RULE_FIELDS})


def current_rules(session: Session, *, brand_id: int, now: datetime) -> list[CommissionRule]:
    """Rules in force or still to come, in the order of the ladder (R3)."""
    statement = select(CommissionRule).where(or_(CommissionRule.effective_to.is_(None), CommissionRule.effective_to > now))
    return by_the_ladder(session.scalars(statement))


def ended_rules(session: Session, *, brand_id: int, now: datetime) -> list[CommissionRule]:
    """The last version of rules that apply to no new order any more, in the order of the ladder; replaced versions are history."""
    statement = select(CommissionRule).where(CommissionRule.effective_to <= now, CommissionRule.superseded_at.is_(None))
    return by_the_ladder(session.scalars(statement))


def by_the_ladder(rows: Iterable[CommissionRule]) -> list[CommissionRule]:
    return sorted(rows, key=lambda row: order_key(as_rule(row)))


def rule_versions(session: Session, *, brand_id: int, number: int) -> list[CommissionRule]:
    """Every version of a rule, newest first."""
    return list(session.scalars(select(CommissionRule).where(CommissionRule.number == number).order_by(CommissionRule.version.desc())))


def rule_by_id(session: Session, *, brand_id: int, rule_id: UUID) -> CommissionRule:
    rule = session.scalar(select(CommissionRule).where(CommissionRule.id == rule_id))
    if rule is None:
        raise NotFound("commission_rule", rule_id)
    return rule


def reach_of(session: Session, *, brand_id: int, rule: CommissionRule) -> Reach:
    """What one rule can decide; a rule that asks for no product has all there will ever be."""
    activity = session.scalar(select(Activity).where(Activity.id == rule.activity_id)) if rule.activity_id else None
    period = (activity.starts_at, activity.ends_at) if activity else (None, None)
    if not (rule.variant_id or rule.product_id or rule.category or rule.activity_id):
        return Reach(1, 1)
    statement = select(func.count(), func.count().filter(Variant.commissionable)).select_from(Variant).join(
        Product, (Product.id == Variant.product_id) & (Product.brand_id == Variant.brand_id)).where(Variant.tombstoned_at.is_(None))
    if rule.variant_id:
        statement = statement.where(Variant.id == rule.variant_id)
    if rule.product_id:
        statement = statement.where(Variant.product_id == rule.product_id)
    if rule.category:
        statement = statement.where(or_(Product.category == rule.category, Product.category.startswith(rule.category + SEPARATOR, autoescape=True)))
    if rule.activity_id:
        statement = statement.where(Variant.id.in_(select(ActivityPrice.variant_id).where(ActivityPrice.activity_id == rule.activity_id)))
    total, commissionable = session.execute(statement).one()
    return Reach(int(total), int(commissionable), *period)


@dataclass(frozen=True, slots=True)
class EarningLine:
    """One commission line of a payee: frozen facts, where its money stands, what was taken back and why.

    `funded_minor` is what the payee gives of it for a coupon of her own (R7); what stands and what was taken back is less that.
    `phases` maps phase → minor units; `state` is the phase that holds the rest, or 'void' / 'reversed' when none does.
    """

    order_line_id: UUID
    order_id: UUID
    order_number: str
    order_state: str
    role: str
    title: str
    options: dict[str, Any]
    product_id: UUID
    quantity: int
    list_price_minor: int
    activity: str | None
    base_minor: int
    gross_minor: int
    brand_discount_minor: int
    platform_discount_minor: int
    paid_minor: int
    refunded_minor: int
    rate_bp: int | None
    amount_minor: int
    funded_minor: int
    trace: dict[str, Any]
    placed_at: datetime
    paid_at: datetime | None
    received_at: datetime | None
    hold_until: datetime | None
    contact: dict[str, Any]
    attribution: dict[str, Any]
    phases: dict[str, int]
    reversals: Sequence[dict[str, Any]]
    state: str

    @property
    def remaining_minor(self) -> int:
        return sum(self.phases.values())

    @property
    def reversed_minor(self) -> int:
        return self.amount_minor - self.funded_minor - self.remaining_minor


EARNINGS = """
WITH standing AS (
  SELECT e.order_line_id, e.role, jsonb_object_agg(e.phase, e.amount) FILTER (WHERE e.amount <> 0) AS phases,
         max(e.phase) FILTER (WHERE e.amount <> 0) AS state
  FROM (SELECT order_line_id, replace(role, '_subsidy', '') AS role, phase, sum(amount_minor)::bigint AS amount FROM ledger_entries
        WHERE brand_id = %(brand_id)s AND payee_id = %(payee_id)s AND order_line_id IS NOT NULL GROUP BY 1, 2, 3) e
  GROUP BY 1, 2
), gone AS (
  SELECT * FROM jsonb_to_recordset(%(gone)s::jsonb) AS g(order_line_id uuid, role text, amount bigint, state text)
), lines AS (
  SELECT c.id, c.order_line_id, c.role, o.placed_at, coalesce(s.phases, '{}') AS phases,
         CASE WHEN s.state IS NULL THEN CASE WHEN o.state = 'cancelled' THEN 'void' WHEN c.amount_minor = 0 THEN 'nothing' ELSE 'reversed' END
              WHEN s.state = 'available' AND g.amount >= (s.phases ->> 'available')::bigint THEN g.state ELSE s.state END AS state
  FROM (SELECT * FROM commission_lines WHERE brand_id = %(brand_id)s AND payee_id = %(payee_id)s
        UNION SELECT k.* FROM share_moves m JOIN commission_lines k ON k.brand_id = m.brand_id AND k.id = m.commission_line_id
        WHERE m.brand_id = %(brand_id)s AND m.payee_id = %(payee_id)s) c
  JOIN order_lines l ON l.brand_id = c.brand_id AND l.id = c.order_line_id
  JOIN orders o ON o.brand_id = l.brand_id AND o.id = l.order_id
  LEFT JOIN standing s ON s.order_line_id = l.id AND s.role = c.role
  LEFT JOIN gone g ON g.order_line_id = l.id AND g.role = c.role
), picked AS (
  SELECT *, count(*) OVER () AS total FROM lines WHERE state = ANY(%(states)s) ORDER BY placed_at DESC, id LIMIT %(size)s OFFSET %(offset)s
)
SELECT l.id, o.id, o.number, o.state, c.role, l.title, l.options, l.product_id, l.quantity, l.list_price_minor,
  (SELECT a.name FROM activities a WHERE a.brand_id = l.brand_id AND a.id = l.activity_id), l.base_minor, l.gross_minor,
  l.brand_discount_minor, l.platform_discount_minor, l.paid_minor, l.refunded_minor, c.rate_bp, c.amount_minor, c.funded_minor, c.trace,
  o.placed_at, o.paid_at, l.received_at, l.hold_until, o.contact,
  coalesce((SELECT jsonb_build_object('reason', d.reason, 'candidates', d.candidates) FROM attribution_decisions d
   WHERE d.brand_id = l.brand_id AND d.order_line_id = l.id ORDER BY d.version DESC LIMIT 1), '{}'),
  i.phases,
  coalesce((SELECT jsonb_agg(jsonb_build_object('at', e.posted_at, 'amount_minor', e.amount_minor, 'returned_minor',
              (SELECT coalesce(sum(x.amount_minor), 0)::bigint FROM ledger_entries x WHERE x.brand_id = e.brand_id AND x.transaction_id = t.id
               AND x.order_line_id = l.id AND x.payee_id = %(payee_id)s AND x.role = c.role || '_subsidy'), 'reason', t.note ->> 'reason',
              'refund_minor', (SELECT rl.amount_minor FROM refund_lines rl WHERE rl.brand_id = e.brand_id
                               AND rl.refund_id = (t.note ->> 'refund_id')::uuid AND rl.order_line_id = l.id)) ORDER BY e.posted_at)
     FROM ledger_entries e JOIN ledger_transactions t ON t.brand_id = e.brand_id AND t.id = e.transaction_id
     WHERE e.brand_id = l.brand_id AND e.order_line_id = l.id AND e.payee_id = %(payee_id)s AND e.role = c.role
       AND e.kind IN ('reversed', 'chargeback')), '[]'),
  i.state, i.total
FROM picked i JOIN commission_lines c ON c.brand_id = %(brand_id)s AND c.id = i.id
JOIN order_lines l ON l.brand_id = c.brand_id AND l.id = c.order_line_id JOIN orders o ON o.brand_id = l.brand_id AND o.id = l.order_id
ORDER BY i.placed_at DESC, i.id"""
"""What a line is told with is read for one page of them only."""


LEFT = ("requested", "in_payout", "paid")
"""Where money goes that was available, in this order; what an older clawback was netted from has been paid before."""


def earning_lines(session: Session, *, brand_id: int, payee_id: UUID, states: Sequence[str], gone: Mapping[tuple[UUID, str], Mapping[str, int]],
                  number: int = 1) -> Page:
    """A payee's lines of these states, newest first. `gone` says what of a line has left the available balance, by where it went: a
    line of which nothing is left there is where the last of it still is."""
    number = max(number, 1)
    left = [{"order_line_id": line_id, "role": role, "amount": sum(parts.values()), "state": next((state for state in LEFT if parts.get(state)), "paid")}
            for (line_id, role), parts in gone.items()]
    rows = gather(session, (EARNINGS, {"brand_id": brand_id, "payee_id": payee_id, "states": list(states), "gone": dump_json(left), "size": PAGE_SIZE,
                                       "offset": (number - 1) * PAGE_SIZE}))[0]
    return Page([EarningLine(*row[:-1]) for row in rows], rows[0][-1] if rows else 0, number)
