"""Each row is one intention of ours at the provider: its key and what was asked are frozen with it, `provider_ref` is what came of it (R18).

`state` due: not asked yet; sending: asked, the outcome is unknown until it is asked for again with the same key. A refusal the provider has
stored under a key needs the next `attempt`.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Minor, Moment, points_to


class CheckoutSession(BrandOwned, Base):
    """The provider's own page for one payment. `asked` is what was sent, unchanged however often; one is live at a time."""

    __tablename__ = "checkout_sessions"
    __table_args__ = (
        points_to("payment_id", "payments"),
        UniqueConstraint("brand_id", "payment_id", "attempt"),
        Index("uq_checkout_sessions_one_live", "brand_id", "payment_id", unique=True, postgresql_where=text("state IN ('due', 'open')")),
        Index("ix_checkout_sessions_live", "brand_id", "expires_at", postgresql_where=text("state IN ('due', 'open')")),
        CheckConstraint("state IN ('due', 'open', 'complete', 'expired', 'refused')", name="state"),
    )

    payment_id: Mapped[UUID]
    attempt: Mapped[int]
    provider: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    asked: Mapped[dict[str, Any]]
    provider_ref: Mapped[str] = mapped_column(String(120), server_default="")
    url: Mapped[str] = mapped_column(String, server_default="")
    problem: Mapped[str] = mapped_column(String(200), server_default="")
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]


class Charge(BrandOwned, Base):
    """A payment as the provider collected it: `amount_minor` in the order's currency, `settled_minor` and `fee_minor` in the currency it settles in.

    Both are unknown until the provider has its balance transaction. `fee_order_minor` is the fee in the order's currency, as the ledger
    has it, borne by `fee_party`. `disputed` freezes what was not sent of it.
    """

    __tablename__ = "charges"
    __table_args__ = (
        points_to("payment_id", "payments"),
        UniqueConstraint("brand_id", "payment_id"),
        UniqueConstraint("brand_id", "provider", "charge_ref"),
        CheckConstraint("amount_minor > 0 AND settled_minor > 0 AND fee_minor >= 0", name="amounts"),
        CheckConstraint("fee_party IN ('brand', 'platform')", name="fee_party"),
        CheckConstraint("(settled_minor IS NULL) = (settled_currency = '')", name="settled"),
    )

    payment_id: Mapped[UUID]
    provider: Mapped[str] = mapped_column(String(20))
    intent_ref: Mapped[str] = mapped_column(String(120))
    charge_ref: Mapped[str] = mapped_column(String(120))
    method: Mapped[str] = mapped_column(String(30), server_default="")
    amount_minor: Mapped[Minor]
    currency: Mapped[str] = mapped_column(String(3))
    balance_ref: Mapped[str] = mapped_column(String(120), server_default="")
    settled_minor: Mapped[int | None] = mapped_column(BigInteger)
    settled_currency: Mapped[str] = mapped_column(String(3), server_default="")
    fee_minor: Mapped[Minor] = mapped_column(server_default="0")
    fee_order_minor: Mapped[Minor] = mapped_column(server_default="0")
    fee_party: Mapped[str] = mapped_column(String(8), server_default="brand")
    disputed: Mapped[bool] = mapped_column(server_default="false")
    charged_at: Mapped[Moment]
    available_on: Mapped[Moment | None]


class ProviderAccount(BrandOwned, Base):
    """A payee's account at the provider. Only `ready` ones are sent money; `version` goes up when one is closed and another opened.

    `asked` is frozen as for every intention; one that exists there already is typed in by one person and used once another has confirmed
    it, as bank details are. `problems` is what the provider still wants of her, in its own words.
    """

    __tablename__ = "provider_accounts"
    __audited__ = True
    __table_args__ = (
        points_to("payee_id", "payees"),
        UniqueConstraint("brand_id", "payee_id", "provider", "version"),
        Index("uq_provider_accounts_one_open", "brand_id", "payee_id", "provider", unique=True, postgresql_where=text("state <> 'closed'")),
        Index("ix_provider_accounts_ref", "brand_id", "provider_ref"),
        CheckConstraint("state IN ('due', 'onboarding', 'ready', 'restricted', 'closed')", name="state"),
        CheckConstraint("asked ->> 'linked_by' IS NULL OR state IN ('due', 'closed') OR "
                        "coalesce(asked ->> 'confirmed_by', asked ->> 'linked_by') <> asked ->> 'linked_by'", name="second_person"),
    )

    payee_id: Mapped[UUID]
    provider: Mapped[str] = mapped_column(String(20))
    version: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    asked: Mapped[dict[str, Any]]
    provider_ref: Mapped[str] = mapped_column(String(120), server_default="")
    problems: Mapped[list[Any]] = mapped_column(server_default="[]")
    created_at: Mapped[Moment]
    checked_at: Mapped[Moment | None]


class Transfer(BrandOwned, Base):
    """What one payee gets of one charge in one payout (`payment_id` NULL: of no charge, such as a reward), in both currencies.

    `waiting` was refused for now (funds, capability, dispute) and is tried again with the next attempt; `refused` for good.
    `reversed_*` is what came back.
    """

    __tablename__ = "transfers"
    __table_args__ = (
        points_to("payout_id", "payouts"),
        points_to("payment_id", "payments"),
        points_to("payee_id", "payees"),
        points_to("account_id", "provider_accounts"),
        UniqueConstraint("brand_id", "payout_id", "payment_id", postgresql_nulls_not_distinct=True),
        Index("ix_transfers_payment", "brand_id", "payment_id"),
        Index("ix_transfers_unsent", "brand_id", "asked_at", postgresql_where=text("state IN ('due', 'sending', 'waiting')")),
        CheckConstraint("state IN ('due', 'sending', 'sent', 'waiting', 'refused')", name="state"),
        CheckConstraint("amount_minor > 0 AND settled_minor > 0", name="amounts"),
        CheckConstraint("reversed_minor BETWEEN 0 AND amount_minor AND reversed_settled_minor BETWEEN 0 AND settled_minor", name="reversed"),
    )

    payout_id: Mapped[UUID]
    payment_id: Mapped[UUID | None]
    payee_id: Mapped[UUID]
    account_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
    currency: Mapped[str] = mapped_column(String(3))
    settled_minor: Mapped[Minor]
    settled_currency: Mapped[str] = mapped_column(String(3))
    attempt: Mapped[int] = mapped_column(server_default="1")
    state: Mapped[str] = mapped_column(String(8))
    provider_ref: Mapped[str] = mapped_column(String(120), server_default="")
    problem: Mapped[str] = mapped_column(String(200), server_default="")
    reversed_minor: Mapped[Minor] = mapped_column(server_default="0")
    reversed_settled_minor: Mapped[Minor] = mapped_column(server_default="0")
    created_at: Mapped[Moment]
    asked_at: Mapped[Moment | None]
    sent_at: Mapped[Moment | None]


class TransferReversal(BrandOwned, Base):
    """What a refund takes back of a transfer, before the shopper is refunded. `short`: the payee had not enough there; she owes it (R14, R18)."""

    __tablename__ = "transfer_reversals"
    __table_args__ = (
        points_to("transfer_id", "transfers"),
        points_to("refund_id", "refunds"),
        UniqueConstraint("brand_id", "refund_id", "transfer_id"),
        CheckConstraint("state IN ('due', 'sending', 'done', 'short')", name="state"),
        CheckConstraint("amount_minor > 0 AND settled_minor > 0", name="amounts"),
    )

    transfer_id: Mapped[UUID]
    refund_id: Mapped[UUID]
    amount_minor: Mapped[Minor]
    settled_minor: Mapped[Minor]
    attempt: Mapped[int] = mapped_column(server_default="1")
    state: Mapped[str] = mapped_column(String(8))
    provider_ref: Mapped[str] = mapped_column(String(120), server_default="")
    problem: Mapped[str] = mapped_column(String(200), server_default="")
    created_at: Mapped[Moment]
    asked_at: Mapped[Moment | None]


class ProviderEvent(BrandOwned, Base):
    """What a provider told of something of this brand, as it was told, once (R18); what it led to is in the rows it is about."""

    __tablename__ = "provider_events"
    __table_args__ = (
        points_to("payment_id", "payments"),
        UniqueConstraint("brand_id", "provider", "event_id"),
        Index("ix_provider_events_payment", "brand_id", "payment_id", "received_at"),
        Index("ix_provider_events_received", "brand_id", "received_at"),
    )

    provider: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(80))
    object_ref: Mapped[str] = mapped_column(String(120))
    payment_id: Mapped[UUID | None]
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[Moment]
    applied_at: Mapped[Moment]


class ProviderDay(BrandOwned, Base):
    """One day of the provider's books beside ours, in the brand's time zone; read again it replaces what was found before."""

    __tablename__ = "provider_days"
    __table_args__ = (UniqueConstraint("brand_id", "provider", "day"),
                      CheckConstraint("state IN ('queued', 'matched', 'differs', 'failed')", name="state"))

    provider: Mapped[str] = mapped_column(String(20))
    day: Mapped[date]
    state: Mapped[str] = mapped_column(String(8))
    totals: Mapped[dict[str, Any]]
    line_count: Mapped[int] = mapped_column(server_default="0")
    difference_count: Mapped[int] = mapped_column(server_default="0")
    problem: Mapped[str] = mapped_column(String(200), server_default="")
    asked_at: Mapped[Moment]
    read_at: Mapped[Moment | None]


class ProviderDayLine(BrandOwned, Base):
    """A movement of that day: theirs (`theirs_minor`, NULL if they have none) and ours, in the currency it settled in; `cause` '' means they agree."""

    __tablename__ = "provider_day_lines"
    __table_args__ = (
        points_to("day_id", "provider_days", ondelete="CASCADE"),
        points_to("payment_id", "payments"),
        points_to("payout_id", "payouts"),
        Index("ix_provider_day_lines_day", "brand_id", "day_id", "cause"),
        Index("ix_provider_day_lines_source", "brand_id", "source_ref"),
        CheckConstraint("kind IN ('charge', 'fee', 'refund', 'transfer', 'reversal', 'dispute', 'other')", name="kind"),
    )

    day_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(8))
    balance_ref: Mapped[str] = mapped_column(String(120), server_default="")
    source_ref: Mapped[str] = mapped_column(String(120), server_default="")
    payment_id: Mapped[UUID | None]
    payout_id: Mapped[UUID | None]
    theirs_minor: Mapped[int | None] = mapped_column(BigInteger)
    ours_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    cause: Mapped[str] = mapped_column(String(40), server_default="")
    at: Mapped[Moment]


class InboxEvent(Base):
    """Global: an event as it came in, before anybody knows whose it is. It goes to `provider_events` of its brand when it is worked."""

    __tablename__ = "provider_inbox"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index("ix_provider_inbox_waiting", "next_try_at", postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(10))
    """platform, connect or sweep: where it was heard."""
    type: Mapped[str] = mapped_column(String(80))
    object_ref: Mapped[str] = mapped_column(String(120))
    account_ref: Mapped[str] = mapped_column(String(120), server_default="")
    payload: Mapped[dict[str, Any] | None]
    received_at: Mapped[Moment]
    tries: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[Moment]
    done_at: Mapped[Moment | None]
    problem: Mapped[str] = mapped_column(String(200), server_default="")


class Stray(Base):
    """Global: a movement in the provider's books that belongs to no brand's row; the operator looks at it."""

    __tablename__ = "provider_strays"
    __table_args__ = (UniqueConstraint("provider", "balance_ref"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    balance_ref: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(40))
    source_ref: Mapped[str] = mapped_column(String(120))
    amount_minor: Mapped[Minor]
    fee_minor: Mapped[Minor]
    currency: Mapped[str] = mapped_column(String(3))
    at: Mapped[Moment]
    seen_at: Mapped[Moment]


class ProviderHealth(Base):
    """Global: one row a provider; `down_since` is set while its circuit is open or its key is refused."""

    __tablename__ = "provider_health"

    provider: Mapped[str] = mapped_column(String(20), primary_key=True)
    down_since: Mapped[Moment | None]
    problem: Mapped[str] = mapped_column(String(200), server_default="")
    swept_until: Mapped[Moment | None]
    changed_at: Mapped[Moment]
