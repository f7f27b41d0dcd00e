from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, BrandOwned, Moment, Stamped, points_to


class WebhookEndpoint(BrandOwned, Stamped, Base):
    __tablename__ = "webhook_endpoints"
    __audited__ = True

    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[str]] = mapped_column(ARRAY(String(40)))
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    active: Mapped[bool] = mapped_column(server_default="true")


class WebhookDelivery(BrandOwned, Stamped, Base):
    """The outbox: one event to one endpoint, written in the transaction that caused it."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        points_to("endpoint_id", "webhook_endpoints", "CASCADE"),
        Index("ix_webhook_deliveries_endpoint", "brand_id", "endpoint_id", "created_at"),
        CheckConstraint("state IN ('waiting', 'delivered', 'failed')", name="state"),
    )

    endpoint_id: Mapped[UUID]
    event: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_status: Mapped[int | None]
    last_error: Mapped[str] = mapped_column(String(200), server_default="")
    delivered_at: Mapped[Moment | None]
