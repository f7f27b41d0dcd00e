"""Customers in the story: tags and segments of headquarters; notes, birthdays and follow-ups of the guides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.domain.care.actions import add_tag, follow_up, note_checkout, save_segment, set_birthday, set_tag, write_note
from app.domain.care.models import CustomerTag
from app.domain.catalog.models import Variant
from app.domain.customers.rules import customer_key
from app.domain.guides.models import Guide
from app.domain.orders.models import Order
from app.kernel.clock import local_day
from app.kernel.tenancy import BrandSession
from demo.brand import LAST_DAY, TIMEZONE
from demo.scene import Scene
from demo.won import key_of

TAGS = (
    ("常出差", "manual", "", 180, None),
    ("等降价", "manual", "", 30, None),
    ("买过登机箱", "bought", "箱包 > 登机箱", 365, None),
    ("一年满 1500", "spent", "", 365, 150_000),
    ("60 天没来", "lapsed", "", 60, None),
    ("本月生日", "birthday", "", None, None),
)
"""Name, kind, category, days, minor units."""
SEGMENTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("高客单老客", {"spent_minor": 150_000, "spent_days": 365}),
    ("常出差、半年内买过", {"tags": ["常出差"], "bought_within": 180}),
)


def _define(scene: Scene) -> None:
    for name, kind, category, days, amount in TAGS:
        add_tag(scene.session, brand_id=scene.brand_id, name=name, kind=kind, category=category, days=days, amount_minor=amount)
    for name, terms in SEGMENTS:
        save_segment(scene.session, brand_id=scene.brand_id, name=name,
                     terms={**terms, "tags": [_tag(scene.session, tag) for tag in terms.get("tags", ())]})


def _note(scene: Scene) -> None:
    """'order | words': of who bought it."""
    name, words = scene.what.split(" | ")
    write_note(scene.session, brand_id=scene.brand_id, customer_id=_buyer(scene, name), guide_id=_herself(scene), words=words, now=scene.now)


def _set_tag(scene: Scene) -> None:
    """'order | tag'"""
    name, tag = scene.what.split(" | ")
    set_tag(scene.session, brand_id=scene.brand_id, customer_id=_buyer(scene, name), tag_id=_tag(scene.session, tag), now=scene.now)


def _birthday(scene: Scene) -> None:
    """'order | days after the story's last day'"""
    name, days = scene.what.split(" | ")
    begun = scene.session.scalars(select(Order.placed_at).where(Order.checkout_key.startswith("story-00-")).order_by(Order.placed_at).limit(1)).one()
    day = local_day(begun, TIMEZONE) + timedelta(days=LAST_DAY + int(days))
    set_birthday(scene.session, brand_id=scene.brand_id, customer_id=_buyer(scene, name), month=str(day.month), day=str(day.day))


def _follow_up(scene: Scene) -> None:
    """'order | reason | words'"""
    name, reason, words = scene.what.split(" | ")
    follow_up(scene.session, brand_id=scene.brand_id, customer_id=_buyer(scene, name), guide_id=_herself(scene), reason=reason, days=7, words=words,
              now=scene.now)


def _begin(scene: Scene) -> None:
    """'order | SKU': who bought it opened the checkout with that, by the link of who tells it, and left."""
    name, sku = scene.what.split(" | ")
    product_id = scene.session.scalars(select(Variant.product_id).where(Variant.sku == sku)).one()
    note_checkout(scene.session, brand_id=scene.brand_id, customer_id=_buyer(scene, name), guide_id=_herself(scene), product_id=product_id, now=scene.now)


def _buyer(scene: Scene, name: str) -> UUID:
    phone = scene.session.scalars(select(Order.contact["phone"].astext).where(Order.checkout_key == key_of(name))).one()
    return customer_key(scene.brand_id, phone)


def _tag(session: BrandSession, name: str) -> UUID:
    return session.scalars(select(CustomerTag.id).where(CustomerTag.name == name)).one()


def _herself(scene: Scene) -> UUID:
    return scene.session.scalars(select(Guide.id).where(Guide.employee_no == scene.who)).one()


VERBS = {"define_tags": _define, "note": _note, "set_tag": _set_tag, "birthday": _birthday, "follow_up": _follow_up, "begin": _begin}
