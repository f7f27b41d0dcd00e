"""What somebody has to look at in the story: orders two guides claim, sales that look self-made, challenges."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.domain.challenges.actions import add_challenge
from app.domain.fraud.models import SaleHold
from app.domain.guides.models import Guide
from app.domain.orders.models import AttributionDispute, Order
from app.flows.dispute_attribution import open_dispute, refuse_dispute
from app.flows.hold_sales import appeal_hold, look_at_sale
from app.kernel.clock import local_day
from demo.brand import TIMEZONE
from demo.scene import Scene
from demo.won import key_of


def _claim(scene: Scene) -> None:
    """'order | evidence'"""
    order, words = _said(scene)
    open_dispute(scene.session, brand_id=scene.brand_id, guide=_herself(scene), number=order.number, phone_tail=order.contact["phone"][-4:], evidence=words,
                 now=scene.now)


def _refuse_claim(scene: Scene) -> None:
    """'order | answer'"""
    order, words = _said(scene)
    asked = scene.session.scalars(select(AttributionDispute.id).where(AttributionDispute.order_id == order.id, AttributionDispute.state == "open")).one()
    refuse_dispute(scene.session, brand_id=scene.brand_id, dispute_id=asked, answer=words, now=scene.now)


def _look(scene: Scene) -> None:
    """'order': as the worker does after the payment."""
    look_at_sale(scene.session, brand_id=scene.brand_id, order_id=_order(scene, scene.what).id, now=scene.now)


def _appeal(scene: Scene) -> None:
    """'order | words'"""
    order, words = _said(scene)
    held = scene.session.scalars(select(SaleHold.id).where(SaleHold.order_id == order.id)).one()
    appeal_hold(scene.session, brand_id=scene.brand_id, guide=_herself(scene), hold_id=held, text=words, now=scene.now)


def _challenge(scene: Scene) -> None:
    """'title | orders | reward | budget | days | what', money in yuan; from today on"""
    title, goal, reward, budget, days, what = scene.what.split(" | ")
    today = local_day(scene.now, TIMEZONE)
    add_challenge(scene.session, brand_id=scene.brand_id, title=title, what=what, goal_kind="orders", goal=int(goal), reward_minor=int(reward) * 100,
                  budget_minor=int(budget) * 100, from_day=today, to_day=today + timedelta(days=int(days) - 1), today=today)


def _said(scene: Scene) -> tuple[Order, str]:
    name, words = scene.what.split(" | ")
    return _order(scene, name), words


def _order(scene: Scene, name: str) -> Order:
    return scene.session.scalars(select(Order).where(Order.checkout_key == key_of(name))).one()


def _herself(scene: Scene) -> Guide:
    return scene.session.scalars(select(Guide).where(Guide.employee_no == scene.who)).one()


VERBS = {"claim": _claim, "refuse_claim": _refuse_claim, "look": _look, "appeal": _appeal, "challenge": _challenge}
