"""HQ's activation funnel (invited → joined → shared → clicked → sold) counts exactly the guides whom the raw events name, whatever happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from app.domain.guides.models import Guide
from app.domain.insights.sales import sales
from app.domain.sharing.actions import share_link
from app.domain.sharing.touch_log import drain, note_touch
from app.flows.enrol_guide import enrol_guide
from app.flows.pay_order import apply_payment_event
from app.kernel.tenancy import BrandSession
from tests.builders.shops import Shop, a_shop
from tests.conftest import NOON

STATUSES = ("pending", "active", "suspended", "left", "rejected")
COUNTED = ("pending", "active", "suspended")


@dataclass(frozen=True)
class Life:
    """What one guide did: her links, who opened them (True is a program), what was ordered (True was paid)."""

    status: str
    password: bool
    links: int
    opened: tuple[bool, ...]
    ordered: tuple[bool, ...]

    def steps(self) -> tuple[bool, ...]:
        """By hand: who came further counts on every step before."""
        sold = bool(self.links) and any(self.ordered)
        clicked = bool(self.links) and not all(self.opened)
        shared = bool(self.links)
        return True, (self.password and self.status != "pending") or shared or sold, shared or sold, clicked or sold, sold


LIVES = st.lists(st.builds(
    Life, st.sampled_from(STATUSES), st.booleans(), st.integers(0, 2), st.lists(st.booleans(), max_size=3).map(tuple),
    st.lists(st.booleans(), max_size=2).map(tuple)), max_size=5)
NOTHING_HAPPENED = Life("active", False, 0, (), ())


@pytest.fixture
def shop(session: BrandSession) -> Shop:
    return a_shop(session, rates=False)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lives=LIVES, logged=st.booleans())
def test_each_step_counts_the_guides_of_the_events(shop: Shop, lives: list[Life], logged: bool) -> None:
    for number, life in enumerate(lives):
        _live(shop, number, life)
    if logged:
        drain(shop.session, brand_id=shop.brand_id)
    lin, he = Life("active", False, 1, (), ()), NOTHING_HAPPENED
    counted = [life.steps() for life in (lin, he, *lives) if life.status in COUNTED]
    day = timedelta(days=1)
    told = sales(shop.session, brand_id=shop.brand_id, timezone="Asia/Shanghai", before=NOON - day, from_=NOON, to=NOON + day, chart_from=NOON)
    shop.session.rollback()
    assert told.funnel == tuple(sum(step) for step in zip(*counted, strict=True))


def _live(shop: Shop, number: int, life: Life) -> None:
    """As it happens: she is active while she shares and sells, and is what she is now afterwards."""
    session, brand_id = shop.session, shop.brand_id
    guide = enrol_guide(session, brand_id=brand_id, name="导购", phone=f"1370000{number:04d}", store_id=shop.store.id, now=NOON)
    assert guide.account
    guide.account.password_hash = "set" if life.password else ""
    links = [share_link(session, brand_id=brand_id, guide_id=guide.id, label=str(n)) for n in range(life.links)]
    for link in links[-1:]:
        for n, program in enumerate(life.opened):
            note_touch(session, brand_id=brand_id, visitor=f"{number}-{n}", share_link_id=link.id, at=NOON, bot=program)
        for paid in life.ordered:
            placed = shop.order((shop.case, 1), share_code=link.code)
            if paid and placed.payment_id:
                apply_payment_event(session, brand_id=brand_id, payment_id=placed.payment_id, provider="sandbox", event_id=str(placed.payment_id),
                                    outcome="succeed", amount_minor=placed.total_minor, currency="CNY", payload={}, now=NOON)
    session.flush()
    session.execute(update(Guide).where(Guide.id == guide.id).values(status=life.status))
