"""guide.joined is announced when a guide is enrolled or approved, not when she merely asks to join."""

from __future__ import annotations

from sqlalchemy import select

from app.domain.guides.actions import create_invite_code
from app.domain.webhooks.actions import add_endpoint
from app.domain.webhooks.models import WebhookDelivery
from app.flows.approve_guide import approve_guide
from app.flows.join_by_code import join_by_code
from app.kernel.tenancy import BrandSession
from app.web.shared.application import Application
from tests.builders.people import a_guide, a_phone, a_unit
from tests.conftest import NOON


def heard(session: BrandSession) -> list[str]:
    return [delivery.payload["guide_id"] for delivery in session.scalars(
        select(WebhookDelivery).where(WebhookDelivery.event == "guide.joined").order_by(WebhookDelivery.id))]


def test_enrolled_and_approved_but_not_waiting(app: Application, session: BrandSession) -> None:
    add_endpoint(session, brand_id=session.info["brand_id"], url="https://erp.example/hook", events=["guide.joined"], plain_http=False)
    store = a_unit(session)
    enrolled = a_guide(session, store, now=NOON)
    invite = create_invite_code(session, brand_id=store.brand_id, store_id=store.id, max_uses=1, days=1, now=NOON)
    waiting = join_by_code(session, brand_id=store.brand_id, code=invite.code, name="林晓", phone=a_phone(), password_hash="", now=NOON)
    assert heard(session) == [str(enrolled.id)]
    approve_guide(session, brand_id=store.brand_id, guide_id=waiting.id, now=NOON)
    assert heard(session) == [str(enrolled.id), str(waiting.id)]
