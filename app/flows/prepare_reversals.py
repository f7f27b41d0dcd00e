"""What a booked refund takes back of transfers, written down before anybody is asked for it (R13, R14, R18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.orders.models import Refund
from app.domain.provider.models import Transfer, TransferReversal
from app.domain.provider.taking_back import Sent, taken_back
from app.domain.settlement.models import Payout
from app.kernel.db import gather
from app.kernel.ids import new_id
from app.kernel.money import half_up

UNDECIDED = ("due", "sending")
DEBITED = """
SELECT d.payee_id, d.due, coalesce((
    SELECT sum(e.amount_minor) FROM order_lines l JOIN ledger_entries e ON e.brand_id = l.brand_id AND e.order_line_id = l.id
    WHERE l.brand_id = %(brand_id)s AND l.order_id = %(order_id)s AND e.payee_id = d.payee_id AND e.phase = 'available'
      AND e.transaction_id <> d.transaction_id), 0)::bigint
  - coalesce((SELECT c.fee_order_minor FROM charges c JOIN payees y ON y.brand_id = c.brand_id AND y.id = d.payee_id AND y.party = c.fee_party
    WHERE c.brand_id = %(brand_id)s AND c.payment_id = %(payment_id)s), 0)
FROM (SELECT t.id AS transaction_id, e.payee_id, -sum(e.amount_minor)::bigint AS due FROM ledger_transactions t
  JOIN ledger_entries e ON e.brand_id = t.brand_id AND e.transaction_id = t.id AND e.phase = 'available'
  WHERE t.brand_id = %(brand_id)s AND t.cause = %(cause)s GROUP BY 1, 2 HAVING sum(e.amount_minor) < 0) d ORDER BY 1"""
"""Whose available money the refund took, how much, and what the order had released for her without it, less a fee she bears."""


def prepare_reversals(session: Session, *, refund: Refund, now: datetime) -> None:
    """A row for each sent transfer of the payment to a payee whose available money the refund took, oldest first, up to what is left
    of it. What of the order still waits for her covers it first (R13). The order is locked by who calls; again it adds nothing."""
    names = {"brand_id": refund.brand_id, "cause": f"refund:{refund.id}", "order_id": refund.order_id, "payment_id": refund.payment_id}
    known = set(session.scalars(select(TransferReversal.transfer_id).where(TransferReversal.refund_id == refund.id)))
    for payee_id, due_minor, released_minor in gather(session, (DEBITED, names))[0]:
        given = _given(session, refund.payment_id, payee_id)
        if not known.isdisjoint(one.id for one in given):
            continue
        back = _back(session, given)
        waiting = released_minor - sum(_gross(session, one, one.amount_minor - back[one.id][0]) for one in given)
        sent = [one for one in given if one.state == "sent"]
        takes = taken_back(due_minor - min(max(waiting, 0), due_minor), [Sent(one.amount_minor, one.settled_minor, *back[one.id]) for one in sent])
        session.add_all(_rows(refund, sent, takes, now))
    session.flush()


def _given(session: Session, payment_id: UUID, payee_id: UUID) -> Sequence[Transfer]:
    """What she was sent of the payment, or will be: oldest first, locked."""
    return session.scalars(
        select(Transfer).where(Transfer.payment_id == payment_id, Transfer.payee_id == payee_id, Transfer.state != "refused")
        .order_by(Transfer.created_at, Transfer.id).with_for_update().execution_options(populate_existing=True)).all()


def _back(session: Session, given: Sequence[Transfer]) -> dict[UUID, tuple[int, int]]:
    """By transfer, in both currencies: what came back, and what other refunds are about to take."""
    rows = session.execute(
        select(TransferReversal.transfer_id, func.sum(TransferReversal.amount_minor), func.sum(TransferReversal.settled_minor))
        .where(TransferReversal.transfer_id.in_([one.id for one in given]), TransferReversal.state.in_(UNDECIDED)).group_by(TransferReversal.transfer_id))
    planned = {transfer_id: (int(amount), int(settled)) for transfer_id, amount, settled in rows}
    none = (0, 0)
    return {one.id: (one.reversed_minor + planned.get(one.id, none)[0], one.reversed_settled_minor + planned.get(one.id, none)[1]) for one in given}


def _gross(session: Session, transfer: Transfer, net_minor: int) -> int:
    """With the tax that was withheld from the payout: that was hers too."""
    payout = session.scalars(select(Payout).where(Payout.id == transfer.payout_id)).one()
    return half_up(net_minor * payout.amount_minor, payout.amount_minor - payout.tax_withheld_minor)


def _rows(refund: Refund, sent: Sequence[Transfer], takes: Sequence[tuple[int, int]], now: datetime) -> list[TransferReversal]:
    """What is nothing in the provider's currency cannot be taken: it stays owed."""
    return [TransferReversal(brand_id=refund.brand_id, id=new_id(), transfer_id=one.id, refund_id=refund.id, amount_minor=amount, settled_minor=settled,
                             attempt=1, state="due", created_at=now)
            for one, (amount, settled) in zip(sent, takes, strict=True) if amount and settled]
