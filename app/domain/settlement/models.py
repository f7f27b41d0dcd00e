from __future__ import annotations

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
    """`drafted_by_id` and `approved_by_id` name principals ('account:…', 'token:…', 'cli:…') and must differ (R15)."""

    __tablename__ = "payout_runs"
    __audited__ = True
    __table_args__ = (
        UniqueConstraint("brand_id", "number"),
        CheckConstraint("state IN ('draft', 'approved', 'executed', 'cancelled')", name="state"),
        CheckConstraint("approved_by_id <> drafted_by_id", name="second_person"),
        Index("uq_payout_runs_one_open", "brand_id", unique=True, postgresql_where=text("state IN ('draft', 'approved')")),
    )

    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
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
    file_key: Mapped[str] = mapped_column(String(200), server_default="")


class Payout(BrandOwned, Base):
    """What one payee gets in a run; `left_out` keeps the payees that were passed over, with the reason."""

    __tablename__ = "payouts"
    __table_args__ = (
        points_to("run_id", "payout_runs"),
        points_to("payee_id", "payees"),
        UniqueConstraint("brand_id", "run_id", "payee_id"),
        Index("ix_payouts_payee", "brand_id", "payee_id"),
        CheckConstraint("state IN ('draft', 'approved', 'paid', 'failed', 'cancelled', 'left_out')", name="state"),
        CheckConstraint("state = 'left_out' OR amount_minor > 0", name="amount"),
    )

    run_id: Mapped[UUID]
    payee_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
    tax_withheld_minor: Mapped[Minor] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(String(10))
    method: Mapped[str] = mapped_column(String(20), server_default="")
    reason: Mapped[str] = mapped_column(String(40), server_default="")
    paid_at: Mapped[Moment | None]

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
