from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.ledger.models import Payee
from app.kernel.db import Base, BrandOwned, Minor, Moment, belongs_to, points_to


class SettlementRun(BrandOwned, Base):
    """Everything held whose hold period ended at `as_of` became available."""

    __tablename__ = "settlement_runs"
    __audited__ = True
    __table_args__ = (UniqueConstraint("brand_id", "number"), points_to("transaction_id", "ledger_transactions"))

    number: Mapped[int]
    as_of: Mapped[Moment]
    ran_at: Mapped[Moment]
    transaction_id: Mapped[UUID | None]
    line_count: Mapped[int] = mapped_column(server_default="0")
    released_minor: Mapped[Minor] = mapped_column(server_default="0")
    run_by: Mapped[str] = mapped_column(String(80), server_default="")


class PayoutRun(BrandOwned, Base):
    """`drafted_by_id` and `approved_by_id` name principals ('account:…', 'token:…', 'cli:…') and must differ (R15).

    `scope` is what it claims: all that is available, or only what was asked for by withdrawals. `scheduled_for` is the
    brand-local day whose schedule drafted it. A run is reconciled when the bank's answer for each of its payouts is known.
    """

    __tablename__ = "payout_runs"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("brand_id", "number"),
        CheckConstraint("state IN ('draft', 'approved', 'executed', 'cancelled')", name="state"),
        CheckConstraint("scope IN ('all', 'withdrawals')", name="scope"),
        CheckConstraint("approved_by_id <> drafted_by_id", name="second_person"),
        UniqueConstraint("brand_id", "scheduled_for"),
        Index("uq_payout_runs_one_open", "brand_id", unique=True, postgresql_where=text("state IN ('draft', 'approved')")),
    )

    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    scope: Mapped[str] = mapped_column(String(12), server_default="all")
    scheduled_for: Mapped[date | None]
    cutoff: Mapped[Moment]
    payout_count: Mapped[int] = mapped_column(server_default="0")
    amount_minor: Mapped[Minor] = mapped_column(server_default="0")
    drafted_by_id: Mapped[str] = mapped_column(String(60))
    drafted_by: Mapped[str] = mapped_column(String(80))
    drafted_at: Mapped[Moment]
    approved_by_id: Mapped[str | None] = mapped_column(String(60))
    approved_by: Mapped[str | None] = mapped_column(String(80))
    approved_at: Mapped[Moment | None]
    executed_at: Mapped[Moment | None]
    reconciled_at: Mapped[Moment | None]
    provider: Mapped[str] = mapped_column(String(20), server_default="")
    file_key: Mapped[str] = mapped_column(String(200), server_default="")


class Payout(BrandOwned, Base):
    """What one payee gets in a run; `left_out` keeps the payees that were passed over, with the reason.

    gross = amount, net = amount - tax withheld (R31); `tax_kind` is what the payee was then, `tax_trace` says how the tax was
    worked out. `sent` waits for the provider's answer; `confirmed_at` is when the bank said it arrived, `failed` gave its entries back.
    """

    __tablename__ = "payouts"
    __table_args__ = (
        points_to("run_id", "payout_runs"),
        points_to("payee_id", "payees"),
        UniqueConstraint("brand_id", "run_id", "payee_id"),
        Index("ix_payouts_payee", "brand_id", "payee_id"),
        CheckConstraint("state IN ('draft', 'approved', 'sent', 'paid', 'failed', 'cancelled', 'left_out')", name="state"),
        CheckConstraint("state = 'left_out' OR amount_minor > 0", name="amount"),
        CheckConstraint("state = 'left_out' OR tax_withheld_minor BETWEEN 0 AND amount_minor", name="tax"),
    )

    run_id: Mapped[UUID]
    payee_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
    tax_withheld_minor: Mapped[Minor] = mapped_column(server_default="0")
    tax_trace: Mapped[dict[str, Any] | None]
    tax_kind: Mapped[str] = mapped_column(String(10), server_default="")
    state: Mapped[str] = mapped_column(String(10))
    method: Mapped[str] = mapped_column(String(20), server_default="")
    reason: Mapped[str] = mapped_column(String(200), server_default="")
    provider_ref: Mapped[str] = mapped_column(String(120), server_default="")
    paid_at: Mapped[Moment | None]
    confirmed_at: Mapped[Moment | None]
    failed_at: Mapped[Moment | None]

    payee: Mapped[Payee] = belongs_to("Payout", "payee_id", "Payee")


class PayoutEntry(BrandOwned, Base):
    """A ledger entry claimed by a payout: the key says at most one (R15). A failed payout gives its claims up."""

    __tablename__ = "payout_entries"
    __table_args__ = (
        points_to("payout_id", "payouts"),
        points_to("entry_id", "ledger_entries"),
        UniqueConstraint("brand_id", "entry_id"),
        Index("ix_payout_entries_payout", "brand_id", "payout_id"),
    )

    payout_id: Mapped[UUID]
    entry_id: Mapped[UUID]


class Withdrawal(BrandOwned, Base):
    """A payee asks for part of what is available (R16). Open while `requested` or `paying` (in a run): one at a time."""

    __tablename__ = "withdrawals"
    __audited__ = True
    __table_args__ = (
        points_to("payee_id", "payees"),
        points_to("payout_id", "payouts"),
        UniqueConstraint("brand_id", "number"),
        Index("ix_withdrawals_payout", "brand_id", "payout_id"),
        Index("uq_withdrawals_one_open", "brand_id", "payee_id", unique=True, postgresql_where=text("state IN ('requested', 'paying')")),
        CheckConstraint("state IN ('requested', 'paying', 'paid', 'failed', 'rejected', 'cancelled')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )

    number: Mapped[int]
    payee_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
    state: Mapped[str] = mapped_column(String(10))
    payout_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(String(200), server_default="")
    requested_by: Mapped[str] = mapped_column(String(80), server_default="")
    requested_at: Mapped[Moment]
    closed_at: Mapped[Moment | None]

    payee: Mapped[Payee] = belongs_to("Withdrawal", "payee_id", "Payee")


class Invoice(BrandOwned, Base):
    """What a company payee has invoiced; it is paid no more than its invoices cover (R31)."""

    __tablename__ = "invoices"
    __audited__ = True
    __table_args__ = (
        points_to("payee_id", "payees"),
        UniqueConstraint("brand_id", "payee_id", "number"),
        CheckConstraint("amount_minor > 0", name="amount"),
    )

    payee_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(40))
    amount_minor: Mapped[Minor]
    issued_on: Mapped[date]
    voided_at: Mapped[Moment | None]
    recorded_by: Mapped[str] = mapped_column(String(80), server_default="")
    recorded_at: Mapped[Moment]


class WriteOff(BrandOwned, Base):
    """A negative balance the brand takes upon itself: asked for by one person, approved by another."""

    __tablename__ = "write_offs"
    __audited__ = True
    __table_args__ = (
        points_to("payee_id", "payees"),
        UniqueConstraint("brand_id", "number"),
        Index("uq_write_offs_one_open", "brand_id", "payee_id", unique=True, postgresql_where=text("state = 'requested'")),
        CheckConstraint("state IN ('requested', 'approved', 'rejected')", name="state"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("decided_by_id <> requested_by_id", name="second_person"),
    )

    number: Mapped[int]
    payee_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10))
    requested_by_id: Mapped[str] = mapped_column(String(60))
    requested_by: Mapped[str] = mapped_column(String(80))
    requested_at: Mapped[Moment]
    decided_by_id: Mapped[str | None] = mapped_column(String(60))
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[Moment | None]

    payee: Mapped[Payee] = belongs_to("WriteOff", "payee_id", "Payee")


class ReconciliationRun(BrandOwned, Base):
    """Orders, payments, ledger and payouts of [from_at, to_at) held against each other; what did not match is listed."""

    __tablename__ = "reconciliation_runs"
    __table_args__ = (UniqueConstraint("brand_id", "number"), CheckConstraint("to_at > from_at", name="period"))

    number: Mapped[int]
    from_at: Mapped[Moment]
    to_at: Mapped[Moment]
    ran_at: Mapped[Moment]
    run_by: Mapped[str] = mapped_column(String(80), server_default="")
    order_count: Mapped[int]
    payout_count: Mapped[int]
    exception_count: Mapped[int]
    totals: Mapped[dict[str, Any]]


class ReconciliationException(BrandOwned, Base):
    """Two of the four that should agree and do not; `kind` says which, `order_id` or `payout_id` leads to the cause."""

    __tablename__ = "reconciliation_exceptions"
    __table_args__ = (
        points_to("run_id", "reconciliation_runs"),
        points_to("order_id", "orders"),
        points_to("payout_id", "payouts"),
        Index("ix_reconciliation_exceptions_run", "brand_id", "run_id"),
    )

    run_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(40))
    order_id: Mapped[UUID | None]
    payout_id: Mapped[UUID | None]
    expected_minor: Mapped[Minor]
    actual_minor: Mapped[Minor]
    detail: Mapped[dict[str, Any]]
