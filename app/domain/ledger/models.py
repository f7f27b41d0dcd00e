from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Minor, Moment, Stamped, points_to


class Payee(BrandOwned, Stamped, Base):
    """Someone money is owed to. `party` says what it is, `tax_kind` how it is paid (R31).

    employee → payroll export; internal → the brand's own unit, booked by finance; individual and company need
    verified bank details. Details are sealed (kernel.sealing), only a hint like '招商银行 ··6688' is readable. Who verifies
    them is not who entered them. `fulfilment` holds the fulfilling store's share until a parcel says who shipped.
    """

    __tablename__ = "payees"
    __audited__ = True
    __table_args__ = (
        CheckConstraint("party IN ('brand', 'platform', 'clearing', 'fulfilment', 'guide', 'org_unit')", name="party"),
        CheckConstraint("tax_kind IN ('employee', 'individual', 'company', 'internal')", name="tax_kind"),
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
        CheckConstraint("bank_verified_by_id <> bank_entered_by_id", name="second_person"),
        Index("uq_payees_house", "brand_id", "party", unique=True, postgresql_where=text("party IN ('brand', 'platform', 'clearing', 'fulfilment')")),
    )

    party: Mapped[str] = mapped_column(String(10))
    tax_kind: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(80))
    status: Mapped[str] = mapped_column(String(10), server_default="active")
    bank_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    bank_hint: Mapped[str] = mapped_column(String(80), server_default="")
    bank_entered_by_id: Mapped[str] = mapped_column(String(60), server_default="")
    bank_verified_by_id: Mapped[str | None] = mapped_column(String(60))
    bank_verified_at: Mapped[Moment | None]


class LedgerTransaction(BrandOwned, Base):
    """`cause` is unique in the brand ('order:<id>:paid'): the same thing cannot happen twice (R18)."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        UniqueConstraint("brand_id", "cause"),
        Index("ix_ledger_transactions_order", "brand_id", "order_id"),
        Index("ix_ledger_transactions_posted", "brand_id", "posted_at"),
    )

    cause: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(16))
    order_id: Mapped[UUID | None]
    posted_at: Mapped[Moment]
    note: Mapped[dict[str, Any] | None]


class LedgerEntry(BrandOwned, Base):
    """A signed amount on account (payee, role, phase); positive is owed to the payee. Never changed, never deleted.

    `kind` repeats the transaction's; a line's share is released once and returned to its payee once per cause.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        points_to("transaction_id", "ledger_transactions"),
        points_to("payee_id", "payees"),
        CheckConstraint("phase IN ('expected', 'received', 'estimated', 'pending', 'held', 'available', 'requested', 'in_payout', 'paid', 'withheld')",
                        name="phase"),
        Index("ix_ledger_entries_transaction", "brand_id", "transaction_id"),
        Index("ix_ledger_entries_account", "brand_id", "payee_id", "phase", "posted_at", postgresql_include=["amount_minor", "kind"]),
        Index("ix_ledger_entries_line", "brand_id", "order_line_id"),
        Index("ix_ledger_entries_fulfilled", "brand_id", "payee_id", "posted_at", postgresql_where=text("kind = 'fulfilled'")),
        Index("uq_ledger_entries_released_once", "brand_id", "order_line_id", "payee_id", "role", "phase", unique=True,
              postgresql_where=text("kind = 'released'")),
    )

    transaction_id: Mapped[UUID]
    payee_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(String(18))
    phase: Mapped[str] = mapped_column(String(10))
    kind: Mapped[str] = mapped_column(String(16))
    amount_minor: Mapped[Minor]
    order_line_id: Mapped[UUID | None]
    posted_at: Mapped[Moment]
