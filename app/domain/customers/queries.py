"""Finding customers, and whose a visitor's cookie is."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel import sealing

from .models import Customer, CustomerBinding


def customer(session: Session, *, brand_id: int, customer_id: UUID) -> Customer | None:
    return session.scalar(select(Customer).where(Customer.brand_id == brand_id, Customer.id == customer_id))


def phone_of(customer: Customer) -> str:
    """Her phone in E.164."""
    return str(sealing.unseal(customer.phone_sealed))


def standing_binding(session: Session, *, brand_id: int, customer_id: UUID) -> CustomerBinding | None:
    """The binding that stands; it may have expired since."""
    return session.scalar(select(CustomerBinding).where(
        CustomerBinding.brand_id == brand_id, CustomerBinding.customer_id == customer_id, CustomerBinding.ended_at.is_(None)))
